"""Logins and token verifications a second of the running server, against two floors.

The floors: bare Argon2id hashing with the same parameters in as many threads, which no login can
beat, and a bare Starlette route behind the same uvicorn, which no endpoint can beat. All servers
run on one core and the load comes from another, so that ratios compare work and not luck.

Usage: .venv/bin/python bench/server.py [--seconds 5] [--memory]
"""

import argparse
import asyncio
import contextlib
import importlib.metadata
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from load import Result, closed, paced, request

from watchword.accounts.passwords.hashing import PARAMETERS, hash_password, verify_password
from watchword.base import chance
from watchword.base.secrets import Secret

Row = tuple[str, str, str, str]
NAME, PASSWORD = "alice", "alice walks seven brown dogs"
SERVER_CORE, LOAD_CORE = 0, 1
PACKAGES = ("starlette", "fastapi", "uvicorn", "uvloop", "httptools", "argon2-cffi", "cryptography")

PREPARE = """
import asyncio, sys
from watchword.accounts.passwords.hashing import PARAMETERS, hash_password
from watchword.accounts.users import NewUser
from watchword.base import chance
from watchword.base.secrets import Secret
from watchword.stores import migrate, open_store

directory, name, password = sys.argv[1:]
database = f"sqlite:///{directory}/watchword.db"

async def prepare():
    await migrate(database)
    async with await open_store(database) as store:
        phc = hash_password(Secret(password), PARAMETERS, chance=chance.SYSTEM)
        user_id = chance.new_id(chance.SYSTEM, "user")
        await store.add_user(NewUser(user_id, name, phc, frozenset(), 1))

asyncio.run(prepare())
"""

WATCHWORD = """
import sys
from watchword.cli.loading import load
load("watchword.cli.serve")  # as `watchword serve` does
from watchword.server.app import AuthServer
from watchword.server.serve import bind, run
from watchword.server.settings import Settings

sock = bind("127.0.0.1", 0)
port = sock.getsockname()[1]
database = f"sqlite:///{sys.argv[1]}/watchword.db"
# The load says that it comes from many networks, since one alone would be throttled.
settings = Settings(url=f"http://127.0.0.1:{port}", database=database, proxies=("127.0.0.1",))
auth = AuthServer(settings)
auth.resource(settings.issuer + "/notes", scopes={"notes:read": "Read notes"})
print(port, flush=True)
run(auth, settings, sock)
"""

GUARDED = """
import sys
from typing import Annotated
from fastapi import FastAPI
from watchword.fastapi import Guard, User
from watchword.server.serve import bind, run
from watchword.server.settings import Settings

issuer = sys.argv[1]
sock = bind("127.0.0.1", 0)
port = sock.getsockname()[1]
app = FastAPI(openapi_url=None)
auth = Guard(issuer, audience=issuer + "/notes", public=["floor"])
auth.install(app)

@app.get("/notes")
async def notes(user: Annotated[User, auth.user]):
    return {"owner": user.id}

@app.get("/floor")
async def floor():
    return {"owner": "user_nobody"}

print(port, flush=True)
run(app, Settings(url=f"http://127.0.0.1:{port}"), sock)
"""

FLOOR = """
import contextlib
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from watchword.server.serve import bind, run
from watchword.server.settings import Settings

async def hello(request):
    return JSONResponse({"sub": "user_nobody", "roles": []})

app = Starlette(routes=[Route("/hello", hello)])
sock = bind("127.0.0.1", 0)
port = sock.getsockname()[1]
print(port, flush=True)
run(app, Settings(url=f"http://127.0.0.1:{port}"), sock)
"""


class Server:
    """A program that serves on the server's core. It first prints its port."""

    def __init__(self, command: list[str]) -> None:
        started = time.perf_counter()
        own_cores = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {SERVER_CORE})  # which a child inherits
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        os.sched_setaffinity(0, own_cores)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("the server did not start")
        self.port, *self.further_ports = map(int, line.split())
        while not self._answers():
            time.sleep(0.005)
        self.start_seconds = time.perf_counter() - started
        self.start_cpu_seconds = self.cpu_seconds()  # on a busy machine the one that says more

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as sock:
                sock.sendall(b"GET /livez HTTP/1.0\r\n\r\n")
                return bool(sock.recv(1))
        except OSError:
            return False

    def resident_mib(self) -> float:
        """What the process holds in memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def cpu_seconds(self) -> float:
        """The processor time of the process so far, in all its threads."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        """Let it drain and go."""
        self.process.terminate()
        self.process.wait(20)


@contextlib.contextmanager
def serving(program: str, *arguments: str) -> Iterator[Server]:
    """Run a program until the block ends."""
    server = Server([sys.executable, "-c", program, *arguments])
    try:
        yield server
    finally:
        server.stop()


@contextlib.contextmanager
def prepared() -> Iterator[str]:
    """Make a database with one user; return its directory."""
    with tempfile.TemporaryDirectory() as directory:
        command = [sys.executable, "-c", PREPARE, directory, NAME, PASSWORD]
        subprocess.run(command, check=True)
        yield directory


def login_request(password: str = PASSWORD) -> bytes:
    """Return a login."""
    document = {"username": NAME, "password": password}
    return request(
        "POST",
        "/login",
        headers=(("Content-Type", "application/json"),),
        body=json.dumps(document).encode(),
    )


def log_in(port: int) -> dict[str, str]:
    """Return one pair of tokens."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as sock:
        sock.sendall(login_request())
        answer = b""
        while not answer.endswith(b"}"):
            chunk = sock.recv(65_536)
            if not chunk:
                raise SystemExit(f"no answer to a login: {answer!r}")
            answer += chunk
    pair: dict[str, str] = json.loads(answer.partition(b"\r\n\r\n")[2])
    if "access_token" not in pair:
        raise SystemExit(f"the login was refused: {answer!r}")
    return pair


