"""The login API: a user name and a password for a pair of tokens, for first-party clients.

It opens a session and a family and issues the pair in one transaction. It is no grant type: the
user gives the password to an application of the server's own owner and to nobody else.

Source: oauth.md section 6 (L-1, L-2, L-4, L-13); RFC 6749 section 5.1; RFC 9700 section 2.4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from watchword.accounts import errors as account_errors
from watchword.accounts.attempts import Caller, PasswordAttempt
from watchword.accounts.credentials import (
    CredentialContext,
    VerifiedCredential,
    verify_credential,
)
from watchword.accounts.origin import Origin
from watchword.accounts.sessions import new_session
from watchword.base.chance import new_id
from watchword.oauth.clients import Client, ClientStore, Resource, identify_client
from watchword.oauth.errors import (
    InvalidClient,
    InvalidCredentials,
    InvalidTarget,
    OAuthError,
    TooManyAttempts,
    UnauthorizedClient,
)
from watchword.oauth.families import (
    NewFamily,
    OpenFamily,
    Refusal,
    Refused,
)
from watchword.oauth.issue import IssueContext, Issued, PairDraft, draft_pair, issue
from watchword.oauth.parameters import optional_text, required_secret, required_text
from watchword.oauth.resources import choose_resource
from watchword.oauth.scopes import grant_scopes, parse_scope

__all__ = [
    "Accepted",
    "LoginContext",
    "LoginParameters",
    "check",
    "login",
    "new_family",
    "parse",
]

FAMILY_ID_PREFIX = "fam"

# What the peer may learn of a refusal. Everything about the account reads like a wrong password.
_REFUSALS: Mapping[Refusal, type[OAuthError]] = MappingProxyType(
    {Refusal.CLIENT_INACTIVE: InvalidClient, Refusal.RESOURCE_INACTIVE: InvalidTarget}
)


@dataclass(frozen=True, slots=True)
class LoginContext:
    """What a login works with."""

    issue: IssueContext
    clients: ClientStore
    credentials: CredentialContext


@dataclass(frozen=True, slots=True)
class LoginParameters:
    """A login request, typed."""

    attempt: PasswordAttempt
    client_id: str | None
    resource: str | None
    scopes: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Accepted:
    """What check proved: a first-party client, a resource of this server, scopes for both."""

    client: Client
    resource: Resource
    scopes: tuple[str, ...]


async def login(document: Mapping[str, object], origin: Origin, ctx: LoginContext) -> Issued:
    """Check a login and issue its pair.

    Args:
        document: the members of the body; unknown ones are ignored.
        origin: of the request.
        ctx: clients, credentials, and the issuing gate.

    Raises:
        OAuthError: InvalidRequest, InvalidClient, UnauthorizedClient, InvalidTarget, InvalidScope
            InvalidCredentials or TooManyAttempts; Busy where too many hashes wait.
    """
    params = parse(document)
    client = await identify_client(ctx.clients, params.client_id)
    accepted = check(params, client, await ctx.clients.list_resources())
    verified = await _verify(params.attempt, Caller(origin), ctx.credentials)
    draft = draft_pair(ctx.issue.chance)
    command = _command(accepted, verified, draft, origin, ctx.issue)
    issued = await issue(command, draft, ctx.issue)
    if isinstance(issued, Refused):
        detail = f"refused in the transaction: {issued.reason.value}"
        raise _REFUSALS.get(issued.reason, InvalidCredentials)(detail=detail)
    return issued


def parse(document: Mapping[str, object]) -> LoginParameters:
    """Turn a body into typed parameters.

    Raises:
        InvalidRequest: a member is missing or of the wrong type; the text names it.
        InvalidScope: the scope is malformed.
    """
    name = required_text(document, "username")
    password = required_secret(document, "password")
    return LoginParameters(
        attempt=PasswordAttempt(name, password),
        client_id=optional_text(document, "client_id"),
        resource=optional_text(document, "resource"),
        scopes=parse_scope(optional_text(document, "scope")),
    )


def check(params: LoginParameters, client: Client, resources: Sequence[Resource]) -> Accepted:
    """Decide what the client may ask for, before anything is said about the account.

    Raises:
        UnauthorizedClient: not first-party.
        InvalidTarget: no such resource.
        InvalidScope: more than the client may have.
    """
    if not client.is_first_party:
        detail = f"{client.client_id} is not first-party"
        raise UnauthorizedClient("only first-party clients may log in", detail=detail, status=403)
    resource = choose_resource(resources, params.resource)
    return Accepted(client, resource, grant_scopes(params.scopes, client, resource))


def new_family(accepted: Accepted, draft: PairDraft, ctx: IssueContext) -> NewFamily:
    """Describe the family that a login opens."""
    return NewFamily(
        family_id=new_id(ctx.chance, FAMILY_ID_PREFIX),
        client_id=accepted.client.client_id,
        resource=accepted.resource.identifier,
        scopes=accepted.scopes,
        refresh=draft.stored,
        idle_seconds=ctx.limits.idle_seconds,
        expires_at=ctx.clock.now() + ctx.limits.lifetime_seconds,
    )


async def _verify(
    attempt: PasswordAttempt, caller: Caller, ctx: CredentialContext
) -> VerifiedCredential:
    try:
        return await verify_credential(attempt, caller, ctx)
    except account_errors.InvalidCredentials as error:
        raise InvalidCredentials(detail=error.detail) from None
    except account_errors.TooManyAttempts as error:
        raise TooManyAttempts(detail=error.detail, retry_after=error.retry_after) from None


def _command(
    accepted: Accepted,
    verified: VerifiedCredential,
    draft: PairDraft,
    origin: Origin,
    ctx: IssueContext,
) -> OpenFamily:
    now = ctx.clock.now()
    return OpenFamily(
        user_id=verified.user_id,
        password_hash=verified.password_hash,
        session=new_session(
            proofs=(verified.proof,),
            lifetime_seconds=ctx.limits.lifetime_seconds,
            origin=origin,
            now=now,
            chance=ctx.chance,
        ),
        family=new_family(accepted, draft, ctx),
        now=now,
    )
