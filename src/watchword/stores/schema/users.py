"""Users and how to reach them, what they are counted by, and who may do what."""

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, Text, false, text

from watchword.stores.schema.columns import FLAG, INT, key, of_a_tenant, refers, some_rows, table

__all__ = [
    "emails",
    "former_names",
    "hash_labels",
    "identities",
    "tenants",
    "user_roles",
    "users",
]

tenants = table(
    "tenants",
    key("tenant"),
    Column("epoch", INT, nullable=False),
    Column("epoch_began_at", INT, nullable=False),
    Column("is_demo", FLAG, nullable=False),
    Column("feed_position", INT, server_default=text("0"), nullable=False),
    # The end of the audit log: it counts on where entries are cut off.
    Column("audit_position", INT, server_default=text("0"), nullable=False),
    Column("audit_chain", LargeBinary),  # of the last entry; none before the first
)

users = table(
    "users",
    of_a_tenant(),
    key("id"),
    Column("name", Text, nullable=False),
    Column("status", Text, nullable=False),
    CheckConstraint("status IN ('active', 'suspended')", name="status"),
    Column("password_hash", Text),
    Column("version", INT, nullable=False),
    Column("created_at", INT, nullable=False),
    Column("display_name", Text),  # as the person writes it; NULL: the name
    Column("locale", Text),  # BCP 47, of mails and pages; NULL: what the browser asks for
    Column("password_set_at", INT),
    Column("must_change_password", FLAG, server_default=false(), nullable=False),
    # The password was chosen beside a second factor, and is too short to be alone.
    Column("needs_second_factor", FLAG, server_default=false(), nullable=False),
    Column("first_steps_dismissed_at", INT),  # of whoever administers; NULL: they are shown
    Index("ix_users_name", "tenant", "name", unique=True),
)

# Names that were given up: for a while nobody else gets them.
former_names = table(
    "former_names",
    key("tenant"),
    key("name"),  # canonical
    Column("user_id", Text, nullable=False),
    Column("given_up_at", INT, nullable=False),
    Column("purge_at", INT, nullable=False),
    refers("users", "user_id", "id"),
    Index("ix_former_names_user_id", "tenant", "user_id"),
    Index("ix_former_names_purge_at", "tenant", "purge_at"),
)

# Anybody may claim an address; one account at most has proved that it reads its mail.
emails = table(
    "emails",
    key("tenant"),
    key("user_id"),
    key("address"),  # canonical
    Column("written", Text, nullable=False),  # as the person writes it
    Column("is_primary", FLAG, nullable=False),
    Column("verified_at", INT),
    Column("created_at", INT, nullable=False),
    refers("users", "user_id", "id"),
    Index(
        "ix_emails_address",
        "tenant",
        "address",
        unique=True,
        **some_rows("verified_at IS NOT NULL"),
    ),
    Index(
        "ix_emails_primary",
        "tenant",
        "user_id",
        unique=True,
        **some_rows("is_primary = 1", postgresql="is_primary"),
    ),
)

# Who somebody is in a directory elsewhere, by its own key: never by a name or an address.
identities = table(
    "identities",
    key("tenant"),
    key("issuer"),  # which directory
    key("subject"),  # the key of its row
    Column("user_id", Text, nullable=False),
    Column("born", Text, nullable=False),  # tells rows apart that had one key after another
    Column("address", Text, nullable=False),  # canonical, as it came from there; empty: none
    Column("password_mark", LargeBinary, nullable=False),  # SHA-256 of the hash as it is kept there
    Column("linked_at", INT, nullable=False),
    refers("users", "user_id", "id"),
    Index("ix_identities_user_id", "tenant", "user_id"),
)

# How many password hashes carry each label: read at every attempt to log in, so it is kept.
hash_labels = table(
    "hash_labels",
    of_a_tenant(),
    key("label"),
    Column("hashes", INT, nullable=False),
)

user_roles = table(
    "user_roles",
    key("tenant"),
    key("user_id"),
    key("role"),
    Column("given_at", INT),  # of early rows neither time nor giver is known
    Column("given_by", Text),
    Column("reason", Text),
    Index("ix_user_roles_role", "tenant", "role"),
    # Roles are read joined by spaces; a space inside one would make two of it.
    CheckConstraint("role <> '' AND role NOT LIKE '% %'", name="role"),
    refers("users", "user_id", "id"),
)
