"""A question that a person types: who, action, kind of thing and id; answered with all reasons.

The decision point answers programs, and tells them nothing of what is not there. Here an operator
asks, who has to learn which word was wrong.

Source: users.md U45; access.md section 8 (D6), section 11 (Z22).
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from types import MappingProxyType

from watchword.access.authzen.point import DecisionPoint
from watchword.access.authzen.world import World
from watchword.access.errors import InvalidSubject
from watchword.access.subject import Subject
from watchword.access.values import meant
from watchword.access.why import Why, why
from watchword.base.records import dataclass

__all__ = ["Part", "Unanswerable", "Unknown", "inquire"]


class Part(Enum):
    """The parts of a question."""

    WHO = "who"
    ACTION = "action"
    TYPE = "type"
    ID = "id"


_NOTHING: Mapping[Part, str] = MappingProxyType(
    {
        Part.WHO: "nobody is called so",
        Part.ACTION: "no rule knows it",
        Part.TYPE: "no rule is about things of this kind",
        Part.ID: "there is none with this id",
    }
)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A part that names nothing.

    Attributes:
        part: which one.
        word: what was asked for.
        meant: the closest word that does name something.
        fault: what is wrong with what it names, where it names something.
    """

    part: Part
    word: str
    meant: str | None = None
    fault: str = ""

    @property
    def problem(self) -> str:
        """What is wrong, in a few words and without the word itself."""
        if self.fault or not self.word:
            return self.fault or "is missing"
        return _NOTHING[self.part] if self.meant is None else f"did you mean {self.meant!r}?"


class Unanswerable(Exception):
    """Parts of a question name nothing; `unknown` lists each of them."""

    def __init__(self, unknown: Sequence[Unknown]) -> None:
        super().__init__(", ".join(f"{each.part.value} {each.word!r}" for each in unknown))
        self.unknown = tuple(unknown)


def inquire(
    point: DecisionPoint, world: World, *, people: Sequence[str], action: str, type_: str, id_: str
) -> Why:
    """Answer a question with the decision and every rule that was considered.

    Args:
        point: whose policy and resource types the question is about.
        world: the stored facts.
        people: what the person may be called; the first whom the world knows is meant.
        action: an action of the policy.
        type_: a resource type of the decision point.
        id_: the row's key, as text.

    Raises:
        Unanswerable: lists every part that names nothing.
    """
    unknown: list[Unknown] = []
    me = _subject(point, world, people, unknown)
    actions = point.policy.words.actions
    if action not in actions:
        unknown.append(Unknown(Part.ACTION, action, meant(action, actions)))
    row = None
    model = point.types.get(type_)
    if model is None:
        unknown.append(Unknown(Part.TYPE, type_, meant(type_, point.types)))
    else:
        row = world.row(model, id_)
        if row is None:
            unknown.append(Unknown(Part.ID, id_))
    if me is None or unknown:
        raise Unanswerable(unknown)
    return why(point.policy, me, action, row)


def _subject(
    point: DecisionPoint, world: World, people: Sequence[str], unknown: list[Unknown]
) -> Subject | None:
    for each in people:
        facts = world.person(each)
        if facts is None:
            continue
        try:
            return point.policy.subject(each, **facts)
        except InvalidSubject as problem:
            unknown.append(Unknown(Part.WHO, each, fault=problem.detail))
            return None
    unknown.append(Unknown(Part.WHO, people[-1] if people else ""))
    return None
