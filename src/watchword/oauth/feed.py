"""The revocation feed: what ended before its tokens expired, for guards that verify offline.

    GET /revocations?cursor=1.17&wait=25
    {"events": [{"kind": "sid", "value": "sid_...", "at": 1800000000, "until": 1800003600}],
     "cursor": "1.18"}

An event is written in the transaction that ends what it speaks of, and its position is given out
in the order of commits: a reader that has seen a position has seen every earlier one.

Source: oauth.md F-1 to F-4.
"""

import re
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Protocol

from watchword.base import strict_json
from watchword.base.records import dataclass
from watchword.oauth.callers import Inquirer, authenticate_caller
from watchword.oauth.client_authentication import ClientAuthenticationContext
from watchword.oauth.clients import ClientOrigin
from watchword.oauth.errors import InvalidClient, InvalidRequest, UnauthorizedClient
from watchword.oauth.parameters import optional_text

__all__ = [
    "BEGINNING",
    "EVENTS_MAX",
    "FEED_SECONDS",
    "PAGE_BYTES_MAX",
    "WAIT_SECONDS_MAX",
    "AccountChange",
    "Cursor",
    "FeedPage",
    "FeedRequest",
    "FeedStore",
    "MalformedPage",
    "News",
    "Revocation",
    "RevocationKind",
    "authenticate_reader",
    "members",
    "parse",
    "read_news",
]

CURSOR_CHARACTERS_MAX = 39  # two numbers of 19 digits and a period
CURSOR_NUMBER_MAX = 2**63 - 1  # what the store counts with
PAGE_BYTES_MAX = 256 * 1024  # EVENTS_MAX events with the longest values, and as much again
VALUE_CHARACTERS_MAX = 512
KIDS_MAX = 16  # more keys of one algorithm than any plan has at once
WAIT_SECONDS_MAX = 25  # below what proxies in use cut silent answers off at
EVENTS_MAX = 200  # of one answer; whoever gets as many asks again at once
FEED_SECONDS = 3600  # no access token lives longer (settings: access_lifetime_seconds)


class RevocationKind(Enum):
    """What an event speaks of."""

    SESSION = "sid"
    USER = "sub"
    FAMILY = "fam"
    CLIENT = "client"
    TOKEN = "jti"  # noqa: S105  # the name of a claim
    ISSUED_BEFORE = "issued_before"  # everything that this issuer signed until then
    ACCOUNT = "account"  # how an account stands (`AccountChange`): older tokens say it wrongly


@dataclass(frozen=True, slots=True)
class Revocation:
    """One event: tokens with this value that were issued at or before `at` are dead.

    Of an ACCOUNT, the value is an `AccountChange`.
    """

    position: int
    kind: RevocationKind
    value: str
    at: int
    until: int  # the last possible exp of such a token; then the event goes


@dataclass(frozen=True, slots=True)
class AccountChange:
    """The roles or the status of an account changed: tokens with a lower `ver` are out of date."""

    user_id: str
    version: int
    is_suspended: bool = False

    @classmethod
    def from_text(cls, text: str) -> "AccountChange":
        """Read what `to_text` wrote.

        Raises:
            ValueError: it is none.
        """
        named = _ACCOUNT.fullmatch(text)
        if named is None:
            raise ValueError("no change of an account")
        return cls(named["user"], int(named["version"]), named["status"] == _SUSPENDED)

    def to_text(self) -> str:
        """Write it as the value of an event."""
        return f"{self.user_id} {self.version} {_SUSPENDED if self.is_suspended else 'active'}"


_SUSPENDED = "suspended"
_ACCOUNT = re.compile(
    r"(?P<user>[!-~]{1,255}) (?P<version>[0-9]{1,18}) (?P<status>active|suspended)", re.ASCII
)


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """How far a reader has read. After a restore the epoch is another, and it reads all anew."""

    epoch: int
    position: int

    @classmethod
    def from_text(cls, text: str) -> "Cursor":
        """Read what `to_text` wrote; anything else is the beginning."""
        epoch, _, position = text.partition(".")
        is_cursor = text.isascii() and epoch.isdigit() and position.isdigit()
        if not is_cursor or len(text) > CURSOR_CHARACTERS_MAX:
            return BEGINNING
        numbers = int(epoch), int(position)
        return cls(*numbers) if max(numbers) <= CURSOR_NUMBER_MAX else BEGINNING

    def to_text(self) -> str:
        """Write the cursor as readers send it back."""
        return f"{self.epoch}.{self.position}"


BEGINNING = Cursor(-1, 0)


@dataclass(frozen=True, slots=True)
class FeedPage:
    """What a reader gets: the events after its cursor, and its next cursor."""

    events: tuple[Revocation, ...]
    cursor: Cursor


