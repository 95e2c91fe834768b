"""How long does the event loop of the server stand still while 200 logins wait for Argon2id?

The server runs in this process on one event loop, its hashes in threads. A task asks for a turn
every millisecond and notes how much later than due it gets it, from when nine logins in ten have
arrived. The load runs on the same loop, so its own work is part of the figure. The floor is an idle
loop on the same machine at the same time; the control hashes on the loop itself, which the measure
must see.

Usage: .venv/bin/python bench/waiting.py [--logins 200]
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time

import httpx2

from watchword.accounts.passwords.hashing import PARAMETERS, hash_password, verify_password
from watchword.accounts.users import NewUser
from watchword.base import chance
from watchword.base.secrets import Secret
from watchword.server.app import AuthServer
from watchword.server.settings import Settings

TICK_SECONDS = 0.001
IDLE_SECONDS = 3.0
ARRIVED = 0.9  # of the logins; until then the loop also does the load's own work
TARGET_MS = 10.0  # ARCHITECTURE section 4, p99
PASSWORD = "alice walks seven brown dogs"


async def delays(until: "asyncio.Future[object]") -> list[float]:
    """Return how late each turn came, in milliseconds."""
    late = []
    while not until.done():
        due = time.perf_counter() + TICK_SECONDS
        await asyncio.sleep(TICK_SECONDS)
        late.append((time.perf_counter() - due) * 1000)
    return late


def p99(values: list[float]) -> float:
    """Return the 99th percentile."""
    return sorted(values)[int(len(values) * 0.99)]


async def waiting_logins(logins: int, directory: str) -> tuple[list[float], dict[int, int]]:
    """Measure with the server; each login is of a user of its own and from a network of its own."""
    settings = Settings(
        url="http://127.0.0.1:8000",
        database=f"sqlite:///{directory}/watchword.db",
        hash_queue_max=logins,
        proxies=("127.0.0.1",),
    )
    auth = AuthServer(settings)
    auth.resource(settings.issuer + "/notes", scopes={"notes:read": "Read notes"})
    await auth.startup()
    hashed = hash_password(Secret(PASSWORD), PARAMETERS, chance=chance.SYSTEM)
    for number in range(logins):
        new = NewUser(f"user_{number}", f"user{number}", hashed, frozenset(), 1)
        await auth.runtime.store.add_user(new)
    transport = httpx2.ASGITransport(app=auth, client=("127.0.0.1", 1))
    async with httpx2.AsyncClient(transport=transport, base_url=settings.url) as http:

        async def log_in(number: int) -> int:
            answer = await http.post(
                "/login",
                json={"username": f"user{number}", "password": PASSWORD},
                headers={"x-forwarded-for": f"10.0.{number >> 8}.{number & 255}"},
            )
            return answer.status_code

        everyone = asyncio.gather(*(log_in(number) for number in range(logins)))
        pool, enough = auth.runtime.hasher, logins * ARRIVED
        while pool.under_way < enough and not everyone.done():  # noqa: ASYNC110  # it tells nobody
            await asyncio.sleep(TICK_SECONDS)
        late = await delays(everyone)
        statuses = everyone.result()
    await auth.shutdown()
    return late, {status: statuses.count(status) for status in sorted(set(statuses))}


async def idle() -> list[float]:
    """The floor: what the machine itself does to a loop that has nothing else to do."""
    return await delays(asyncio.ensure_future(asyncio.sleep(IDLE_SECONDS)))


async def inline_hashes(count: int) -> list[float]:
    """The control: the same work on the event loop itself."""
    hashed = hash_password(Secret(PASSWORD), PARAMETERS, chance=chance.SYSTEM)

    async def verify() -> None:
        await asyncio.sleep(0)
        verify_password(Secret(PASSWORD), hashed)

    return await delays(asyncio.gather(*(verify() for _ in range(count))))


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--logins", type=int, default=200)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        late, statuses = asyncio.run(waiting_logins(chosen.logins, directory))
    floor = asyncio.run(idle())
    control = asyncio.run(inline_hashes(min(chosen.logins, 40)))
    print(f"load average {os.getloadavg()[0]:.1f}; {chosen.logins} logins: {statuses}\n")
    print("| event-loop delay | median | p99 | worst |")
    print("|---|---|---|---|")
    rows = (
        ("hashes in the pool", late),
        ("floor: an idle loop", floor),
        ("control: hashes on the loop", control),
    )
    for what, values in rows:
        worst, middle = max(values), sorted(values)[len(values) // 2]
        print(f"| {what} | {middle:.1f} ms | {p99(values):.1f} ms | {worst:.1f} ms |")
    print(f"\ntarget p99 {TARGET_MS:.0f} ms: {'held' if p99(late) <= TARGET_MS else 'MISSED'}")
    if max(control) <= TARGET_MS:
        sys.exit("the control was not seen: this machine measures nothing")


if __name__ == "__main__":
    main()
