"""`watchword hash calibrate`: measured here, suggested for here."""

import json

import pytest

from watchword.accounts.passwords.hashing import Argon2Parameters, is_enough
from watchword.cli import hash as hash_command
from watchword.server.settings import Settings


@pytest.fixture
def quick(monkeypatch):
    """Every hash takes a millisecond; nothing is computed."""
    ticks = iter(range(1_000_000))

    class Clock:
        def monotonic(self):
            return next(ticks) / 1000

        def now(self):
            return 1_800_000_000

    monkeypatch.setattr(hash_command, "_hash", lambda _: "")
    monkeypatch.setattr(hash_command.clock, "SYSTEM", Clock())


def test_suggestion_is_what_the_settings_take(command, quick):
    done = command("hash", "calibrate", "--json", "--memory-mib", "19")
    assert done.code == 0
    assert done.json["stored"] is None
    assert [row["argon2_memory_kib"] // 1024 for row in done.json["measured"]] == [7, 9, 12, 19]
    suggested = done.json["suggested"]
    assert is_enough(Settings(**suggested) and Argon2Parameters(
        suggested["argon2_time_cost"], suggested["argon2_memory_kib"], 1))  # fmt: skip


@pytest.mark.requirement("users:U111:share-shown")
def test_stored_hashes_are_shown_by_their_cost(command, quick):
    """users.md U111: what is still of another system, and what it costs."""
    assert command("migrate").code == 0
    rows = [
        {"name": f"u{n}", "password": "{SSHA}FM6N1jTf/0PflNiYX1GDVd0V3b/acp0w"} for n in range(3)
    ]
    text = "\n".join(map(json.dumps, rows))
    assert command("user", "import", "--from", "jsonl", "-", stdin=text).code == 0
    done = command("hash", "calibrate", "--memory-mib", "9")
    assert "Suggested settings, for watchword.toml:" in done.out
    assert "  argon2_memory_kib = 9216" in done.out
    assert "salted-sha1$i=1" in done.out
    assert "#" * 30 in done.out
    found = command("hash", "calibrate", "--memory-mib", "9", "--json").json["stored"]
    assert [(kind["label"], kind["hashes"]) for kind in found] == [("salted-sha1$i=1", 3)]


def test_machine_that_is_too_slow_is_told(command, quick, monkeypatch):
    ticks = iter(range(1_000_000))
    monkeypatch.setattr(hash_command.clock.SYSTEM, "monotonic", lambda: next(ticks), raising=False)
    done = command("hash", "calibrate", "--milliseconds", "10", "--memory-mib", "7")
    assert done.code == 1
    assert "7 MiB" in done.out
    assert "Suggested" not in done.out
    assert "OWASP allows" in done.err


def test_real_measurement_of_the_least_cost(command):
    done = command("hash", "calibrate", "--memory-mib", "7", "--milliseconds", "5000", "--json")
    assert done.code == 0
    assert done.json["measured"][0]["milliseconds"] > 0
    assert done.json["threads"] >= 1
