"""Can a stranger tell by the clock whether an address has an account?

The forms of a forgotten password and of a sign-up are sent in turns for an address that an account
has verified and for one that nobody has, and the AUC of the answer times is printed, as in
`logins.py`. Both addresses of a pair are of one length and used once, and every form comes from a
network of its own, so that the limits on mails delay none. The answers name the address; with that
and the token of the form taken out, both have to be the same bytes.

Usage: .venv/bin/python bench/addresses.py [--pairs 1000]
"""

import argparse
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parent))
from load import request
from logins import HIGH, LOW, auc, median_ms

from server import LOAD_CORE, WATCHWORD, serving

PREPARE = """
import asyncio, sys
import apsw
from watchword.accounts.users import NewUser
from watchword.stores import migrate, open_store

directory, users = sys.argv[1:]
file = f"{directory}/watchword.db"

async def prepare():
    await migrate(f"sqlite:///{file}")
    async with await open_store(f"sqlite:///{file}") as store:
        for number in range(int(users)):
            await store.add_user(NewUser(f"user_{number}", f"user{number}", None, frozenset(), 1))

asyncio.run(prepare())
with apsw.Connection(file) as connection:
    connection.execute(
        "INSERT INTO emails"
        " (tenant, user_id, address, written, is_primary, verified_at, created_at)"
        " SELECT tenant, id, printf('known%06d@example.com', substr(id, 6)),"
        " printf('known%06d@example.com', substr(id, 6)), 1, 1, 1 FROM users"
    )
"""
OPEN = WATCHWORD.replace("database=database,", "database=database, register=True,")
TOKEN = re.compile(rb'name="form_token" value="([^"]+)"')
COOKIE = re.compile(rb"set-cookie: ([^;\r\n]+)", re.IGNORECASE)
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
WARM_UPS = 20


class Stranger:
    """One browser that fills one form in again and again, and looks at the clock."""

    def __init__(self, port: int, path: str) -> None:
        self._sock = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._networks = count(1)
        self._path = path
        head, page = self._exchange(request("GET", path))
        self._token = TOKEN.search(page)[1]  # type: ignore[index]  # every form has one
        self._cookie = b"; ".join(COOKIE.findall(head)).decode("ascii")

    def ask(self, address: str) -> tuple[float, bytes]:
        """Return the seconds until the answer, and what it told beside the address."""
        form = {"email": address, "form_token": self._token.decode("ascii")}
        network = next(self._networks)
        headers = (
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Cookie", self._cookie),
            ("X-Forwarded-For", f"10.{network >> 16 & 255}.{network >> 8 & 255}.{network & 255}"),
        )
        data = request("POST", self._path, headers=headers, body=urlencode(form).encode("ascii"))
        start = time.perf_counter()
        head, page = self._exchange(data)
        seconds = time.perf_counter() - start
        status = head.partition(b"\r\n")[0]
        return seconds, status + page.replace(address.encode("ascii"), b"").replace(
            self._token, b""
        )

    def _exchange(self, data: bytes) -> tuple[bytes, bytes]:
        self._sock.sendall(data)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._sock.recv(65_536)
        head, _, page = answer.partition(b"\r\n\r\n")
        length = int(LENGTH.search(head)[1])  # type: ignore[index]  # pages are sent whole
        while len(page) < length:
            page += self._sock.recv(65_536)
        return head, page


def row(path: str, pairs: int) -> float:
    """Measure one form and print its line."""
    times: tuple[list[float], list[float]] = ([], [])
    told: set[bytes] = set()
    with tempfile.TemporaryDirectory() as directory:
        users = str(pairs + WARM_UPS)
        subprocess.run([sys.executable, "-c", PREPARE, directory, users], check=True)
        with serving(OPEN, directory) as server:
            stranger = Stranger(server.port, path)
            for number in range(pairs + WARM_UPS):
                for kind in (0, 1) if number % 2 else (1, 0):
                    address = f"{('other', 'known')[kind]}{number:06d}@example.com"
                    seconds, answer = stranger.ask(address)
                    if number >= WARM_UPS:
                        times[kind].append(seconds)
                        told.add(answer)
    area = auc(*times)
    same = "the same" if len(told) == 1 else f"{len(told)} DIFFERENT"
    status = b" ".join({answer[:12] for answer in told}).decode("ascii")
    medians = f"{median_ms(times[0])} | {median_ms(times[1])}"
    print(f"| {path} | {area:.3f} | {medians} | {same}, {status} |", flush=True)
    return area


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=1000, help="for each row")
    chosen = parser.parse_args()
    os.sched_setaffinity(0, {LOAD_CORE})
    print(f"{chosen.pairs} interleaved pairs a row; load average {os.getloadavg()[0]:.1f}\n")
    print("| form | AUC | unknown address, median | known address, median | answers |")
    print("|---|---|---|---|---|")
    areas = [row(path, chosen.pairs) for path in ("/forgot", "/signup")]
    held = all(LOW <= area <= HIGH for area in areas)
    print(f"\ntarget {LOW} to {HIGH}: {'held' if held else 'MISSED'}")


if __name__ == "__main__":
    main()
