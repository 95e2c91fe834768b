"""A policy of its own for every test, in the directory where the command runs."""

import sys
from pathlib import Path

import pytest

POLICY = """
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from watchword.access import Policy


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]
    text: Mapped[str]


policy = Policy(roles={"admin": []}, scopes={"notes": ["read"]})


@policy.allow("*", on=Note, role="admin")
def admin(me):
    "An admin may do anything."
    return True


@policy.allow("read", on=Note)
def owner(me, note):
    "What is yours is yours."
    return note.owner == me.id
"""
NAME = "notes_policy:policy"


@pytest.fixture
def module(command, monkeypatch):
    """Write the module of a policy, anew where a test changes it."""
    monkeypatch.setattr(sys, "path", [*sys.path])

    def write(text: str = POLICY, name: str = "notes_policy") -> str:
        Path(f"{name}.py").write_text(text, encoding="utf-8")
        forget(name)
        return f"{name}:policy"

    written = []

    def forget(name: str) -> None:
        written.append(name)
        sys.modules.pop(name, None)

    # What is compiled within one second of the last would be taken for it.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield write
    for name in written:
        sys.modules.pop(name, None)
