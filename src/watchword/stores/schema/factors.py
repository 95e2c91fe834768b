"""Second factors."""

from sqlalchemy import Column, Index, LargeBinary, Text

from watchword.stores.schema.columns import FLAG, INT, key, of_a_tenant, refers, table

__all__ = ["challenges", "passkeys", "recovery_codes", "totps"]

totps = table(
    "totps",
    key("tenant"),
    key("user_id"),
    key("id"),
    Column("name", Text, nullable=False),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("created_at", INT, nullable=False),
    Column("confirmed_at", INT),
    Column("last_step", INT, nullable=False),  # the newest time step that was used
    Column("used_at", INT),
    refers("users", "user_id", "id"),
)

recovery_codes = table(
    "recovery_codes",
    key("tenant"),
    key("user_id"),
    Column("code_hash", LargeBinary, primary_key=True, nullable=False),
    Column("created_at", INT, nullable=False),
    Column("used_at", INT),
    refers("users", "user_id", "id"),
)

passkeys = table(
    "passkeys",
    key("tenant"),
    Column("credential_id", LargeBinary, primary_key=True, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("public_key", LargeBinary, nullable=False),  # COSE
    Column("sign_count", INT, nullable=False),
    Column("aaguid", Text, nullable=False),
    Column("transports", Text, nullable=False),  # separated by spaces
    Column("is_backed_up", FLAG, nullable=False),
    Column("created_at", INT, nullable=False),
    Column("used_at", INT),
    refers("users", "user_id", "id"),
    Index("ix_passkeys_user_id", "tenant", "user_id"),
)

# Challenges of passkey ceremonies: each is answered once.
challenges = table(
    "challenges",
    of_a_tenant(),
    Column("challenge_hash", LargeBinary, primary_key=True, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("user_id", Text),  # no foreign key: a sign-in by passkey does not know who comes
    Column("bound_to", LargeBinary),  # the hash of the browser's cookie or of the flow
    Column("expires_at", INT, nullable=False),
    Column("epoch", INT, nullable=False),
    Index("ix_challenges_expires_at", "tenant", "expires_at"),
)
