"""Accounts: addresses, second factors, logins under way, throttles, mails, and what happened."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_FLAG = sa.Boolean().with_variant(sa.Integer(), "sqlite")
_SQLITE = {"sqlite_strict": True, "sqlite_with_rowid": False}

_STATISTICS = (
    ("emails", "emails", "1000000 1000000 3 1"),
    ("emails", "ix_emails_address", "1000000 1000000 1"),
    ("emails", "ix_emails_primary", "1000000 1000000 1"),
    ("flows", "flows", "1000000 1000000 1"),
    ("flows", "ix_flows_expires_at", "1000000 1000000 10"),
    ("flows", "ix_flows_secret_hash", "1000000 1000000 1"),
    ("flows", "ix_flows_user_id", "1000000 1000000 10"),
    ("codes", "codes", "1000000 1000000 1"),
    ("codes", "ix_codes_purge_at", "1000000 1000000 10"),
    ("codes", "ix_codes_user_id", "1000000 1000000 10"),
    ("throttles", "throttles", "1000000 1000000 1"),
    ("throttles", "ix_throttles_purge_at", "1000000 1000000 10"),
    ("former_names", "former_names", "1000000 1000000 1"),
    ("former_names", "ix_former_names_purge_at", "1000000 1000000 10"),
    ("former_names", "ix_former_names_user_id", "1000000 1000000 3"),
    ("known_devices", "known_devices", "1000000 1000000 3 1"),
    ("known_devices", "ix_known_devices_purge_at", "1000000 1000000 10"),
    ("totps", "totps", "1000000 1000000 3 1"),
    ("recovery_codes", "recovery_codes", "1000000 1000000 3 1"),
    ("passkeys", "passkeys", "1000000 1000000 1"),
    ("passkeys", "ix_passkeys_user_id", "1000000 1000000 10"),
    ("challenges", "challenges", "1000000 1000000 1"),
    ("challenges", "ix_challenges_expires_at", "1000000 1000000 10"),
    ("signups", "signups", "1000000 1000000 1"),
    ("signups", "ix_signups_expires_at", "1000000 1000000 10"),
    ("outbox", "outbox", "1000000 1000000 1"),
    ("outbox", "ix_outbox_due_at", "1000000 1000000 10"),
    ("outbox", "ix_outbox_purge_at", "1000000 1000000 10"),
    ("events", "events", "1000000 1000000 1"),
    ("events", "ix_events_family_id", "1000000 1000000 10"),
    ("events", "ix_events_purge_at", "1000000 1000000 10"),
    ("events", "ix_events_user_id", "1000000 1000000 10 1"),
)


def upgrade() -> None:
    """Widen the tables that are there, and create the others."""
    _widen()
    _create_logins()
    _create_factors()
    _create_mail()
    _create_events()
    if op.get_context().dialect.name == "sqlite":
        names = ("tbl", "idx", "stat")
        statistics = sa.table("sqlite_stat1", *(sa.column(name, sa.Text()) for name in names))
        op.bulk_insert(statistics, [dict(zip(names, row, strict=True)) for row in _STATISTICS])


def _widen() -> None:
    op.add_column("users", sa.Column("display_name", sa.Text(), nullable=True))
    op.add_column("users", sa.Column("locale", sa.Text(), nullable=True))
    op.add_column("users", sa.Column("password_set_at", _INT, nullable=True))
    op.add_column(
        "users", sa.Column("must_change_password", _FLAG, server_default=sa.false(), nullable=False)
    )
    op.add_column(
        "users", sa.Column("needs_second_factor", _FLAG, server_default=sa.false(), nullable=False)
    )
    op.add_column("sessions", sa.Column("proofs", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "sessions", sa.Column("created_at", _INT, server_default=sa.text("0"), nullable=False)
    )
    op.add_column("sessions", sa.Column("address", sa.Text(), nullable=True))
    op.add_column("sessions", sa.Column("device", sa.Text(), nullable=True))
    op.add_column("families", sa.Column("revoked_because", sa.Text(), nullable=True))
    op.add_column("families", sa.Column("proofs", sa.Text(), server_default="", nullable=False))
    # Until here a password was the only way in, and its time stood in auth_time.
    op.execute(
        "UPDATE sessions SET proofs = 'pwd@' || CAST(auth_time AS TEXT), created_at = auth_time"
    )
    op.execute(
        "UPDATE families SET proofs = (SELECT sessions.proofs FROM sessions"
        " WHERE sessions.tenant = families.tenant AND sessions.sid = families.sid)"
    )
    op.add_column("refresh_tokens", sa.Column("address", sa.Text(), nullable=True))
    op.add_column("refresh_tokens", sa.Column("device", sa.Text(), nullable=True))
    op.add_column("links", sa.Column("address", sa.Text(), nullable=True))


def _create_logins() -> None:
    op.create_table(
        "emails",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("written", sa.Text(), nullable=False),
        sa.Column("is_primary", _FLAG, nullable=False),
        sa.Column("verified_at", _INT, nullable=True),
        sa.Column("created_at", _INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "user_id"], ["users.tenant", "users.id"], name=op.f("fk_emails_users")
        ),
        sa.PrimaryKeyConstraint("tenant", "user_id", "address", name=op.f("pk_emails")),
        **_SQLITE,
    )
    op.create_index(
        "ix_emails_address",
        "emails",
        ["tenant", "address"],
        unique=True,
        sqlite_where=sa.text("verified_at IS NOT NULL"),
        postgresql_where=sa.text("verified_at IS NOT NULL"),
    )
    op.create_index(
        "ix_emails_primary",
        "emails",
        ["tenant", "user_id"],
        unique=True,
        sqlite_where=sa.text("is_primary = 1"),
        postgresql_where=sa.text("is_primary"),
    )
    op.create_table(
        "flows",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("client_id", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("proofs", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("bound_to", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", _INT, nullable=False),
        sa.Column("expires_at", _INT, nullable=False),
        sa.Column("ended_at", _INT, nullable=True),
        sa.Column("epoch", _INT, nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_flows_tenants")),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_flows")),
        **_SQLITE,
    )
    op.create_index("ix_flows_expires_at", "flows", ["tenant", "expires_at"], unique=False)
    op.create_index("ix_flows_secret_hash", "flows", ["tenant", "secret_hash"], unique=True)
    op.create_index("ix_flows_user_id", "flows", ["tenant", "user_id"], unique=False)
    _create_codes()
    op.create_table(
        "throttles",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("bucket", sa.LargeBinary(), nullable=False),
        sa.Column("due_at_ms", _INT, nullable=False),
        sa.Column("failures", _INT, nullable=False),
        sa.Column("pending", _INT, nullable=False),
        sa.Column("pending_until", _INT, nullable=False),
        sa.Column("purge_at", _INT, nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_throttles_tenants")),
        sa.PrimaryKeyConstraint("tenant", "bucket", name=op.f("pk_throttles")),
        **_SQLITE,
    )
    op.create_index("ix_throttles_purge_at", "throttles", ["tenant", "purge_at"], unique=False)
    op.create_table(
        "former_names",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("given_up_at", _INT, nullable=False),
        sa.Column("purge_at", _INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "user_id"], ["users.tenant", "users.id"], name=op.f("fk_former_names_users")
        ),
        sa.PrimaryKeyConstraint("tenant", "name", name=op.f("pk_former_names")),
        **_SQLITE,
    )
    op.create_index("ix_former_names_user_id", "former_names", ["tenant", "user_id"], unique=False)
    op.create_index(
        "ix_former_names_purge_at", "former_names", ["tenant", "purge_at"], unique=False
    )
    op.create_table(
        "known_devices",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", _INT, nullable=False),
        sa.Column("used_at", _INT, nullable=False),
        sa.Column("purge_at", _INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "user_id"], ["users.tenant", "users.id"], name=op.f("fk_known_devices_users")
        ),
        sa.PrimaryKeyConstraint("tenant", "user_id", "secret_hash", name=op.f("pk_known_devices")),
        **_SQLITE,
    )
    op.create_index(
        "ix_known_devices_purge_at", "known_devices", ["tenant", "purge_at"], unique=False
    )


def _create_codes() -> None:
    op.create_table(
        "codes",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=True),
        sa.Column("code_challenge", sa.Text(), nullable=True),
        sa.Column("dpop_jkt", sa.Text(), nullable=True),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=True),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("proofs", sa.Text(), nullable=False),
        sa.Column("sid", sa.Text(), nullable=True),
        sa.Column("device_hash", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", _INT, nullable=False),
        sa.Column("expires_at", _INT, nullable=False),
        sa.Column("consumed_at", _INT, nullable=True),
        sa.Column("family_id", sa.Text(), nullable=True),
        sa.Column("purge_at", _INT, nullable=False),
        sa.Column("epoch", _INT, nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_codes_tenants")),
        sa.ForeignKeyConstraint(
            ["tenant", "user_id"], ["users.tenant", "users.id"], name=op.f("fk_codes_users")
        ),
        sa.PrimaryKeyConstraint("tenant", "code_hash", name=op.f("pk_codes")),
        **_SQLITE,
    )
    op.create_index("ix_codes_purge_at", "codes", ["tenant", "purge_at"], unique=False)
    op.create_index("ix_codes_user_id", "codes", ["tenant", "user_id"], unique=False)


def _create_factors() -> None:
    op.create_table(
        "totps",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", _INT, nullable=False),
        sa.Column("confirmed_at", _INT, nullable=True),
        sa.Column("last_step", _INT, nullable=False),
        sa.Column("used_at", _INT, nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant", "user_id"], ["users.tenant", "users.id"], name=op.f("fk_totps_users")
        ),
        sa.PrimaryKeyConstraint("tenant", "user_id", "id", name=op.f("pk_totps")),
        **_SQLITE,
    )
    op.create_table(
        "recovery_codes",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", _INT, nullable=False),
        sa.Column("used_at", _INT, nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant", "user_id"],
            ["users.tenant", "users.id"],
            name=op.f("fk_recovery_codes_users"),
        ),
        sa.PrimaryKeyConstraint("tenant", "user_id", "code_hash", name=op.f("pk_recovery_codes")),
        **_SQLITE,
    )
    op.create_table(
        "passkeys",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", _INT, nullable=False),
        sa.Column("aaguid", sa.Text(), nullable=False),
        sa.Column("transports", sa.Text(), nullable=False),
        sa.Column("is_backed_up", _FLAG, nullable=False),
        sa.Column("created_at", _INT, nullable=False),
        sa.Column("used_at", _INT, nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant", "user_id"], ["users.tenant", "users.id"], name=op.f("fk_passkeys_users")
        ),
        sa.PrimaryKeyConstraint("tenant", "credential_id", name=op.f("pk_passkeys")),
        **_SQLITE,
    )
    op.create_index("ix_passkeys_user_id", "passkeys", ["tenant", "user_id"], unique=False)
    op.create_table(
        "challenges",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("challenge_hash", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("bound_to", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", _INT, nullable=False),
        sa.Column("epoch", _INT, nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_challenges_tenants")),
        sa.PrimaryKeyConstraint("tenant", "challenge_hash", name=op.f("pk_challenges")),
        **_SQLITE,
    )
    op.create_index(
        "ix_challenges_expires_at", "challenges", ["tenant", "expires_at"], unique=False
    )


def _create_mail() -> None:
    op.create_table(
        "signups",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("written", sa.Text(), nullable=False),
        sa.Column("created_at", _INT, nullable=False),
        sa.Column("expires_at", _INT, nullable=False),
        sa.Column("used_at", _INT, nullable=True),
        sa.Column("epoch", _INT, nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_signups_tenants")),
        sa.PrimaryKeyConstraint("tenant", "token_hash", name=op.f("pk_signups")),
        **_SQLITE,
    )
    op.create_index("ix_signups_expires_at", "signups", ["tenant", "expires_at"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("told", sa.Text(), nullable=True),
        sa.Column("created_at", _INT, nullable=False),
        sa.Column("due_at", _INT, nullable=False),
        sa.Column("attempts", _INT, nullable=False),
        sa.Column("sent_at", _INT, nullable=True),
        sa.Column("failed_at", _INT, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("expires_at", _INT, nullable=False),
        sa.Column("purge_at", _INT, nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_outbox_tenants")),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_outbox")),
        **_SQLITE,
    )
    op.create_index(
        "ix_outbox_due_at",
        "outbox",
        ["tenant", "due_at"],
        unique=False,
        sqlite_where=sa.text("sent_at IS NULL AND failed_at IS NULL"),
        postgresql_where=sa.text("sent_at IS NULL AND failed_at IS NULL"),
    )
    op.create_index("ix_outbox_purge_at", "outbox", ["tenant", "purge_at"], unique=False)


def _create_events() -> None:
    op.create_table(
        "events",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", _INT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("client_id", sa.Text(), nullable=True),
        sa.Column("sid", sa.Text(), nullable=True),
        sa.Column("family_id", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("purge_at", _INT, nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_events_tenants")),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_events")),
        **_SQLITE,
    )
    op.create_index("ix_events_family_id", "events", ["tenant", "family_id"], unique=False)
    op.create_index("ix_events_purge_at", "events", ["tenant", "purge_at"], unique=False)
    op.create_index("ix_events_user_id", "events", ["tenant", "user_id", "at"], unique=False)
