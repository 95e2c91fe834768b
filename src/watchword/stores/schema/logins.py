"""Sessions, the families of tokens that hang on them, and logins under way."""

from sqlalchemy import Column, Index, LargeBinary, Text, text

from watchword.stores.schema.columns import INT, key, of_a_tenant, refers, some_rows, table

__all__ = [
    "codes",
    "device_codes",
    "families",
    "flows",
    "interactions",
    "known_devices",
    "opaque_tokens",
    "refresh_tokens",
    "sessions",
    "throttles",
]

sessions = table(
    "sessions",
    key("tenant"),
    key("sid"),
    Column("user_id", Text, nullable=False),
    Column("cookie_hash", LargeBinary),
    Column("auth_time", INT, nullable=False),
    Column("amr", Text, nullable=False),  # separated by spaces
    Column("idle_seconds", INT, nullable=False),
    Column("idle_expires_at", INT, nullable=False),
    Column("expires_at", INT, nullable=False),
    Column("used_at", INT, nullable=False),
    Column("ended_at", INT),
    Column("purge_at", INT, nullable=False),
    Column("epoch", INT, nullable=False),
    # What was proved and when, "pwd@1700000000 otp@1700000005"; auth_time and amr derive from it.
    Column("proofs", Text, server_default="", nullable=False),
    Column("created_at", INT, server_default=text("0"), nullable=False),
    Column("address", Text),  # of the network, at the last use that was recorded
    Column("device", Text),  # what the browser or program says it is
    # Who acts as the user, and in which session of their own; NULL: the user. No foreign key: that
    # session and its user may be forgotten first.
    Column("actor_id", Text),
    Column("actor_sid", Text),
    refers("users", "user_id", "id"),
    Index("ix_sessions_cookie_hash", "tenant", "cookie_hash", unique=True),
    Index("ix_sessions_user_id", "tenant", "user_id"),
    Index("ix_sessions_purge_at", "tenant", "purge_at"),
    Index(
        "ix_sessions_created_at",  # of those that nobody has ended
        "tenant",
        "created_at",
        "sid",
        **some_rows("ended_at IS NULL"),
    ),
    Index(
        "ix_sessions_actor_sid",  # of the few in which somebody acts as the user
        "tenant",
        "actor_sid",
        **some_rows("actor_sid IS NOT NULL"),
    ),
)

