"""The fourth reading: Cedar's own validator and evaluator judge the exported text."""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

import pytest
from sqlalchemy.orm import Mapped, mapped_column
from tests.access.example import Base, Note, Thing, allowing, notes
from tests.access.hostile import RULES, hostile
from tests.access.library import RULES as RELATED
from tests.access.library import library

from watchword.access import Policy, PolicyError
from watchword.access.export import cedar_expression
from watchword.access.export.cedar import policies
from watchword.access.export.cedar_data import record, resource, subject
from watchword.access.export.cedar_expression import ROLE, SUBJECT
from watchword.access.tree import Const, Opaque

cedarpy = pytest.importorskip("cedarpy", reason="the extra cedar is not installed")
from watchword.testing.cedar import Oracle, cedar_laws  # noqa: E402 - it needs cedarpy

UNORDERED = {"text in order", "text not in order", "text columns in order", "keys"}


@pytest.mark.requirement("access:6.4:cedar-agrees")
@pytest.mark.parametrize("name", sorted(RULES.keys() - UNORDERED))
def test_the_check_and_cedar_agree_on_every_drawn_case(name):
    """T1, with the rules on which lists and checks have been seen to differ."""
    assert cedar_laws(hostile(name), subjects=3, rows=10) == 3 * 10 * 4


@pytest.mark.requirement("access:6.4:cedar-agrees")
@pytest.mark.parametrize("name", sorted(RELATED))
def test_the_check_and_cedar_agree_on_what_lies_behind_relations(name):
    """Paths, collections and shares: the rows that a rule reaches are told with the row."""
    assert cedar_laws(library(name), subjects=3, rows=10) == 3 * 10 * 4


def test_what_lies_behind_a_relation_is_an_attribute_named_by_its_path():
    text = library("readers have the folder's owner").export("cedar")
    assert (
        'when { (resource has "folder.owner" && '
        'resource["readers.who"].contains(resource["folder.owner"])) || '
        '(!(resource has "folder.owner") && resource["readers.who?"]) };'
    ) in text
    assert "principal[\"note shared as 'editor'\"].contains(resource.id)" in library(
        "shared"
    ).export("cedar")


@pytest.mark.requirement("access:6.4:cedar-agrees")
def test_tenants_and_login_classes_are_exported_too():
    """S6 and D4: the built-in deny rule and the stronger login stand in the text."""
    policy = Policy(tenant="text", roles={"admin": []})

    @policy.allow("*", on=Note, role="admin", acr=("mfa",))
    def admin(me):
        """An admin with a second factor."""
        return True

    assert '@id("note.tenant")' in policy.export("cedar")
    assert cedar_laws(policy, subjects=10, rows=20) == 10 * 20 * 4


@pytest.mark.requirement("access:6.4:cedar-agrees")
def test_the_notes_policy_with_its_ceiling_agrees():
    """S5: the ceiling of a delegated token is exported too."""
    scopes = {"notes:read": ["read"], "notes": ["read", "update"]}
    assert cedar_laws(notes(scopes=scopes).policy, subjects=10) == 10 * 40 * 4


@pytest.mark.parametrize("name", sorted(UNORDERED))
def test_an_order_that_cedar_lacks_is_refused_by_the_rules_name(name):
    """Our own choice: a rule that cannot be written stops the export, and is not left out."""
    with pytest.raises(PolicyError, match=r"^thing\.rule: Cedar has no order of (str|UUID), as in"):
        hostile(name).export("cedar")


@pytest.mark.requirement("access:6.4:has-tests")
def test_every_read_of_what_may_be_absent_stands_behind_a_has_test():
    """Section 6 (4): `a == b` is both present and equal, or both absent."""
    policy = allowing(lambda me, t: t.name == me.team, subject={"team": str})
    assert (
        "when { (resource has name && principal has team && resource.name == principal.team)"
        " || (!(resource has name) && !(principal has team)) };"
    ) in policy.export("cedar")


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (lambda _me, t: t.name == None, "!(resource has name)"),  # noqa: E711 - a condition
        (lambda me: me.id == None, "false"),  # noqa: E711 - a condition
        (lambda me: me.suspended == True, "principal.suspended == true"),  # noqa: E712 - a condition
        (lambda me, t: me.id == t.name, "resource has name && principal.id == resource.name"),
        (lambda me: me.id.in_({None}), "false"),
        (lambda me: me.roles.has(None), "false"),
        (lambda me: me.groups.has("b"), 'principal.groups.contains("b")'),
        (lambda me: me.groups.meets(()), "false"),
        (lambda me: me.groups.meets({None, "b", "a"}), 'principal.groups.containsAny(["a", "b"])'),
        (lambda me: me.roles.has("us er"), 'principal in Watchword::Role::"us er"'),
        (
            lambda _me, t: t.naïve == 'é"\n',
            r'resource has "na\u{ef}ve" && resource["na\u{ef}ve"] == "\u{e9}\u{22}\u{a}"',
        ),
        (lambda _me, t: t.day == date(1, 1, 2), "resource has day && resource.day == 2"),
        (
            lambda _me, t: t.at >= datetime(1969, 12, 31, 23, 59, 59, 999999),  # noqa: DTZ001 - naive is the kind
            "resource has at && resource.at >= -1",
        ),
        (
            lambda _me, t: t.key != UUID(int=1),
            '!(resource has key && resource.key == "00000000-0000-0000-0000-000000000001")',
        ),
        (lambda _me: False, "false"),
    ],
)  # fmt: skip
def test_conditions_are_written(condition, text):
    policy = allowing(condition, on=Naive, roles={"us er": []}, subject={"groups": frozenset[str]})
    assert f"when {{ {text} }};" in policy.export("cedar")
    Oracle(policy)  # passes the strict validator


