"""Signing keys, and what happened."""

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, Text, text

from watchword.stores.schema.columns import INT, key, of_a_tenant, table

__all__ = ["events", "signing_keys"]

signing_keys = table(
    "signing_keys",
    of_a_tenant(),
    key("kid"),
    Column("alg", Text, nullable=False),
    Column("public_jwk", Text, nullable=False),
    Column("sealed_private", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    CheckConstraint("state IN ('pending', 'active', 'retired')", name="state"),
    Column("created_at", INT, nullable=False),
    Index(
        "ix_signing_keys_active",
        "tenant",
        "alg",
        unique=True,
        sqlite_where=text("state = 'active'"),
        postgresql_where=text("state = 'active'"),
    ),
)

# What happened, to whom, by whom and from where. Rows are written with the change they tell of.
events = table(
    "events",
    of_a_tenant(),
    key("id"),
    Column("at", INT, nullable=False),
    Column("kind", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("user_id", Text),  # no foreign key: what happened outlives the account
    Column("actor", Text),  # user, client or command; NULL: the user
    Column("client_id", Text),
    Column("sid", Text),
    Column("family_id", Text),
    Column("address", Text),
    Column("device", Text),
    Column("detail", Text, nullable=False),  # JSON
    Column("purge_at", INT, nullable=False),
    Index("ix_events_user_id", "tenant", "user_id", "at"),
    Index("ix_events_family_id", "tenant", "family_id"),
    Index("ix_events_purge_at", "tenant", "purge_at"),
)