families = table(
    "families",
    key("tenant"),
    key("id"),
    Column("sid", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("resource", Text, nullable=False),
    Column("scopes", Text, nullable=False),  # separated by spaces, in the order asked
    Column("idle_seconds", INT, nullable=False),
    Column("idle_expires_at", INT, nullable=False),
    Column("expires_at", INT, nullable=False),
    Column("generation", INT, nullable=False),  # of its newest refresh token
    Column("created_at", INT, nullable=False),
    Column("revoked_at", INT),
    Column("purge_at", INT, nullable=False),
    Column("epoch", INT, nullable=False),
    Column("revoked_because", Text),
    Column("proofs", Text, server_default="", nullable=False),  # of the session, when it opened
    Column("claims", Text),  # as in codes
    Column("client_changed_at", INT),  # its client proved itself with keys that are its no more
    Column("choices", Text),  # as in codes: what a refresh may choose in place of the resource
    refers("sessions", "sid", "sid"),
    refers("users", "user_id", "id"),
    refers("clients", "client_id", "client_id"),
    refers("resources", "resource", "identifier"),
    Index("ix_families_sid", "tenant", "sid"),
    Index("ix_families_user_id", "tenant", "user_id"),
    Index("ix_families_client_id", "tenant", "client_id"),
    Index("ix_families_purge_at", "tenant", "purge_at"),
)

# A refresh token has no epoch of its own: its family's is older or the same, and is checked.
refresh_tokens = table(
    "refresh_tokens",
    key("tenant"),
    Column("token_hash", LargeBinary, primary_key=True, nullable=False),
    Column("family_id", Text, nullable=False),
    Column("generation", INT, nullable=False),
    Column("generation_id", Text, nullable=False),
    Column("successor_hash", LargeBinary),  # the pair that its last use minted
    Column("created_at", INT, nullable=False),
    Column("consumed_at", INT),
    Column("killed_at", INT),
    Column("access_seen_at", INT),
    Column("address", Text),  # of whoever was given it
    Column("device", Text),
    refers("families", "family_id", "id"),
    Index("ix_refresh_tokens_generation", "tenant", "family_id", "generation", unique=True),
    Index("ix_refresh_tokens_generation_id", "tenant", "generation_id", unique=True),
)

# A login under way, between two requests. Its secret is replaced in every answer.
flows = table(
    "flows",
    of_a_tenant(),
    key("id"),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("user_id", Text),  # no foreign key: a flow may be about nobody
    Column("client_id", Text),
    Column("password_hash", Text),  # as it was verified
    Column("proofs", Text, nullable=False),  # as in sessions
    Column("request", Text, nullable=False),  # JSON: what was asked when it began
    Column("bound_to", LargeBinary),  # the hash of the cookie or of the DPoP key it belongs to
    Column("created_at", INT, nullable=False),
    Column("expires_at", INT, nullable=False),
    Column("ended_at", INT),
    Column("epoch", INT, nullable=False),
    Index("ix_flows_secret_hash", "tenant", "secret_hash", unique=True),
    Index("ix_flows_user_id", "tenant", "user_id"),
    Index("ix_flows_expires_at", "tenant", "expires_at"),
)

# Attempts that failed, by a keyed hash of what they are counted for (GCRA: the time at which the
# next one is due, in milliseconds), and those that are being compared.
throttles = table(
    "throttles",
    of_a_tenant(),
    Column("bucket", LargeBinary, primary_key=True, nullable=False),
    Column("due_at_ms", INT, nullable=False),
    Column("failures", INT, nullable=False),  # since the last success
    Column("pending", INT, nullable=False),
    Column("pending_until", INT, nullable=False),  # then they are taken for given up
    Column("purge_at", INT, nullable=False),
    Index("ix_throttles_purge_at", "tenant", "purge_at"),
)

# Browsers and programs that have signed in: strangers cannot slow them down.
known_devices = table(
    "known_devices",
    key("tenant"),
    key("user_id"),
    Column("secret_hash", LargeBinary, primary_key=True, nullable=False),
    Column("created_at", INT, nullable=False),
    Column("used_at", INT, nullable=False),
    Column("purge_at", INT, nullable=False),
    refers("users", "user_id", "id"),
    Index("ix_known_devices_purge_at", "tenant", "purge_at"),
)

# Authorization codes. A spent one stays as long as what it bought, so that a second use is seen.
codes = table(
    "codes",
    of_a_tenant(),
    Column("code_hash", LargeBinary, primary_key=True, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("redirect_uri", Text),
    Column("code_challenge", Text),
    Column("dpop_jkt", Text),
    Column("resource", Text, nullable=False),
    Column("scopes", Text, nullable=False),  # separated by spaces, in the order asked
    Column("nonce", Text),
    Column("claims", Text),  # JSON: what the `claims` parameter asks for; NULL: nothing
    Column("user_id", Text, nullable=False),
    Column("password_hash", Text),  # as it was verified
    Column("proofs", Text, nullable=False),  # as in sessions
    Column("sid", Text),  # NULL: redeeming opens a session
    Column("device_hash", LargeBinary),  # what the session that it opens is known by, as it shows
    Column("created_at", INT, nullable=False),
    Column("expires_at", INT, nullable=False),
    Column("consumed_at", INT),
    Column("family_id", Text),  # what it bought
    Column("purge_at", INT, nullable=False),
    Column("epoch", INT, nullable=False),
    Column("choices", Text),  # JSON: further resources, each with its scopes; NULL: none
    refers("users", "user_id", "id"),
    Index("ix_codes_user_id", "tenant", "user_id"),
    Index("ix_codes_purge_at", "tenant", "purge_at"),
)

# An authorization request under way, between the browser's first visit and the answer to the
# client (oauth.md S-9).
interactions = table(
    "interactions",
    of_a_tenant(),
    key("id"),
    Column("cookie_hash", LargeBinary, nullable=False),  # of the browser that began it
    Column("client_id", Text, nullable=False),
    Column("request", Text, nullable=False),  # JSON: the checked parameters
    Column("created_at", INT, nullable=False),
    Column("expires_at", INT, nullable=False),
    Column("ended_at", INT),
    Column("epoch", INT, nullable=False),
    Index("ix_interactions_expires_at", "tenant", "expires_at"),
)

# RFC 8628: what a device polls with, and what its person types.
device_codes = table(
    "device_codes",
    of_a_tenant(),
    Column("code_hash", LargeBinary, primary_key=True, nullable=False),
    Column("user_code_hash", LargeBinary, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("resource", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("user_id", Text),  # who confirmed it
    Column("sid", Text),
    Column("decision", Text),  # NULL: not yet; "allowed", "denied"
    Column("interval_seconds", INT, nullable=False),
    Column("polled_at", INT),
    Column("created_at", INT, nullable=False),
    Column("expires_at", INT, nullable=False),
    Column("consumed_at", INT),
    Column("family_id", Text),  # what it bought
    Column("epoch", INT, nullable=False),
    Index("ix_device_codes_user_code_hash", "tenant", "user_code_hash", unique=True),
    Index("ix_device_codes_user_id", "tenant", "user_id"),
    Index("ix_device_codes_expires_at", "tenant", "expires_at"),
)

# Access tokens of resources that asked for opaque ones.
opaque_tokens = table(
    "opaque_tokens",
    of_a_tenant(),
    Column("token_hash", LargeBinary, primary_key=True, nullable=False),
    Column("jti", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("user_id", Text),  # NULL: the client's own, as are the next two
    Column("sid", Text),
    Column("family_id", Text),
    Column("resource", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_at", INT, nullable=False),
    Column("expires_at", INT, nullable=False),
    Column("revoked_at", INT),
    Column("epoch", INT, nullable=False),
    Index("ix_opaque_tokens_user_id", "tenant", "user_id"),
    Index("ix_opaque_tokens_expires_at", "tenant", "expires_at"),
)
