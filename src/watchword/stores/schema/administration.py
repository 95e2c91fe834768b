"""What administrators decided, and the log of their decisions."""

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, Text

from watchword.stores.schema.columns import INT, key, of_a_tenant, refers, table

__all__ = ["audit", "role_closure", "role_inheritance", "roles", "shares", "suspensions"]

roles = table(
    "roles",
    of_a_tenant(),
    key("role"),
    Column("meaning", Text, nullable=False),  # for people; empty where nobody wrote one down
)

role_inheritance = table(
    "role_inheritance",
    key("tenant"),
    key("role"),
    key("inherits"),
    refers("roles", "role", "role"),
    Index("ix_role_inheritance_inherits", "tenant", "inherits"),
)

# All that a role includes, directly or through others, itself left out: what a reader of a user
# joins. It is written anew by the verbs that change inheritance, and by nothing else.
role_closure = table(
    "role_closure",
    key("tenant"),
    key("role"),
    key("includes"),
    refers("roles", "role", "role"),
)

shares = table(
    "shares",
    of_a_tenant(),
    key("resource_type"),
    key("resource_id"),
    key("relation"),
    key("holder_kind"),
    key("holder"),  # a user id, or a role
    CheckConstraint("holder_kind IN ('subject', 'role')", name="holder_kind"),
    Column("expires_at", INT),
    Column("created_at", INT, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index("ix_shares_holder", "tenant", "holder", "holder_kind"),
    Index("ix_shares_expires_at", "tenant", "expires_at"),
)

suspensions = table(
    "suspensions",
    key("tenant"),
    key("user_id"),
    Column("suspended_at", INT, nullable=False),
    Column("suspended_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    refers("users", "user_id", "id"),
)

# Rows are added and never changed; nothing sweeps them. No foreign key: it outlives what it names.
audit = table(
    "audit",
    of_a_tenant(),
    Column("position", INT, primary_key=True, nullable=False, autoincrement=False),
    Column("at", INT, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("address", Text),
    Column("device", Text),
    Column("action", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("detail", Text, nullable=False),  # JSON
    Column("chain", LargeBinary, nullable=False),
    Index("ix_audit_target", "tenant", "target", "position"),
)
