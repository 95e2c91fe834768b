"""Dynamic registration: a client makes itself known, and manages what it said.

    POST   /register              what it is -> client_id, perhaps a secret, a token to manage it
    GET    /register/{client_id}  what is kept of it
    PUT    /register/{client_id}  all of it anew -> another token
    DELETE /register/{client_id}  its end, and the end of all that it was given

Equal public metadata is one client, which nobody manages by a token once a second one asked for
it: whoever came first could otherwise change the redirect URIs of everybody else's program.

Source: RFC 7591 section 3; RFC 7592 section 2; oauth.md C-5, C-6; decisions/0166.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import assert_never
from urllib.parse import quote

from watchword.base.chance import Chance, new_id, new_secret
from watchword.base.clock import Clock
from watchword.base.records import dataclass
from watchword.base.secrets import Secret, digest, same
from watchword.oauth.bearer import bearer_token
from watchword.oauth.clients import ClientOrigin, is_client_id
from watchword.oauth.errors import InvalidRequest, TooManyRequests
from watchword.oauth.registration.administration import ClientChange, KeptClient
from watchword.oauth.registration.errors import InvalidClientMetadata, RegistrationTokenRefused
from watchword.oauth.registration.metadata import (
    ClientMetadata,
    answer,
    new_client,
    read_metadata,
)
from watchword.oauth.registration.records import (
    ChangedRegistration,
    NewRegistration,
    NotRegistered,
    Registered,
    RegistrationStore,
)

__all__ = ["PATH", "RegistrationContext", "change", "read", "register", "remove"]

PATH = "/register"
CLIENT_ID_PREFIX = "client"
RETRY_SECONDS = 600  # a sixth of the hour in which registrations are counted
# What an update must not say: the server gives it out (RFC 7592 section 2.2).
_GIVEN_OUT = (
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
)


@dataclass(frozen=True, slots=True)
class RegistrationContext:
    """What registration works with."""

    issuer: str
    store: RegistrationStore
    needs_token: bool  # whether only the bearer of an initial access token may register
    clock: Clock
    chance: Chance


@dataclass(frozen=True, slots=True)
class _Credentials:
    """What a registration gives out, in clear, once."""

    secret: Secret | None = field(repr=False)
    token: Secret = field(repr=False)

    @property
    def secret_hash(self) -> bytes | None:
        """What is kept of the secret."""
        return None if self.secret is None else digest(self.secret)


async def register(
    authorization: Sequence[str], document: Mapping[str, object], ctx: RegistrationContext
) -> dict[str, object]:
    """Register a client and return its information response.

    Args:
        authorization: the values of all `Authorization` fields, each as sent.
        document: the client metadata; unknown members are ignored.
        ctx: the store, and who may register.

    Raises:
        BearerError, RegistrationTokenRefused: no initial access token, or a spent one.
        InvalidRedirectURI, InvalidClientMetadata, InvalidSoftwareStatement,
        UnapprovedSoftwareStatement: says which member is wrong.
        TooManyRequests: too many registrations in this hour.
    """
    initial = bearer_token(authorization) if ctx.needs_token else None
    metadata = read_metadata(document)
    made = _credentials(metadata, ctx)
    client = new_client(
        metadata,
        new_id(ctx.chance, CLIENT_ID_PREFIX),
        secret_hash=made.secret_hash,
        origin=ClientOrigin.DYNAMIC,
    )
    outcome = await ctx.store.register_dynamic(
        NewRegistration(
            client=client,
            fingerprint=metadata.fingerprint,
            software=metadata.software,
            token_hash=digest(made.token),
            initial_token_hash=None if initial is None else digest(initial),
            now=ctx.clock.now(),
        )
    )
    if isinstance(outcome, NotRegistered):
        raise _refusal(outcome)
    told = {**answer(client, metadata), "client_id": outcome.client_id}
    if outcome.is_shared:
        return {**told, "client_id_issued_at": outcome.created_at}
    return {**told, **_given_out(outcome, made, ctx)}


async def read(
    authorization: Sequence[str], client_id: str, ctx: RegistrationContext
) -> dict[str, object]:
    """Return what is kept of a client. Its secret is not, so it is not shown again.

    Raises:
        BearerError, RegistrationTokenRefused: the token does not open this client.
    """
    kept, token = await _managed(authorization, client_id, ctx)
    outcome = Registered(client_id, kept.created_at, is_shared=False)
    return {**answer(kept.client), **_given_out(outcome, _Credentials(None, token), ctx)}


async def change(
    authorization: Sequence[str],
    client_id: str,
    document: Mapping[str, object],
    ctx: RegistrationContext,
) -> dict[str, object]:
    """Replace what a client registered, and its token; what is left out is gone.

    Raises:
        BearerError, RegistrationTokenRefused: the token does not open this client.
        InvalidRequest: the client names another id or secret, or what only the server gives out.
        InvalidRedirectURI, InvalidClientMetadata: as `register`.
    """
    kept, token = await _managed(authorization, client_id, ctx)
    _check_update(document, kept)
    metadata = read_metadata(document)
    made = _credentials(metadata, ctx)
    kept_hash = kept.client.secret_hash if metadata.needs_secret else None
    if kept_hash is not None:
        made = _Credentials(None, made.token)
    client = new_client(
        metadata,
        client_id,
        secret_hash=kept_hash or made.secret_hash,
        origin=ClientOrigin.DYNAMIC,
    )
    changed = ChangedRegistration(client, digest(token), digest(made.token))
    if await ctx.store.change_registration(changed) is not ClientChange.CHANGED:
        raise RegistrationTokenRefused(detail="another change came first")
    outcome = Registered(client_id, kept.created_at, is_shared=False)
    return {**answer(client, metadata), **_given_out(outcome, made, ctx)}


async def remove(authorization: Sequence[str], client_id: str, ctx: RegistrationContext) -> None:
    """End a client, and all that it was given.

    Raises:
        BearerError, RegistrationTokenRefused: the token does not open this client.
    """
    token_hash = digest(bearer_token(authorization))
    _require_id(client_id)
    now = ctx.clock.now()
    ended = await ctx.store.end_registration(client_id, token_hash, now=now)
    if ended is not ClientChange.CHANGED:
        raise RegistrationTokenRefused


async def _managed(
    authorization: Sequence[str], client_id: str, ctx: RegistrationContext
) -> tuple[KeptClient, Secret]:
    token = Secret(bearer_token(authorization))
    _require_id(client_id)
    kept = await ctx.store.find_registration(client_id, digest(token))
    if kept is None:
        raise RegistrationTokenRefused
    return kept, token


def _require_id(client_id: str) -> None:
    """Refuse what is no id before a store is asked for it."""
    if not is_client_id(client_id):
        raise RegistrationTokenRefused


def _check_update(document: Mapping[str, object], kept: KeptClient) -> None:
    """Refuse an update that speaks of another client (RFC 7592 section 2.2)."""
    if document.get("client_id") != kept.client.client_id:
        raise InvalidRequest("client_id has to be that of the client")
    said = [name for name in _GIVEN_OUT if name in document]
    if said:
        raise InvalidRequest(f"{said[0]} is given out by the server alone")
    secret = document.get("client_secret")
    if secret is None:
        return
    expected = kept.client.secret_hash
    if not isinstance(secret, str) or expected is None or not same(digest(secret), expected):
        raise InvalidRequest("client_secret has to be that of the client")


def _credentials(metadata: ClientMetadata, ctx: RegistrationContext) -> _Credentials:
    secret = new_secret(ctx.chance) if metadata.needs_secret else None
    return _Credentials(secret, new_secret(ctx.chance))


def _given_out(
    registered: Registered, made: _Credentials, ctx: RegistrationContext
) -> dict[str, object]:
    """Return what only the server says; a secret with the time of its end, which is never."""
    where = f"{ctx.issuer}{PATH}/{quote(registered.client_id)}"
    told: dict[str, object] = {
        "client_id_issued_at": registered.created_at,
        "registration_access_token": made.token.reveal(),
        "registration_client_uri": where,
    }
    if made.secret is not None:
        told |= {"client_secret": made.secret.reveal(), "client_secret_expires_at": 0}
    return told


def _refusal(reason: NotRegistered) -> Exception:
    match reason:
        case NotRegistered.NOT_ALLOWED:
            return RegistrationTokenRefused()
        case NotRegistered.SWITCHED_OFF:
            return InvalidClientMetadata("this client was switched off here")
        case NotRegistered.TOO_MANY | NotRegistered.TOO_MANY_OF_SOFTWARE:
            text = "too many registrations in this hour"
            return TooManyRequests(text, detail=reason.value, retry_after=RETRY_SECONDS)
    assert_never(reason)
