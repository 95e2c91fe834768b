"""The declarative form: it round-trips, and what is read is checked like a rule in Python."""

import json
from dataclasses import replace
from random import Random

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Mapped, mapped_column
from tests.access import library as library_models
from tests.access.example import Base, Note, Thing, allowing, notes, three_notes
from tests.access.hostile import RULES, hostile
from tests.access.library import RULES as RELATED
from tests.access.library import library

from watchword.access import Policy, PolicyError, plain
from watchword.access.export import document
from watchword.access.tree import Opaque
from watchword.testing import laws
from watchword.testing.samples import Samples


@pytest.mark.requirement("access:4:declarative-form-round-trips")
@pytest.mark.parametrize("name", sorted(RULES))
def test_a_policy_comes_back_with_its_version_and_its_verdicts(name):
    """Section 4 (`export`, `load`); P6."""
    policy = hostile(name)
    loaded = Policy.load(policy.export("json"), models=[Thing])
    assert loaded.version == policy.version
    assert loaded.export("json") == policy.export("json")
    samples = Samples(policy, Random(1))
    for _ in range(20):
        me, ctx = samples.subject(), samples.context()
        row = Thing(name=samples.random.choice(samples.pools[str]), level=1, small=2)
        for action in ("read", "update"):
            ours, theirs = (each.decide(me, action, row, ctx) for each in (policy, loaded))
            assert theirs.because == ours.because


@pytest.mark.requirement("access:4:declarative-form-round-trips")
def test_a_loaded_policy_keeps_the_laws():
    """The plain reading of a loaded rule is the text itself, over values."""
    given = notes(scopes={"notes:read": ["read"]}, secret={"owner"}).policy
    loaded = Policy.load(given.export("json"), models=[Note])
    engine = create_engine("sqlite://")
    assert laws(loaded, engine, subjects=5, rows=10).decisions == 200
    engine.dispose()


def test_a_loaded_policy_lists_with_the_applications_models():
    loaded = Policy.load(notes().policy.export("json"), models=[Note])
    engine = three_notes()
    with engine.connect() as connection:
        clause = loaded.where(loaded.subject("bo", roles={"user"}), "read", Note)
        assert len(connection.execute(Note.__table__.select().where(clause)).all()) == 2
    engine.dispose()


def test_roles_of_a_heading_come_back_as_roles():
    people = notes()
    loaded = Policy.load(people.policy.export("json"), models=[Note])
    assert [rule.heading.roles for rule in loaded.rules] == [
        rule.heading.roles for rule in people.policy.rules
    ]


def test_fields_come_back():
    policy = Policy()

    @policy.allow("update", on=Note, fields={"text"})
    def writes(me):
        """Anyone may mend the text."""
        return True

    loaded = Policy.load(policy.export("json"), models=[Note])
    assert loaded.fields(loaded.subject("bo"), "update", Note(owner="bo")) == {"text"}


def test_a_rule_for_nobody_comes_back_as_one():
    """An empty set of roles is no role, and not every role."""
    policy = Policy()

    @policy.allow("read", on=Note, role=())
    def nobody(me):
        """Nobody."""
        return True

    loaded = Policy.load(policy.export("json"), models=[Note])
    assert loaded.version == policy.version
    assert not loaded.check(loaded.subject("bo"), "read", Note()).allowed


WRITTEN_BY_HAND = {
    "format": "watchword-policy-1",
    "roles": {},
    "scopes": {},
    "subject": {},
    "context": {},
    "actions": [],
    "secret": [],
    "resources": {"Note": {"columns": {"owner": "str"}}},
    "rules": [
        {
            "id": "note.owner",
            "text": "What is yours is yours.",
            "effect": "allow",
            "actions": ["read"],
            "on": "Note",
            "roles": None,
            "fields": None,
            "if": ["==", {"resource": "owner"}, {"subject": "id"}],
        }
    ],
}


def by_hand(**rule) -> str:
    (first,) = WRITTEN_BY_HAND["rules"]
    if "condition" in rule:
        rule["if"] = rule.pop("condition")
    return json.dumps({**WRITTEN_BY_HAND, "rules": [{**first, **rule}]})


