"""Refresh token grant, with rotation, retry and reuse detection.

The rule itself is the store's transaction (oauth.md section 5). `POST /refresh` and the token
endpoint both end here.

Source: RFC 6749 section 6; RFC 9700 section 4.14.2; oauth.md R-2 to R-5.
"""

from collections.abc import Mapping

from watchword.accounts.origin import Origin
from watchword.base.records import dataclass
from watchword.base.secrets import Secret, digest
from watchword.oauth.clients import Client
from watchword.oauth.errors import InvalidGrant, InvalidScope
from watchword.oauth.families import Refusal, Refused, RotateRefreshToken
from watchword.oauth.grants.grant import Grant, TokenContext
from watchword.oauth.issue import Issued, draft_pair, issue
from watchword.oauth.parameters import optional_text, required_secret
from watchword.oauth.resources import choose_resource
from watchword.oauth.scopes import IDENTITY_SCOPES, excess, parse_scope

__all__ = ["GRANT", "RefreshParameters", "exchange", "parse"]


@dataclass(frozen=True, slots=True)
class RefreshParameters:
    """A refresh request, typed."""

    refresh_token: Secret
    resource: str | None
    scopes: tuple[str, ...] | None


async def exchange(
    members: Mapping[str, object], client: Client, origin: Origin, ctx: TokenContext
) -> Issued:
    """Spend the refresh token and issue the next pair.

    Raises:
        OAuthError: InvalidRequest, InvalidTarget, InvalidScope or InvalidGrant.
    """
    params = parse(members)
    resource = await _resource(params, ctx)
    narrowed_to = check(params, client)
    draft = draft_pair(ctx.issue, narrowed_to=narrowed_to)
    command = RotateRefreshToken(
        token_hash=digest(params.refresh_token),
        client_id=client.client_id,
        resource=resource,
        successor=draft.stored,
        origin=origin,
        now=ctx.issue.clock.now(),
        scopes=None if params.scopes is None else frozenset(params.scopes),
    )
    issued = await issue(command, draft, ctx.issue)
    if isinstance(issued, Refused):
        raise _refusal(issued.reason)
    return issued


def parse(members: Mapping[str, object]) -> RefreshParameters:
    """Turn the members of a body into typed parameters.

    Raises:
        InvalidRequest: a member is missing or of the wrong type; the text names it.
        InvalidScope: the scope is malformed.
    """
    return RefreshParameters(
        refresh_token=required_secret(members, "refresh_token"),
        resource=optional_text(members, "resource"),
        scopes=parse_scope(optional_text(members, "scope")),
    )


def check(params: RefreshParameters, client: Client) -> frozenset[str] | None:
    """Return the scopes to which this access token is narrowed; None for all of the family.

    A client that lost a scope since the login loses it here.

    Raises:
        InvalidScope: asks for what the client may not have.
    """
    entitled = None if client.scopes is None else client.scopes | IDENTITY_SCOPES
    if params.scopes is None:
        return entitled
    further = [] if entitled is None else [one for one in params.scopes if one not in entitled]
    if further:
        raise excess(further, whose=client.client_id)
    return frozenset(params.scopes)


async def _resource(params: RefreshParameters, ctx: TokenContext) -> str | None:
    if params.resource is None:
        return None
    return choose_resource(await ctx.clients.list_resources(), params.resource).identifier


def _refusal(reason: Refusal) -> InvalidGrant | InvalidScope:
    """Choose the error. What concerns the token itself reads the same in every case (U56)."""
    detail = f"refused in the transaction: {reason.value}"
    return (InvalidScope if reason is Refusal.WRONG_SCOPE else InvalidGrant)(detail=detail)


GRANT = Grant(
    grant_type="refresh_token",
    reads=frozenset({"refresh_token", "scope", "resource"}),
    exchange=exchange,
    source="RFC 6749 section 6",
)
