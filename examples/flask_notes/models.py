"""Notes, as the application stores and shows them."""

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = ["Base", "Note", "NoteChange", "NoteDraft", "NoteView"]

TITLE_CHARACTERS_MAX = 200
BODY_CHARACTERS_MAX = 10_000
NAME_CHARACTERS_MAX = 64


class Base(DeclarativeBase):
    """The application's own tables."""


class Note(Base):
    """One note. `owner` is a user id, which is never given to anybody else; a name may be."""

    __tablename__ = "note"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(String(NAME_CHARACTERS_MAX), index=True)
    title: Mapped[str] = mapped_column(String(TITLE_CHARACTERS_MAX))
    body: Mapped[str] = mapped_column(String(BODY_CHARACTERS_MAX))
    shared_role: Mapped[str | None] = mapped_column(String(NAME_CHARACTERS_MAX), index=True)


class NoteChange(BaseModel):
    """What a note becomes. It has no `owner`: a note does not change hands."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title: str = Field(min_length=1, max_length=TITLE_CHARACTERS_MAX)
    body: str = Field(max_length=BODY_CHARACTERS_MAX)
    shared_role: str | None = Field(default=None, max_length=NAME_CHARACTERS_MAX)


class NoteDraft(NoteChange):
    """A note to be written. Whose it is defaults to who writes; the policy judges the rest."""

    owner: str | None = Field(default=None, max_length=NAME_CHARACTERS_MAX)


class NoteView(BaseModel):
    """A note as it is shown."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    owner: str
    title: str
    body: str
    shared_role: str | None
