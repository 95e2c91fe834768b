"""What a session is opened with."""

import pytest

from watchword.accounts.levels import Method, Proof
from watchword.accounts.origin import Origin
from watchword.accounts.sessions import Limits, new_browser_session, new_session
from watchword.base import chance
from watchword.base.secrets import Secret, digest

NOW = 1_800_000_000
ORIGIN = Origin("192.0.2.7", "A browser")
PROOFS = (Proof(Method.PASSWORD, NOW),)
LIMITS = Limits(idle_seconds=60, lifetime_seconds=3600)


def of_browser(cookie):
    return new_browser_session(
        Secret(cookie), proofs=PROOFS, limits=LIMITS, origin=ORIGIN, now=NOW, chance=chance.SYSTEM
    )


def of_api(random=chance.SYSTEM):
    return new_session(proofs=PROOFS, lifetime_seconds=60, origin=ORIGIN, now=NOW, chance=random)


@pytest.mark.requirement("security:38:only-hash-stored")
def test_browser_session_holds_only_the_hash_of_its_cookie():
    """security.md rule 38."""
    session = of_browser("canary")
    assert session.cookie_hash == digest("canary")
    assert "canary" not in repr(session)


@pytest.mark.requirement("security:40:both-limits")
def test_browser_session_has_an_idle_and_an_absolute_limit():
    """security.md rule 40; ASVS V7.3.1 and V7.3.2."""
    session = of_browser("cookie")
    assert (session.idle_seconds, session.expires_at) == (60, NOW + 3600)


@pytest.mark.requirement("security:38:unguessable-id")
def test_session_ids_hold_128_random_bits():
    """security.md rule 38."""
    asked = []

    class Counting:
        def token_bytes(self, count):
            asked.append(count)
            return chance.SYSTEM.token_bytes(count)

    made = {of_api(Counting()).sid for _ in range(100)}
    assert len(made) == 100
    assert set(asked) == {16}


def test_session_of_the_login_api_has_no_cookie_and_the_limits_of_its_family():
    session = of_api()
    assert session.cookie_hash is None
    assert session.proofs == PROOFS
    assert (session.idle_seconds, session.expires_at) == (60, NOW + 60)
