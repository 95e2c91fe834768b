"""What is told of a family's life."""

from dataclasses import replace

import pytest

from watchword.accounts.events import Event, EventKind
from watchword.accounts.origin import NOWHERE, Origin
from watchword.oauth.families import RevokedBecause
from watchword.oauth.timeline import FamilyLife, Moment, MomentKind, PairLife, moments

NOW = 1_800_000_000
HOME = Origin("192.0.2.7", "A browser")
AWAY = Origin("203.0.113.9", "curl/8")


def life(*pairs, events=(), **changes):
    made = FamilyLife(
        family_id="fam_1",
        client_id="web",
        client_name="Web",
        scopes=("notes:read",),
        created_at=NOW,
        ends_at=NOW + 1000,
        revoked_at=None,
        revoked_because=None,
        pairs=pairs,
        events=events,
    )
    return replace(made, **changes)


def pair(generation, at, *, origin=HOME, killed_at=None):
    return PairLife(generation, at, None, None, killed_at, origin)


def kinds(told):
    return [each.kind.value for each in told]


@pytest.mark.requirement("oauth:R-6:timeline")
def test_refreshes_are_told_with_the_place_that_got_the_next_pair():
    told = moments(life(pair(1, NOW), pair(2, NOW + 5, origin=AWAY)), now=NOW + 9)
    assert told == (
        Moment(MomentKind.ISSUED, NOW, HOME, 1),
        Moment(MomentKind.REFRESHED, NOW + 5, AWAY, 2),
    )


@pytest.mark.requirement("oauth:D-6:flagged-families")
def test_changed_keys_of_the_client_are_told_and_end_nothing():
    told = moments(life(pair(1, NOW), keys_changed_at=NOW + 3), now=NOW + 9)
    assert told[1:] == (Moment(MomentKind.KEYS_CHANGED, NOW + 3, NOWHERE),)


@pytest.mark.requirement("oauth:R-6:timeline")
def test_repeated_presentation_is_told_once_and_by_its_event():
    """oauth.md section 5: accepted because unused, revoked because used."""
    events = (
        Event(EventKind.SIGNED_IN, NOW, origin=HOME),
        Event(EventKind.REFRESH_RETRIED, NOW + 6, origin=HOME),
        Event(EventKind.REFRESH_REUSED, NOW + 7, origin=AWAY),
    )
    pairs = (pair(1, NOW), pair(2, NOW + 5, killed_at=NOW + 6), pair(3, NOW + 6))
    ended = {"revoked_at": NOW + 7, "revoked_because": RevokedBecause.REFRESH_REUSED}
    told = moments(life(*pairs, events=events, **ended), now=NOW + 9)
    assert kinds(told) == ["issued", "refreshed", "accepted_again", "reused", "revoked"]
    assert (told[3].origin, told[4].because) == (AWAY, RevokedBecause.REFRESH_REUSED)


def test_beginning_is_told_where_its_tokens_are_forgotten():
    told = moments(life(pair(7, NOW + 50), pair(8, NOW + 60)), now=NOW + 90)
    assert told[0] == Moment(MomentKind.ISSUED, NOW, NOWHERE)
    assert kinds(told) == ["issued", "refreshed"]
    assert kinds(moments(life(), now=NOW)) == ["issued"]


def test_family_that_ran_out_has_expired_unless_it_was_revoked_before():
    assert kinds(moments(life(pair(1, NOW)), now=NOW + 1000)) == ["issued", "expired"]
    revoked = life(pair(1, NOW), revoked_at=NOW + 1)
    assert kinds(moments(revoked, now=NOW + 1000)) == ["issued", "revoked"]