def test_a_policy_is_written_by_hand():
    policy = Policy.load(by_hand())
    model = policy.resources[0].model
    assert policy.check(policy.subject("bo"), "read", model(owner="bo")).allowed
    assert not policy.check(policy.subject("cy"), "read", model(owner="bo")).allowed


@pytest.mark.requirement("access:P2:mistakes-fail-at-import")
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[", "is no strict JSON"),
        ('"\ud800"', "is no strict JSON"),
        ("[]", 'a declarative policy begins with "format": "watchword-policy-1"'),
        ('{"format": "watchword-policy-2"}', "a declarative policy begins with"),
        ('{"format": "watchword-policy-1"}', "of another shape: KeyError 'resources'"),
        (by_hand(effect="maybe"), "'maybe' is no effect"),
        (by_hand(on="Nots"), "KeyError 'Nots'"),
        (by_hand(condition=["==", {"resource": "ownr"}, {"str": "bo"}]), "did you mean 'owner'?"),
        (by_hand(condition=["==", {"resource": "owner"}, {"int": 1}]), "1 is int, not str"),
        (by_hand(condition=["==", {"resource": "owner"}, {"str": 1}]), "1 is no str"),
        (by_hand(condition=["~", {"resource": "owner"}, {"str": "x"}]), "'~' is not a valid Op"),
        (by_hand(condition=["==", {"resource": "owner"}]), "not enough values to unpack"),
        (by_hand(actions=["raed"]), "did you mean 'read'?"),
        (by_hand(text=""), "a rule needs a docstring"),
        (json.dumps({**WRITTEN_BY_HAND, "version": "0"}), "the version is not the digest"),
        (json.dumps({**WRITTEN_BY_HAND, "subject": {"x": "text"}}), "KeyError 'text'"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_a_sentence(text, told):
    with pytest.raises(PolicyError) as refused:
        Policy.load(text)
    assert told in str(refused.value)


def test_a_predicate_in_python_is_refused_by_the_rules_name():
    """P5: what no reading looks into is in no form that others read."""
    (rule,) = allowing(lambda _me, t: t.name == "x", on=Thing).rules
    held = Opaque(rule.id, lambda _me, _row, _ctx: True, reads_row=True, sql=None)
    with pytest.raises(PolicyError, match=r"^thing\.<lambda>: the predicate is Python"):
        document._rule(replace(rule, tree=held, said=held))


@pytest.mark.requirement("access:4:declarative-form-round-trips")
@pytest.mark.parametrize("name", sorted(RELATED))
def test_relations_and_shares_come_back(name):
    """With the application's models, and with stand-ins for them."""
    policy = library(name)
    for models in ([library_models.Note], []):
        loaded = Policy.load(policy.export("json"), models=models)
        assert loaded.version == policy.version
        assert loaded.export("json") == policy.export("json")


def test_stand_ins_read_behind_their_relations():
    policy = Policy.load(library("readers' folders have me").export("json"))
    note = policy.resources[0].model
    reader = note.__mapper__.relations["readers"].model
    folder = reader.__mapper__.relations["folder"].model
    bo = policy.subject("bo", shares=[])
    row = note(id=1)
    assert not policy.check(bo, "read", row).allowed
    row.readers = [reader(), reader()]
    row.readers[1].folder = folder(owner="bo")
    (plan,) = (plan for (_, action), plan in policy.plans.items() if action == "read")
    assert plain.allowed(plan, bo, row, policy.context())
    assert policy.check(bo, "read", row).allowed


def test_a_rule_about_shares_needs_a_declared_key():
    said = json.loads(library("shared").export("json"))
    del said["resources"]["Note"]["key"]
    with pytest.raises(PolicyError, match="Note is declared without a key"):
        Policy.load(json.dumps(said))


def test_a_key_of_several_columns_is_not_declared():
    text = allowing(lambda _me, _row: True, on=Pair).export("json")
    assert json.loads(text)["resources"]["Pair"]["key"] == ""


class Pair(Base):
    __tablename__ = "pair"

    one: Mapped[int] = mapped_column(primary_key=True)
    two: Mapped[int] = mapped_column(primary_key=True)
