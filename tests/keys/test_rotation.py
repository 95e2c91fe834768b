"""The life of a signing key by plan: what is due, and that no good token is ever refused."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchword.keys.record import KeyState, SigningKeyRecord
from watchword.keys.rotation import (
    Activate,
    Forget,
    Make,
    RotationPolicy,
    due,
    foreseen,
    next_change,
    phases,
)

NOW = 1_800_000_000
DAY = 86_400
POLICY = RotationPolicy()
FIRST = SigningKeyRecord("k1", "RS256", "{}", b"", KeyState.ACTIVE, NOW)


def due_at(moment, *records, **options):
    return due(records, POLICY, alg="RS256", now=moment, **options)


@pytest.mark.requirement("oauth:K-1:plan")
def test_next_key_is_announced_before_the_active_one_ends():
    assert due_at(NOW + 76 * DAY - 1, FIRST) == ()
    assert due_at(NOW + 76 * DAY, FIRST) == (Make("RS256", NOW + 90 * DAY),)


@pytest.mark.requirement("oauth:K-2:announced-long-enough")
def test_key_that_is_made_late_is_announced_as_long_all_the_same():
    assert due_at(NOW + 300 * DAY, FIRST) == (Make("RS256", NOW + 314 * DAY),)


def test_announced_key_signs_at_its_time_and_the_old_one_is_kept():
    pending = replace(FIRST, kid="k2", state=KeyState.PENDING, activates_at=NOW + 90 * DAY)
    assert due_at(NOW + 90 * DAY - 1, FIRST, pending) == ()
    assert due_at(NOW + 90 * DAY, FIRST, pending) == (Activate("k2", NOW + 104 * DAY),)


def test_rotation_waits_for_a_verifier_that_has_not_read_the_key():
    pending = replace(FIRST, kid="k2", state=KeyState.PENDING, activates_at=NOW)
    assert due_at(NOW, FIRST, pending, waits=True) == ()


def test_retired_key_of_any_algorithm_goes_at_its_time():
    old = replace(FIRST, alg="ES256", state=KeyState.RETIRED, deletes_at=NOW + 1)
    assert due_at(NOW, FIRST, old) == ()
    assert due_at(NOW + 1, FIRST, old) == (Forget("k1"),)


def test_keys_of_another_algorithm_are_not_replaced():
    assert due_at(NOW + 500 * DAY, replace(FIRST, alg="ES256")) == ()


@pytest.mark.parametrize(
    "times", [{"active_seconds": 0}, {"keep_seconds": -1}, {"announce_seconds": 91 * DAY}]
)
def test_policy_that_makes_no_sense_is_refused(times):
    with pytest.raises(ValueError, match=r"key is announced|times of a rotation"):
        RotationPolicy(**times)


def test_life_of_a_key_is_shown_as_it_was_or_is_planned():
    pending = replace(FIRST, state=KeyState.PENDING, activates_at=NOW + DAY)
    retired = replace(
        FIRST, state=KeyState.RETIRED, retired_at=NOW + 5 * DAY, deletes_at=NOW + 7 * DAY
    )
    assert [(one.state, one.ends - one.begins) for one in phases(pending, POLICY)] == [
        (KeyState.PENDING, DAY), (KeyState.ACTIVE, 90 * DAY), (KeyState.RETIRED, 14 * DAY),
    ]  # fmt: skip
    assert [one.state for one in phases(retired, POLICY)] == [KeyState.ACTIVE, KeyState.RETIRED]
    assert [next_change(one, POLICY) for one in (pending, FIRST, retired)] == [
        NOW + DAY, NOW + 90 * DAY, NOW + 7 * DAY,
    ]  # fmt: skip


def test_key_that_signs_stops_where_the_announced_one_of_its_algorithm_begins():
    pending = replace(FIRST, kid="k2", state=KeyState.PENDING, activates_at=NOW + 14 * DAY)
    other = replace(FIRST, kid="k3", alg="ES256")
    plan = [next_change(one, POLICY) for one in foreseen([FIRST, other, pending])]
    assert plan == [NOW + 14 * DAY, NOW + 90 * DAY, NOW + 14 * DAY]
    assert phases(foreseen([FIRST, pending])[0], POLICY)[0].ends == NOW + 14 * DAY


class Cache:
    """A guard that reads the key set again when its copy is as old as caches keep it."""

    def __init__(self, max_age):
        self.max_age, self.read_at, self.kids = max_age, None, frozenset()

    def knows(self, kid, records, now):
        if self.read_at is None or now - self.read_at >= self.max_age:
            self.read_at, self.kids = now, frozenset(record.kid for record in records)
        return kid in self.kids


def take(records, duty, now):
    match duty:
        case Make(alg, activates_at):
            made = SigningKeyRecord(
                f"k{now}", alg, "{}", b"", KeyState.PENDING, now, activates_at=activates_at
            )
            return (*records, made)
        case Activate(kid, deletes_at):
            return tuple(
                replace(one, state=KeyState.ACTIVE, activated_at=now)
                if one.kid == kid
                else replace(one, state=KeyState.RETIRED, retired_at=now, deletes_at=deletes_at)
                if one.state is KeyState.ACTIVE
                else one
                for one in records
            )
        case Forget(kid):
            return tuple(one for one in records if one.kid != kid)


@pytest.mark.requirement("security:78:rotation-refuses-no-good-token")
@settings(deadline=None, max_examples=25)
@given(
    step=st.integers(600, 9 * 3600),
    max_age=st.integers(60, 6 * 3600),
    lifetime=st.integers(60, 3600),
    outage=st.integers(0, 3 * DAY),
)
def test_no_good_token_is_refused_through_rotations(step, max_age, lifetime, outage):
    """A virtual clock; a guard with a cache; a node that sleeps now and then."""
    policy = RotationPolicy(active_seconds=4 * DAY, announce_seconds=DAY, keep_seconds=DAY)
    records, guard, issued, rotations = (FIRST,), Cache(max_age), [], 0
    now = NOW
    while rotations < 100:
        for duty in due(records, policy, alg="RS256", now=now):
            records = take(records, duty, now)
            rotations += isinstance(duty, Activate)
        (active,) = [one for one in records if one.state is KeyState.ACTIVE]
        issued = [(kid, exp) for kid, exp in issued if exp > now]
        issued.append((active.kid, now + lifetime))
        for kid, _ in issued:
            assert guard.knows(kid, records, now), (kid, now - NOW)
        assert len(records) <= 3
        now += step + (outage if rotations % 10 == 9 else 0)
