"""The notes of access.md section 4.1, for guards of every framework.

Source: access.md section 4.1.
"""

from sqlalchemy import Engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from watchword.access import Condition, Me, Policy, Row


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "flask_note"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]
    text: Mapped[str]
    shared_role: Mapped[str | None]


policy = Policy(roles={"admin": ["user"]})


@policy.deny("*")
def suspended(me: Me) -> Condition:
    """A suspended account may do nothing."""
    return me.suspended == True  # noqa: E712


@policy.allow("*", on=Note, role="admin")
def admin(me: Me) -> bool:
    """An admin may do anything."""
    return True


@policy.allow("read", "create", "update", "delete", on=Note)
def owner(me: Me, note: Row[Note]) -> Condition:
    """What is yours is yours."""
    return note.owner == me.id


@policy.allow("read", on=Note)
def shared(me: Me, note: Row[Note]) -> Condition:
    """A note shared with one of my roles may be read."""
    return note.shared_role.in_(me.roles)


def dump(note: Note) -> dict[str, object]:
    return {"id": note.id, "owner": note.owner, "text": note.text}


def filled(engine: Engine) -> None:
    """Make the three notes of access.md."""
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(
            [
                Note(id=1, owner="bo", text="one"),
                Note(id=2, owner="cy", text="two"),
                Note(id=3, owner="cy", text="three", shared_role="user"),
            ]
        )
        session.commit()
