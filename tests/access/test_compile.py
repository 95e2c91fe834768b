"""The compiled check, where a policy does not reach every branch of it."""

import pytest
from tests.access.example import Thing, allowing

from watchword.access.compile import compiled
from watchword.access.tree import Atom, Const, Op


@pytest.mark.parametrize(("level", "holds"), [(1, True), (2, True), (3, True), (4, False)])
def test_any_of_three_is_enough(level, holds):
    policy = allowing(lambda _me, t: (t.level == 1) | (t.level == 2) | (t.level == 3))
    assert policy.check(policy.subject("bo"), "read", Thing(level=level)).allowed is holds


@pytest.mark.parametrize(
    ("level", "name", "other", "holds"),
    [(1, "a", "b", True), (0, "a", "b", False), (1, "x", "b", False), (1, "a", "x", False)],
)
def test_all_of_three_are_needed(level, name, other, holds):
    policy = allowing(lambda _me, t: (t.level == 1) & (t.name == "a") & (t.other == "b"))
    thing = Thing(level=level, name=name, other=other)
    assert policy.check(policy.subject("bo"), "read", thing).allowed is holds


def test_an_atom_of_constants_is_a_bug_of_the_package():
    """Symbols never build one: one side of each comparison is a symbol."""
    with pytest.raises(AssertionError):
        compiled(Atom(Op.EQ, Const(1), Const(1)))
