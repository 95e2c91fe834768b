"""Who may do what with records: the fixture of AuthZEN's certification scenario."""

from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from watchword.access import Condition, Me, Policy, Row
from watchword.access.symbols import Context as Circumstances


class Base(DeclarativeBase):
    """The tables of this application."""


class Person(Base):
    """Somebody who may be asked about."""

    __tablename__ = "person"

    id: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]


class Record(Base):
    """What the questions are about."""

    __tablename__ = "record"

    id: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str]


policy = Policy(
    roles={"user": [], "admin": []},
    actions=["write"],
    context={"soft": bool},
)


@policy.allow("read", on=Record)
def reader(_me: Me) -> bool:
    """Everybody reads records."""
    return True


@policy.allow("write", on=Record, role="user")
def writer(_me: Me, record: Row[Record]) -> Condition:
    """Users write records that are in use."""
    return record.status == "active"


@policy.allow("write", on=Record, role="admin")
def archivist(_me: Me, record: Row[Record]) -> Condition:
    """Admins write archived records."""
    return record.status == "archived"


@policy.allow("delete", on=Record)
def undoable(_me: Me, _record: Row[Record], ctx: Circumstances) -> Condition:
    """Records are deleted so that they can be had back."""
    return ctx.soft == True  # noqa: E712 - a condition
