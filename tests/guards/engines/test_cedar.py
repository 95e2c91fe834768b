"""The optional engine over Cedar policies: its check, its list and its reasons agree."""

from datetime import date, datetime
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from tests.access.example import Note, Thing, notes, three_notes
from tests.access.hostile import DECLARED, RULES, hostile

from watchword.access import PolicyError
from watchword.access.export.cedar import columns
from watchword.guards.engines import Engine, PolicyEngine
from watchword.testing.samples import Samples

cedarpy = pytest.importorskip("cedarpy", reason="the extra cedar is not installed")
from watchword.guards.engines.cedar import CedarEngine  # noqa: E402 - it needs cedarpy

ALWAYS = "permit (principal, action, resource) when { %s };"
UNORDERED = {"text in order", "text not in order", "text columns in order", "keys"}
ROLES = {"admin": ["user"]}
NOTES = """
@id("suspended") @text("A suspended account may do nothing.")
forbid (principal, action, resource) when { principal.suspended };
permit (principal in Watchword::Role::"admin", action, resource is Note);
@id("owner")
permit (principal is Watchword::Subject, action, resource is Note)
when { resource has owner && resource.owner == principal.id };
@id("shared")
permit (principal, action == Action::"read", resource)
when { resource has shared_role } when { principal.roles.contains(resource.shared_role) }
unless { resource has text && resource.text == "draft" };
"""


def engine(text, **declared):
    return CedarEngine(text, models=[Note], roles=ROLES, **declared)


@pytest.mark.requirement("access:14.5:engine")
@pytest.mark.parametrize("kind", ["cedar", "ours"])
def test_an_engine_checks_filters_and_explains(kind):
    """Section 14 (5): one protocol, and a row is listed where its check allows."""
    found: Engine = engine(NOTES) if kind == "cedar" else PolicyEngine(notes().policy)
    bo = found.policy.subject("bo", roles={"user"})
    database = three_notes()
    with Session(database) as session:
        every = session.scalars(select(Note)).all()
        listed = session.scalars(select(Note).where(found.filter(bo, "read", Note))).all()
        assert [note.id for note in listed] == [1, 3]
        assert [note for note in every if found.check(bo, "read", note).allowed] == listed
        assert "owner" in found.check(bo, "read", every[0]).rule
        assert found.check(bo, "read", every[1]).rule is None
        assert "would be allowed if resource.owner == 'bo'" in found.explain(bo, "read", every[1])
    database.dispose()


@pytest.mark.requirement("access:14.5:cedar-fragment")
@pytest.mark.parametrize("name", sorted(RULES.keys() - UNORDERED))
def test_what_cedar_decides_is_what_is_listed(name):
    """The fragment is read exactly: hostile rules, as Cedar text, by both readings."""
    policy = hostile(name)
    text = policy.export("cedar")
    found = CedarEngine(text, models=[Thing], **DECLARED)
    samples = Samples(policy, Random(11))
    for _ in range(4):
        me, ctx = samples.subject(), samples.context()
        for _ in range(5):
            row = drawn(samples)
            for action in ("read", "update"):
                ours = policy.check(me, action, row, ctx).allowed
                assert found.check(me, action, row, ctx).allowed is ours
                assert found.policy.check(me, action, row, ctx).allowed is ours


def drawn(samples):
    (about,) = samples.policy.resources
    cells = {
        name: samples.random.choice((None, *samples.pools[what.kind]))
        for name, what in columns(about).items()
    }
    return about.model(**cells)


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ('if resource has owner then resource.owner == principal.id else false', ["bo"]),
        ('["bo", "cy"].contains(principal.id) && ["x"].contains("x")', ["bo", "cy"]),
        ('principal in [Watchword::Role::"admin", Watchword::Role::"user"]', ["bo"]),
        ('principal.groups.containsAny(["a"]) || ["a"].containsAny(principal.groups)', ["cy"]),
        ("principal.groups.containsAny(principal.roles)", []),
        ('"a" == "a" && "a" != "b" && 1 < 2 && !(1 == 2)', ["bo", "cy"]),
        ("resource is Note && principal is Watchword::Subject && true", ["bo", "cy"]),
        ("principal has groups && principal has id && principal has roles", ["bo", "cy"]),
        ('resource.id == 1', None),
        ('resource has id && resource.id != 2 && resource.id >= 1', ["bo", "cy"]),
    ],
)  # fmt: skip
def test_the_fragment(condition, allowed):
    text = f'permit (principal, action in [Action::"read", Action::"update"], resource) when {{ {condition} }};'  # noqa: E501
    if allowed is None:  # read without a has test: the validator's business
        with pytest.raises(PolicyError, match="Cedar's validator refuses the policies"):
            engine(text, subject={"groups": frozenset[str]})
        return
    found = engine(text, subject={"groups": frozenset[str]})
    people = {
        "bo": found.policy.subject("bo", roles={"user"}, attributes={"groups": ["b"]}),
        "cy": found.policy.subject("cy", attributes={"groups": ["a"]}),
    }
    note = Note(id=1, owner="bo")
    for name, me in people.items():
        assert found.check(me, "read", note).allowed is (name in allowed)
        assert found.policy.check(me, "read", note).allowed is (name in allowed)
        assert not found.check(me, "delete", note).allowed


