"""Refusals: a decision that says no, as the exception that the peer's answer is made from.

The peer gets the docstring of a deny rule, and a neutral sentence otherwise: never an attribute
value, never another rule.

Source: access.md section 8 (D4, D5, G3); security.md 88.
"""

from collections.abc import Iterable
from typing import Final

from watchword.access.decision import Decision, Kind
from watchword.access.errors import (
    Forbidden,
    InsufficientScope,
    InvalidSubject,
    NotAllowed,
    Refusal,
    StepUpRequired,
)
from watchword.access.plan import Plan

__all__ = [
    "NEUTRAL_TEXT",
    "SCOPE_TEXT",
    "STEP_UP_TEXT",
    "refusal",
    "refused_fields",
    "unexplained",
]

NEUTRAL_TEXT: Final = "You may not do this."
STEP_UP_TEXT: Final = "This needs a stronger login."
SCOPE_TEXT: Final = "The token was not granted the scope that this needs."


def refusal(decision: Decision, plan: Plan) -> Refusal:
    """Return the exception for a decision."""
    if decision.kind is Kind.SCOPE:
        scopes = tuple(sorted(plan.scopes or ()))
        return InsufficientScope(SCOPE_TEXT, decision=decision, scopes=scopes)
    if decision.kind is Kind.STEP_UP:
        acr_values = next(r.heading.acr or () for r in plan.allows if r.id == decision.rule)
        return StepUpRequired(STEP_UP_TEXT, decision=decision, acr_values=acr_values)
    if decision.kind is Kind.FORBIDDEN:
        text = next(rule.text for rule in plan.rules if rule.id == decision.rule)
        return Forbidden(text, decision=decision)
    return NotAllowed(NEUTRAL_TEXT, decision=decision)


def refused_fields(decision: Decision, fields: Iterable[str]) -> NotAllowed:
    """Return the exception for columns that no applying rule lets the subject set."""
    names = ", ".join(sorted(fields))
    return NotAllowed(
        f"You may not set: {names}.",
        decision=decision,
        detail=f"no applying rule covers the fields {names}; {decision}",
    )


def unexplained(problem: InvalidSubject) -> NotAllowed:
    """Return the exception for a verdict of the database that this process cannot retrace."""
    detail = f"refused by the database; no reason: {problem.detail}"
    return NotAllowed(NEUTRAL_TEXT, decision=None, detail=detail)
