"""The login API: a user name and a password for a pair of tokens, for first-party clients.

It opens a session and a family and issues the pair in one transaction. It is no grant type: the
user gives the password to an application of the server's own owner and to nobody else.

Source: oauth.md section 6 (L-1, L-2, L-8); RFC 6749 section 5.1; RFC 9700 section 2.4; RFC 9470.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from watchword.accounts.origin import Origin
from watchword.accounts.sessions import RaiseSession, SessionStore, new_session
from watchword.base.chance import new_id
from watchword.base.records import dataclass
from watchword.base.secrets import Secret
from watchword.oauth.authentication import (
    Accepted,
    Authenticated,
    AuthenticationContext,
    authenticate,
)
from watchword.oauth.errors import InvalidClient, InvalidTarget, OAuthError
from watchword.oauth.families import (
    FAMILY_ID_PREFIX,
    NewFamily,
    OpenFamily,
    OpenFamilyInSession,
    Refusal,
    Refused,
)
from watchword.oauth.issue import IssueContext, Issued, PairDraft, draft_pair, issue
from watchword.oauth.login_errors import InvalidCredentials, InvalidSession

__all__ = ["LoggedIn", "LoginContext", "login", "new_family"]

# What the peer may learn of a refusal. Everything about the account reads like a wrong password.
_REFUSALS: Mapping[Refusal, type[OAuthError]] = MappingProxyType(
    {Refusal.CLIENT_INACTIVE: InvalidClient, Refusal.RESOURCE_INACTIVE: InvalidTarget}
)


@dataclass(frozen=True, slots=True)
class LoginContext:
    """What a login works with."""

    issue: IssueContext
    authentication: AuthenticationContext
    sessions: SessionStore


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A pair, and what this program is known by from here on, if it asked to be."""

    issued: Issued
    device: Secret | None


async def login(
    authorization: Sequence[str], members: Mapping[str, object], origin: Origin, ctx: LoginContext
) -> LoggedIn:
    """Take one step of a login; the last one issues its pair.

    Args:
        authorization: the values of the `Authorization` fields that prove the client.
        members: of the body; unknown ones are ignored.
        origin: of the request.
        ctx: clients, the login itself, and the issuing gate.

    Raises:
        OAuthError: as `authenticate`.
    """
    authenticated = await authenticate(authorization, members, origin, ctx.authentication)
    draft = draft_pair(ctx.issue)
    family = new_family(authenticated.accepted, draft, ctx.issue)
    if authenticated.completed.sid is None:
        command: OpenFamily | OpenFamilyInSession = _opening(
            authenticated, family, origin, ctx.issue
        )
    else:
        command = await _raising(authenticated, family, origin, ctx)
    issued = await issue(command, draft, ctx.issue)
    if isinstance(issued, Refused):
        detail = f"refused in the transaction: {issued.reason.value}"
        raise _REFUSALS.get(issued.reason, InvalidCredentials)(detail=detail)
    return LoggedIn(issued.to(authenticated.accepted.client), authenticated.device)


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


def _opening(
    authenticated: Authenticated, family: NewFamily, origin: Origin, ctx: IssueContext
) -> OpenFamily:
    now, completed = ctx.clock.now(), authenticated.completed
    session = new_session(
        proofs=completed.proofs,
        lifetime_seconds=ctx.limits.lifetime_seconds,
        origin=origin,
        now=now,
        chance=ctx.chance,
    )
    return OpenFamily(
        user_id=completed.user_id,
        password_hash=completed.password_hash,
        session=replace(session, device_hash=completed.device_hash),
        family=family,
        now=now,
    )


async def _raising(
    authenticated: Authenticated, family: NewFamily, origin: Origin, ctx: LoginContext
) -> OpenFamilyInSession:
    """Add the proofs to the session that the client has, for a family of its new level.

    Raises:
        InvalidSession: it ended meanwhile, or it is a browser's.
    """
    completed, now = authenticated.completed, ctx.issue.clock.now()
    sid = completed.sid or ""
    raised = await ctx.sessions.raise_session(
        RaiseSession(sid, None, None, completed.proofs, origin, now, completed.device_hash)
    )
    if raised is None:
        raise InvalidSession(detail=f"{sid} does not stand, or belongs to a browser")
    return OpenFamilyInSession(sid, family, origin, now)
