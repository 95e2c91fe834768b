"""The first tables.

Frozen: what changes afterwards is a migration of its own. A test holds the sum of all migrations
equal to `watchword.stores.schema`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_FLAG = sa.Boolean().with_variant(sa.Integer(), "sqlite")
_SQLITE = {"sqlite_strict": True, "sqlite_with_rowid": False}

# Without statistics SQLite takes every first column of an index for selective, and would read a
# whole tenant to find the sessions of a user. These say that the tenant selects nothing. Each row:
# table, index, rows, then rows for equal values of one column, of two, and so on.
_STATISTICS = (
    ("users", "users", "1000000 1000000 1"),
    ("users", "ix_users_name", "1000000 1000000 1"),
    ("user_roles", "user_roles", "1000000 1000000 2 1"),
    ("sessions", "sessions", "1000000 1000000 1"),
    ("sessions", "ix_sessions_cookie_hash", "1000000 1000000 1"),
    ("sessions", "ix_sessions_user_id", "1000000 1000000 10"),
    ("sessions", "ix_sessions_purge_at", "1000000 1000000 10"),
    ("families", "families", "1000000 1000000 1"),
    ("families", "ix_families_sid", "1000000 1000000 2"),
    ("families", "ix_families_user_id", "1000000 1000000 10"),
    ("families", "ix_families_purge_at", "1000000 1000000 10"),
    ("refresh_tokens", "refresh_tokens", "1000000 1000000 1"),
    ("refresh_tokens", "ix_refresh_tokens_generation", "1000000 1000000 100 1"),
    ("refresh_tokens", "ix_refresh_tokens_generation_id", "1000000 1000000 1"),
    ("links", "links", "1000000 1000000 1"),
    ("links", "ix_links_user_id", "1000000 1000000 2"),
    ("links", "ix_links_expires_at", "1000000 1000000 10"),
)


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "tenants",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("epoch", _INT, nullable=False),
        sa.Column("epoch_began_at", _INT, nullable=False),
        sa.Column("is_demo", _FLAG, nullable=False),
        sa.PrimaryKeyConstraint("tenant", name=op.f("pk_tenants")),
        **_SQLITE,
    )
    op.create_table(
        "clients",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_first_party", _FLAG, nullable=False),
        sa.Column("is_default", _FLAG, nullable=False),
        sa.Column("is_active", _FLAG, nullable=False),
        sa.Column("scopes", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_clients_tenants")),
        sa.PrimaryKeyConstraint("tenant", "client_id", name=op.f("pk_clients")),
        **_SQLITE,
    )
    op.create_index(
        "ix_clients_default",
        "clients",
        ["tenant"],
        unique=True,
        sqlite_where=sa.text("is_default = 1"),
        postgresql_where=sa.text("is_default"),
    )
    op.create_table(
        "hash_labels",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("hashes", _INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.tenant"], name=op.f("fk_hash_labels_tenants")
        ),
        sa.PrimaryKeyConstraint("tenant", "label", name=op.f("pk_hash_labels")),
        **_SQLITE,
    )
    op.create_table(
        "resources",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("is_default", _FLAG, nullable=False),
        sa.Column("is_active", _FLAG, nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_resources_tenants")),
        sa.PrimaryKeyConstraint("tenant", "identifier", name=op.f("pk_resources")),
        **_SQLITE,
    )
    op.create_index(
        "ix_resources_default",
        "resources",
        ["tenant"],
        unique=True,
        sqlite_where=sa.text("is_default = 1"),
        postgresql_where=sa.text("is_default"),
    )
    op.create_table(
        "signing_keys",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("alg", sa.Text(), nullable=False),
        sa.Column("public_jwk", sa.Text(), nullable=False),
        sa.Column("sealed_private", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", _INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.tenant"], name=op.f("fk_signing_keys_tenants")
        ),
        sa.PrimaryKeyConstraint("tenant", "kid", name=op.f("pk_signing_keys")),
        sa.CheckConstraint(
            "state IN ('pending', 'active', 'retired')", name=op.f("ck_signing_keys_state")
        ),
        **_SQLITE,
    )
    op.create_index(
        "ix_signing_keys_active",
        "signing_keys",
        ["tenant", "alg"],
        unique=True,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "users",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("version", _INT, nullable=False),
        sa.Column("created_at", _INT, nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_users_tenants")),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_users")),
        sa.CheckConstraint("status IN ('active', 'suspended')", name=op.f("ck_users_status")),
        **_SQLITE,
    )
    op.create_index("ix_users_name", "users", ["tenant", "name"], unique=True)
    op.create_table(
        "links",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("created_at", _INT, nullable=False),
        sa.Column("expires_at", _INT, nullable=False),
        sa.Column("used_at", _INT, nullable=True),
        sa.Column("epoch", _INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "user_id"], ["users.tenant", "users.id"], name=op.f("fk_links_users")
        ),
        sa.PrimaryKeyConstraint("tenant", "token_hash", name=op.f("pk_links")),
        **_SQLITE,
    )
    op.create_index("ix_links_expires_at", "links", ["tenant", "expires_at"], unique=False)
    op.create_index("ix_links_user_id", "links", ["tenant", "user_id"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("sid", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("cookie_hash", sa.LargeBinary(), nullable=True),
        sa.Column("auth_time", _INT, nullable=False),
        sa.Column("amr", sa.Text(), nullable=False),
        sa.Column("idle_seconds", _INT, nullable=False),
        sa.Column("idle_expires_at", _INT, nullable=False),
        sa.Column("expires_at", _INT, nullable=False),
        sa.Column("used_at", _INT, nullable=False),
        sa.Column("ended_at", _INT, nullable=True),
        sa.Column("purge_at", _INT, nullable=False),
        sa.Column("epoch", _INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "user_id"], ["users.tenant", "users.id"], name=op.f("fk_sessions_users")
        ),
        sa.PrimaryKeyConstraint("tenant", "sid", name=op.f("pk_sessions")),
        **_SQLITE,
    )
    op.create_index("ix_sessions_cookie_hash", "sessions", ["tenant", "cookie_hash"], unique=True)
    op.create_index("ix_sessions_purge_at", "sessions", ["tenant", "purge_at"], unique=False)
    op.create_index("ix_sessions_user_id", "sessions", ["tenant", "user_id"], unique=False)
    op.create_table(
        "user_roles",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "user_id"], ["users.tenant", "users.id"], name=op.f("fk_user_roles_users")
        ),
        sa.PrimaryKeyConstraint("tenant", "user_id", "role", name=op.f("pk_user_roles")),
        sa.CheckConstraint("role <> '' AND role NOT LIKE '% %'", name=op.f("ck_user_roles_role")),
        **_SQLITE,
    )
    op.create_table(
        "families",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("sid", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("idle_seconds", _INT, nullable=False),
        sa.Column("idle_expires_at", _INT, nullable=False),
        sa.Column("expires_at", _INT, nullable=False),
        sa.Column("generation", _INT, nullable=False),
        sa.Column("created_at", _INT, nullable=False),
        sa.Column("revoked_at", _INT, nullable=True),
        sa.Column("purge_at", _INT, nullable=False),
        sa.Column("epoch", _INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "client_id"],
            ["clients.tenant", "clients.client_id"],
            name=op.f("fk_families_clients"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "resource"],
            ["resources.tenant", "resources.identifier"],
            name=op.f("fk_families_resources"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "sid"],
            ["sessions.tenant", "sessions.sid"],
            name=op.f("fk_families_sessions"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "user_id"], ["users.tenant", "users.id"], name=op.f("fk_families_users")
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_families")),
        **_SQLITE,
    )
    op.create_index("ix_families_purge_at", "families", ["tenant", "purge_at"], unique=False)
    op.create_index("ix_families_sid", "families", ["tenant", "sid"], unique=False)
    op.create_index("ix_families_user_id", "families", ["tenant", "user_id"], unique=False)
    op.create_table(
        "refresh_tokens",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("family_id", sa.Text(), nullable=False),
        sa.Column("generation", _INT, nullable=False),
        sa.Column("generation_id", sa.Text(), nullable=False),
        sa.Column("successor_hash", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", _INT, nullable=False),
        sa.Column("consumed_at", _INT, nullable=True),
        sa.Column("killed_at", _INT, nullable=True),
        sa.Column("access_seen_at", _INT, nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant", "family_id"],
            ["families.tenant", "families.id"],
            name=op.f("fk_refresh_tokens_families"),
        ),
        sa.PrimaryKeyConstraint("tenant", "token_hash", name=op.f("pk_refresh_tokens")),
        **_SQLITE,
    )
    op.create_index(
        "ix_refresh_tokens_generation",
        "refresh_tokens",
        ["tenant", "family_id", "generation"],
        unique=True,
    )
    op.create_index(
        "ix_refresh_tokens_generation_id",
        "refresh_tokens",
        ["tenant", "generation_id"],
        unique=True,
    )
    if op.get_context().dialect.name == "sqlite":
        op.execute("ANALYZE")
        names = ("tbl", "idx", "stat")
        statistics = sa.table("sqlite_stat1", *(sa.column(name, sa.Text()) for name in names))
        op.bulk_insert(statistics, [dict(zip(names, row, strict=True)) for row in _STATISTICS])
