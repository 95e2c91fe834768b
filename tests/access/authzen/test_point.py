"""What a policy and a world answer, without a server.

Source: access.md Z16, Z21 and Z22.
"""

import pytest
from tests.access.example import Note, Thing, notes

from watchword.access import Condition, Me, NotListable, Policy, PolicyError, Row
from watchword.access.authzen.parse import Action, Entity, Question
from watchword.access.authzen.point import DecisionPoint

PEOPLE = {
    "ana": {"roles": ["admin"]},
    "bo": {"roles": ["user"]},
    "cy": {"roles": ["user"]},
    "sue": {"roles": ["user"], "suspended": True},
}


class Stored:
    """A world in two dictionaries."""

    def __init__(self, *rows):
        self.stored = {str(row.id): row for row in rows}

    def person(self, id_, /):
        return PEOPLE.get(id_)

    def people(self, *, after, at_most):
        return [(id_, facts) for id_, facts in sorted(PEOPLE.items()) if id_ > after][:at_most]

    def row(self, _model, id_, /):
        return self.stored.get(id_)


WORLD = Stored(
    Note(id=2, owner="cy", text="", shared_role=None),
    Note(id=3, owner="cy", text="", shared_role="user"),
)


def asked(who: str, action: str, id_: str, **properties: object) -> Question:
    return Question(Entity("user", who, properties), Action(action), Entity("note", id_))


@pytest.mark.requirement("access:Z21:reasons")
@pytest.mark.parametrize(
    ("who", "action", "note", "reason"),
    [
        ("bo", "update", "2", "You may not do this."),  # it may not even be read
        ("bo", "update", "3", "You may not do this."),
        ("sue", "read", "3", "A suspended account may do nothing."),
    ],
)
def test_whoever_asks_is_told_the_public_sentence(who, action, note, reason):
    point = DecisionPoint(notes().policy, {"note": Note})
    outcome = point.evaluate(asked(who, action, note), WORLD)
    assert (outcome.allowed, outcome.reason) == (False, reason)
    assert "cy" not in str(outcome.members(tells_all=False))


@pytest.mark.requirement("access:G1:hidden-looks-absent")
@pytest.mark.parametrize("who", ["bo", "cy", "ana", "sue", "nobody"])
@pytest.mark.parametrize("action", ["read", "update", "delete", "print"])
@pytest.mark.parametrize("said", [{}, {"text": "x"}, {"text": 7}])
def test_a_row_that_is_not_there_is_answered_as_one_that_may_not_be_read(who, action, said):
    policy = notes(actions=["print"]).policy

    @policy.deny("delete", on=Note)
    def kept(_me: Me) -> bool:
        """Notes are kept."""
        return True

    @policy.allow("update", on=Note, role="admin")
    def again(_me: Me) -> bool:
        """An admin once more."""
        return True

    point = DecisionPoint(policy, {"note": Note}, asserted={"note": ["text"]})
    hidden, absent = (
        point.evaluate(
            Question(Entity("user", who), Action(action), Entity("note", id_, said)), WORLD
        )
        for id_ in ("2", "9")
    )
    told = [(each.members(tells_all=False), named(each)) for each in (hidden, absent)]
    assert hidden.allowed or who in {"cy", "ana"} or told[0] == told[1]


def named(outcome) -> bool:
    """Whether whoever asks about themselves gets an id of the decision."""
    return outcome.decision is not None and not outcome.is_hidden


def test_a_create_is_decided_on_the_row_that_is_there():
    policy = Policy()

    @policy.allow("create", on=Note, fields=["text"])
    def anybody(_me: Me, _note: Row[Note]) -> bool:
        """Anybody may."""
        return True

    point = DecisionPoint(policy, {"note": Note})
    assert point.evaluate(asked("bo", "create", "2"), WORLD).allowed


@pytest.mark.requirement("access:Z22:asserted")
def test_declared_attributes_and_roles_can_be_asserted():
    policy = Policy(roles={"editor": []}, subject={"team": str}, context={"hour": int})

    @policy.allow("read", on=Note)
    def team(me: Me, note: Row[Note]) -> Condition:
        """A team shares its notes."""
        return me.team == note.owner

    @policy.allow("update", on=Note, role="editor")
    def editor(_me: Me, _note: Row[Note], ctx) -> Condition:
        """Editors work in the morning."""
        return ctx.hour < 12

    point = DecisionPoint(
        policy, {"note": Note}, asserted={"subject": ["team", "roles"], "context": ["hour"]}
    )
    assert not point.evaluate(asked("bo", "read", "2"), WORLD).allowed
    assert point.evaluate(asked("bo", "read", "2", team="cy"), WORLD).allowed
    for hour, allowed in ((9, True), (13, False)):
        question = Question(
            Entity("user", "bo", {"roles": ["editor"]}),
            Action("update"),
            Entity("note", "2"),
            {"hour": hour},
        )
        assert point.evaluate(question, WORLD).allowed is allowed


@pytest.mark.requirement("access:Z16:agree")
def test_every_page_of_people_is_asked(monkeypatch):
    monkeypatch.setattr("watchword.access.authzen.point.PEOPLE_AT_ONCE", 1)
    point = DecisionPoint(notes().policy, {"note": Note})
    question = Question(Entity("user"), Action("read"), Entity("note", "3"))
    assert list(point.subjects(question, WORLD)) == ["ana", "bo", "cy"]


@pytest.mark.parametrize(
    ("asserted", "said"),
    [
        ({"notes": ["text"]}, "did you mean 'note'"),
        ({"note": ["texts"]}, "did you mean 'text'"),
        ({"subject": ["rolle"]}, "did you mean 'role'"),
        ({"action": ["soft"]}, "action has no 'soft'"),
    ],
)
def test_a_property_that_nothing_can_be_made_of_stops_the_start(asserted, said):
    with pytest.raises(PolicyError, match=said):
        DecisionPoint(notes().policy, {"note": Note}, asserted=asserted)


def test_a_type_without_a_rule_stops_the_start():
    with pytest.raises(PolicyError, match="resource type thing"):
        DecisionPoint(notes().policy, {"thing": Thing})


@pytest.mark.requirement("access:P5:opaque-predicates")
def test_an_action_that_no_search_could_list_stops_the_start():
    policy = Policy()

    @policy.allow("read", on=Note, sql=None)
    def odd(_me, note) -> bool:
        """Notes with an odd number."""
        return note.id % 2 == 1

    with pytest.raises(NotListable):
        DecisionPoint(policy, {"note": Note})
