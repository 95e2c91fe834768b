"""What may be compared at all."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from watchword.access.values import COLLECTION_ITEMS_MAX, complete, declare, nearest, scalar, text


@pytest.mark.parametrize(
    "value",
    ["a", 1, True, date(2024, 1, 1), datetime(2024, 1, 1), UUID(int=1), None, 2**63 - 1, -(2**63)],  # noqa: DTZ001 - naive is the kind
)
def test_a_value_of_a_known_kind_is_kept(value):
    assert scalar(value) is value


@pytest.mark.parametrize(
    "value",
    [1.5, b"a", [1], 2**63, -(2**63) - 1, "\0", "\udfff", datetime(2024, 1, 1, tzinfo=UTC)],
)
def test_a_value_that_databases_compare_otherwise_is_refused(value):
    with pytest.raises(ValueError):  # noqa: PT011 - any reason
        scalar(value)


@pytest.mark.requirement("access:S4:subject-text")
@pytest.mark.parametrize(
    ("value", "why"), [(1, "not str"), ("a\0b", "U\\+0000"), ("\ud83d", "surrogate")]
)
def test_text_that_a_driver_refuses_is_refused(value, why):
    with pytest.raises(ValueError, match=why):
        text(value)


def test_declarations_name_kinds_and_collections():
    declared = declare({"team": str, "groups": frozenset[str], "levels": frozenset[int]})
    assert declared["team"].kind is str
    assert not declared["team"].many
    assert declared["levels"].kind is int
    assert declared["levels"].many


@pytest.mark.parametrize(
    ("attributes", "why"),
    [
        ({"a b": str}, "cannot name"),
        ({"_hidden": str}, "cannot name"),
        ({"id": str}, "cannot name"),
        ({"rate": float}, "none of str"),
        ({"teams": list[str]}, "none of str"),
        ({"days": frozenset[date]}, "a collection holds str, int"),
    ],
)
def test_a_declaration_that_cannot_hold_is_refused(attributes, why):
    with pytest.raises(ValueError, match=why):
        declare(attributes, taken=("id",))


def test_absent_values_become_none_and_the_empty_set():
    declared = declare({"team": str, "groups": frozenset[str]})
    assert complete({}, declared) == {"team": None, "groups": frozenset()}
    assert complete({"groups": None}, declared)["groups"] == frozenset()


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"taem": "a"}, "did you mean 'team'"),
        ({"team": 1}, "attribute 'team': 1 is int, not str"),
        ({"groups": "abc"}, "is no collection"),
        ({"groups": ["a", 1]}, "1 is int"),
        ({"groups": ["a", None]}, "None in a collection"),
        ({"groups": [str(n) for n in range(COLLECTION_ITEMS_MAX + 1)]}, "10001 items, at most"),
    ],
)
def test_a_value_that_was_not_declared_is_refused(values, why):
    with pytest.raises(ValueError, match=why):
        complete(values, declare({"team": str, "groups": frozenset[str]}))


def test_nearest_says_what_there_is():
    assert nearest("ownr", ["owner", "text"]) == "; did you mean 'owner'?"
    assert nearest("zebra", ["text", "owner"]) == "; known: owner, text"
    assert nearest("zebra", []) == "; none is declared"
