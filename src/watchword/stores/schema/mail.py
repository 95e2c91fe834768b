"""Links, sign-ups and the mails that carry them."""

from sqlalchemy import Column, Index, LargeBinary, Text

from watchword.stores.schema.columns import INT, key, of_a_tenant, refers, some_rows, table

__all__ = ["links", "outbox", "signups"]

links = table(
    "links",
    key("tenant"),
    Column("token_hash", LargeBinary, primary_key=True, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("created_at", INT, nullable=False),
    Column("expires_at", INT, nullable=False),
    Column("used_at", INT),
    Column("epoch", INT, nullable=False),
    Column("address", Text),  # of the mail that this link verifies
    refers("users", "user_id", "id"),
    Index("ix_links_user_id", "tenant", "user_id"),
    Index("ix_links_expires_at", "tenant", "expires_at"),
)

# A sign-up before there is a user: whoever opens the mail may make the account.
signups = table(
    "signups",
    of_a_tenant(),
    Column("token_hash", LargeBinary, primary_key=True, nullable=False),
    Column("address", Text, nullable=False),  # canonical
    Column("written", Text, nullable=False),
    Column("created_at", INT, nullable=False),
    Column("expires_at", INT, nullable=False),
    Column("used_at", INT),
    Column("epoch", INT, nullable=False),
    Index("ix_signups_expires_at", "tenant", "expires_at"),
)

# Mails to be sent. Recipient and text are sealed: a link in one is as good as a password. A notice
# is not: it holds no secret, and goes to the address that the account has when it is sent.
outbox = table(
    "outbox",
    of_a_tenant(),
    key("id"),
    Column("kind", Text, nullable=False),
    Column("user_id", Text),  # no foreign key: a mail may go to somebody without an account
    Column("sealed", LargeBinary),  # NULL once it is sent, and of a notice
    Column("told", Text),  # JSON: what a notice says; NULL once it is sent
    Column("created_at", INT, nullable=False),
    Column("due_at", INT, nullable=False),  # not before; moved ahead by whoever takes it
    Column("attempts", INT, nullable=False),
    Column("sent_at", INT),
    Column("failed_at", INT),  # given up
    Column("last_error", Text),
    Column("expires_at", INT, nullable=False),
    Column("purge_at", INT, nullable=False),
    Index(
        "ix_outbox_due_at",
        "tenant",
        "due_at",
        **some_rows("sent_at IS NULL AND failed_at IS NULL"),
    ),
    Index("ix_outbox_purge_at", "tenant", "purge_at"),
)
