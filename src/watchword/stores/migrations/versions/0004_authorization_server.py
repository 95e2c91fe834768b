"""The authorization server: what clients are, authorizations under way, and what ended."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_FLAG = sa.Boolean().with_variant(sa.Integer(), "sqlite")
_SQLITE = {"sqlite_strict": True, "sqlite_with_rowid": False}

_STATISTICS = (
    ("clients", "clients", "1000000 1000000 1"),
    ("clients", "ix_clients_expires_at", "1000000 1000000 10"),
    ("clients", "ix_clients_id_token_alg", "1000000 1000000 250000 125000"),
    ("clients", "ix_clients_metadata_hash", "1000000 1000000 1"),
    ("clients", "ix_clients_created_at", "1000000 1000000 10"),
    ("clients", "ix_clients_first_party", "10 10"),
    ("registration_tokens", "registration_tokens", "1000 1000 1"),
    ("registration_tokens", "ix_registration_tokens_expires_at", "1000 1000 10"),
    ("families", "ix_families_client_id", "1000000 1000000 100000"),
    ("consents", "consents", "1000000 1000000 10 2 1"),
    ("consents", "ix_consents_client_id", "1000000 1000000 100000"),
    ("replays", "replays", "1000000 500000 1000 1"),
    ("replays", "ix_replays_expires_at", "1000000 1000000 10"),
    ("interactions", "interactions", "1000000 1000000 1"),
    ("interactions", "ix_interactions_expires_at", "1000000 1000000 10"),
    ("device_codes", "device_codes", "1000000 1000000 1"),
    ("device_codes", "ix_device_codes_expires_at", "1000000 1000000 10"),
    ("device_codes", "ix_device_codes_user_code_hash", "1000000 1000000 1"),
    ("device_codes", "ix_device_codes_user_id", "1000000 1000000 10"),
    ("opaque_tokens", "opaque_tokens", "1000000 1000000 1"),
    ("opaque_tokens", "ix_opaque_tokens_expires_at", "1000000 1000000 10"),
    ("opaque_tokens", "ix_opaque_tokens_user_id", "1000000 1000000 10"),
    ("key_readers", "key_readers", "1000000 1000000 100 1"),
    ("key_readers", "ix_key_readers_purge_at", "1000000 1000000 10"),
    ("revocations", "revocations", "1000000 1000000 1"),
    ("revocations", "ix_revocations_value", "1000000 1000000 200000 1"),
    ("revocations", "ix_revocations_until", "1000000 1000000 10"),
    ("traces", "traces", "1000000 1000000 1"),
    ("traces", "ix_traces_purge_at", "1000000 1000000 10"),
    ("traces", "ix_traces_user_id", "1000000 1000000 10"),
)


def upgrade() -> None:
    """Widen the tables that are there, and create the others."""
    _widen()
    _create_clients()
    _create_logins()
    _create_records()
    if op.get_context().dialect.name == "sqlite":
        names = ("tbl", "idx", "stat")
        statistics = sa.table("sqlite_stat1", *(sa.column(name, sa.Text()) for name in names))
        op.bulk_insert(statistics, [dict(zip(names, row, strict=True)) for row in _STATISTICS])


def _widen() -> None:
    op.add_column(
        "tenants", sa.Column("feed_position", _INT, server_default=sa.text("0"), nullable=False)
    )
    op.add_column(
        "clients", sa.Column("origin", sa.Text(), server_default="declared", nullable=False)
    )
    op.add_column(
        "clients",
        sa.Column(
            "grant_types",
            sa.Text(),
            server_default="authorization_code refresh_token",
            nullable=False,
        ),
    )
    op.add_column(
        "clients", sa.Column("auth_methods", sa.Text(), server_default="none", nullable=False)
    )
    op.add_column("clients", sa.Column("secret_hash", sa.LargeBinary(), nullable=True))
    op.add_column("clients", sa.Column("jwks", sa.Text(), nullable=True))
    op.add_column("clients", sa.Column("jwks_uri", sa.Text(), nullable=True))
    op.add_column(
        "clients", sa.Column("redirect_uris", sa.Text(), server_default="[]", nullable=False)
    )
    op.add_column(
        "clients",
        sa.Column("post_logout_redirect_uris", sa.Text(), server_default="[]", nullable=False),
    )
    op.add_column(
        "clients", sa.Column("allowed_origins", sa.Text(), server_default="[]", nullable=False)
    )
    op.add_column(
        "clients", sa.Column("requires_pkce", _FLAG, server_default=sa.true(), nullable=False)
    )
    op.add_column("clients", sa.Column("id_token_alg", sa.Text(), nullable=True))
    op.add_column("clients", sa.Column("details", sa.Text(), server_default="{}", nullable=False))
    op.add_column("clients", sa.Column("metadata_hash", sa.LargeBinary(), nullable=True))
    op.add_column("clients", sa.Column("registration_hash", sa.LargeBinary(), nullable=True))
    op.add_column("clients", sa.Column("software_hash", sa.LargeBinary(), nullable=True))
    op.add_column(
        "clients", sa.Column("created_at", _INT, server_default=sa.text("0"), nullable=False)
    )
    op.add_column("clients", sa.Column("expires_at", _INT, nullable=True))
    op.add_column("clients", sa.Column("fetched_at", _INT, nullable=True))
    op.add_column("clients", sa.Column("fresh_until", _INT, nullable=True))
    op.add_column(
        "resources", sa.Column("token_format", sa.Text(), server_default="jwt", nullable=False)
    )
    op.add_column("resources", sa.Column("secret_hash", sa.LargeBinary(), nullable=True))
    op.add_column(
        "resources", sa.Column("had_scopes", _FLAG, server_default=sa.false(), nullable=False)
    )
    op.execute("UPDATE resources SET had_scopes = true WHERE scopes <> '[]'")
    op.add_column("codes", sa.Column("claims", sa.Text(), nullable=True))
    op.add_column("codes", sa.Column("choices", sa.Text(), nullable=True))
    op.add_column("families", sa.Column("claims", sa.Text(), nullable=True))
    op.add_column("families", sa.Column("client_changed_at", _INT, nullable=True))
    op.add_column("signing_keys", sa.Column("activates_at", _INT, nullable=True))
    op.add_column("signing_keys", sa.Column("activated_at", _INT, nullable=True))
    op.add_column("signing_keys", sa.Column("retired_at", _INT, nullable=True))
    op.add_column("signing_keys", sa.Column("deletes_at", _INT, nullable=True))
    op.create_index("ix_clients_created_at", "clients", ["tenant", "created_at"], unique=False)
    op.create_index("ix_clients_expires_at", "clients", ["tenant", "expires_at"], unique=False)
    op.create_index(
        "ix_clients_first_party",
        "clients",
        ["tenant"],
        unique=False,
        sqlite_where=sa.text("is_first_party = 1"),
        postgresql_where=sa.text("is_first_party"),
    )
    op.create_index(
        "ix_clients_id_token_alg",
        "clients",
        ["tenant", "id_token_alg", "is_active"],
        unique=False,
        sqlite_where=sa.text("id_token_alg IS NOT NULL"),
        postgresql_where=sa.text("id_token_alg IS NOT NULL"),
    )
    op.create_index("ix_families_client_id", "families", ["tenant", "client_id"], unique=False)
    op.create_index(
        "ix_clients_metadata_hash",
        "clients",
        ["tenant", "metadata_hash"],
        unique=True,
        sqlite_where=sa.text("metadata_hash IS NOT NULL"),
        postgresql_where=sa.text("metadata_hash IS NOT NULL"),
    )


def _create_clients() -> None:
    op.create_table(
        "registration_tokens",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("uses_left", _INT, nullable=False),
        sa.Column("created_at", _INT, nullable=False),
        sa.Column("expires_at", _INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.tenant"], name=op.f("fk_registration_tokens_tenants")
        ),
        sa.PrimaryKeyConstraint("tenant", "token_hash", name=op.f("pk_registration_tokens")),
        **_SQLITE,
    )
    op.create_index(
        "ix_registration_tokens_expires_at",
        "registration_tokens",
        ["tenant", "expires_at"],
        unique=False,
    )
    op.create_table(
        "consents",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("client_state", sa.LargeBinary(), nullable=False),
        sa.Column("granted_at", _INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "user_id"], ["users.tenant", "users.id"], name=op.f("fk_consents_users")
        ),
        sa.PrimaryKeyConstraint(
            "tenant", "user_id", "client_id", "resource", name=op.f("pk_consents")
        ),
        **_SQLITE,
    )
    op.create_index("ix_consents_client_id", "consents", ["tenant", "client_id"], unique=False)
    op.create_table(
        "replays",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("jti_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", _INT, nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_replays_tenants")),
        sa.PrimaryKeyConstraint("tenant", "kind", "issuer", "jti_hash", name=op.f("pk_replays")),
        **_SQLITE,
    )
    op.create_index("ix_replays_expires_at", "replays", ["tenant", "expires_at"], unique=False)


def _create_logins() -> None:
    op.create_table(
        "interactions",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("cookie_hash", sa.LargeBinary(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("created_at", _INT, nullable=False),
        sa.Column("expires_at", _INT, nullable=False),
        sa.Column("ended_at", _INT, nullable=True),
        sa.Column("epoch", _INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.tenant"], name=op.f("fk_interactions_tenants")
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_interactions")),
        **_SQLITE,
    )
    op.create_index(
        "ix_interactions_expires_at", "interactions", ["tenant", "expires_at"], unique=False
    )
    op.create_table(
        "device_codes",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("sid", sa.Text(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("interval_seconds", _INT, nullable=False),
        sa.Column("polled_at", _INT, nullable=True),
        sa.Column("created_at", _INT, nullable=False),
        sa.Column("expires_at", _INT, nullable=False),
        sa.Column("consumed_at", _INT, nullable=True),
        sa.Column("family_id", sa.Text(), nullable=True),
        sa.Column("epoch", _INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.tenant"], name=op.f("fk_device_codes_tenants")
        ),
        sa.PrimaryKeyConstraint("tenant", "code_hash", name=op.f("pk_device_codes")),
        **_SQLITE,
    )
    op.create_index(
        "ix_device_codes_expires_at", "device_codes", ["tenant", "expires_at"], unique=False
    )
    op.create_index(
        "ix_device_codes_user_code_hash", "device_codes", ["tenant", "user_code_hash"], unique=True
    )
    op.create_index("ix_device_codes_user_id", "device_codes", ["tenant", "user_id"], unique=False)
    op.create_table(
        "opaque_tokens",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("jti", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("sid", sa.Text(), nullable=True),
        sa.Column("family_id", sa.Text(), nullable=True),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", _INT, nullable=False),
        sa.Column("expires_at", _INT, nullable=False),
        sa.Column("revoked_at", _INT, nullable=True),
        sa.Column("epoch", _INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.tenant"], name=op.f("fk_opaque_tokens_tenants")
        ),
        sa.PrimaryKeyConstraint("tenant", "token_hash", name=op.f("pk_opaque_tokens")),
        **_SQLITE,
    )
    op.create_index(
        "ix_opaque_tokens_expires_at", "opaque_tokens", ["tenant", "expires_at"], unique=False
    )
    op.create_index(
        "ix_opaque_tokens_user_id", "opaque_tokens", ["tenant", "user_id"], unique=False
    )


def _create_records() -> None:
    op.create_table(
        "key_readers",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("verifier", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("read_at", _INT, nullable=False),
        sa.Column("purge_at", _INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.tenant"], name=op.f("fk_key_readers_tenants")
        ),
        sa.PrimaryKeyConstraint("tenant", "verifier", "process", name=op.f("pk_key_readers")),
        **_SQLITE,
    )
    op.create_index("ix_key_readers_purge_at", "key_readers", ["tenant", "purge_at"], unique=False)
    op.create_table(
        "revocations",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("position", _INT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at", _INT, nullable=False),
        sa.Column("until", _INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.tenant"], name=op.f("fk_revocations_tenants")
        ),
        sa.PrimaryKeyConstraint("tenant", "position", name=op.f("pk_revocations")),
        **_SQLITE,
    )
    op.create_index(
        "ix_revocations_value", "revocations", ["tenant", "kind", "value"], unique=False
    )
    op.create_index("ix_revocations_until", "revocations", ["tenant", "until"], unique=False)
    op.create_table(
        "traces",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", _INT, nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=True),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("purge_at", _INT, nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_traces_tenants")),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_traces")),
        **_SQLITE,
    )
    op.create_index("ix_traces_purge_at", "traces", ["tenant", "purge_at"], unique=False)
    op.create_index("ix_traces_user_id", "traces", ["tenant", "user_id"], unique=False)
