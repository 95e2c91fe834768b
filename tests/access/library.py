"""Models with relations, and the rules about them: folders in folders, notes with readers and
tags, and a table of shares.

Every rule is built from a row of access.md L2 that concerns a path, a collection or a share.
"""

from collections.abc import Callable, Mapping
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from watchword.access import Policy


class Base(DeclarativeBase):
    pass


class Folder(Base):
    __tablename__ = "folder"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str | None]
    level: Mapped[int | None]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("folder.id"))
    parent: Mapped["Folder | None"] = relationship(remote_side=[id])  # noqa: A003 - the column above


class Reader(Base):
    __tablename__ = "reader"

    id: Mapped[int] = mapped_column(primary_key=True)
    note_id: Mapped[int | None] = mapped_column(ForeignKey("note.id"))
    who: Mapped[str | None]
    folder_id: Mapped[int | None] = mapped_column(ForeignKey("folder.id"))
    folder: Mapped[Folder | None] = relationship()


tagged = Table(
    "tagged",
    Base.metadata,
    Column("note_id", ForeignKey("note.id"), primary_key=True),
    Column("tag_id", ForeignKey("tag.id"), primary_key=True),
)


class Tag(Base):
    __tablename__ = "tag"

    id: Mapped[str] = mapped_column(primary_key=True)
    colour: Mapped[str | None]


class Note(Base):
    __tablename__ = "note"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str | None]
    level: Mapped[int | None]
    folder_id: Mapped[int | None] = mapped_column(ForeignKey("folder.id"))
    other_id: Mapped[int | None] = mapped_column(ForeignKey("folder.id"))
    folder: Mapped[Folder | None] = relationship(foreign_keys=[folder_id])
    other: Mapped[Folder | None] = relationship(foreign_keys=[other_id])
    readers: Mapped[list[Reader]] = relationship()
    tags: Mapped[set[Tag]] = relationship(secondary=tagged)


class Paper(Base):
    """A row whose key is a UUID."""

    __tablename__ = "paper"

    id: Mapped[UUID] = mapped_column(primary_key=True)


class ShareRow(Base):
    __tablename__ = "share"

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant: Mapped[str | None]
    resource_type: Mapped[str]
    resource_id: Mapped[str]
    relation: Mapped[str]
    subject_id: Mapped[str | None]
    role: Mapped[str | None]
    expires_at: Mapped[int | None]


DECLARED = {
    "roles": {"admin": ["user"], "user": []},
    "subject": {
        "team": str,
        "groups": frozenset[str],
        "levels": frozenset[int],
        "rank": int,
    },
    "context": {"now": int},
}

RULES: Mapping[str, Callable[..., object]] = {
    "parent's column is mine": lambda me, n: n.folder.owner == me.id,
    "parent's column is not mine": lambda me, n: n.folder.owner != me.id,
    "parent's column is an attribute that may be None": lambda me, n: n.folder.owner == me.team,
    "parent's column is None": lambda _me, n: n.folder.owner == None,  # noqa: E711 - a condition
    "parent's column is not None": lambda _me, n: n.folder.owner != None,  # noqa: E711 - a condition
    "no parent": lambda _me, n: n.folder == None,  # noqa: E711 - a condition
    "a parent": lambda _me, n: n.folder != None,  # noqa: E711 - a condition
    "parent's order": lambda me, n: n.folder.level < me.rank,
    "not parent's order": lambda me, n: ~(n.folder.level < me.rank),
    "parent's order, value first": lambda me, n: me.rank >= n.folder.level,
    "parent among": lambda me, n: n.folder.owner.in_(me.groups),
    "parent not among": lambda me, n: ~n.folder.owner.in_(me.groups),
    "parent among or None": lambda _me, n: n.folder.level.in_({1, None}),
    "parent's column is mine too": lambda _me, n: n.folder.owner == n.owner,
    "parent's column is not mine too": lambda _me, n: n.owner != n.folder.owner,
    "order with parent's column": lambda _me, n: n.folder.level <= n.level,
    "not order with parent's column": lambda _me, n: ~(n.level >= n.folder.level),
    "two parents alike": lambda _me, n: n.folder.owner == n.other.owner,
    "two parents unlike": lambda _me, n: n.folder.owner != n.other.owner,
    "two parents in order": lambda _me, n: n.folder.level < n.other.level,
    "two parents not in order": lambda _me, n: ~(n.folder.level < n.other.level),
    "grandparent is mine": lambda me, n: n.folder.parent.owner == me.id,
    "grandparent is not mine": lambda me, n: n.folder.parent.owner != me.id,
    "grandparent and parent alike": lambda _me, n: n.folder.parent.owner == n.folder.owner,
    "grandparent and parent unlike": lambda _me, n: n.folder.owner != n.folder.parent.owner,
    "readers have me": lambda me, n: n.readers.who.has(me.id),
    "readers do not have me": lambda me, n: ~n.readers.who.has(me.id),
    "readers have my team or None": lambda me, n: n.readers.who.has(me.team),
    "readers have the owner": lambda _me, n: n.readers.who.has(n.owner),
    "readers do not have the owner": lambda _me, n: ~n.readers.who.has(n.owner),
    "readers have the folder's owner": lambda _me, n: n.readers.who.has(n.folder.owner),
    "readers do not have the folder's owner": lambda _me, n: ~n.readers.who.has(n.folder.owner),
    "readers meet my groups": lambda me, n: n.readers.who.meets(me.groups),
    "my groups do not meet readers": lambda me, n: ~me.groups.meets(n.readers.who),
    "readers' folders have me": lambda me, n: n.readers.folder.owner.has(me.id),
    "readers' folders have nobody": lambda _me, n: n.readers.folder.owner.has(None),
    "readers' folders do not have my team": lambda me, n: ~n.readers.folder.owner.has(me.team),
    "readers' folders meet readers": lambda _me, n: n.readers.folder.owner.meets(n.readers.who),
    "tags have a key": lambda _me, n: n.tags.has("bo"),
    "tags meet my groups": lambda me, n: n.tags.meets(me.groups),
    "tags do not meet": lambda _me, n: ~n.tags.meets({"bo", "cy"}),
    "tags' colours meet": lambda _me, n: n.tags.colour.meets({"a_b", None}),
    "owner among colours": lambda _me, n: n.owner.in_(n.tags.colour),
    "owner not among colours": lambda _me, n: ~n.owner.in_(n.tags.colour),
    "shared": lambda me, n: n.shared("editor", me),
    "not shared": lambda me, n: ~n.shared("editor", me),
    "folder shared": lambda me, n: n.folder.shared("editor", me),
    "folder not shared": lambda me, n: ~n.folder.shared("editor", me),
    "grandparent shared": lambda me, n: n.folder.parent.shared("editor", me),
    "tag shared": lambda me, n: n.tags.shared("editor", me),
    "no tag shared": lambda me, n: ~n.tags.shared("editor", me),
}


def library(name: str, *, on: type[object] = Note, **declared: object) -> Policy:
    """A policy that allows reading by the rule, and updating except by it."""
    policy = Policy(**DECLARED, **declared)

    @policy.allow("read", on=on, when=RULES[name])
    def rule(_me):
        """The rule under test."""
        return True

    @policy.deny("update", on=on, when=RULES[name])
    def not_by_rule(_me):
        """The rule under test, forbidding."""
        return True

    @policy.allow("update", on=on)
    def anyone(_me):
        """Anyone."""
        return True

    return policy
