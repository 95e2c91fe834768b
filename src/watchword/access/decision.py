"""Answers: the bare verdict of the hot path, the explained decision, the truthy answer of tests.

Source: access.md section 8. The words are AuthZEN's (Authorization API 1.0).
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Literal, NamedTuple, Never

from watchword.base.records import dataclass

__all__ = ["EFFECTS", "Answer", "Considered", "Decision", "Effect", "Kind", "Verdict"]

Effect = Literal["allow", "deny", "default"]


class Kind(Enum):
    """How a decision came out; the ways of being refused differ in what helps (D4)."""

    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"  # by a deny rule
    NOT_ALLOWED = "not_allowed"  # by no allow rule
    STEP_UP = "step_up_required"  # by an allow rule that asks for a stronger login
    SCOPE = "insufficient_scope"  # the token was granted less than the user may do


# The effect of the rule that decided, or that would have.
EFFECTS: Mapping[Kind, Effect] = MappingProxyType(
    {
        Kind.ALLOWED: "allow",
        Kind.FORBIDDEN: "deny",
        Kind.NOT_ALLOWED: "default",
        Kind.STEP_UP: "allow",
        Kind.SCOPE: "default",
    }
)


class Verdict(NamedTuple):
    """What `check` answers: the verdict and the rule that gave it.

    A tuple is always true, so asking for this one's truth value is refused.
    """

    allowed: bool
    rule: str | None

    def __bool__(self) -> Never:
        raise TypeError("a Verdict has no truth value; read .allowed")


class Considered(NamedTuple):
    """One rule that covers the action, and why it did or did not apply.

    A tuple, because every decision makes one for each rule (bench/access.py).
    """

    rule: str
    effect: Effect
    fired: bool
    because: str

    def __str__(self) -> str:
        return f"{self.effect} {self.rule}: {self.because}"


class Decision(NamedTuple):
    """A decision with its reasons, for the operator.

    A tuple, because a record of ten fields takes a tenth of an explanation (bench/access.py).

    Attributes:
        rule: id of the rule that decided, None for a default or scope refusal; of the one that a
            stronger login would make apply.
        because: the reason, with attribute values: not for the peer.
        considered: every rule that covers the action, fewest failing conditions first.
        subject_source: where the subject's roles were read (access.md section 10).
        subject_age: seconds since they were read.
    """

    allowed: bool
    kind: Kind
    rule: str | None
    effect: Effect
    because: str
    considered: tuple[Considered, ...]
    policy_version: str
    subject_source: str
    subject_age: int
    id: str

    def __bool__(self) -> Never:
        raise TypeError("a Decision has no truth value; read .allowed")

    def __str__(self) -> str:
        return self.because if self.rule is None else f"{self.rule}: {self.because}"

    @property
    def explanation(self) -> str:
        """The decision and every rule that was considered, one a line, for the operator."""
        return "\n".join((f"{self.kind.value}: {self}", *(f"  {one}" for one in self.considered)))


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """A decision to assert on: truthy when allowed, its repr is the explanation in one line.

    pytest cuts a repr at 240 characters and escapes line breaks, so the deciding or nearest rule
    comes first.
    """

    decision: Decision

    def __bool__(self) -> bool:
        return self.decision.allowed

    def __repr__(self) -> str:
        word = "allowed" if self.decision.allowed else self.decision.kind.value
        return (
            f"<{word} by {self.decision}>" if self.decision.rule else f"<{word}: {self.decision}>"
        )
