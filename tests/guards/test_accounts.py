"""How accounts stand that have changed lately. Source: access.md F2, F3."""

import pytest

from watchword.guards.accounts import Accounts
from watchword.oauth.feed import AccountChange, Revocation, RevocationKind

NOW = 1_800_000_000


def event(version, *, user="user_1", until=NOW + 300):
    value = AccountChange(user, version).to_text()
    return Revocation(0, RevocationKind.ACCOUNT, value, NOW, until)


@pytest.mark.requirement("access:F2:feed")
def test_the_latest_change_counts():
    accounts = Accounts()
    assert accounts.find("user_1") is None
    accounts.add([event(4), event(3), event(9, user="user_2")], now=NOW)
    assert accounts.find("user_1") == AccountChange("user_1", 4)
    assert len(accounts) == 2


@pytest.mark.requirement("oauth:F-2:bounded")
def test_what_no_token_is_older_than_is_forgotten():
    accounts = Accounts()
    accounts.add([event(4), event(9, user="user_2", until=10**15)], now=NOW)
    accounts.sweep(now=NOW + 299)
    assert len(accounts) == 2
    accounts.sweep(now=NOW + 300)
    assert accounts.find("user_1") is None
    accounts.sweep(now=NOW + 24 * 3_600)  # whatever a feed says
    assert len(accounts) == 0
    accounts.add([event(4)], now=NOW)
    accounts.clear()
    assert accounts.find("user_1") is None
