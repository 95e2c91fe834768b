"""The one login of first-party clients, behind both of its skins.

`POST /login` and the authorization challenge endpoint read the same parameters, run the same login
and differ only in what they make of its end: tokens, or a code.

Source: oauth.md section 6 (L-1, L-4, L-5, L-8); draft-ietf-oauth-first-party-apps-03.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from watchword.accounts import errors as account_errors
from watchword.accounts.attempts import Caller
from watchword.accounts.flow import (
    Begun,
    Bindings,
    Completed,
    FlowPurpose,
    Missing,
    Offer,
    Unfinished,
)
from watchword.accounts.origin import Origin
from watchword.accounts.steps import (
    FlowContext,
    answer,
    begin,
    begin_with_passkey,
    continue_session,
    look,
)
from watchword.base.chance import Chance, new_secret
from watchword.base.records import dataclass
from watchword.base.secrets import Secret, digest
from watchword.oauth.client_authentication import (
    ClientAuthenticationContext,
    authenticate_presented,
    read_presented,
)
from watchword.oauth.clients import Client, ClientStore, Resource, identify_client
from watchword.oauth.errors import TooManyAttempts, UnauthorizedClient
from watchword.oauth.login_errors import (
    InvalidCredentials,
    InvalidSession,
    LoginUnfinished,
    PasskeyRequired,
    ReauthenticationRequired,
    RedirectToWeb,
    SecondFactorRequired,
)
from watchword.oauth.login_parameters import Continued, LoginParameters, parse
from watchword.oauth.pages import require_listed
from watchword.oauth.resources import choose_resource
from watchword.oauth.scopes import grant_scopes, parse_scope

__all__ = [
    "Accepted",
    "Authenticated",
    "AuthenticationContext",
    "authenticate",
    "check",
]

_UNFINISHED: Mapping[Missing, type[LoginUnfinished]] = {
    Missing.SECOND_FACTOR: SecondFactorRequired,
    Missing.NEWER_PROOF: ReauthenticationRequired,
    Missing.PASSKEY: PasskeyRequired,
}
# Where a person goes on: the reason for a program, and the page.
_PAGES: Mapping[Missing, tuple[str, str]] = {
    Missing.OTHER_PASSWORD: ("password_change", "/account/password"),
    Missing.FURTHER_FACTOR: ("second_factor_setup", "/account/confirm?acr=aal2"),
}


@dataclass(frozen=True, slots=True)
class AuthenticationContext:
    """What a login of a first-party client works with."""

    proving: ClientAuthenticationContext
    flow: FlowContext
    chance: Chance

    @property
    def clients(self) -> ClientStore:
        """The clients and resources that are known."""
        return self.proving.clients


@dataclass(frozen=True, slots=True)
class Accepted:
    """What check proved: a first-party client, a resource of this server, scopes for both."""

    client: Client
    resource: Resource
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Authenticated:
    """A login that is complete: who, for which client, and what was asked when it began."""

    completed: Completed
    accepted: Accepted
    device: Secret | None  # what this program is known by from here on, if it asked

    @property
    def remembered(self) -> Mapping[str, str]:
        """What a skin had remembered."""
        return self.completed.request


async def authenticate(
    authorization: Sequence[str],
    members: Mapping[str, object],
    origin: Origin,
    ctx: AuthenticationContext,
    *,
    remember: Mapping[str, str] | None = None,
) -> Authenticated:
    """Take one step of a login.

    Args:
        authorization: the values of the `Authorization` fields that prove the client.
        members: the parameters; unknown ones are ignored.
        origin: of the request.
        ctx: clients and the login itself.
        remember: what a skin wants to find again at the end of a login that it begins.

    Raises:
        OAuthError: InvalidRequest, InvalidClient, UnauthorizedClient, PageRefused, InvalidTarget,
            InvalidScope, InvalidCredentials, InvalidSession, RedirectToWeb, TooManyAttempts; Busy;
            and what is missing: SecondFactorRequired, ReauthenticationRequired, PasskeyRequired.
    """
    params = parse(members)
    client = await _prove(authorization, members, params, ctx)
    require_listed(origin, client)
    caller, device = _caller(params, origin, ctx)
    try:
        outcome = await _step(params, client, caller, remember or {}, ctx)
    except account_errors.InvalidCredentials as error:
        raise InvalidCredentials(detail=error.detail) from None
    except account_errors.TooManyAttempts as error:
        raise TooManyAttempts(detail=error.detail, retry_after=error.retry_after) from None
    except account_errors.FlowNotValid as error:
        raise InvalidSession(detail=error.detail) from None
    if isinstance(outcome, Unfinished):
        raise _missing(outcome, ctx.proving.issuer)
    accepted = await _accept_again(client, outcome, ctx)
    return Authenticated(outcome, accepted, device)


def check(
    client: Client, resources: Sequence[Resource], *, resource: str | None, scope: str | None
) -> Accepted:
    """Decide what the client may ask for, before anything is said about the account.

    Raises:
        UnauthorizedClient: not first-party.
        InvalidTarget: no such resource.
        InvalidScope: more than the client may have.
    """
    if not client.is_first_party:
        detail = f"{client.client_id} is not first-party"
        raise UnauthorizedClient("only first-party clients may log in", detail=detail, status=403)
    chosen = choose_resource(resources, resource)
    return Accepted(client, chosen, grant_scopes(parse_scope(scope), client, chosen))


def _caller(
    params: LoginParameters, origin: Origin, ctx: AuthenticationContext
) -> tuple[Caller, Secret | None]:
    """Return who asks, and what it is to be told that it is known by."""
    if params.device is None and params.wants_device:
        fresh = new_secret(ctx.chance)
        return Caller(origin, fresh), fresh
    return Caller(origin, params.device), None


async def _prove(
    authorization: Sequence[str],
    members: Mapping[str, object],
    params: LoginParameters,
    ctx: AuthenticationContext,
) -> Client:
    """Return the client of the request, which has proved itself where it has to.

    Raises:
        InvalidClient, InvalidRequest: as `authenticate_client`.
        InvalidSession: nothing but `auth_session` says which client it is, and that leads nowhere.

    Source: oauth.md L-4.
    """
    presented = read_presented(authorization, members)
    if isinstance(params.step, Continued) and not presented.names_client:
        shown, now = digest(params.step.auth_session), ctx.flow.clock.now()
        flow = await ctx.flow.flows.find_flow(shown, Bindings(FlowPurpose.API), now=now)
        if flow is None:
            raise InvalidSession(detail="no live login has this secret")
        return await identify_client(ctx.clients, flow.client_id)
    return (await authenticate_presented(presented, ctx.proving)).client


async def _step(
    params: LoginParameters,
    client: Client,
    caller: Caller,
    remember: Mapping[str, str],
    ctx: AuthenticationContext,
) -> Completed | Unfinished:
    step = params.step
    if isinstance(step, Continued):
        bindings = Bindings(FlowPurpose.API, client.client_id)
        if step.answer is None:
            return await look(step.auth_session, bindings, ctx.flow)
        return await answer(step.auth_session, step.answer, caller, bindings, ctx.flow)
    accepted = await _accept(client, params.resource, params.scope, ctx)
    request = {
        **remember,
        "client_id": client.client_id,
        "resource": accepted.resource.identifier,
        "scope": " ".join(accepted.scopes),
    }
    bindings = Bindings(FlowPurpose.API, client.client_id)
    begun = Begun(bindings, params.wish, request)
    if step.password is not None:
        return await begin(step.password, caller, begun, ctx.flow)
    if step.refresh_token is None:
        return await begin_with_passkey(begun, ctx.flow)
    return await _raise(step.refresh_token, begun, ctx)


async def _raise(
    refresh_token: Secret, begun: Begun, ctx: AuthenticationContext
) -> Completed | Unfinished:
    """Begin on the session of a live refresh token, which stays live.

    Raises:
        InvalidSession: the token leads to none.
    """
    flows, client_id = ctx.flow.flows, begun.bindings.client_id or ""
    now = ctx.flow.clock.now()
    login = await flows.find_login(digest(refresh_token), client_id, now=now)
    if login is None:
        raise InvalidSession(detail="the refresh token leads to no live session of this client")
    return await continue_session(login, begun, ctx.flow)


async def _accept(
    client: Client, resource: str | None, scope: str | None, ctx: AuthenticationContext
) -> Accepted:
    resources = await ctx.clients.list_resources()
    return check(client, resources, resource=resource, scope=scope)


async def _accept_again(
    client: Client, completed: Completed, ctx: AuthenticationContext
) -> Accepted:
    """Hold what was asked at the beginning against what the client may have at the end."""
    asked = completed.request
    scope = asked["scope"]
    accepted = await _accept(client, asked["resource"], scope, ctx)
    return accepted if scope else replace(accepted, scopes=())


def _missing(outcome: Unfinished, issuer: str) -> Exception:
    """Return what the peer is told of a login that is not complete."""
    if outcome.missing.is_for_pages:
        reason, path = _PAGES[outcome.missing]
        told = {"reason": reason, "continue_at": issuer + path}
        return RedirectToWeb(detail="only pages can go on with this login", members=told)
    members = {
        "auth_session": outcome.secret.reveal(),
        "expires_in": outcome.expires_in,
        "next": [_offer(offer) for offer in outcome.offers],
    }
    if outcome.retry_after is not None:
        return TooManyAttempts(detail="throttled", retry_after=outcome.retry_after, members=members)
    if outcome.is_wrong:
        return InvalidCredentials("the code is wrong, used or too old", members=members)
    return _UNFINISHED[outcome.missing](members=members)


def _offer(offer: Offer) -> dict[str, object]:
    described: dict[str, object] = {"type": offer.kind.value}
    return described if offer.options is None else {**described, "options": offer.options}
