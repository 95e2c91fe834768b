from dataclasses import replace

import pytest

from watchword.accounts.person.overview import (
    RECOVERY_CODES_FEW,
    Attention,
    Overview,
    Protection,
    attention,
)
from watchword.accounts.person.profile import Profile
from watchword.accounts.users import User, UserStatus

USER = User("user_1", "alice", UserStatus.ACTIVE, frozenset(), 1, 0)
SAFE = Overview(
    profile=Profile(USER, None, None, 0, has_password=True),
    must_change_password=False,
    emails=1,
    verified_emails=1,
    primary_email="alice@example.com",
    passkeys=1,
    authenticator_apps=1,
    recovery_codes=10,
    sessions=1,
    connections=0,
)


@pytest.mark.requirement("users:U39:attention")
def test_an_account_with_all_it_needs_asks_for_nothing():
    assert attention(SAFE) == ()


@pytest.mark.parametrize(
    ("change", "task"),
    [
        ({"must_change_password": True}, Attention.CHANGE_PASSWORD),
        ({"emails": 0, "verified_emails": 0}, Attention.ADD_EMAIL),
        ({"verified_emails": 0}, Attention.VERIFY_EMAIL),
        ({"passkeys": 0, "authenticator_apps": 0}, Attention.ADD_SECOND_FACTOR),
        ({"recovery_codes": RECOVERY_CODES_FEW - 1}, Attention.MAKE_RECOVERY_CODES),
    ],
)
@pytest.mark.requirement("users:U39:attention")
def test_what_is_missing_is_told(change, task):
    assert attention(replace(SAFE, **change)) == (task,)


def test_recovery_codes_are_asked_for_only_beside_a_second_factor():
    bare = replace(SAFE, passkeys=0, authenticator_apps=0, recovery_codes=0)
    assert attention(bare) == (Attention.ADD_SECOND_FACTOR,)


def test_the_strongest_factor_is_the_protection():
    app = replace(SAFE, passkeys=0)
    assert SAFE.protection is Protection.PASSKEY
    assert app.protection is Protection.SECOND_FACTOR
    assert replace(app, authenticator_apps=0).protection is Protection.PASSWORD
