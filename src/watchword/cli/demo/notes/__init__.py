"""The demo's protected API: notes with an owner, shared by role, in a database of their own.

Owns an ordinary FastAPI and SQLAlchemy application, the same as `examples/fastapi_notes`.
Implements access.md section 4.1.
Leaves users and tokens to the server; `create_notes_app` takes whatever guards it.
"""

from watchword.cli.demo.notes.app import NotesAPI, create_notes_app

__all__ = ["NotesAPI", "create_notes_app"]
