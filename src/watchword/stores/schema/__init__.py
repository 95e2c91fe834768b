"""The tables, for SQLite and PostgreSQL alike.

Every table carries its tenant, first in its primary key, so that one shard can answer a statement.
Times are seconds since the epoch. Whatever a person or program presents as proof is kept as a hash.
`epoch` is the tenant's epoch at the time of writing: after a restore from a backup the number
grows, and rows of an older one are dead. `purge_at` is when a row that is dead or idle may be
deleted.

Source: oauth.md section 4 (S-1, S-8); security.md section 3.6; ARCHITECTURE section 3.
"""

from watchword.stores.schema.administration import (
    audit,
    role_closure,
    role_inheritance,
    roles,
    shares,
    suspensions,
)
from watchword.stores.schema.clients import (
    clients,
    consents,
    registration_tokens,
    replays,
    resources,
)
from watchword.stores.schema.columns import metadata
from watchword.stores.schema.factors import challenges, passkeys, recovery_codes, totps
from watchword.stores.schema.logins import (
    codes,
    device_codes,
    families,
    flows,
    interactions,
    known_devices,
    opaque_tokens,
    refresh_tokens,
    sessions,
    throttles,
)
from watchword.stores.schema.mail import links, outbox, signups
from watchword.stores.schema.records import (
    events,
    key_readers,
    revocations,
    signing_keys,
    traces,
)
from watchword.stores.schema.users import (
    emails,
    former_names,
    hash_labels,
    identities,
    tenants,
    user_roles,
    users,
)

__all__ = [
    "REVISION",
    "audit",
    "challenges",
    "clients",
    "codes",
    "consents",
    "device_codes",
    "emails",
    "events",
    "families",
    "flows",
    "former_names",
    "hash_labels",
    "identities",
    "interactions",
    "key_readers",
    "known_devices",
    "links",
    "metadata",
    "opaque_tokens",
    "outbox",
    "passkeys",
    "recovery_codes",
    "refresh_tokens",
    "registration_tokens",
    "replays",
    "resources",
    "revocations",
    "role_closure",
    "role_inheritance",
    "roles",
    "sessions",
    "shares",
    "signing_keys",
    "signups",
    "suspensions",
    "tenants",
    "throttles",
    "totps",
    "traces",
    "user_roles",
    "users",
]

REVISION = "0005"  # what a server compares with the stored revision before it starts