@dataclass(frozen=True, slots=True)
class News:
    """What a follower got: events, and the words with which it asks for the next ones."""

    events: tuple[Revocation, ...]
    cursor: str
    kids: tuple[str, ...] = ()  # of the keys that the issuer publishes


class MalformedPage(Exception):
    """An answer that is no page of a feed."""


@dataclass(frozen=True, slots=True)
class FeedRequest:
    """What a reader asks for."""

    cursor: Cursor
    wait_seconds: int  # how long it waits where nothing has happened
    reader: str | None = None  # which process of the reader asks; None: it holds no keys
    held: frozenset[str] = frozenset()  # the ids of the keys that it holds


class FeedStore(Protocol):
    """What the feed needs of a store."""

    async def read_feed(self, cursor: Cursor, *, now: int) -> FeedPage:
        """Return the events after a cursor, oldest first, at most EVENTS_MAX.

        For a cursor that this feed never gave out the answer begins at the beginning.
        """
        ...


_WAIT = re.compile(r"[0-9]{1,3}", re.ASCII)
_READER = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_SELF_MADE = frozenset({ClientOrigin.DYNAMIC, ClientOrigin.DOCUMENT})


def parse(query: Mapping[str, str]) -> FeedRequest:
    """Read the parameters of a request; without any, the whole feed is asked for at once.

    Raises:
        InvalidRequest: `wait` is no number of seconds, `reader` no name, or the query holds a
            secret.
    """
    if "client_secret" in query or "access_token" in query:  # where logs would keep it
        raise InvalidRequest("credentials belong in the Authorization header")
    waits = optional_text(query, "wait") or "0"
    if not _WAIT.fullmatch(waits):
        raise InvalidRequest("wait is a number of seconds")
    cursor = optional_text(query, "cursor")
    reader = optional_text(query, "reader")
    if reader is not None and not _READER.fullmatch(reader):
        raise InvalidRequest("reader is a short name")
    return FeedRequest(
        cursor=BEGINNING if cursor is None else Cursor.from_text(cursor),
        wait_seconds=min(int(waits), WAIT_SECONDS_MAX),
        reader=reader,
        held=frozenset((optional_text(query, "kids") or "").split()),
    )


async def authenticate_reader(
    authorization: Sequence[str], ctx: ClientAuthenticationContext
) -> Inquirer:
    """Prove who reads: a resource with its secret, or a client that an operator has let in.

    Raises:
        InvalidClient: nobody, or without a proof.
        UnauthorizedClient: a client that registered itself; what others do is not its concern.
    """
    if not authorization:
        raise InvalidClient("the reader has to authenticate", is_basic=True)
    inquirer = await authenticate_caller(authorization, {}, ctx)
    if inquirer.origin in _SELF_MADE:
        raise UnauthorizedClient("a client that registered itself may not read the feed")
    return inquirer


def members(page: FeedPage, kids: Sequence[str]) -> dict[str, object]:
    """Return the members of an answer; `kids` are of the keys that verifiers need."""
    events = [
        {"kind": event.kind.value, "value": event.value, "at": event.at, "until": event.until}
        for event in page.events
    ]
    return {"events": events, "cursor": page.cursor.to_text(), "kids": list(kids)}


def read_news(body: bytes) -> News:
    """Read an answer of a feed. Events of kinds that are not known here are left out.

    Raises:
        MalformedPage: it is none.
    """
    try:
        page = strict_json.loads(body, bytes_max=PAGE_BYTES_MAX)
    except strict_json.MalformedJSON as error:
        raise MalformedPage(str(error)) from None
    match page:
        case {"events": list(events), "cursor": str(cursor), **others} if _is_short(cursor):
            found = [_event(event) for event in events]
            kids = others.get("kids")
            named = [kid for kid in kids if isinstance(kid, str)] if isinstance(kids, list) else []
            known = tuple(event for event in found if event is not None)
            return News(known, cursor, tuple(named[:KIDS_MAX]))
        case _:
            raise MalformedPage("the answer has no events or no cursor")


_KINDS = {kind.value: kind for kind in RevocationKind}


def _is_short(value: str) -> bool:
    return len(value) <= VALUE_CHARACTERS_MAX


def _event(members: object) -> Revocation | None:
    match members:
        case {"kind": str(kind), "value": str(value), "at": int(at), "until": int(until)}:
            if not _is_short(value):
                raise MalformedPage("a value is too long")
            if kind == RevocationKind.ACCOUNT.value and not _ACCOUNT.fullmatch(value):
                raise MalformedPage("an account is none")
            return Revocation(0, _KINDS[kind], value, at, until) if kind in _KINDS else None
        case _:
            raise MalformedPage("an event lacks a member")
