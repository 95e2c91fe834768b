"""What is left of a condition when some of its comparisons are taken for true or false."""

from dataclasses import replace

import pytest
from tests.access.example import allowing

from watchword.access import cases
from watchword.access.subject import inherit
from watchword.access.tree import FALSE, TRUE, Const, Opaque, every, leaves, negate, reads_row, some

ROLES = inherit({"admin": ["user"]})
OPAQUE = Opaque("x.y", lambda _me, _row, _ctx: True, reads_row=True, sql=None)


def tree(condition):
    (rule,) = allowing(condition, roles={"admin": ["user"]}, subject={"team": str}).rules
    return rule.tree


def test_an_assumption_folds_and_leaves_the_rest_open():
    whole = tree(lambda me, t: (t.name == me.id) & ((t.level < 2) | (t.open == True)))  # noqa: E712 - a condition
    name, level, is_open = leaves(whole)
    assert cases.assume(whole, {name: True}.get) == some((level, is_open))
    assert cases.assume(whole, {name: False}.get) == FALSE
    assert cases.assume(negate(whole), {name: False}.get) == TRUE
    assert cases.assume(TRUE, {}.get) == TRUE
    assert cases.assume(negate(OPAQUE), {OPAQUE: False}.get) == TRUE


def test_alternatives_are_the_ways_in_which_the_row_lets_a_rule_apply():
    whole = tree(
        lambda me, t: ((t.name == "a") | (t.name == "b") | me.roles.has("user")) & ~(t.level < 2)
    )
    a, b, _, level = (leaf for leaf in leaves(whole))
    low = negate(level)
    assert cases.alternatives(whole, reads_row) == [
        {a: True, low: False},
        {b: True, low: False},
        {low: False},
    ]
    assert cases.alternatives(FALSE, reads_row) == []
    assert cases.alternatives(TRUE, reads_row) == [{}]
    assert cases.alternatives(every((a, negate(a))), reads_row) == []
    assert cases.alternatives(negate(OPAQUE), reads_row) == [{OPAQUE: False}]


def test_alternatives_are_bounded():
    (level,) = leaves(tree(lambda _me, t: t.level == 0))
    names = [replace(level, right=Const(number)) for number in range(14)]
    pairs = every(some((one, other)) for one, other in zip(names[::2], names[1::2], strict=True))
    assert len(cases.alternatives(pairs, reads_row)) == cases.ALTERNATIVES_MAX


@pytest.mark.parametrize(
    ("condition", "may_hold"),
    [
        (lambda _me, t: t.name == "a", True),
        (lambda _me, t: (t.name == "a") & ~(t.name == "a"), False),
        (lambda _me, t: (t.name == "a") & (t.name == "b"), False),
        (lambda _me, t: (t.name == "a") & t.name.in_({"b", "c"}), False),
        (lambda _me, t: (t.name == "a") & t.name.in_({"a", "c"}), True),
        (lambda _me, t: (t.level == 5) & (t.level < 3), False),
        (lambda _me, t: (t.name == None) & (t.name == "a"), False),  # noqa: E711 - a condition
        (lambda _me, t: (t.name == "a") & (t.other == "b"), True),
        (lambda me, _t: me.roles.has("admin") & ~me.roles.has("user"), False),
        (lambda me, _t: ~me.roles.has("user") & me.roles.has("admin"), False),
        (lambda me, _t: me.roles.has("user") & ~me.roles.has("admin"), True),
        (lambda me, _t: ~me.roles.has("admin") & me.roles.has("user"), True),
        # Beyond what is known without values: true, which may be wrong.
        (lambda _me, t: (t.level < 3) & (t.level > 5), True),
        (lambda me, t: (t.name == me.id) & (t.name == me.team), True),
    ],
)
def test_what_cannot_hold_is_found_where_no_values_are_needed(condition, may_hold):
    assert cases.satisfiable(tree(condition), ROLES) is may_hold


def test_a_condition_with_too_many_cases_counts_as_one_that_can_hold(monkeypatch):
    monkeypatch.setattr(cases, "SPLITS_MAX", 0)
    assert cases.satisfiable(tree(lambda _me, t: (t.name == "a") & (t.name == "b")), ROLES)
