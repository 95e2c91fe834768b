"""Imported accounts: whole batches, added where their names are free.

Source: users.md U110; security.md D5 (the histogram of hashes is kept in the same transaction).
"""

from collections import Counter

from sqlalchemy import and_, case, exists, insert, literal, null, select, true

from watchword.accounts.administration.audit import PROGRAM, AuditAction, Author, Deed
from watchword.accounts.events import Event, EventKind
from watchword.accounts.imports.plan import ImportedUser, Importer, ImportOutcome
from watchword.accounts.passwords.stored_hash import read_label
from watchword.stores.schema import emails, totps, users
from watchword.stores.statement import Statement, Step, Verb
from watchword.stores.verbs.administration.audit import append
from watchword.stores.verbs.events import record
from watchword.stores.verbs.names import keeps_name
from watchword.stores.verbs.passwords import count_label
from watchword.stores.verbs.terms import TENANT, blob, flag, number, text
from watchword.stores.verbs.users import assign_roles

__all__ = ["import_users", "taken_names"]

ACTOR = "watchword user import"

_ADD = Statement(
    insert(users)
    .from_select(
        [
            "tenant", "id", "name", "status", "password_hash", "version", "created_at",
            "display_name", "locale",
        ],
        select(
            TENANT, text("the_user"), text("the_name"), text("the_status"), text("the_hash"),
            literal(1), number("created"), text("the_display_name"), text("the_locale"),
        ).where(
            ~exists().where(and_(users.c.tenant == TENANT, users.c.name == text("the_name")))
        ),
    )
    .returning(users.c.id)
)  # fmt: skip
_VERIFIED_ELSEWHERE = exists().where(
    and_(
        emails.c.tenant == TENANT,
        emails.c.address == text("the_address"),
        emails.c.verified_at.is_not(None),
    )
)
_ADD_EMAIL = Statement(
    insert(emails)
    .from_select(
        ["tenant", "user_id", "address", "written", "is_primary", "verified_at", "created_at"],
        select(
            TENANT, text("the_user"), text("the_address"), text("the_written"), true(),
            case((and_(flag("verified"), ~_VERIFIED_ELSEWHERE), number("at")), else_=null()),
            number("at"),
        ),
    )
    .returning(emails.c.verified_at)
)  # fmt: skip
_ADD_TOTP = Statement(
    insert(totps).from_select(
        [
            "tenant", "user_id", "id", "name", "sealed_secret", "created_at", "confirmed_at",
            "last_step",
        ],
        select(
            TENANT, text("the_user"), text("the_totp"), literal("Code generator"),
            blob("the_secret"), number("at"), number("at"), literal(0),
        ),
    )
)  # fmt: skip
_TAKEN = Statement(
    select(users.c.name).where(and_(users.c.tenant == TENANT, users.c.name == text("the_name")))
)


def import_users(
    tenant: str,
    additions: tuple[ImportedUser, ...],
    *,
    by: Importer | None,
    now: int,
    actor: str = ACTOR,
) -> Verb[tuple[ImportOutcome, ...]]:
    """Add the users whose names are free, with all that they have; the others stand as they are."""
    outcomes = []
    author = PROGRAM if by is None else by.author
    labels: Counter[str] = Counter()
    for addition in additions:
        outcome = yield from _import_user(tenant, addition, by=author, actor=actor, now=now)
        outcomes.append(outcome)
        if outcome is not ImportOutcome.NAME_TAKEN and addition.password_hash is not None:
            labels[read_label(addition.password_hash)] += 1
    for label, hashes in sorted(labels.items()):  # in one order, so that no two imports wait
        yield from count_label(tenant, label, more=hashes)
    added = len(outcomes) - outcomes.count(ImportOutcome.NAME_TAKEN)
    if by is not None and added:
        deed = Deed(AuditAction.USERS_IMPORTED, "import", by.source, {"added": str(added)})
        yield from append(tenant, deed, by=author, now=now)
    return tuple(outcomes)


def taken_names(tenant: str, names: tuple[str, ...]) -> Verb[frozenset[str]]:
    """Read which of the names some user has."""
    taken = []
    for name in names:
        taken += [row[0] for row in (yield Step(_TAKEN, {"in_tenant": tenant, "the_name": name}))]
    return frozenset(taken)


def _import_user(
    tenant: str, addition: ImportedUser, *, by: Author, actor: str, now: int
) -> Verb[ImportOutcome]:
    added = yield Step(
        _ADD,
        {
            "in_tenant": tenant,
            "the_user": addition.id,
            "the_name": addition.name,
            "the_status": addition.status.value,
            "the_hash": addition.password_hash,
            "created": addition.created_at,
            "the_display_name": addition.display_name,
            "the_locale": addition.locale,
        },
    )
    if not added or not (yield from keeps_name(tenant, addition.id, addition.name, now=now)):
        return ImportOutcome.NAME_TAKEN
    yield from assign_roles(tenant, addition.id, addition.roles, by=by, now=now)
    for totp in addition.totps:
        yield Step(
            _ADD_TOTP,
            {
                "in_tenant": tenant,
                "the_user": addition.id,
                "the_totp": totp.id,
                "the_secret": totp.sealed_secret,
                "at": now,
            },
        )
    event = Event(EventKind.ACCOUNT_CREATED, now, user_id=addition.id, actor=actor)
    yield from record(tenant, event)
    return (yield from _add_email(tenant, addition, now=now))


def _add_email(tenant: str, addition: ImportedUser, *, now: int) -> Verb[ImportOutcome]:
    if addition.email is None:
        return ImportOutcome.ADDED
    rows = yield Step(
        _ADD_EMAIL,
        {
            "in_tenant": tenant,
            "the_user": addition.id,
            "the_address": addition.email.canonical,
            "the_written": addition.email.written,
            "verified": addition.is_verified,
            "at": now,
        },
    )
    if addition.is_verified and rows[0][0] is None:
        return ImportOutcome.ADDED_UNVERIFIED
    return ImportOutcome.ADDED
