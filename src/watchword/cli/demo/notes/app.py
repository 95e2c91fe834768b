"""The notes API: five routes, each with one line that says who may call it."""

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker

from watchword.access import Context, Subject
from watchword.base.records import dataclass
from watchword.cli.demo.notes.models import Base, Note, NoteChange, NoteDraft, NoteView
from watchword.cli.demo.notes.policy import policy
from watchword.guards.fastapi import Guard

__all__ = ["NotesAPI", "create_notes_app"]

BODY_BYTES_MAX = 64 * 1024  # a note of 10,000 characters, each four bytes or escaped


@dataclass(frozen=True, slots=True)
class NotesAPI:
    """The application, and its database for whoever fills or empties it."""

    app: FastAPI
    sessions: sessionmaker[Session]

    def add(self, note: Note) -> int:
        """Store a note without asking the policy, and return its number."""
        with self.sessions.begin() as session:
            session.add(note)
            session.flush()
            return note.id

    def close(self) -> None:
        """Close the connections."""
        self.sessions.kw["bind"].dispose()


def create_notes_app(guard: Callable[..., Guard], *, database_url: str) -> NotesAPI:
    """Return the API over its own database, whose tables are made where they are missing.

    Args:
        guard: makes the guard from `policy=` and `db=`: `partial(Guard, issuer, audience=...)`.
        database_url: as SQLAlchemy writes it; never the server's own file.
    """
    engine = create_engine(database_url)
    Base.metadata.create_all(engine)
    sessions = sessionmaker(engine)

    def database() -> Iterator[Session]:
        with sessions() as session:
            yield session

    app = FastAPI(title="Notes", max_body_size=BODY_BYTES_MAX)
    auth = guard(policy=policy, db=database).install(app)
    Me = Annotated[Subject, auth.subject]  # noqa: N806  # a type, named as one
    Told = Annotated[Context | None, auth.circumstances]  # noqa: N806  # a type, named as one
    DB = Annotated[Session, Depends(database)]  # noqa: N806  # a type, named as one

    @app.get("/notes", response_model=list[NoteView])
    def index(me: Me, told: Told, db: DB) -> Sequence[Note]:
        return db.scalars(policy.select(me, "read", Note, told).order_by(Note.id)).all()

    @app.post("/notes", response_model=NoteView, status_code=201)
    def create(draft: NoteDraft, me: Me, told: Told, db: DB) -> Note:
        written = draft.model_dump() | {"owner": draft.owner or me.id}
        note = policy.require(me, "create", Note(**written), told)
        db.add(note)
        db.commit()
        return note

    @app.get("/notes/{id}", response_model=NoteView)
    def read(note: Annotated[Note, auth.may("read", Note)]) -> Note:
        return note

    @app.put("/notes/{id}", response_model=NoteView)
    def update(
        note: Annotated[Note, auth.may("update", Note)],
        change: NoteChange,
        me: Me,
        told: Told,
        db: DB,
    ) -> Note:
        policy.change(me, "update", note, told, **change.model_dump())
        db.commit()
        return note

    @app.delete("/notes/{id}", status_code=204)
    def delete(note: Annotated[Note, auth.may("delete", Note)], db: DB) -> None:
        db.delete(note)
        db.commit()

    return NotesAPI(app, sessions)
