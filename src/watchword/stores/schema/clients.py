"""Clients and the resources they reach."""

from sqlalchemy import Column, Index, Text, text

from watchword.stores.schema.columns import FLAG, by_code, key, of_a_tenant, table

__all__ = ["clients", "resources"]

clients = table(
    "clients",
    of_a_tenant(),
    key("client_id"),
    Column("name", Text, nullable=False),
    Column("is_first_party", FLAG, nullable=False),
    Column("is_default", FLAG, nullable=False),
    Column("is_active", FLAG, nullable=False),
    Column("scopes", Text),  # separated by spaces; NULL: every scope
    by_code(),
    Index(
        "ix_clients_default",
        "tenant",
        unique=True,
        sqlite_where=text("is_default = 1"),
        postgresql_where=text("is_default"),
    ),
)

resources = table(
    "resources",
    of_a_tenant(),
    key("identifier"),
    Column("scopes", Text, nullable=False),  # JSON: [[scope, what it allows], ...]
    Column("is_default", FLAG, nullable=False),
    Column("is_active", FLAG, nullable=False),
    by_code(),
    Index(
        "ix_resources_default",
        "tenant",
        unique=True,
        sqlite_where=text("is_default = 1"),
        postgresql_where=text("is_default"),
    ),
)
