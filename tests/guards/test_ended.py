"""The set of what has ended: which tokens die with which event.

Source: oauth.md F-1, F-2, K-5.
"""

import pytest

from watchword.guards.ended import Ended
from watchword.oauth.access_token import AccessClaims
from watchword.oauth.feed import Revocation, RevocationKind

NOW = 1_800_000_000
CLAIMS = {
    RevocationKind.SESSION: "sid_1",
    RevocationKind.USER: "user_1",
    RevocationKind.FAMILY: "fam_1",
    RevocationKind.CLIENT: "app",
    RevocationKind.TOKEN: "gen_1",
    RevocationKind.ISSUED_BEFORE: "kid-1",
}
FOR_GOOD = {RevocationKind.SESSION, RevocationKind.FAMILY, RevocationKind.TOKEN}


NO_ENDINGS_OF_SOMETHING = {RevocationKind.ISSUED_BEFORE, RevocationKind.ACCOUNT}
ENDINGS_OF_SOMETHING = [one for one in RevocationKind if one not in NO_ENDINGS_OF_SOMETHING]


def token(iat=NOW, **claims):
    good = {"sub": "user_1", "client_id": "app", "jti": "gen_1", "sid": "sid_1", "fam": "fam_1"}
    return AccessClaims(
        iss="https://id.example.com", aud="notes", iat=iat, exp=iat + 300, **good | claims
    )


def ended(kind, value=None, *, at=NOW, until=NOW + 300):
    made = Ended()
    made.add([Revocation(0, kind, value or CLAIMS[kind], at, until)], now=NOW)
    return made


@pytest.mark.requirement("oauth:F-1:kinds")
@pytest.mark.parametrize("kind", CLAIMS)
def test_token_dies_with_what_it_belongs_to(kind):
    assert ended(kind).find(token(), "kid-1") is kind
    assert Ended().find(token(), "kid-1") is None


@pytest.mark.parametrize("kind", ENDINGS_OF_SOMETHING)
def test_token_of_another_lives(kind):
    assert ended(kind, "other").find(token(), "kid-1") is None


@pytest.mark.requirement("oauth:F-1:kinds")
@pytest.mark.parametrize("kind", ENDINGS_OF_SOMETHING)
def test_later_token_lives_where_a_beginning_anew_is_possible(kind):
    found = ended(kind).find(token(iat=NOW + 1), "kid-1")
    assert found is (kind if kind in FOR_GOOD else None)


@pytest.mark.requirement("oauth:K-5:guards")
def test_stolen_key_signs_nothing_more_whatever_time_it_writes():
    """An attacker who holds it dates tokens as they like."""
    lost = ended(RevocationKind.ISSUED_BEFORE)
    assert lost.find(token(iat=NOW + 900), "kid-1") is RevocationKind.ISSUED_BEFORE
    assert lost.find(token(iat=NOW), "kid-2") is RevocationKind.ISSUED_BEFORE
    assert lost.find(token(iat=NOW + 1), "kid-2") is None
    assert lost.find(token(iat=NOW + 1), None) is None


@pytest.mark.requirement("oauth:F-2:bounded")
@pytest.mark.parametrize("kind", CLAIMS)
def test_event_goes_with_the_last_token_it_speaks_of(kind):
    made = ended(kind, until=NOW + 10)
    made.sweep(now=NOW + 9)
    assert (len(made), made.find(token(), "kid-1")) == (1, kind)
    made.sweep(now=NOW + 10)
    assert (len(made), made.find(token(), "kid-1")) == (0, None)


def test_event_that_comes_again_shortens_nothing():
    made = ended(RevocationKind.USER, at=NOW, until=NOW + 300)
    made.add([Revocation(0, RevocationKind.USER, "user_1", NOW - 50, NOW + 10)], now=NOW)
    made.sweep(now=NOW + 20)
    assert made.find(token(), None) is RevocationKind.USER


def test_no_feed_makes_a_guard_remember_for_longer_than_a_day():
    made = ended(RevocationKind.SESSION, until=2**62)
    made.sweep(now=NOW + 24 * 3600)
    assert len(made) == 0
