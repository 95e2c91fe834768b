"""Signing keys, and what happened."""

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, Text, text

from watchword.stores.schema.columns import INT, key, of_a_tenant, some_rows, table

__all__ = ["OF_A_SIGN_IN", "events", "key_readers", "revocations", "signing_keys", "traces"]

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
    Column("activates_at", INT),  # the plan of a pending key
    Column("activated_at", INT),
    Column("retired_at", INT),
    Column("deletes_at", INT),  # when the last token it signed is dead
    Index(
        "ix_signing_keys_active",
        "tenant",
        "alg",
        unique=True,
        **some_rows("state = 'active'"),
    ),
)

# An index of these alone costs nothing where an application renews its access. The same text stands
# in the statements that use it: SQLite compares it word for word.
OF_A_SIGN_IN = text(
    "kind IN ('family_opened', 'second_factor_failed', 'sign_in_failed', 'signed_in')"
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
    Index(
        "ix_events_sign_ins",  # with all that is counted, so that counting reads no row
        "tenant",
        "at",
        "kind",
        "client_id",
        **some_rows(OF_A_SIGN_IN),
    ),
)

# Who fetched the key set last, so that a key is not used before everybody can have it.
key_readers = table(
    "key_readers",
    of_a_tenant(),
    key("verifier"),
    key("process"),
    Column("read_at", INT, nullable=False),
    Column("purge_at", INT, nullable=False),
    Index("ix_key_readers_purge_at", "tenant", "purge_at"),
)

# The feed that guards follow: what ended, in the order in which it was committed.
revocations = table(
    "revocations",
    of_a_tenant(),
    Column("position", INT, primary_key=True, nullable=False, autoincrement=False),
    Column("kind", Text, nullable=False),  # a RevocationKind
    Column("value", Text, nullable=False),
    Column("at", INT, nullable=False),
    Column("until", INT, nullable=False),  # the last possible exp of what it speaks of
    Index("ix_revocations_value", "tenant", "kind", "value"),
    Index("ix_revocations_until", "tenant", "until"),
)

# What was asked and what was answered, for the operator, where a request was refused.
traces = table(
    "traces",
    of_a_tenant(),
    key("id"),
    Column("at", INT, nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("client_id", Text),
    Column("user_id", Text),
    Column("steps", Text, nullable=False),  # JSON, without secrets
    Column("purge_at", INT, nullable=False),
    Index("ix_traces_user_id", "tenant", "user_id"),
    Index("ix_traces_purge_at", "tenant", "purge_at"),
)
