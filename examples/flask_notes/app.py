"""The notes API in Flask: five views, each with one line that says who may call it."""

import os

from flask import Flask, Response, request
from models import Base, Note, NoteChange, NoteDraft, NoteView
from policy import policy
from pydantic import ValidationError
from sqlalchemy import create_engine
from sqlalchemy.orm import scoped_session, sessionmaker

from watchword.flask import Guard

ISSUER = os.environ.get("NOTES_ISSUER", "http://127.0.0.1:8000")
AUDIENCE = os.environ.get("NOTES_AUDIENCE", "http://127.0.0.1:8001")
DATABASE = os.environ.get("NOTES_DATABASE", "sqlite:///notes.db")
BODY_BYTES_MAX = 64 * 1024  # a note of 10,000 characters, each four bytes or escaped

engine = create_engine(DATABASE)
Base.metadata.create_all(engine)
database = scoped_session(sessionmaker(engine))

app = Flask(__name__, static_folder=None)
app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES_MAX
auth = Guard(ISSUER, audience=AUDIENCE, policy=policy, db=database).install(app)


@app.teardown_appcontext
def close(_error: BaseException | None) -> None:
    database.remove()


@app.errorhandler(ValidationError)
def invalid(error: ValidationError) -> Response:
    return auth.invalid(error.errors())


def shown(note: Note) -> dict[str, object]:
    return NoteView.model_validate(note).model_dump()


@app.get("/notes")
@auth.required
def index() -> list[dict[str, object]]:
    rows = policy.select(auth.subject, "read", Note, auth.circumstances).order_by(Note.id)
    return [shown(note) for note in database.scalars(rows)]


@app.post("/notes")
@auth.required
def create() -> tuple[dict[str, object], int]:
    draft = NoteDraft.model_validate(request.json)
    written = draft.model_dump() | {"owner": draft.owner or auth.subject.id}
    note = policy.require(auth.subject, "create", Note(**written), auth.circumstances)
    database.add(note)
    database.commit()
    return shown(note), 201


@app.get("/notes/<id>")
@auth.may("read", Note)
def read(note: Note) -> dict[str, object]:
    return shown(note)


@app.put("/notes/<id>")
@auth.may("update", Note)
def update(note: Note) -> dict[str, object]:
    change = NoteChange.model_validate(request.json)
    policy.change(auth.subject, "update", note, auth.circumstances, **change.model_dump())
    database.commit()
    return shown(note)


@app.delete("/notes/<id>")
@auth.may("delete", Note)
def delete(note: Note) -> tuple[str, int]:
    database.delete(note)
    database.commit()
    return "", 204
