"""watchword's policy: roles and shares are data that come with the subject, rules are code."""

import importlib.metadata
import platform
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import decisions
import worker
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from watchword.access import Condition, Me, Policy, Row, Share


class Base(DeclarativeBase):
    """The model of this file."""


class Note(Base):
    """What is asked about."""

    __tablename__ = "note"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]


policy = Policy(roles={"admin": ["editor"]}, context={"now": int})
NOW = policy.context(now=1_800_000_000)  # shares may end


@policy.deny("*")
def suspended(me: Me) -> Condition:
    """A suspended account may do nothing."""
    return me.suspended == True  # noqa: E712 - a condition


@policy.allow("*", on=Note, role="admin")
def admin(_me: Me) -> bool:
    """An admin may do anything."""
    return True


@policy.allow("read", "update", "delete", on=Note)
def owner(me: Me, note: Row[Note]) -> Condition:
    """What is yours is yours."""
    return note.owner == me.id


@policy.allow("update", on=Note, role=decisions.EDITOR)
def editor(_me: Me) -> bool:
    """An editor may change any note."""
    return True


@policy.allow("read", on=Note)
def shared(me: Me, note: Row[Note]) -> Condition:
    """A note that is shared with somebody may be read by them."""
    return note.shared("reader", me)


def make(column, operation):
    """Return the check, or the decision with every reason."""
    kind, count = decisions.split(column)
    roles = {decisions.EDITOR} if kind == "assignments" else set()
    people = {
        name: policy.subject(name, roles=roles, shares=held(kind, name, number))
        for number, name in enumerate(decisions.people(count))
    }
    asked = [
        (q.who, q.action, Note(id=q.note, owner=decisions.OTHER))
        for q in decisions.questions(column)
    ]
    assert all(policy.check(people[who], *what, NOW).allowed for who, *what in asked)
    decide = policy.check if operation == "check" else policy.decide

    def ask(number):
        who, action, note = asked[number % len(asked)]
        return decide(people[who], action, note, NOW)

    return ask


def held(kind, name, number):
    """Return the share rows of one person."""
    return [Share("note", str(number), "reader", name)] if kind == "shares" else []


worker.serve(
    f"watchword {importlib.metadata.version('watchword')}, Python {platform.python_version()}", make
)
