"""What came with a subject: asked for one row, it says what the whole set would say."""

import pytest

from watchword.access import Share
from watchword.access.shares import shares

NOW = 1_000
HELD = shares(
    [
        Share("note", "3", "reader", "bo"),
        Share("note", "4", "reader", "bo", expires_at=NOW + 1),
        Share("note", "5", "reader", "bo", expires_at=NOW),
        Share("note", "6", "editor", "bo"),
        Share("note", "007", "reader", "bo"),
    ],
    id="bo",
    roles=frozenset(),
    tenant=None,
)


@pytest.mark.parametrize("key", [3, 4, 5, 6, 7, "3", 3.0, None])
@pytest.mark.parametrize("now", [NOW, None])
def test_one_row_is_shared_if_its_key_is_among_all(key, now):
    every = HELD.keys("note", "reader", int, now)
    asked = HELD.have(("note", "reader"), key, int, now)
    assert asked is (key in every and type(key) is int)


def test_another_relation_shares_nothing():
    assert not HELD.have(("note", "owner"), 3, int, NOW)


def test_a_row_that_is_not_shared_is_shared_at_no_time():
    """Nor before 1970: found by Cedar, which was told all keys where the check asks for one."""
    for now in (-1, 0, 2**31):
        assert not HELD.have(("note", "reader"), 404, int, now)
    ended = shares(
        [Share("note", "3", "reader", "bo", expires_at=-5)], id="bo", roles=frozenset(), tenant=None
    )
    assert not ended.have(("note", "reader"), 3, int, -1)
