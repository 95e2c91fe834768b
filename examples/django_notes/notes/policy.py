"""Who may do what with a note: one rule a function, its docstring the reason that people read."""

from notes.models import Note
from watchword.access import Condition, Me, Policy, Row

__all__ = ["policy"]

policy = Policy(
    roles={"admin": ["user"]},
    scopes={"notes:read": ["read"], "notes:write": ["create", "update", "delete"]},
)

CONTENT = frozenset({"title", "body", "shared_role"})


@policy.deny("*")
def suspended(me: Me) -> Condition:
    """A suspended account may do nothing."""
    return me.suspended == True  # noqa: E712  # compared, not tested: a rule is read without values


@policy.allow("*", on=Note, role="admin")
def admin(me: Me) -> bool:  # noqa: ARG001  # the role in the decorator says it all
    """An admin may do anything."""
    return True


@policy.allow("create", on=Note, fields={"owner", *CONTENT})
def author(me: Me, note: Row[Note]) -> Condition:
    """You may write notes of your own."""
    return note.owner == me.id


@policy.allow("read", "update", "delete", on=Note, fields=CONTENT)
def owner(me: Me, note: Row[Note]) -> Condition:
    """What is yours is yours."""
    return note.owner == me.id


@policy.allow("read", on=Note)
def shared(me: Me, note: Row[Note]) -> Condition:
    """A note that is shared with one of your roles may be read."""
    return note.shared_role.in_(me.roles)
