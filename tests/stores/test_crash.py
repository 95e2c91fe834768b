"""Processes that are killed while they write, and processes that write beside one another.

Source: security.md 6.3, 6.4 (1) and invariants I1, I4, I6; ARCHITECTURE section 3 (turns).
"""

import asyncio
import hashlib
import json
import subprocess
import sys
from itertools import count
from pathlib import Path
from typing import Any

import apsw
import pytest

from watchword.oauth.families import NewRefreshToken, Rotated, RotateRefreshToken
from watchword.stores import Store, open_store
from watchword.testing.store_conformance import World
from watchword.testing.store_conformance.world import CLIENT, NOW, ORIGIN

FAMILIES = 8
KILLS = {"sqlite": 20, "postgresql": 4}

# Refreshes every family in its own loop, and prints what was acknowledged after it was.
CHILD = """
import asyncio, hashlib, itertools, json, sys
from watchword.accounts.origin import NOWHERE
from watchword.oauth.families import NewRefreshToken, Rotated, RotateRefreshToken
from watchword.stores import open_store

url, salt, client, now, labels, limit = json.loads(sys.argv[1])
token = lambda label: hashlib.sha256(label.encode()).digest()

async def refresh(store, family, label):
    for number in itertools.count() if limit is None else range(limit):
        new = f"{salt}-{family}-{number}"
        pair = NewRefreshToken(token(new), new)
        answer = await store.rotate_refresh_token(
            RotateRefreshToken(token(label), client, None, pair, NOWHERE, now)
        )
        assert isinstance(answer, Rotated), answer
        sys.stdout.write(f"{family} {new}\\n")
        sys.stdout.flush()
        label = new

async def main():
    async with await open_store(url) as store:
        await asyncio.gather(*(refresh(store, *item) for item in enumerate(labels)))

asyncio.run(main())
"""


def token(label: str) -> bytes:
    return hashlib.sha256(label.encode()).digest()


def child(
    url: str, salt: str, labels: list[str], limit: int | None = None
) -> "subprocess.Popen[str]":
    arguments = json.dumps([url, salt, CLIENT.client_id, NOW + 1, labels, limit])
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, arguments], stdout=subprocess.PIPE, text=True
    )


async def families(store: Store, labels: list[str], name: str = "alice") -> None:
    world = World(store)
    await world.furnish()
    user_id = await world.user(name)
    for label in labels:
        login = await world.log_in(user_id)
        answer = await present(store, login.token.token_hash, label)
        assert isinstance(answer, Rotated)


async def present(store: Store, token_hash: bytes, successor: str) -> Any:
    new = NewRefreshToken(token(successor), successor)
    command = RotateRefreshToken(token_hash, CLIENT.client_id, None, new, ORIGIN, NOW + 1)
    return await store.rotate_refresh_token(command)


@pytest.mark.requirement("stores:acknowledged")
def test_nothing_acknowledged_is_lost_when_a_writer_is_killed(store_url: str, rows: Any) -> None:
    """After each SIGKILL, the last token that each family was told about still works."""
    labels = [f"first-{family}" for family in range(FAMILIES)]
    acknowledged = 0

    async def begin() -> None:
        async with await open_store(store_url) as store:
            await families(store, labels)

    async def check(kill: int) -> None:
        async with await open_store(store_url) as store:
            for family, label in enumerate(labels):
                labels[family] = f"checked-{kill}-{family}"
                answer = await present(store, token(label), labels[family])
                assert isinstance(answer, Rotated), f"{label} was lost: {answer}"
        await rows.check_invariants(store_url)

    asyncio.run(begin())
    for kill in range(KILLS[store_url.partition(":")[0]]):
        process = child(store_url, f"kill-{kill}", labels)
        assert process.stdout is not None
        for number in count():
            line = process.stdout.readline()
            assert line, "the child failed by itself"
            if number == 7 * kill:  # kills at other moments each time
                process.kill()
                break
            remember(line, labels)
        for last in [line, *process.stdout.readlines()]:
            remember(last, labels)
            acknowledged += 1
        process.stdout.close()
        process.wait()
        asyncio.run(check(kill))
    assert acknowledged > 0


def remember(line: str, labels: list[str]) -> None:
    if line.endswith("\n"):  # the last line may have been cut off
        family, label = line.split()
        labels[int(family)] = label


def test_killed_writer_leaves_a_sound_file(sqlite_url: str, tmp_path: Path) -> None:
    labels = ["only"]

    async def begin() -> None:
        async with await open_store(sqlite_url) as store:
            await families(store, labels)

    asyncio.run(begin())
    process = child(sqlite_url, "kill", labels)
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    process.wait()
    process.stdout.close()
    connection = apsw.Connection(str(tmp_path / "store.db"))
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_processes_that_write_at_once_both_make_progress(store_url: str) -> None:
    """Neither starves: while one is at work, the other is acknowledged as well."""
    mine, other = ([f"{side}-{family}" for family in range(FAMILIES)] for side in ("mine", "other"))

    async def begin() -> None:
        async with await open_store(store_url) as store:
            await families(store, [*mine, *other])

    asyncio.run(begin())
    processes = [child(store_url, "mine", mine, 40), child(store_url, "other", other, 40)]
    for process in processes:
        printed, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        assert len(printed.splitlines()) == 40 * FAMILIES
