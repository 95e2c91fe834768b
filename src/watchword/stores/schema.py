"""The tables, for SQLite and PostgreSQL alike.

Every table carries its tenant, first in its primary key, so that one shard can answer a statement.
Times are seconds since the epoch. Whatever a person or program presents as proof is kept as a hash.
`epoch` is the tenant's epoch at the time of writing: after a restore from a backup the number
grows, and rows of an older one are dead. `purge_at` is when a row that is dead or idle may be
deleted.

Source: oauth.md section 4 (S-1, S-8); security.md section 3.6; ARCHITECTURE section 3.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    false,
    text,
)

__all__ = [
    "REVISION",
    "clients",
    "families",
    "hash_labels",
    "links",
    "metadata",
    "refresh_tokens",
    "resources",
    "sessions",
    "signing_keys",
    "tenants",
    "user_roles",
    "users",
]

REVISION = "0002"  # what a server compares with the stored revision before it starts

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

# STRICT tables of SQLite know neither BIGINT nor BOOLEAN, and hold every INTEGER in 64 bits.
_int = BigInteger().with_variant(Integer(), "sqlite")
_flag = Boolean().with_variant(Integer(), "sqlite")


def _table(name: str, *columns: Any) -> Table:  # Any: SQLAlchemy's schema items share no type
    return Table(name, metadata, *columns, sqlite_strict=True, sqlite_with_rowid=False)


def _key(name: str) -> Column[Any]:
    return Column(name, Text, primary_key=True, nullable=False)


# Rows of other tables belong to a tenant through their user: a foreign key of their own would have
# every refresh lock the one row of the tenant in PostgreSQL.
def _of_a_tenant() -> Column[str]:
    return Column("tenant", Text, ForeignKey("tenants.tenant"), primary_key=True, nullable=False)


def _by_code() -> Column[bool]:
    """Return the mark of a row that code declared, and that goes when code omits it."""
    return Column("is_declared", _flag, server_default=false(), nullable=False)


def _refers(table: str, column: str, key: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant", column], [f"{table}.tenant", f"{table}.{key}"])


tenants = _table(
    "tenants",
    _key("tenant"),
    Column("epoch", _int, nullable=False),
    Column("epoch_began_at", _int, nullable=False),
    Column("is_demo", _flag, nullable=False),
)

users = _table(
    "users",
    _of_a_tenant(),
    _key("id"),
    Column("name", Text, nullable=False),
    Column("status", Text, nullable=False),
    CheckConstraint("status IN ('active', 'suspended')", name="status"),
    Column("password_hash", Text),
    Column("version", _int, nullable=False),
    Column("created_at", _int, nullable=False),
    Index("ix_users_name", "tenant", "name", unique=True),
)

# How many password hashes carry each label: read at every attempt to log in, so it is kept.
hash_labels = _table(
    "hash_labels",
    _of_a_tenant(),
    _key("label"),
    Column("hashes", _int, nullable=False),
)

user_roles = _table(
    "user_roles",
    _key("tenant"),
    _key("user_id"),
    _key("role"),
    # Roles are read joined by spaces; a space inside one would make two of it.
    CheckConstraint("role <> '' AND role NOT LIKE '% %'", name="role"),
    _refers("users", "user_id", "id"),
)

clients = _table(
    "clients",
    _of_a_tenant(),
    _key("client_id"),
    Column("name", Text, nullable=False),
    Column("is_first_party", _flag, nullable=False),
    Column("is_default", _flag, nullable=False),
    Column("is_active", _flag, nullable=False),
    Column("scopes", Text),  # separated by spaces; NULL: every scope
    _by_code(),
    Index(
        "ix_clients_default",
        "tenant",
        unique=True,
        sqlite_where=text("is_default = 1"),
        postgresql_where=text("is_default"),
    ),
)

resources = _table(
    "resources",
    _of_a_tenant(),
    _key("identifier"),
    Column("scopes", Text, nullable=False),  # JSON: [[scope, what it allows], ...]
    Column("is_default", _flag, nullable=False),
    Column("is_active", _flag, nullable=False),
    _by_code(),
    Index(
        "ix_resources_default",
        "tenant",
        unique=True,
        sqlite_where=text("is_default = 1"),
        postgresql_where=text("is_default"),
    ),
)

sessions = _table(
    "sessions",
    _key("tenant"),
    _key("sid"),
    Column("user_id", Text, nullable=False),
    Column("cookie_hash", LargeBinary),
    Column("auth_time", _int, nullable=False),
    Column("amr", Text, nullable=False),  # separated by spaces
    Column("idle_seconds", _int, nullable=False),
    Column("idle_expires_at", _int, nullable=False),
    Column("expires_at", _int, nullable=False),
    Column("used_at", _int, nullable=False),
    Column("ended_at", _int),
    Column("purge_at", _int, nullable=False),
    Column("epoch", _int, nullable=False),
    _refers("users", "user_id", "id"),
    Index("ix_sessions_cookie_hash", "tenant", "cookie_hash", unique=True),
    Index("ix_sessions_user_id", "tenant", "user_id"),
    Index("ix_sessions_purge_at", "tenant", "purge_at"),
)

families = _table(
    "families",
    _key("tenant"),
    _key("id"),
    Column("sid", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("resource", Text, nullable=False),
    Column("scopes", Text, nullable=False),  # separated by spaces, in the order asked
    Column("idle_seconds", _int, nullable=False),
    Column("idle_expires_at", _int, nullable=False),
    Column("expires_at", _int, nullable=False),
    Column("generation", _int, nullable=False),  # of its newest refresh token
    Column("created_at", _int, nullable=False),
    Column("revoked_at", _int),
    Column("purge_at", _int, nullable=False),
    Column("epoch", _int, nullable=False),
    _refers("sessions", "sid", "sid"),
    _refers("users", "user_id", "id"),
    _refers("clients", "client_id", "client_id"),
    _refers("resources", "resource", "identifier"),
    Index("ix_families_sid", "tenant", "sid"),
    Index("ix_families_user_id", "tenant", "user_id"),
    Index("ix_families_purge_at", "tenant", "purge_at"),
)

# A refresh token has no epoch of its own: its family's is older or the same, and is checked.
refresh_tokens = _table(
    "refresh_tokens",
    _key("tenant"),
    Column("token_hash", LargeBinary, primary_key=True, nullable=False),
    Column("family_id", Text, nullable=False),
    Column("generation", _int, nullable=False),
    Column("generation_id", Text, nullable=False),
    Column("successor_hash", LargeBinary),  # the pair that its last use minted
    Column("created_at", _int, nullable=False),
    Column("consumed_at", _int),
    Column("killed_at", _int),
    Column("access_seen_at", _int),
    _refers("families", "family_id", "id"),
    Index("ix_refresh_tokens_generation", "tenant", "family_id", "generation", unique=True),
    Index("ix_refresh_tokens_generation_id", "tenant", "generation_id", unique=True),
)

links = _table(
    "links",
    _key("tenant"),
    Column("token_hash", LargeBinary, primary_key=True, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("created_at", _int, nullable=False),
    Column("expires_at", _int, nullable=False),
    Column("used_at", _int),
    Column("epoch", _int, nullable=False),
    _refers("users", "user_id", "id"),
    Index("ix_links_user_id", "tenant", "user_id"),
    Index("ix_links_expires_at", "tenant", "expires_at"),
)

signing_keys = _table(
    "signing_keys",
    _of_a_tenant(),
    _key("kid"),
    Column("alg", Text, nullable=False),
    Column("public_jwk", Text, nullable=False),
    Column("sealed_private", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    CheckConstraint("state IN ('pending', 'active', 'retired')", name="state"),
    Column("created_at", _int, nullable=False),
    Index(
        "ix_signing_keys_active",
        "tenant",
        "alg",
        unique=True,
        sqlite_where=text("state = 'active'"),
        postgresql_where=text("state = 'active'"),
    ),
)
