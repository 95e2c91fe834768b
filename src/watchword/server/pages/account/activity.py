"""Activity: what happened to the account, day by day, the newest first.

The address of an older page carries the place where it begins, sealed for this person: it says
nothing to anybody else and cannot be made up.

Source: users.md U39; OWASP ASVS 5.0 V7.5.2.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.events import SENTENCES, Event, EventKind, EventOutcome, RecordedEvent
from watchword.base import base64url
from watchword.base.records import dataclass
from watchword.keys.errors import SealBroken
from watchword.server.device import Device, device_of
from watchword.server.languages import Message
from watchword.server.pages.account.frame import Member, place_of, show
from watchword.server.pages.account.step_up import page_at
from watchword.server.pages.ago import When, ago, day_of
from watchword.server.places import Places
from watchword.server.runtime import Runtime

__all__ = ["Entry", "activity", "entries_of"]

PATH = "/account/activity"
EVENTS_PER_PAGE = 30
PURPOSE = "activity page"

WARNINGS = frozenset(
    {
        EventKind.ACTING_BEGUN,
        EventKind.SIGN_IN_FAILED,
        EventKind.SECOND_FACTOR_FAILED,
        EventKind.REFRESH_REUSED,
    }
)

ACTING = frozenset({EventKind.ACTING_BEGUN, EventKind.ACTING_ENDED})  # they say who acted

TOLD_FURTHER = frozenset({EventKind.REFRESH_REUSED, EventKind.REFRESH_RETRIED})
TIME_LINE_SECONDS = 86_400  # a family that was revoked is forgotten a day later

# By the first word of the kind: what the event is about.
ICONS: Mapping[str, str] = MappingProxyType(
    {
        "app": "apps",
        "device": "devices",
        "email": "mail",
        "family": "apps",
        "name": "person",
        "other": "devices",
        "passkey": "key",
        "password": "lock",
        "recovery": "sheet",
        "refresh": "apps",
        "refreshed": "apps",
        "second": "alert",
        "session": "devices",
        "sessions": "devices",
        "sign": "alert",
        "signed": "devices",
        "stepped": "shield",
        "totp": "code",
    }
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event, as its person reads it."""

    id: str
    icon: str
    sentence: str
    is_warning: bool
    when: When
    device: Device | None
    address: str | None
    place: str | None
    application: str | None
    family_id: str | None  # whose time line tells more
    by_another: bool  # an administrator or a command acted


Days: TypeAlias = list[tuple[str | Message, list[Entry]]]


async def _show(request: Request, runtime: Runtime, member: Member) -> Response:
    """Answer `GET /account/activity`, from `before` on where the address says so."""
    before = _opened(request.query_params.get("before", ""), member, runtime)
    found = await runtime.store.list_events(
        member.user_id, before=before, limit=EVENTS_PER_PAGE + 1
    )
    shown = found[:EVENTS_PER_PAGE]
    older = _sealed(shown[-1], member, runtime) if len(found) > len(shown) else None
    names = await _names(shown, runtime)
    days = _days(shown, names, member, runtime.places)
    values = {"days": days, "older": older, "is_first": before is None}
    return show(member, "activity.html", values, here=PATH)


activity = page_at(PATH, _show)


async def entries_of(
    events: Sequence[RecordedEvent], member: Member, runtime: Runtime
) -> list[Entry]:
    """Return events, of whoever's account, as they are read; `member` is who looks."""
    names = await _names(events, runtime)
    return list(_entries(iter(events), names, member, runtime.places))


def _sealed(last: RecordedEvent, member: Member, runtime: Runtime) -> str:
    """Return the place after an event, for the address of the next page."""
    place = f"{last.event.at} {last.id}".encode("ascii")
    sealed = runtime.sealing.seal(
        place, purpose=PURPOSE, owner=(member.user_id,), chance=runtime.chance
    )
    return base64url.encode(sealed)


def _opened(text: str, member: Member, runtime: Runtime) -> RecordedEvent | None:
    """Return the event to go on from; None, the beginning, for what this server did not seal."""
    try:
        place = runtime.sealing.unseal(
            base64url.decode(text), purpose=PURPOSE, owner=(member.user_id,)
        )
    except (base64url.MalformedBase64url, SealBroken):
        return None
    at, event_id = place.decode("ascii").split(" ")
    return RecordedEvent(event_id, Event(EventKind.SIGNED_IN, int(at)))


async def _names(events: Sequence[RecordedEvent], runtime: Runtime) -> Mapping[str, str]:
    """Return the names of the applications that the events speak of."""
    ids = {one.event.client_id for one in events if one.event.client_id is not None}
    found = [await runtime.store.find_client(client_id) for client_id in sorted(ids)]
    return {client.client_id: client.name for client in found if client is not None}


def _days(
    events: Sequence[RecordedEvent],
    names: Mapping[str, str],
    member: Member,
    places: Places | None,
) -> Days:
    def heading(one: RecordedEvent) -> str | Message:
        return day_of(one.event.at, member.now)

    return [
        (day, list(_entries(some, names, member, places))) for day, some in groupby(events, heading)
    ]


def _entries(
    events: Iterator[RecordedEvent],
    names: Mapping[str, str],
    member: Member,
    places: Places | None,
) -> Iterator[Entry]:
    for one in events:
        event = one.event
        yield Entry(
            id=one.id,
            icon=ICONS.get(event.kind.value.partition("_")[0], "person"),
            sentence=SENTENCES[event.kind],
            is_warning=event.kind in WARNINGS or event.outcome is EventOutcome.REFUSED,
            when=ago(event.at, member.now),
            device=device_of(event.origin.device) if event.origin.device else None,
            address=event.origin.address,
            place=place_of(event.origin.address, member, places),
            application=names.get(event.client_id or ""),
            family_id=_told_further(event, member.now),
            by_another=event.actor not in {None, event.user_id} and event.kind not in ACTING,
        )


def _told_further(event: Event, now: int) -> str | None:
    """Return the family whose time line tells how it came about, while it is remembered."""
    is_remembered = event.kind in TOLD_FURTHER and now - event.at < TIME_LINE_SECONDS
    return event.family_id if is_remembered else None
