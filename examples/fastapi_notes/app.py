"""The notes API: five routes, each with one line that says who may call it."""

import os
from collections.abc import Iterator, Sequence
from typing import Annotated

from fastapi import Depends, FastAPI
from models import Base, Note, NoteChange, NoteDraft, NoteView
from policy import policy
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from watchword.access import Context
from watchword.guards.fastapi import Guard, Subject

ISSUER = os.environ.get("NOTES_ISSUER", "http://127.0.0.1:8000")
AUDIENCE = os.environ.get("NOTES_AUDIENCE", "http://127.0.0.1:8001")
DATABASE = os.environ.get("NOTES_DATABASE", "sqlite:///notes.db")
BODY_BYTES_MAX = 64 * 1024  # a note of 10,000 characters, each four bytes or escaped

engine = create_engine(DATABASE)
Base.metadata.create_all(engine)


def database() -> Iterator[Session]:
    with Session(engine) as session:
        yield session


app = FastAPI(title="Notes", max_body_size=BODY_BYTES_MAX)
auth = Guard(ISSUER, audience=AUDIENCE, policy=policy, db=database).install(app)
Me = Annotated[Subject, auth.subject]
Told = Annotated[Context | None, auth.circumstances]  # nothing, until the policy asks for it
DB = Annotated[Session, Depends(database)]


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
    note: Annotated[Note, auth.may("update", Note)], change: NoteChange, me: Me, told: Told, db: DB
) -> Note:
    policy.change(me, "update", note, told, **change.model_dump())
    db.commit()
    return note


@app.delete("/notes/{id}", status_code=204)
def delete(note: Annotated[Note, auth.may("delete", Note)], db: DB) -> None:
    db.delete(note)
    db.commit()
