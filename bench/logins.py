"""Can a stranger tell an unknown user from a wrong password by the clock?

Both are sent in turns to a running server, and the AUC of their answer times is printed: the
chance that an unknown user takes longer than a wrong password. 0.5 tells nothing; 0 or 1 tells all.
Asked for hashes of today's parameters, of last year's, of both in one database, and of accounts
imported from other systems, whose hashes are of seven schemes. The control compares two accounts
whose hashes differ in cost, which the same clock must be able to tell apart.

Every pair is of another account and another unknown name, so that the throttle delays none, and
each attempt comes from a network of its own: what is measured is what a stranger with many names
and addresses sees. The hashes are of no password, so that preparing them costs nothing.

Usage: .venv/bin/python bench/logins.py [--pairs 1000]
"""

import argparse
import importlib.metadata
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from load import request

from server import LOAD_CORE, WATCHWORD, serving
from watchword.accounts.passwords.hashing import PARAMETERS

PACKAGES = ("starlette", "uvicorn", "uvloop", "httptools", "argon2-cffi", "bcrypt")
LOW, HIGH = 0.45, 0.55  # security.md rule 28
WRONG = "wrong wrong wrong"

PREPARE = """
import asyncio, sys
from watchword.accounts.passwords.stored_hash import make_decoy
from watchword.accounts.users import NewUser
from watchword.base import chance
from watchword.stores import migrate, open_store

directory, users, *labels = sys.argv[1:]
database = f"sqlite:///{directory}/watchword.db"

async def prepare():
    await migrate(database)
    async with await open_store(database) as store:
        for number in range(int(users)):
            stored = make_decoy(labels[number % len(labels)], number.to_bytes(4))
            user_id = chance.new_id(chance.SYSTEM, "user")
            await store.add_user(NewUser(user_id, f"user{number}", stored, frozenset(), 1))

asyncio.run(prepare())
"""
TODAY = PARAMETERS.label
LAST_YEAR = replace(PARAMETERS, memory_kib=PARAMETERS.memory_kib // 3).label
IMPORTED = (
    "bcrypt$r=10",
    "bcrypt-hex-sha256$r=10",
    "pbkdf2-sha256$i=150000",
    "pbkdf2-sha512$i=100000",
    "scrypt$n=14,r=8,p=1",
    "foreign-argon2id$v=19$m=7168,t=5,p=1",
    "salted-sha1$i=1",
)
SITUATIONS = (
    ("today's parameters", (TODAY,)),
    ("last year's, after an upgrade", (LAST_YEAR,)),
    ("half of them upgraded", (TODAY, LAST_YEAR)),
    ("imported from other systems", IMPORTED),
    ("imported, half of them upgraded", (*IMPORTED, *(TODAY for _ in IMPORTED))),
)


class Stranger:
    """One connection that logs in and looks at the clock."""

    def __init__(self, port: int) -> None:
        self._sock = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._networks = count(1)

    def attempt(self, name: str) -> tuple[float, bytes]:
        """Return the seconds until the answer and what it told: status, header names, body."""
        body = json.dumps({"username": name, "password": WRONG}).encode()
        network = next(self._networks)
        address = f"10.{network >> 16 & 255}.{network >> 8 & 255}.{network & 255}"
        headers = (("Content-Type", "application/json"), ("X-Forwarded-For", address))
        data = request("POST", "/login", headers=headers, body=body)
        start = time.perf_counter()
        self._sock.sendall(data)
        answer = self._sock.recv(65_536)
        while not answer.endswith(b"}"):
            answer += self._sock.recv(65_536)
        seconds = time.perf_counter() - start
        head, _, told = answer.partition(b"\r\n\r\n")
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"date:")]
        return seconds, b"\r\n".join(lines) + told


def auc(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the chance that a value of `first` is larger than one of `second`."""
    marked = sorted([(value, 1) for value in first] + [(value, 0) for value in second])
    ranks = sum(rank for rank, (_, is_first) in enumerate(marked, 1) if is_first)
    return (ranks - len(first) * (len(first) + 1) / 2) / (len(first) * len(second))


def interleaved(
    port: int, pairs: int, names: Iterator[tuple[str, str]]
) -> tuple[list[float], list[float], bool]:
    """Return the times of both kinds, and whether they were told the same bytes."""
    stranger = Stranger(port)
    for number in range(10):
        stranger.attempt(f"warm-up{number}")
    times: tuple[list[float], list[float]] = ([], [])
    told: set[bytes] = set()
    for number in range(pairs):
        pair = next(names)
        for kind in (0, 1) if number % 2 else (1, 0):
            seconds, answer = stranger.attempt(pair[kind])
            times[kind].append(seconds)
            told.add(answer)
    return *times, len(told) == 1


def median_ms(times: Sequence[float]) -> str:
    """Return the median as text."""
    return f"{sorted(times)[len(times) // 2] * 1000:.1f} ms"


def row(what: str, labels: Sequence[str], pairs: int, names: Iterator[tuple[str, str]]) -> float:
    """Measure one situation and print its line."""
    with tempfile.TemporaryDirectory() as directory:
        users = str(2 * pairs)
        subprocess.run([sys.executable, "-c", PREPARE, directory, users, *labels], check=True)
        with serving(WATCHWORD, directory) as server:
            first, second, is_same = interleaved(server.port, pairs, names)
    area = auc(first, second)
    same = "the same" if is_same else "DIFFERENT"
    medians = f"{median_ms(first)} | {median_ms(second)}"
    print(f"| {what} | {area:.3f} | {medians} | {same} |", flush=True)
    return area


def unknown_and_known() -> Iterator[tuple[str, str]]:
    """Yield a name that nobody has and one that somebody has, each once."""
    return ((f"nobody{number}", f"user{number}") for number in count())


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=1000, help="for each row")
    chosen = parser.parse_args()
    os.sched_setaffinity(0, {LOAD_CORE})
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    print(f"Python {platform.python_version()}, {versions}")
    print(f"{chosen.pairs} interleaved pairs a row; load average {os.getloadavg()[0]:.1f}\n")
    print("| stored hashes | AUC | unknown user, median | wrong password, median | answers |")
    print("|---|---|---|---|---|")
    areas = [row(what, labels, chosen.pairs, unknown_and_known()) for what, labels in SITUATIONS]
    control = ((f"user{2 * number}", f"user{2 * number + 1}") for number in count())
    seen = row("control: two known users", (TODAY, LAST_YEAR), chosen.pairs // 2, control)
    print(
        f"\ntarget {LOW} to {HIGH}: {'held' if all(LOW <= a <= HIGH for a in areas) else 'MISSED'}"
    )
    if LOW <= seen <= HIGH:
        raise SystemExit("the control was not told apart: this machine is too noisy to say")


if __name__ == "__main__":
    main()
