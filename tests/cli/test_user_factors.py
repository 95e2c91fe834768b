"""`watchword user factors` and `user reset-factors` on a real database."""

import asyncio

import pytest

from watchword.accounts.events import EventKind
from watchword.accounts.factors.passkeys import Passkey
from watchword.accounts.factors.recovery_codes import make_codes
from watchword.accounts.factors.together import Changer, change_of
from watchword.accounts.factors.totp import TOTP, SpendStep
from watchword.base import chance
from watchword.stores import open_store

NOW = 1_800_000_000
ADDED = "2027-01-15T08:00:00+00:00"


@pytest.fixture
def alice(command, tmp_path):
    assert command("migrate").code == 0
    user_id = command("user", "add", "alice", "--json").json["user"]["id"]

    async def furnish():
        async with await open_store(f"sqlite:///{tmp_path}/watchword.db") as store:

            def told(kind):
                return change_of(kind, Changer(user_id), about="", now=NOW)

            passkey = Passkey(b"id", user_id, "Key\x1b[31m ring", b"cose", 0, "a", (), False, NOW)
            await store.add_passkey(passkey, told(EventKind.PASSKEY_ADDED))
            await store.add_totp(TOTP("totp_1", user_id, "Phone", b"sealed", NOW))
            spend = SpendStep(user_id, "totp_1", 1, NOW)
            await store.confirm_totp(spend, told(EventKind.TOTP_ADDED))
            await store.add_totp(TOTP("totp_2", user_id, "Unfinished", b"sealed", NOW))
            await make_codes(Changer(user_id), store, chance=chance.SYSTEM, now=NOW)

    asyncio.run(furnish())
    return user_id


def events(tmp_path, user_id):
    async def read():
        async with await open_store(f"sqlite:///{tmp_path}/watchword.db") as store:
            return [one.event for one in await store.list_events(user_id)]

    return asyncio.run(read())


@pytest.mark.requirement("users-cli:user-factors")
def test_factors_are_listed_with_their_times_and_without_keys(command, alice):
    """security.md rule 96."""
    found = command("user", "factors", "alice", "--json").json["factors"]
    assert found == [
        {"kind": "passkey", "name": "Key\x1b[31m ring", "added_at": ADDED, "used_at": None,
         "is_synced": False},
        {"kind": "totp", "name": "Phone", "added_at": ADDED, "used_at": ADDED},
        {"kind": "recovery_codes", "name": "10 of 10 left", "added_at": ADDED, "used_at": None,
         "left": 10},
    ]  # fmt: skip
    lines = command("user", "factors", "alice").out.splitlines()
    assert [line.split()[0] for line in lines] == ["passkey", "totp", "recovery_codes"]
    assert "\x1b" not in "".join(lines)
    assert "used never" in lines[0]


@pytest.mark.requirement("users-cli:user-reset-factors")
def test_a_reset_removes_all_is_recorded_and_says_what_is_left(command, alice, tmp_path):
    done = command("user", "reset-factors", "alice")
    assert done.code == 0
    assert "no second factor any more" in done.out
    assert "watchword user link alice" in done.out  # no password was ever set
    (reset,) = [one for one in events(tmp_path, alice) if one.kind is EventKind.FACTORS_RESET]
    assert reset.actor == "watchword user reset-factors"
    assert command("user", "factors", "alice").out == "alice: no second factor\n"
    assert "nothing to change" in command("user", "reset-factors", "alice").out
    assert command("user", "reset-factors", "alice", "--json").json["outcome"] == "unchanged"


def test_an_unknown_user_is_refused_with_the_line_that_helps(command):
    command("migrate")
    for word in ("factors", "reset-factors"):
        done = command("user", word, "nobody")
        assert (done.code, done.out) == (1, "")
        assert "watchword user list" in done.err
