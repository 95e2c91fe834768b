"""Device authorization: a device without a keyboard gets a code for its person to type elsewhere.

    POST /device_authorization   client_id=tv&scope=notes%3Aread
    {"device_code": "...", "user_code": "WDJB-MJHT",
     "verification_uri": "https://id.example/device",
     "verification_uri_complete": "https://id.example/device?user_code=WDJB-MJHT",
     "expires_in": 600, "interval": 5}

The person types the code on a page of this server, signed in, and decides there. Only the session
that typed a code decides about it, and typing is throttled as passwords are.

Source: RFC 8628; oauth.md section 8; security.md rule 73; decisions/0161.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from urllib.parse import urlencode

from watchword.accounts.errors import TooManyAttempts
from watchword.accounts.events import Event, EventKind, EventOutcome
from watchword.accounts.origin import Origin
from watchword.accounts.sessions import Session
from watchword.accounts.throttle import NETWORK, Bucket, Limit, bucket, network_buckets
from watchword.base.chance import Chance, new_secret
from watchword.base.clock import Clock
from watchword.base.records import dataclass
from watchword.base.secrets import Secret, digest
from watchword.oauth.causes import GRANT_TYPE
from watchword.oauth.client_authentication import (
    ClientAuthenticationContext,
    authenticate_presented,
    read_presented,
)
from watchword.oauth.clients import Client, Resource
from watchword.oauth.device_codes import (
    DEVICE_CODE_LIFETIME_SECONDS,
    POLL_SECONDS,
    ClaimDeviceCode,
    DecideDeviceCode,
    Decision,
    DeviceCodeStore,
    NewDeviceCode,
    WaitingDevice,
    hash_user_code,
    make_user_code,
    read_user_code,
)
from watchword.oauth.errors import (
    InvalidClient,
    InvalidRequest,
    OAuthError,
    TooManyRequests,
    UnauthorizedClient,
)
from watchword.oauth.grants import device_code
from watchword.oauth.parameters import optional_text
from watchword.oauth.resources import choose_resource
from watchword.oauth.scopes import grant_scopes, parse_scope

__all__ = [
    "DEVICE_CODES",
    "DeviceAuthorization",
    "DeviceContext",
    "UserCodeUnknown",
    "WaitingFor",
    "authorize_device",
    "decide",
    "let_go",
    "type_code",
]

TRIES_MAX = 8  # of user codes that somebody else has at the moment
# Ten codes at once, then one a minute: 1,500 guesses a day among 2^34 codes.
USER_CODES = Limit(burst=10, interval_seconds=60, failures_max=2**31, memory_seconds=86_400)

# Whoever knows the id of a public client may ask. Codes that wait are rows, and each is one more
# that a guess may hit (RFC 8628 section 5.1): 900 of a network at most, for ten minutes each.
DEVICE_CODES = Limit(burst=300, interval_seconds=1, failures_max=2**31, memory_seconds=3_600)


class UserCodeUnknown(Exception):
    """No device waits for this code, or another session has typed it. It reads the same."""


@dataclass(frozen=True, slots=True)
class DeviceContext:
    """What device authorization works with.

    Args:
        proving: clients and resources, and how clients prove themselves.
        store: where the codes are.
        clock: the time.
        chance: randomness.
        verification_uri: the page on which codes are typed.
        pepper: 32 secret bytes outside the database, for the hashes of user codes.
        throttle_key: 32 secret bytes, the same as for passwords.
    """

    proving: ClientAuthenticationContext
    store: DeviceCodeStore
    clock: Clock
    chance: Chance
    verification_uri: str
    pepper: bytes = field(repr=False)
    throttle_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class DeviceAuthorization:
    """The answer to a device: its code, and the one that its person types."""

    device_code: Secret
    user_code: Secret
    verification_uri: str

    def render(self) -> dict[str, str | int]:
        """Return its members, in the order of the standard."""
        code = self.user_code.reveal()
        query = urlencode({"user_code": code})
        return {
            "device_code": self.device_code.reveal(),
            "user_code": code,
            "verification_uri": self.verification_uri,
            "verification_uri_complete": f"{self.verification_uri}?{query}",
            "expires_in": DEVICE_CODE_LIFETIME_SECONDS,
            "interval": POLL_SECONDS,
        }


@dataclass(frozen=True, slots=True)
class WaitingFor:
    """Who waits for a decision, and what is asked for."""

    client: Client
    resource: Resource
    scopes: tuple[str, ...]
    created_at: int


async def authorize_device(
    authorization: Sequence[str], form: Mapping[str, object], origin: Origin, ctx: DeviceContext
) -> DeviceAuthorization:
    """Begin: make a code for the device and one for its person.

    Args:
        authorization: the values of all `Authorization` fields.
        form: `scope`, `resource`, and the client's part.
        origin: where the device is.
        ctx: clients, and where codes are kept.

    Raises:
        InvalidClient, InvalidRequest: as `authenticate_client`.
        UnauthorizedClient: the client is not registered for the device grant.
        InvalidTarget, InvalidScope: what is asked for is not to be had.
        TooManyRequests: too many codes were given to this network, by clients without a credential.
    """
    presented = read_presented(authorization, form)
    if not presented.names_client:
        raise InvalidRequest("client_id is missing")
    client = (await authenticate_presented(presented, ctx.proving)).client
    if device_code.GRANT.grant_type not in client.grant_types:
        detail = f"{client.client_id} and the device grant: {GRANT_TYPE}"
        raise UnauthorizedClient("the client may not use this grant_type", detail=detail)
    resources = await ctx.proving.clients.list_resources()
    resource = choose_resource(resources, optional_text(form, "resource"))
    scopes = grant_scopes(parse_scope(optional_text(form, "scope")), client, resource)
    now = ctx.clock.now()
    if not client.is_confidential:
        await _take_turn(origin, ctx, now=now)
    for _ in range(TRIES_MAX):
        secret, user_code = new_secret(ctx.chance), make_user_code(ctx.chance)
        code = NewDeviceCode(
            code_hash=digest(secret),
            user_code_hash=hash_user_code(user_code, pepper=ctx.pepper),
            client_id=client.client_id,
            resource=resource.identifier,
            scopes=scopes,
            created_at=now,
            expires_at=now + DEVICE_CODE_LIFETIME_SECONDS,
        )
        if await ctx.store.add_device_code(code):
            return DeviceAuthorization(secret, user_code, ctx.verification_uri)
    raise OAuthError(detail="every user code that was drawn is taken")


async def type_code(typed: str, session: Session, origin: Origin, ctx: DeviceContext) -> WaitingFor:
    """Take a code that a person typed, unless too many were wrong before.

    From here on this session alone decides about it.

    Raises:
        UserCodeUnknown: no device waits for it.
        TooManyAttempts: nothing was compared; says when to try again.
    """
    now, user_id = ctx.clock.now(), session.user.id
    buckets = _buckets(user_id, origin, ctx)
    delayed = await ctx.store.take_attempt(buckets, now=now)
    if delayed is not None:
        raise TooManyAttempts(delayed.retry_after)
    try:
        waiting = await _claimed(typed, session, ctx)
    except BaseException:  # never compared
        await ctx.store.return_attempt(buckets)
        raise
    if waiting is None:
        failure = Event(
            EventKind.DEVICE_CODE_FAILED,
            now,
            outcome=EventOutcome.REFUSED,
            user_id=user_id,
            origin=origin,
            sid=session.sid,
        )
        await ctx.store.count_failure(buckets, failure)
        raise UserCodeUnknown
    await ctx.store.return_attempt(buckets)
    return waiting


async def let_go(typed: str, session: Session, ctx: DeviceContext) -> None:
    """Let go of a code that was typed in this session: its person goes on as somebody else."""
    code = read_user_code(typed)
    if code is not None:
        shown = hash_user_code(code, pepper=ctx.pepper)
        command = ClaimDeviceCode(shown, session.user.id, session.sid, ctx.clock.now())
        await ctx.store.release_device_code(command)


async def decide(
    typed: str, decision: Decision, session: Session, ctx: DeviceContext
) -> WaitingFor:
    """Write what the person decided about the code that was typed in this session.

    Raises:
        UserCodeUnknown: it was not typed here, is over, or was decided about.
    """
    code = read_user_code(typed)
    if code is None:
        raise UserCodeUnknown
    device = await ctx.store.decide_device_code(
        DecideDeviceCode(
            user_code_hash=hash_user_code(code, pepper=ctx.pepper),
            user_id=session.user.id,
            sid=session.sid,
            decision=decision,
            now=ctx.clock.now(),
        )
    )
    waiting = None if device is None else await _described(device, ctx)
    if waiting is None:
        raise UserCodeUnknown
    return waiting


async def _claimed(typed: str, session: Session, ctx: DeviceContext) -> WaitingFor | None:
    code = read_user_code(typed)
    if code is None:
        return None
    shown, now = hash_user_code(code, pepper=ctx.pepper), ctx.clock.now()
    command = ClaimDeviceCode(shown, session.user.id, session.sid, now)
    device = await ctx.store.claim_device_code(command)
    return None if device is None else await _described(device, ctx)


async def _take_turn(origin: Origin, ctx: DeviceContext, *, now: int) -> None:
    buckets = network_buckets("device codes", origin, DEVICE_CODES, key=ctx.throttle_key)
    delayed = await ctx.store.take_turn(buckets, now=now)
    if delayed is not None:
        raise TooManyRequests(retry_after=delayed.retry_after)


def _buckets(user_id: str, origin: Origin, ctx: DeviceContext) -> list[Bucket]:
    """Return what a try is counted under, in the order that all callers keep."""
    person = bucket("user code", user_id, USER_CODES, key=ctx.throttle_key)
    return [*network_buckets("network", origin, NETWORK, key=ctx.throttle_key), person]


async def _described(device: WaitingDevice, ctx: DeviceContext) -> WaitingFor | None:
    """Return the device in the words of its client and resource; None where one of them is gone."""
    clients = ctx.proving.clients
    try:
        client = await clients.find_client(device.client_id)
    except InvalidClient:  # its document is refused by this time
        return None
    for resource in await clients.list_resources():
        if client is not None and resource.identifier == device.resource:
            return WaitingFor(client, resource, device.scopes, device.created_at)
    return None