def hashes_a_second(seconds: float) -> float:
    """Measure bare Argon2id on the server's core: one thread, the parameters of the server."""
    counts: list[float] = []

    def work() -> None:
        os.sched_setaffinity(0, {SERVER_CORE})
        secret = Secret(PASSWORD)
        phc = hash_password(secret, PARAMETERS, chance=chance.SYSTEM)
        done, start = 0, time.perf_counter()
        while time.perf_counter() - start < seconds:
            verify_password(secret, phc)
            done += 1
        counts.append(done / (time.perf_counter() - start))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return counts[0]


async def beside(port: int, me: bytes, *, seconds: float, rate: float) -> tuple[Result, Result]:
    """Log in as fast as it goes while tokens are verified at a fixed rate."""
    tokens = paced(port, lambda: me, connections=16, seconds=seconds, rate=rate)
    logins = closed(port, login_request, connections=8, seconds=seconds)
    verified, logged_in = await asyncio.gather(tokens, logins)
    return verified, logged_in


def table(rows: list[Row]) -> None:
    """Print the rows as Markdown."""
    print("| what | a second | ratio | p50 / p99 |")
    print("|---|---|---|---|")
    for row in rows:
        print("| " + " | ".join(row) + " |")


def quantiles(result: Result) -> str:
    """Return the median and the 99th percentile as text."""
    return f"{result.quantile_ms(0.5):.1f} / {result.quantile_ms(0.99):.1f} ms"


def measure(seconds: float) -> list[Row]:
    """Ask every question in turn."""
    rows: list[Row] = []

    def row(what: str, result: Result, floor: float | None, of: str = "") -> None:
        ratio = "" if floor is None else f"{result.rate / floor:.2f} of {of}"
        rows.append((what, f"{result.rate:,.0f}", ratio, quantiles(result)))

    def run(port: int, data: bytes, connections: int = 16) -> Result:
        return asyncio.run(closed(port, lambda: data, connections=connections, seconds=seconds))

    hashes = hashes_a_second(seconds)
    rows.append(("bare Argon2id, one thread", f"{hashes:,.0f}", "1", ""))
    with serving(FLOOR) as floor_server:
        floor = run(floor_server.port, request("GET", "/hello"))
    row("bare Starlette route", floor, None)
    with prepared() as directory, serving(WATCHWORD, directory) as server:
        pair = log_in(server.port)
        bearer = (("Authorization", f"Bearer {pair['access_token']}"),)
        me = request("GET", "/me", headers=bearer)
        row("`POST /login`, right", run(server.port, login_request(), 8), hashes, "hashing")
        wrong = login_request("wrong wrong wrong")
        refused = asyncio.run(closed(server.port, lambda: wrong, connections=8, seconds=seconds))
        refused.statuses = {200: refused.statuses.get(401, 0)}
        row("`POST /login`, wrong", refused, hashes, "hashing")
        verified = run(server.port, me)
        row("`GET /me`: RS256 and the store", verified, floor.rate, "Starlette")
        keys = run(server.port, request("GET", "/jwks.json"))
        row("`GET /jwks.json`", keys, floor.rate, "Starlette")
        rate = min(500.0, verified.rate / 2)
        tokens, logins = asyncio.run(beside(server.port, me, seconds=seconds, rate=rate))
        row(f"`GET /me` paced at {rate:,.0f}/s beside logins", tokens, None)
        row("those logins", logins, hashes, "hashing")
        rows += guarded(server.port, bearer, run)
        start = f"{server.start_seconds:.2f} s to the first answer, a signing key made on the way"
        print(f"{start}; {server.resident_mib():.0f} MiB at the end\n")
    return rows


def guarded(
    port: int, bearer: tuple[tuple[str, str], ...], run: Callable[..., Result]
) -> list[Row]:
    """Measure a route behind the FastAPI guard against the same route without one."""
    with serving(GUARDED, f"http://127.0.0.1:{port}") as server:
        floor = run(server.port, request("GET", "/floor"))
        notes = run(server.port, request("GET", "/notes", headers=bearer))
    ratio = f"{notes.rate / floor.rate:.2f} of FastAPI"
    return [
        ("bare FastAPI route", f"{floor.rate:,.0f}", "", quantiles(floor)),
        ("the same behind `auth.user`", f"{notes.rate:,.0f}", ratio, quantiles(notes)),
    ]


def memory(count: int) -> None:
    """Print what the server holds after a tenth and after all of many logins."""
    with prepared() as directory, serving(WATCHWORD, directory) as server:
        log_in(server.port)
        done, said = 1, [f"{server.resident_mib():.0f} MiB after 1 login"]
        for goal in (count // 10, count):
            while done < goal:
                run = closed(server.port, login_request, connections=8, seconds=5)
                done += asyncio.run(run).good
            said.append(f"{server.resident_mib():.0f} after {done:,}")
        print(", ".join(said))


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5, help="for each row")
    parser.add_argument("--memory", action="store_true", help="10,000 logins, then the memory")
    chosen = parser.parse_args()
    os.sched_setaffinity(0, {LOAD_CORE})
    if chosen.memory:
        memory(10_000)
        return
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    print(f"Python {platform.python_version()}, {versions}")
    print(
        f"one core for the server, one for the load; load average {os.getloadavg()[0]:.1f}; ",
        end="",
    )
    table(measure(chosen.seconds))


if __name__ == "__main__":
    main()