@pytest.mark.requirement("access:14.5:cedar-fragment")
@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ('permit (principal, action, resource == Note::"7");', "a single resource is beyond"),
        ('permit (principal in Watchword::Subject::"a", action, resource);', "a principal is all"),
        ('@id("like") permit (principal, action, resource) when { principal.id like "a*" };',
         "like: like is beyond what can be listed"),
        (ALWAYS % "1 + 1 == 2", "+ is beyond what can be listed"),
        (ALWAYS % "principal == principal", "Var is beyond what can be listed"),
        (ALWAYS % "principal has scopes", "give the engine scopes="),
        (ALWAYS % 'principal has scopes && principal.scopes.contains("a")', "give the engine"),
        (ALWAYS % 'principal in Watchword::Subject::"a"', "in is asked of the principal and a"),
        (ALWAYS % '["a"].containsAny(["b"])', "write the answer"),
        (ALWAYS % '[principal.id].contains("b")', "a set of anything but constants"),
        (ALWAYS % 'principal is Watchword::Subject in Watchword::Role::"a"', "is asks for"),
        ("permit (principal == ?principal, action, resource);", "templates are beyond"),
        ('permit (principal, action == Action::"raed", resource);', "Cedar's validator refuses"),
        (ALWAYS % "resource.ownr == principal.id", "Cedar's validator refuses"),
    ],
)  # fmt: skip
def test_a_policy_beyond_the_fragment_is_an_error_at_load(policy, told):
    """Never a list that is shorter than the check."""
    with pytest.raises(PolicyError) as refused:
        engine(policy)
    assert told in str(refused.value)


def test_an_id_in_the_head_is_a_condition():
    found = engine(
        'permit (principal == Watchword::Subject::"bo", action == Action::"read", resource);'
    )
    assert found.check(found.policy.subject("bo"), "read", Note(owner="cy")).allowed
    assert not found.policy.check(found.policy.subject("cy"), "read", Note(owner="cy")).allowed


@pytest.mark.requirement("access:14.5:cedar-closed")
def test_an_evaluation_with_an_error_denies(monkeypatch):
    """Section 1 (2): Cedar skips a forbid that errs; here the answer is no."""
    found = engine("permit (principal, action, resource);")
    bo, note = found.policy.subject("bo"), Note(owner="bo")
    assert found.check(bo, "read", note).rule == "policy0"
    found._policies = cedarpy.PolicySet.from_str(
        "permit (principal, action, resource);"
        "forbid (principal, action, resource) when { principal.nothing };"
    )
    assert not found.check(bo, "read", note).allowed


@pytest.mark.requirement("access:14.5:cedar-closed")
def test_scopes_are_a_ceiling_and_a_wrong_value_denies():
    found = engine("permit (principal, action, resource);", scopes={"notes": ["read"]})
    delegated = found.policy.subject("bo", scopes={"notes"})
    assert found.check(delegated, "read", Note(owner="bo")).allowed
    assert not found.check(delegated, "update", Note(owner="bo")).allowed
    assert not found.check(delegated, "read", Note(owner=3)).allowed


def test_values_of_other_kinds_are_written_as_cedar_holds_them():
    text = """permit (principal, action == Action::"read", resource) when {
        resource has day && resource.day == 2 && resource has at && resource.at == -1
        && resource has key && resource.key == "00000000-0000-0000-0000-000000000001"
        && (resource has open && resource.open) };"""
    found = CedarEngine(text, models=[Thing])
    thing = Thing(
        day=date(1, 1, 2),
        at=datetime(1969, 12, 31, 23, 59, 59, 999999),  # noqa: DTZ001 - naive is the kind
        key=UUID(int=1),
        open=True,
    )
    bo = found.policy.subject("bo")
    assert found.check(bo, "read", thing).allowed
    assert found.policy.check(bo, "read", thing).allowed
    for wrong in ('key == "x"', "day == -1", "at == 9223372036854775807"):
        name = wrong.split()[0]
        with pytest.raises(PolicyError, match="is no "):
            CedarEngine(ALWAYS % f"resource has {name} && resource.{wrong}", models=[Thing])
