"""The notes that the demonstration starts with: one of each user, and one that is shared.

Their numbers are fixed, so that the start page and the lines to paste can name them.
"""

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import delete

from watchword.base.records import dataclass
from watchword.cli.demo.notes import NotesAPI
from watchword.cli.demo.notes.models import Note
from watchword.cli.demo.pages.calls import Notes

__all__ = ["NOTES", "plant"]


@dataclass(frozen=True, slots=True)
class Seed:
    """One note of the beginning."""

    owner: str  # a user's name
    title: str
    body: str
    shared_role: str | None = None


SEEDS: Mapping[int, Seed] = MappingProxyType(
    {
        1: Seed("alice", "Groceries", "Flour, yeast, salt."),
        2: Seed("bob", "Birthday", "A surprise for Alice. She must not see this."),
        3: Seed("admin", "Rota", "Bob has the weekend."),
        4: Seed("admin", "House rules", "Quiet after ten. Everybody may read this.", "user"),
    }
)
NOTES = Notes(
    own=MappingProxyType({"alice": 1, "bob": 2, "admin": 3}),
    shared=4,
    strangers=MappingProxyType({"alice": 2, "bob": 1, "admin": 1}),
)


def plant(notes: NotesAPI, user_ids: Mapping[str, str]) -> None:
    """Make the notes those of the beginning: what an earlier demonstration left is deleted.

    Args:
        notes: the application.
        user_ids: id by name. Owners are ids: a name may be given to somebody else.
    """
    with notes.sessions.begin() as session:
        session.execute(delete(Note))
        session.add_all(
            Note(
                id=number,
                owner=user_ids[seed.owner],
                title=seed.title,
                body=seed.body,
                shared_role=seed.shared_role,
            )
            for number, seed in SEEDS.items()
        )
