"""A question that a person types, and every word of it that names nothing.

users.md U45; access.md D6.
"""

import pytest
from tests.access.authzen.test_point import WORLD
from tests.access.example import Note, notes

from watchword.access.authzen.inquiry import Part, Unanswerable, Unknown, inquire
from watchword.access.authzen.point import DecisionPoint


class Odd:
    """A world whose facts about everybody do not fit any policy."""

    def person(self, _id, /):
        return {"roles": "user"}

    row = WORLD.row


@pytest.fixture
def point():
    return DecisionPoint(notes().policy, {"note": Note})


def ask(point, *people, world=WORLD, action="update", type_="note", id_="2"):
    return inquire(point, world, people=people, action=action, type_=type_, id_=id_)


@pytest.mark.requirement("users:U45:rule-tree")
def test_the_answer_is_the_decision_points_own(point):
    assert ask(point, "ana").decision.allowed
    found = ask(point, "bo")
    assert str(found.decision) == (
        "note.owner: would be allowed if resource.owner == 'bo' (is 'cy')"
    )


def test_the_first_name_that_the_world_knows_is_meant(point):
    assert ask(point, "user_17", "ana").decision.allowed


@pytest.mark.requirement("users:U45:clear-refusal")
def test_every_word_that_names_nothing_is_said_at_once(point):
    with pytest.raises(Unanswerable, match="who 'zoe', action 'updat', id '99'") as refused:
        ask(point, "zoe", action="updat", id_="99")
    assert refused.value.unknown == (
        Unknown(Part.WHO, "zoe"),
        Unknown(Part.ACTION, "updat", "update"),
        Unknown(Part.ID, "99"),
    )
    assert [one.problem for one in refused.value.unknown] == [
        "nobody is called so",
        "did you mean 'update'?",
        "there is none with this id",
    ]
    with pytest.raises(Unanswerable) as refused:
        ask(point, action="zzz", type_="notes")
    assert refused.value.unknown == (
        Unknown(Part.WHO, ""),
        Unknown(Part.ACTION, "zzz"),
        Unknown(Part.TYPE, "notes", "note"),
    )
    problems = [one.problem for one in refused.value.unknown]
    assert problems == ["is missing", "no rule knows it", "did you mean 'note'?"]


@pytest.mark.requirement("users:U45:clear-refusal")
def test_facts_that_do_not_fit_the_policy_are_said(point):
    with pytest.raises(Unanswerable) as refused:
        ask(point, "bo", world=Odd())
    (only,) = refused.value.unknown
    assert only.problem == only.fault
    assert (only.part, only.fault) == (Part.WHO, "subject: roles is a set of words, not one text")
