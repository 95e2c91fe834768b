"""Clients and the resources they reach."""

from sqlalchemy import Column, Index, LargeBinary, Text, false, text, true

from watchword.stores.schema.columns import (
    FLAG,
    INT,
    by_code,
    key,
    of_a_tenant,
    refers,
    some_rows,
    table,
)

__all__ = ["clients", "consents", "registration_tokens", "replays", "resources"]

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
    # Who brought it: "declared" by code, an "administrator", "dynamic" (RFC 7591), "document"
    # (a client ID metadata document).
    Column("origin", Text, server_default="declared", nullable=False),
    Column(  # by spaces
        "grant_types", Text, server_default="authorization_code refresh_token", nullable=False
    ),
    Column("auth_methods", Text, server_default="none", nullable=False),  # by spaces
    Column("secret_hash", LargeBinary),
    Column("jwks", Text),  # JSON of its public keys
    Column("jwks_uri", Text),
    Column("redirect_uris", Text, server_default="[]", nullable=False),  # JSON, as are the next
    Column("post_logout_redirect_uris", Text, server_default="[]", nullable=False),
    Column("allowed_origins", Text, server_default="[]", nullable=False),
    Column("requires_pkce", FLAG, server_default=true(), nullable=False),
    Column("id_token_alg", Text),  # NULL: the server's
    Column("details", Text, server_default="{}", nullable=False),  # JSON: what pages show of it
    Column("metadata_hash", LargeBinary),  # equal public metadata is the same dynamic client
    Column("registration_hash", LargeBinary),  # of its registration access token
    Column("software_hash", LargeBinary),  # the same for all registrations of one program
    Column("created_at", INT, server_default=text("0"), nullable=False),
    Column("expires_at", INT),  # a dynamic client that nobody used goes
    Column("fetched_at", INT),  # of a document: when it was read,
    Column("fresh_until", INT),  # and until when it is believed
    Index(
        "ix_clients_metadata_hash",
        "tenant",
        "metadata_hash",
        unique=True,
        **some_rows("metadata_hash IS NOT NULL"),
    ),
    Index("ix_clients_created_at", "tenant", "created_at"),
    Index("ix_clients_expires_at", "tenant", "expires_at"),
    Index(
        "ix_clients_id_token_alg",
        "tenant",
        "id_token_alg",
        "is_active",
        **some_rows("id_token_alg IS NOT NULL"),
    ),
    Index(
        "ix_clients_first_party",
        "tenant",
        **some_rows("is_first_party = 1", postgresql="is_first_party"),
    ),
    Index(
        "ix_clients_default",
        "tenant",
        unique=True,
        **some_rows("is_default = 1", postgresql="is_default"),
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
    Column("token_format", Text, server_default="jwt", nullable=False),  # or "opaque"
    Column("secret_hash", LargeBinary),  # with which it introspects tokens and reads the feed
    Column("had_scopes", FLAG, server_default=false(), nullable=False),  # it declared some, once
    Index(
        "ix_resources_default",
        "tenant",
        unique=True,
        **some_rows("is_default = 1", postgresql="is_default"),
    ),
)

# What lets its bearer register clients, as often as it says (RFC 7591 section 3).
registration_tokens = table(
    "registration_tokens",
    of_a_tenant(),
    Column("token_hash", LargeBinary, primary_key=True, nullable=False),
    Column("uses_left", INT, nullable=False),
    Column("created_at", INT, nullable=False),
    Column("expires_at", INT, nullable=False),
    Index("ix_registration_tokens_expires_at", "tenant", "expires_at"),
)

# What a person allowed a client for good. A family that is revoked takes it along.
consents = table(
    "consents",
    key("tenant"),
    key("user_id"),
    key("client_id"),
    key("resource"),
    Column("scopes", Text, nullable=False),  # separated by spaces
    Column("client_state", LargeBinary, nullable=False),  # hash of what the page said of the client
    Column("granted_at", INT, nullable=False),
    refers("users", "user_id", "id"),
    Index("ix_consents_client_id", "tenant", "client_id"),
)

# Identifiers that were presented once: of assertions and proofs.
replays = table(
    "replays",
    of_a_tenant(),
    key("kind"),
    key("issuer"),
    Column("jti_hash", LargeBinary, primary_key=True, nullable=False),
    Column("expires_at", INT, nullable=False),
    Index("ix_replays_expires_at", "tenant", "expires_at"),
)
