"""All rows that are held about a user, without what would open anything.

The table names for every column of every table either where it goes or that it stays; a test
compares it with the schema, so that a column cannot be forgotten.

Source: users.md U39; security.md rule 96.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, and_, select

from watchword.accounts.administration.shares import Holder
from watchword.accounts.person.export import ROWS_MAX, Holding
from watchword.base.records import dataclass
from watchword.stores.schema import (
    codes,
    consents,
    device_codes,
    emails,
    events,
    families,
    flows,
    former_names,
    identities,
    known_devices,
    links,
    opaque_tokens,
    outbox,
    passkeys,
    recovery_codes,
    refresh_tokens,
    sessions,
    shares,
    suspensions,
    totps,
    traces,
    user_roles,
    users,
)
from watchword.stores.statement import Statement, Step, Verb
from watchword.stores.verbs.terms import TENANT, text

__all__ = ["SECTIONS", "WITHHELD", "Section", "read_holdings"]


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """One kind of rows of a user, newest first where they have a time."""

    name: str
    columns: tuple[Column[Any], ...]
    of_user: ColumnElement[bool]
    newest: Column[Any]

    @property
    def table(self) -> Table:
        """The table that the rows are of."""
        return self.columns[0].table

    def statement(self) -> Statement:
        """Return the statement that reads the rows."""
        return Statement(
            select(*self.columns)
            .where(and_(self.table.c.tenant == TENANT, self.of_user))
            .order_by(self.newest.desc())
            .limit(ROWS_MAX + 1)  # one more, to see that there are more
        )


# What stays, and why. Everything else of a table that knows the user is in a section.
WITHHELD: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "secret": frozenset(
            {
                "password_hash", "cookie_hash", "token_hash", "successor_hash", "secret_hash",
                "code_hash", "user_code_hash", "device_hash", "sealed_secret", "sealed", "bound_to",
                "password_mark",
            }
        ),
        "inner": frozenset(
            {
                "tenant", "epoch", "purge_at", "due_at", "attempts", "last_error", "last_step",
                "idle_seconds", "generation", "generation_id", "credential_id", "public_key",
                "request", "user_id", "client_state", "steps", "interval_seconds", "polled_at",
                "holder", "jti", "code_challenge", "dpop_jkt", "nonce", "actor_sid",
            }
        ),
    }
)  # fmt: skip


def _section(name: str, table: Table, newest: str) -> Section:
    stays = frozenset().union(*WITHHELD.values())
    columns = tuple(column for column in table.columns if column.name not in stays)
    owner = table.c.id if table is users else table.c.user_id
    return Section(name, columns, owner == text("the_user"), table.c[newest])


_FAMILIES = select(families.c.id).where(
    and_(families.c.tenant == TENANT, families.c.user_id == text("the_user"))
)
_TOKENS = tuple(
    refresh_tokens.c[name]
    for name in (
        "family_id", "created_at", "consumed_at", "killed_at", "access_seen_at", "address",
        "device",
    )
)  # fmt: skip

SECTIONS: tuple[Section, ...] = (
    _section("account", users, "created_at"),
    _section("emails", emails, "created_at"),
    _section("former_names", former_names, "given_up_at"),
    _section("identities", identities, "linked_at"),
    _section("roles", user_roles, "role"),
    _section("suspensions", suspensions, "suspended_at"),
    Section(
        "shares",
        tuple(column for column in shares.columns if column.name not in {"tenant", "holder"}),
        and_(shares.c.holder == text("the_user"), shares.c.holder_kind == Holder.SUBJECT.value),
        shares.c.created_at,
    ),
    _section("passkeys", passkeys, "created_at"),
    _section("authenticator_apps", totps, "created_at"),
    _section("recovery_codes", recovery_codes, "created_at"),
    _section("sessions", sessions, "created_at"),
    _section("connections", families, "created_at"),
    Section(
        "refresh_tokens",
        _TOKENS,
        refresh_tokens.c.family_id.in_(_FAMILIES),
        refresh_tokens.c.created_at,
    ),
    _section("known_devices", known_devices, "created_at"),
    _section("logins_under_way", flows, "created_at"),
    _section("authorization_codes", codes, "created_at"),
    _section("links", links, "created_at"),
    _section("mails", outbox, "created_at"),
    _section("consents", consents, "granted_at"),
    _section("devices_let_in", device_codes, "created_at"),
    _section("access_tokens", opaque_tokens, "created_at"),
    _section("refused_requests", traces, "at"),
    _section("events", events, "at"),
)
_READ = tuple(section.statement() for section in SECTIONS)


def read_holdings(tenant: str, user_id: str) -> Verb[tuple[Holding, ...]]:
    """Read every section of a user, all as they stood at one moment."""
    found: list[Holding] = []
    for section, statement in zip(SECTIONS, _READ, strict=True):
        rows = yield Step(statement, {"in_tenant": tenant, "the_user": user_id})
        columns = tuple(column.name for column in section.columns)
        kept = tuple(tuple(row) for row in rows[:ROWS_MAX])
        found.append(Holding(section.name, columns, kept, is_cut=len(rows) > ROWS_MAX))
    return tuple(found)
