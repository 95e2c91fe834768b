"""Trees: simplification, complements, folding, canonical form."""

import json

import pytest
from tests.access.example import Thing

from watchword.access.lower.sqlalchemy import where
from watchword.access.tree import (
    FALSE,
    TRUE,
    Atom,
    Attr,
    Const,
    Every,
    Fact,
    Op,
    Some,
    Source,
    atoms,
    canonical,
    every,
    fold,
    negate,
    some,
)

LEVEL = Attr(Source.RESOURCE, "level", int)
NAME = Attr(Source.RESOURCE, "name", str)
RANK = Attr(Source.SUBJECT, "rank", int)
ONE, TWO = (Atom(Op.EQ, LEVEL, Const(number)) for number in (1, 2))


class Known(dict):
    """What is known by the time of folding."""

    def operand(self, operand):
        return self[operand]


def test_constants_are_folded_away():
    assert every([]) == TRUE
    assert every([TRUE, ONE]) == ONE
    assert every([ONE, FALSE, TWO]) == FALSE
    assert some([]) == FALSE
    assert some([FALSE, ONE]) == ONE
    assert some([ONE, TRUE, TWO]) == TRUE


def test_nesting_of_one_kind_is_flattened():
    assert every([every([ONE, TWO]), ONE]) == Every((ONE, TWO, ONE))
    assert some([some([ONE, TWO]), ONE]) == Some((ONE, TWO, ONE))


@pytest.mark.requirement("access:L1:negation-at-the-leaves")
def test_a_complement_is_pushed_to_the_leaves():
    tree = every([ONE, some([TWO, ONE])])
    assert negate(tree) == Some(
        (Atom(Op.EQ, LEVEL, Const(1), False), Every((negate(TWO), negate(ONE))))
    )
    assert negate(negate(tree)) == tree
    assert negate(TRUE) == FALSE


@pytest.mark.requirement("access:S2:two-valued-and-total")
@pytest.mark.parametrize("op", [Op.LT, Op.LE, Op.GT, Op.GE])
def test_nothing_is_in_order_with_none(op):
    unknown = Known({LEVEL: LEVEL, RANK: Const(None)})
    for left, right in ((LEVEL, RANK), (RANK, LEVEL)):
        assert fold(Atom(op, left, right), unknown) == FALSE
        assert fold(negate(Atom(op, left, right)), unknown) == TRUE


def test_what_is_left_reads_only_what_is_unknown():
    known = Known({LEVEL: LEVEL, RANK: Const(1)})
    left = fold(Atom(Op.EQ, LEVEL, RANK), known)
    assert list(atoms(left)) == [ONE]
    assert list(atoms(TRUE)) == []


@pytest.mark.requirement("access:P6:version")
def test_different_trees_have_different_canonical_text():
    trees = [
        TRUE,
        FALSE,
        ONE,
        negate(ONE),
        Atom(Op.EQ, NAME, Const("1")),
        Atom(Op.IN, NAME, Const(frozenset({"1"}))),
        Atom(Op.IN, NAME, Const(frozenset({"1", None}))),
        Atom(Op.IN, NAME, Const(frozenset({"1", "None"}))),
        Every((ONE, TWO)),
        Some((ONE, TWO)),
    ]
    assert len({json.dumps(canonical(tree)) for tree in trees}) == len(trees)


def test_a_filter_without_a_column_is_a_bug_of_the_package():
    """Folding leaves none."""
    with pytest.raises(AssertionError):
        where(Thing, Atom(Op.EQ, Const(1), Const(1)))
    assert str(where(Thing, Fact(holds=True))) == "true"
