"""May somebody do something, and why: the question of the admin pages, for programs.

Source: users.md U45; access.md section 8.
"""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel

from watchword.access.authzen.inquiry import Unanswerable
from watchword.server.administration.desk import Desk
from watchword.server.administration.questions import Asked, Rules, answer
from watchword.server.management.caller import at

__all__ = ["router"]

WORD_CHARACTERS_MAX = 256

router = APIRouter(prefix="/explanation", tags=["access"])
Word = Annotated[str, Query(max_length=WORD_CHARACTERS_MAX, pattern=r"^[^\x00]*$")]


class ConditionOut(BaseModel):
    """A condition, and what it came to; null where nothing can be said."""

    join: Literal["every", "some", "leaf"]
    said: str
    holds: bool | None
    parts: list["ConditionOut"]


class RuleOut(BaseModel):
    """A rule that was considered."""

    rule: str
    effect: str
    text: str
    fired: bool
    decides: bool
    because: str
    condition: ConditionOut


class ExplanationOut(BaseModel):
    """A decision, and every rule that was considered: the deciding one first, then the nearest."""

    allowed: bool
    kind: str
    rule: str | None
    because: str
    text: str
    policy_version: str
    rules: list[RuleOut]


@router.get("")
async def explain(
    desk: Annotated[Desk, Depends(at("read", "policy"))],
    who: Word = "",
    action: Word = "",
    type: Word = "",  # noqa: A002  # AuthZEN's word, and the name of the parameter
    id: Word = "",  # noqa: A002  # as above
    rules: Rules = Rules.SERVER,
) -> ExplanationOut:
    """Say whether somebody, by name or id, may do something, and why."""
    asked = Asked(rules, who, action, type, id)
    try:
        found = await answer(asked, desk.store, desk.runtime.decided, now=desk.now)
    except Unanswerable as refused:
        raise RequestValidationError(
            [{"loc": ("query", one.part.value), "msg": one.problem} for one in refused.unknown]
        ) from None
    return ExplanationOut.model_validate(found.members())
