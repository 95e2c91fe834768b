"""Administration: roles and inheritance, shares, suspensions, the audit log, what is looked up.

And what a family may choose among, who has seen the first steps, and who somebody is in a
directory elsewhere.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SQLITE = {"sqlite_strict": True, "sqlite_with_rowid": False}

_STATISTICS = (
    ("user_roles", "ix_user_roles_role", "1000000 1000000 1000 1"),
    ("roles", "roles", "20 20 1"),
    ("role_inheritance", "role_inheritance", "20 20 2 1"),
    ("role_inheritance", "ix_role_inheritance_inherits", "20 20 2 1"),
    ("role_closure", "role_closure", "40 40 4 1"),
    ("shares", "shares", "1000000 1000000 200000 10 5 2 1"),
    ("shares", "ix_shares_holder", "1000000 1000000 10 10"),
    ("shares", "ix_shares_expires_at", "1000000 1000000 10"),
    ("suspensions", "suspensions", "1000 1000 1"),
    ("audit", "audit", "1000000 1000000 1"),
    ("audit", "ix_audit_target", "1000000 1000000 10 1"),
    ("identities", "identities", "1000000 1000000 1000000 1"),
    ("identities", "ix_identities_user_id", "1000000 1000000 1"),
    ("events", "ix_events_sign_ins", "200000 200000 10 5 2"),
    ("sessions", "ix_sessions_created_at", "1000000 1000000 10 1"),
    ("sessions", "ix_sessions_actor_sid", "10 10 1"),
)


def upgrade() -> None:
    """Say of each role who gave it, keep the end of the audit log, and create the tables."""
    op.add_column(
        "tenants", sa.Column("audit_position", _INT, server_default=sa.text("0"), nullable=False)
    )
    op.add_column("tenants", sa.Column("audit_chain", sa.LargeBinary(), nullable=True))
    op.add_column("families", sa.Column("choices", sa.Text(), nullable=True))
    op.add_column("users", sa.Column("first_steps_dismissed_at", _INT, nullable=True))
    op.add_column("sessions", sa.Column("actor_id", sa.Text(), nullable=True))
    op.add_column("sessions", sa.Column("actor_sid", sa.Text(), nullable=True))
    op.add_column("user_roles", sa.Column("given_at", _INT, nullable=True))
    op.add_column("user_roles", sa.Column("given_by", sa.Text(), nullable=True))
    op.add_column("user_roles", sa.Column("reason", sa.Text(), nullable=True))
    op.create_index("ix_user_roles_role", "user_roles", ["tenant", "role"], unique=False)
    _create_roles()
    _create_shares()
    _create_records()
    _create_look_ups()
    _create_identities()
    if op.get_context().dialect.name == "sqlite":
        names = ("tbl", "idx", "stat")
        statistics = sa.table("sqlite_stat1", *(sa.column(name, sa.Text()) for name in names))
        op.bulk_insert(statistics, [dict(zip(names, row, strict=True)) for row in _STATISTICS])


def _create_roles() -> None:
    op.create_table(
        "roles",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_roles_tenants")),
        sa.PrimaryKeyConstraint("tenant", "role", name=op.f("pk_roles")),
        **_SQLITE,
    )
    op.execute(
        "INSERT INTO roles (tenant, role, meaning) SELECT DISTINCT tenant, role, '' FROM user_roles"
    )
    op.create_table(
        "role_inheritance",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("inherits", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "role"], ["roles.tenant", "roles.role"],
            name=op.f("fk_role_inheritance_roles"),
        ),
        sa.PrimaryKeyConstraint("tenant", "role", "inherits", name=op.f("pk_role_inheritance")),
        **_SQLITE,
    )  # fmt: skip
    op.create_index(
        "ix_role_inheritance_inherits", "role_inheritance", ["tenant", "inherits"], unique=False
    )
    op.create_table(
        "role_closure",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("includes", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "role"], ["roles.tenant", "roles.role"], name=op.f("fk_role_closure_roles")
        ),
        sa.PrimaryKeyConstraint("tenant", "role", "includes", name=op.f("pk_role_closure")),
        **_SQLITE,
    )


def _create_shares() -> None:
    op.create_table(
        "shares",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("holder_kind", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("expires_at", _INT, nullable=True),
        sa.Column("created_at", _INT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "holder_kind IN ('subject', 'role')", name=op.f("ck_shares_holder_kind")
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_shares_tenants")),
        sa.PrimaryKeyConstraint(
            "tenant", "resource_type", "resource_id", "relation", "holder_kind", "holder",
            name=op.f("pk_shares"),
        ),
        **_SQLITE,
    )  # fmt: skip
    op.create_index("ix_shares_holder", "shares", ["tenant", "holder", "holder_kind"], unique=False)
    op.create_index("ix_shares_expires_at", "shares", ["tenant", "expires_at"], unique=False)


def _create_records() -> None:
    op.create_table(
        "suspensions",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("suspended_at", _INT, nullable=False),
        sa.Column("suspended_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "user_id"], ["users.tenant", "users.id"], name=op.f("fk_suspensions_users")
        ),
        sa.PrimaryKeyConstraint("tenant", "user_id", name=op.f("pk_suspensions")),
        **_SQLITE,
    )
    op.create_table(
        "audit",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("position", _INT, nullable=False),
        sa.Column("at", _INT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_audit_tenants")),
        sa.PrimaryKeyConstraint("tenant", "position", name=op.f("pk_audit")),
        **_SQLITE,
    )
    op.create_index("ix_audit_target", "audit", ["tenant", "target", "position"], unique=False)


def _create_look_ups() -> None:
    """Have sign-ins counted, and the sessions of everybody listed, without reading all rows."""
    sign_ins = sa.text(
        "kind IN ('family_opened', 'second_factor_failed', 'sign_in_failed', 'signed_in')"
    )
    op.create_index(
        "ix_events_sign_ins", "events", ["tenant", "at", "kind", "client_id"], unique=False,
        sqlite_where=sign_ins, postgresql_where=sign_ins,
    )  # fmt: skip
    live = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_sessions_created_at", "sessions", ["tenant", "created_at", "sid"], unique=False,
        sqlite_where=live, postgresql_where=live,
    )  # fmt: skip
    acting = sa.text("actor_sid IS NOT NULL")
    op.create_index(
        "ix_sessions_actor_sid", "sessions", ["tenant", "actor_sid"], unique=False,
        sqlite_where=acting, postgresql_where=acting,
    )  # fmt: skip


def _create_identities() -> None:
    op.create_table(
        "identities",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("born", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("password_mark", sa.LargeBinary(), nullable=False),
        sa.Column("linked_at", _INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "user_id"], ["users.tenant", "users.id"], name=op.f("fk_identities_users")
        ),
        sa.PrimaryKeyConstraint("tenant", "issuer", "subject", name=op.f("pk_identities")),
        **_SQLITE,
    )
    op.create_index("ix_identities_user_id", "identities", ["tenant", "user_id"], unique=False)
