"""What a rule may not do with a symbol, and the sentence that it is answered with."""

from datetime import UTC, datetime

import pytest
from tests.access.example import Note, Thing, allowing

from watchword.access import Policy, PolicyError

pytestmark = pytest.mark.requirement("access:P1:symbols-refuse-values")


def refused(body, **declared):
    with pytest.raises(PolicyError) as caught:
        allowing(body, **declared)
    return str(caught.value)


@pytest.mark.parametrize(
    ("body", "instead"),
    [
        (lambda me, row: row.name == me.id and row.level == 1, "write & for `and`"),
        (lambda me, row: row.name == me.id or row.level == 1, "| for `or`"),
        (lambda me, row: not row.name == me.id, "~ for `not`"),  # noqa: SIM201 - the mistake
        (lambda _me, row: True if row.open else False, "no `if`"),  # noqa: SIM210 - the mistake
        (lambda _me, row: 1 < row.level < 5, "(a < x) & (x < b)"),
        (lambda me, row: row.name in me.roles, "write x.in_(subject.roles)"),
        (lambda me, _row: len(me.roles) == 1, "has no value here"),
        (lambda me, _row: [role for role in me.roles], "has no value here"),  # noqa: C416 - the mistake
        (lambda _me, row: f"{row.name}" == "a", "has no value here"),
        (lambda _me, row: str(row.name) == "a", "has no value here"),
        (lambda _me, row: int(row.level) == 1, "has no value here"),
        (lambda _me, _row: None, "`return` is missing"),
        (lambda _me, row: row.open, "write resource.open == True"),
        (lambda _me, row: row.name, "is no condition"),
        (lambda _me, _row: 1, "is no condition"),
        (lambda _me, row: row.name.lower() == "a", "has no .lower"),
        (lambda _me, row: row.open & row.open, "put each comparison in parentheses"),
        (lambda _me, row: ~row.open, "put each comparison in parentheses"),
        (lambda me, row: row.name == me.id & row.open, "put each comparison in parentheses"),
        (lambda _me, row: (row.name == "a") == (row.other == "b"), "join conditions with & | ~"),
        (lambda _me, row: row.name == (row.other == "b"), "parentheses are missing"),
        (lambda _me, row: (row.name == "a") & row.open, "write resource.open == True"),
        (lambda me, row: row == me, "compare its attributes"),
        (lambda me, _row: bool(me), "has no truth value here"),
    ],
)
def test_needing_a_value_is_refused_with_what_to_write(body, instead):
    assert instead in refused(body)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (lambda _me, row: row.level == "1", "'1' is str, not int"),
        (lambda _me, row: row.level == True, "True is bool, not int"),  # noqa: E712 - the mistake
        (lambda _me, row: row.open == 1, "1 is int, not bool"),
        (lambda _me, row: row.level == 1.0, "float, not int"),
        (lambda me, row: row.level == me.id, "resource.level is int, subject.id is str"),
        (lambda _me, row: row.day == row.at, "resource.day is date, resource.at is datetime"),
        (lambda _me, row: row.at == datetime(2024, 1, 1, tzinfo=UTC), "with a zone"),
        (lambda _me, row: row.name == "a\0", "U+0000"),
        (lambda _me, row: row.name == "\ud800", "unpaired surrogate"),
        (lambda _me, row: row.level == 2**63, "does not fit 64 bits"),
        (lambda _me, row: row.open < True, "is a flag and has no order"),
        (lambda _me, row: row.level < None, "write resource.level == None"),
        (lambda me, _row: me.roles == "a", "is a collection: write .has or .meets"),
        (lambda me, row: row.name == me.roles, "is a collection: write .in_(subject.roles)"),
        (lambda me, _row: me.roles.in_({"a"}), "is a collection: write .has or .meets, not in_"),
        (lambda _me, row: row.name.has("a"), "is one value and has no has"),
        (lambda _me, row: row.name.meets({"a"}), "is one value and has no meets"),
        (lambda me, row: row.name.in_(me.id), "is one value: write resource.name == subject.id"),
        (lambda me, row: row.level.in_(me.roles), "resource.level is int, subject.roles is str"),
        (lambda _me, row: row.name.in_("abc"), "is no set of values"),
        (lambda _me, row: row.name.in_({"a", 1}), "1 is int, not str"),
        (lambda _me, row: row.level.in_(range(501)), "is no set of values"),
        (lambda _me, row: row.level.in_(list(range(501))), "501 values in a rule, at most 500"),
    ],
)
@pytest.mark.requirement("access:P2:mistakes-fail-at-import")
def test_comparing_what_never_compares_alike_is_refused(body, why):
    assert why in refused(body)


@pytest.mark.parametrize(
    ("body", "nearest"),
    [
        (lambda _me, row: row.nmae == "a", "did you mean 'name'?"),
        (lambda me, _row: me.idd == "a", "did you mean 'id'?"),
        (lambda _me, _row, ctx: ctx.nwo == 1, "did you mean 'now'?"),
        (lambda _me, _row, ctx: ctx.zebra == 1, "known: now"),
        (lambda _me, row: row.registry == "a", "Thing.registry is neither a column nor a relation"),
    ],
)
@pytest.mark.requirement("access:P2:mistakes-fail-at-import")
def test_an_undeclared_attribute_names_the_nearest(body, nearest):
    assert nearest in refused(body, context={"now": int})


def test_without_declared_context_none_is_named():
    assert "none is declared" in refused(lambda _me, _row, ctx: ctx.now == 1)


def test_symbols_answer_python_protocols_without_pretending():
    """hasattr and copy ask for dunder names, which are not attributes of a row."""

    def rule(me, row):
        assert not hasattr(row, "__deepcopy__")
        assert not hasattr(row.name, "__deepcopy__")
        assert (repr(me), repr(row), repr(row.name)) == ("subject", "resource", "resource.name")
        assert repr(row.name == "a") == "a condition"
        return row.name == "a"

    allowing(rule)


def test_symbols_are_in_no_set():
    """A set would compare its members, and keep one of two conditions."""

    def rule(me, row):
        for symbol in (row.name, row.name == "a", row):
            with pytest.raises(TypeError):
                {symbol}  # noqa: B018 - the mistake
        return True

    allowing(rule)


def test_context_is_named_in_messages():
    policy = Policy(context={"now": int})

    @policy.allow("read", on=Note)
    def rule(me, note, context):
        """Show it."""
        assert repr(context) == "context"
        return context.now > 5

    thing = Note(id=1, owner="bo", text="")
    assert policy.allows(policy.subject("bo"), "read", thing, policy.context(now=6))
    assert not policy.allows(policy.subject("bo"), "read", thing)


def test_constants_join_conditions_from_both_sides():
    """True and False are conditions too, so that a rule can be built up."""
    policy = allowing(lambda _me, row: (True & (row.level == 1)) | (False | (row.level == 2)))
    me = policy.subject("bo")
    assert [policy.check(me, "read", Thing(level=n)).allowed for n in (1, 2, 3)] == [
        True,
        True,
        False,
    ]
