"""What every engine decides: who asks, about which note, and what was granted.

`assignments`: so many people, each with the role of an editor, who may update any note.
`shares`: so many rows "this person may read that note", in whatever style the engine has for them.
Besides, a suspended person may do nothing, an admin may do anything, and what is yours is yours.

Each question is answered with yes, by the rule that is tried last. Stdlib only, since each peer
imports it in an environment of its own.
"""

from typing import NamedTuple

EDITOR = "editor"
OTHER = "zoe"  # who owns every note


class Question(NamedTuple):
    """One decision: a person, an action and the number of a note."""

    who: str
    action: str
    note: int


def people(count: int) -> list[str]:
    """Name the people who were granted something."""
    return [f"user-{number}" for number in range(count)]


def split(column: str) -> tuple[str, int]:
    """Read "assignments-100" as the kind of grant and how many there are."""
    kind, _, count = column.partition("-")
    return kind, int(count)


def questions(column: str) -> list[Question]:
    """Return different questions, so that nobody answers one from memory."""
    kind, count = split(column)
    action = "update" if kind == "assignments" else "read"
    asked = range(0, count, max(1, count // 64))
    return [Question(f"user-{number}", action, number) for number in asked]
