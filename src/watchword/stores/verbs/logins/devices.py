"""The devices that an account is used with: known ones, and the one that comes for the first time.

A browser or program is known by a secret that it was given. One that holds none, such as a script,
is taken for known where a session of the account came from the same address with the same name.

Source: security.md rules 35 and 43; OWASP ASVS 5.0 V6.3.5 and V6.3.7; decisions/0111 and 0112.
"""

from sqlalchemy import and_, case, delete, exists, not_, select

from watchword.accounts.events import Event, EventKind
from watchword.accounts.mail.messages import MailKind, notice_of
from watchword.accounts.origin import Origin
from watchword.accounts.throttle import DEVICE_MEMORY_SECONDS, DEVICES_MAX
from watchword.base.records import dataclass
from watchword.stores.schema import events, known_devices, sessions
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.events import record
from watchword.stores.verbs.outbox import notify
from watchword.stores.verbs.terms import NOW, TENANT, blob, number, text
from watchword.stores.verbs.upsert import insert

__all__ = ["Arrival", "is_known_device", "meet_device", "remember_device"]

_THE_DEVICE = and_(
    known_devices.c.tenant == TENANT,
    known_devices.c.user_id == text("the_user"),
    known_devices.c.secret_hash == blob("presented"),
)
_FIND_DEVICE = Statement(
    select(known_devices.c.secret_hash).where(_THE_DEVICE, known_devices.c.purge_at > NOW)
)
_REMEMBER = Statement(
    insert(known_devices)
    .values(
        tenant=TENANT,
        user_id=text("the_user"),
        secret_hash=blob("presented"),
        created_at=NOW,
        used_at=NOW,
        purge_at=number("purge"),
    )
    .on_conflict_do_update(
        index_elements=[
            known_devices.c.tenant,
            known_devices.c.user_id,
            known_devices.c.secret_hash,
        ],
        set_={"used_at": NOW, "purge_at": number("purge")},
    )
)
_LATEST = (
    select(known_devices.c.secret_hash)
    .where(known_devices.c.tenant == TENANT, known_devices.c.user_id == text("the_user"))
    .order_by(known_devices.c.used_at.desc(), known_devices.c.secret_hash)
    .limit(DEVICES_MAX)
)
_MAKE_ROOM = Statement(
    delete(known_devices).where(
        known_devices.c.tenant == TENANT,
        known_devices.c.user_id == text("the_user"),
        known_devices.c.secret_hash.not_in(_LATEST),
    )
)
_HAS_SIGNED_IN = exists().where(
    and_(
        events.c.tenant == TENANT,
        events.c.user_id == text("the_user"),
        events.c.kind == text("signed_in"),
    )
)
_HAS_COME_FROM_THERE = exists().where(
    and_(
        sessions.c.tenant == TENANT,
        sessions.c.user_id == text("the_user"),
        sessions.c.sid != text("the_sid"),
        sessions.c.address.is_not_distinct_from(text("the_address")),
        sessions.c.device.is_not_distinct_from(text("the_device")),
    )
)
_IS_KNOWN = case(
    (
        blob("presented").is_not(None),
        exists().where(and_(_THE_DEVICE, known_devices.c.purge_at > NOW)),
    ),
    else_=_HAS_COME_FROM_THERE,
)
_IS_STRANGE = Statement(select(and_(_HAS_SIGNED_IN, not_(_IS_KNOWN))))


@dataclass(frozen=True, slots=True)
class Arrival:
    """A device where a session opens, or is raised."""

    user_id: str
    sid: str
    device_hash: bytes | None
    origin: Origin


def meet_device(tenant: str, met: Arrival, *, now: int) -> Verb[None]:
    """Remember the device, and tell its user of one that was not known.

    A part of the verb that opens the session, before that is recorded: at the first sign-in of an
    account every device is strange, and nobody is told.
    """
    rows = yield Step(
        _IS_STRANGE,
        {
            "in_tenant": tenant,
            "the_user": met.user_id,
            "the_sid": met.sid,
            "presented": met.device_hash,
            "the_address": met.origin.address,
            "the_device": met.origin.device,
            "signed_in": EventKind.SIGNED_IN.value,
            "at": now,
        },
    )
    if met.device_hash is not None:
        yield from remember_device(tenant, met.user_id, met.device_hash, now=now)
    if not rows[0][0]:
        return
    user_id, origin = met.user_id, met.origin
    event = Event(EventKind.DEVICE_SEEN, now, user_id=user_id, origin=origin, sid=met.sid)
    yield from record(tenant, event)
    yield from notify(tenant, notice_of(MailKind.DEVICE_SEEN, user_id, now=now, origin=origin))


def is_known_device(tenant: str, user_id: str, secret_hash: bytes, *, now: int) -> Verb[bool]:
    """Read whether the device has completed a login of this user."""
    where: Parameters = {"in_tenant": tenant, "the_user": user_id, "presented": secret_hash}
    return bool((yield Step(_FIND_DEVICE, {**where, "at": now})))


def remember_device(tenant: str, user_id: str, secret_hash: bytes, *, now: int) -> Verb[None]:
    """Remember the device; those unused for longest make room."""
    where: Parameters = {"in_tenant": tenant, "the_user": user_id, "presented": secret_hash}
    yield Step(_REMEMBER, {**where, "at": now, "purge": now + DEVICE_MEMORY_SECONDS})
    yield Step(_MAKE_ROOM, where)
