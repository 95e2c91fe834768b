"""Acting as a user: whom, for how long, and with whose proofs."""

import pytest

from watchword.accounts.acting import (
    ACTING_SECONDS,
    ACTS_AS,
    AUDITOR,
    may_be_acted_as,
    new_acting_session,
)
from watchword.accounts.levels import Method, Proof
from watchword.accounts.origin import NOWHERE
from watchword.accounts.sessions import Actor, Session
from watchword.accounts.users import User, UserStatus
from watchword.base import chance
from watchword.base.secrets import Secret, digest

NOW = 1_800_000_000
PROOFS = (Proof(Method.PASSWORD, NOW - 60), Proof(Method.TOTP, NOW - 50))


def user(name, *roles, status=UserStatus.ACTIVE):
    return User(f"user_{name}", name, status, frozenset(roles), 1, NOW)


def own(**members):
    times = {"created_at": NOW - 60, "idle_expires_at": NOW + 900, "expires_at": NOW + 86_400}
    return Session("sid_own", user("ada", ACTS_AS), PROOFS, **{**times, **members})


def new(session):
    return new_acting_session(Secret("canary"), session, now=NOW, chance=chance.SYSTEM)


@pytest.mark.requirement("users:U42:acting-in-tokens")
def test_acting_is_short_and_rests_on_what_the_actor_proved():
    session = new(own())
    assert session.actor == Actor("user_ada", "ada", "sid_own")
    assert session.proofs == PROOFS
    assert session.cookie_hash == digest("canary")
    assert (session.idle_seconds, session.expires_at) == (ACTING_SECONDS, NOW + ACTING_SECONDS)
    assert session.origin == NOWHERE
    assert session.device_hash is None


def test_acting_ends_no_later_than_the_actors_own_session():
    assert new(own(expires_at=NOW + 60)).expires_at == NOW + 60


@pytest.mark.parametrize(
    ("who", "is_possible"),
    [
        (user("ben"), True),
        (user("ben", "editor"), True),
        (user("ben", status=UserStatus.SUSPENDED), False),
        (user("ada"), False),
        (user("ben", "admin"), False),
        (user("ben", AUDITOR), False),
        (user("ben", "editor", ACTS_AS), False),
    ],
)
def test_nobody_acts_as_who_is_suspended_has_rights_over_the_server_or_is_themselves(
    who, is_possible
):
    assert may_be_acted_as(who, by="user_ada") is is_possible