class Naive(Base):
    __tablename__ = "naive"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    naïve: Mapped[str | None]  # noqa: PLC2401 - no identifier of Cedar
    day: Mapped[date | None]
    at: Mapped[datetime | None]
    key: Mapped[UUID | None]
    ratio: Mapped[float | None]


def test_a_model_whose_name_cedar_does_not_take_is_refused():
    class Größe(Base):  # noqa: PLC2401 - no identifier of Cedar
        __tablename__ = "size"

        id: Mapped[int] = mapped_column(primary_key=True)

    with pytest.raises(PolicyError, match="'Größe' cannot name an entity type of Cedar"):
        allowing(lambda _me: True, on=Größe).export("cedar-schema")


def test_an_only_role_stands_in_the_policys_head_and_several_in_its_condition():
    policy = Policy(roles={"a": [], "b": []})

    @policy.allow("read", on=Note, role="a")
    def one(me):
        """One."""
        return True

    @policy.allow("read", "update", on=Note, role={"a", "b"})
    def either(me):
        """Either."""
        return True

    text = policy.export("cedar")
    assert 'permit (principal in Watchword::Role::"a", action == Action::"read", ' in text
    assert '(principal in Watchword::Role::"a") || (principal in Watchword::Role::"b") }' in text


def test_an_action_that_no_scope_reaches_is_forbidden_to_every_token():
    text = notes(scopes={"notes:read": ["read"]}).policy.export("cedar")
    assert '@id("scopes: create, delete, update")' in text
    assert "\nwhen { principal has scopes };" in text


def test_what_no_rule_can_compare_is_no_column_of_the_schema():
    schema = allowing(lambda _me: True, on=Naive).export("cedar-schema")
    assert "ratio" not in schema
    assert "entity Naive = { at?: Long, day?: Long, id?: Long, key?: String, name?: " in schema
    assert r'"na\u{ef}ve"?: String };' in schema


def test_what_is_absent_is_not_told():
    policy = Policy(subject={"team": str, "levels": frozenset[int]}, context={"now": int})
    me = policy.subject("bo", roles={"user"}, attributes={"levels": {3, 1}})
    assert subject(me, policy.context(), policy.rules) == {
        "uid": {"type": SUBJECT, "id": "bo"},
        "attrs": {"id": "bo", "roles": ["user"], "suspended": False, "levels": [1, 3]},
        "parents": [{"type": ROLE, "id": "user"}],
    }
    assert record(policy.context(now=7).attributes) == {"now": 7}
    (about,) = notes().policy.resources
    assert resource(about, Note(id=1, owner="bo"), (), "1")["attrs"] == {"id": 1, "owner": "bo"}


def test_a_predicate_in_python_is_refused_by_the_rules_name():
    """P5: no reading looks into it, so none of them leaves it out."""
    rule = opaque(allowing(lambda _me, t: t.name == "x", on=Thing))
    with pytest.raises(
        PolicyError, match=r"^thing\.<lambda>: Cedar cannot look into the predicate"
    ):
        policies(Policy().words, [rule])


def opaque(policy, *, positive=True):
    """The policy's rule with a predicate that is Python."""
    (rule,) = policy.rules
    held = Opaque(
        rule.id, lambda _me, _row, _ctx: True, reads_row=True, sql=None, positive=positive
    )
    return replace(rule, tree=held)


def test_a_collection_and_a_value_are_never_taken_for_each_other():
    with pytest.raises(AssertionError):
        cedar_expression._pool(Const(1))
    with pytest.raises(AssertionError):
        cedar_expression._read(Const(frozenset()))
