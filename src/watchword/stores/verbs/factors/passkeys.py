"""Passkeys: added once, counted by one conditional statement.

Source: Web Authentication Level 3 sections 6.1.1, 7.1 (26) and 7.2 (22); security.md C7.
"""

from sqlalchemy import and_, delete, exists, func, insert, null, or_, select, update

from watchword.accounts.factors.passkeys import PASSKEYS_MAX, Passkey, PasskeyUse, UsePasskey
from watchword.accounts.factors.together import Change, FactorOutcome
from watchword.stores.schema import passkeys
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.events import record
from watchword.stores.verbs.factors.standing import of_user, remove_factor, tell
from watchword.stores.verbs.outbox import notify
from watchword.stores.verbs.rows import Row, words
from watchword.stores.verbs.terms import NOW, TENANT, blob, flag, number, text
from watchword.stores.verbs.users import LOCK_USER

__all__ = [
    "add_passkey",
    "find_passkey",
    "list_passkeys",
    "remove_passkey",
    "rename_passkey",
    "use_passkey",
]

_KNOWN = and_(passkeys.c.tenant == TENANT, passkeys.c.credential_id == blob("the_passkey"))
_THE_PASSKEY = and_(_KNOWN, passkeys.c.user_id == text("the_user"))
_COLUMNS = (
    passkeys.c.credential_id, passkeys.c.user_id, passkeys.c.name, passkeys.c.public_key,
    passkeys.c.sign_count, passkeys.c.aaguid, passkeys.c.transports, passkeys.c.is_backed_up,
    passkeys.c.created_at, passkeys.c.used_at,
)  # fmt: skip
_COUNT = Statement(select(func.count()).select_from(passkeys).where(of_user(passkeys)))
_ADD = Statement(
    insert(passkeys)
    .from_select(
        ["tenant", *(column.name for column in _COLUMNS)],
        select(
            TENANT, blob("the_passkey"), text("the_user"), text("the_name"), blob("the_key"),
            number("count"), text("the_aaguid"), text("the_transports"), flag("backed_up"),
            number("created"), null(),
        ).where(~exists().where(_KNOWN)),
    )
    .returning(passkeys.c.user_id)
)  # fmt: skip
_FIND = Statement(select(*_COLUMNS).where(_KNOWN))
_FIND_OWN = Statement(select(passkeys.c.user_id).where(_THE_PASSKEY))
_LIST = Statement(
    select(*_COLUMNS)
    .where(of_user(passkeys))
    .order_by(passkeys.c.created_at, passkeys.c.credential_id)
)
_USE = Statement(
    update(passkeys)
    .where(
        and_(
            _THE_PASSKEY,
            or_(
                passkeys.c.sign_count < number("count"),
                and_(passkeys.c.sign_count == 0, number("count") == 0),
            ),
        )
    )
    .values(sign_count=number("count"), is_backed_up=flag("backed_up"), used_at=NOW)
    .returning(passkeys.c.user_id)
)
_RENAME = Statement(
    update(passkeys).where(_THE_PASSKEY).values(name=text("the_name")).returning(passkeys.c.user_id)
)
_REMOVE = Statement(delete(passkeys).where(_THE_PASSKEY))


def add_passkey(tenant: str, passkey: Passkey, change: Change) -> Verb[FactorOutcome]:
    """Store a passkey unless its id is known, of whatever account; of concurrent callers one wins.

    An authenticator chooses the id. One that repeats another's must not replace it (section 7.1).
    """
    where: Parameters = {
        "in_tenant": tenant,
        "the_user": passkey.user_id,
        "the_passkey": passkey.credential_id,
        "the_name": passkey.name,
        "the_key": passkey.public_key,
        "count": passkey.sign_count,
        "the_aaguid": passkey.aaguid,
        "the_transports": " ".join(passkey.transports),
        "backed_up": passkey.is_backed_up,
        "created": passkey.created_at,
    }
    yield Step(LOCK_USER, where)
    ((existing,),) = yield Step(_COUNT, where)
    if existing >= PASSKEYS_MAX:
        return FactorOutcome.TOO_MANY
    if not (yield Step(_ADD, where)):
        return FactorOutcome.TAKEN
    yield from tell(tenant, change)
    return FactorOutcome.CHANGED


def find_passkey(tenant: str, credential_id: bytes) -> Verb[Passkey | None]:
    """Read the passkey with this id."""
    rows = yield Step(_FIND, {"in_tenant": tenant, "the_passkey": credential_id})
    return _passkey(rows[0]) if rows else None


def list_passkeys(tenant: str, user_id: str) -> Verb[tuple[Passkey, ...]]:
    """Read the passkeys of a user, the oldest first."""
    rows = yield Step(_LIST, {"in_tenant": tenant, "the_user": user_id})
    return tuple(_passkey(row) for row in rows)


def use_passkey(tenant: str, use: UsePasskey) -> Verb[PasskeyUse]:
    """Replace the sign count by a larger one, or record that it went back.

    The one statement both compares the counts and writes the larger one down.
    """
    where: Parameters = {
        "in_tenant": tenant,
        "the_user": use.user_id,
        "the_passkey": use.credential_id,
        "count": use.sign_count,
        "backed_up": use.is_backed_up,
        "at": use.now,
    }
    if (yield Step(_USE, where)):
        return PasskeyUse.USED
    if not (yield Step(_FIND_OWN, where)):
        return PasskeyUse.GONE
    yield from record(tenant, use.event)
    yield from notify(tenant, use.notice)
    return PasskeyUse.COUNT_WENT_BACK


def rename_passkey(
    tenant: str, credential_id: bytes, *, name: str, change: Change
) -> Verb[FactorOutcome]:
    """Give a passkey another name."""
    renamed = yield Step(
        _RENAME,
        {
            "in_tenant": tenant,
            "the_user": change.user_id,
            "the_passkey": credential_id,
            "the_name": name,
        },
    )
    if not renamed:
        return FactorOutcome.UNKNOWN
    yield from tell(tenant, change)
    return FactorOutcome.CHANGED


def remove_passkey(tenant: str, credential_id: bytes, change: Change) -> Verb[FactorOutcome]:
    """Remove a passkey unless the account needs it."""
    factor = (_FIND_OWN, _REMOVE, {"the_passkey": credential_id})
    return (yield from remove_factor(tenant, change, factor=factor))


def _passkey(row: Row) -> Passkey:
    credential_id, user_id, name, public_key, sign_count, aaguid, *rest = row
    transports, is_backed_up, created_at, used_at = rest
    return Passkey(
        credential_id=credential_id,
        user_id=user_id,
        name=name,
        public_key=public_key,
        sign_count=sign_count,
        aaguid=aaguid,
        transports=words(transports),
        is_backed_up=bool(is_backed_up),
        created_at=created_at,
        used_at=used_at,
    )
