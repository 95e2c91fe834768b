"""The bodies that the views take and give."""

from typing import TypeVar

from django.http import HttpRequest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from notes.models import BODY_CHARACTERS_MAX, NAME_CHARACTERS_MAX, TITLE_CHARACTERS_MAX
from watchword.django import InvalidRequest

__all__ = ["NoteChange", "NoteDraft", "NoteShown", "sent"]

Body = TypeVar("Body", bound=BaseModel)


class NoteChange(BaseModel):
    """What a note becomes. It has no `owner`: a note does not change hands."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title: str = Field(min_length=1, max_length=TITLE_CHARACTERS_MAX)
    body: str = Field(max_length=BODY_CHARACTERS_MAX)
    shared_role: str | None = Field(default=None, max_length=NAME_CHARACTERS_MAX)


class NoteDraft(NoteChange):
    """A note to be written. Whose it is defaults to who writes; the policy judges the rest."""

    owner: str | None = Field(default=None, max_length=NAME_CHARACTERS_MAX)


class NoteShown(BaseModel):
    """A note as it is shown."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    owner: str
    title: str
    body: str
    shared_role: str | None


def sent(request: HttpRequest, shape: type[Body]) -> Body:
    """Return the body of a request. Raises InvalidRequest, which the middleware answers."""
    try:
        return shape.model_validate_json(request.body)
    except ValidationError as error:
        raise InvalidRequest(error.errors()) from None
