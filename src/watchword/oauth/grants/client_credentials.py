"""Client credentials grant: a client gets a token of its own, for itself.

Only a client that has proved who it is; there is no refresh token, because the client can ask again
at any time. The `sub` is the client, and no user's can ever be the same.

Source: RFC 6749 section 4.4; RFC 8707 section 2.2; RFC 9700 section 4.15; oauth.md section 8.
"""

from collections.abc import Mapping

from msgspec import Struct

from watchword.accounts.origin import Origin
from watchword.accounts.users import USER_ID_PREFIX
from watchword.base.chance import new_id
from watchword.oauth.client_tokens import IssueToClient
from watchword.oauth.clients import Client, Resource, TokenFormat
from watchword.oauth.errors import (
    InvalidClient,
    InvalidScope,
    InvalidTarget,
    OAuthError,
    UnauthorizedClient,
)
from watchword.oauth.families import Refusal, Refused
from watchword.oauth.grants.grant import Grant, TokenContext
from watchword.oauth.issue import Issued, draft_access, issue
from watchword.oauth.parameters import optional_text
from watchword.oauth.resources import choose_resource
from watchword.oauth.scopes import excess, grant_scopes, parse_scope

__all__ = ["GRANT", "ClientCredentialsParameters", "exchange", "parse"]

TOKEN_ID_PREFIX = "tok"  # noqa: S105  # of a public identifier


class ClientCredentialsParameters(Struct, frozen=True):
    """A token request of a client for itself, typed."""

    scopes: tuple[str, ...] | None
    resource: str | None


async def exchange(
    members: Mapping[str, object],
    client: Client,
    origin: Origin,  # noqa: ARG001  # as other grants'
    ctx: TokenContext,
) -> Issued:
    """Issue an access token to the client.

    Raises:
        OAuthError: InvalidRequest, UnauthorizedClient, InvalidTarget, InvalidScope, or
            InvalidClient where its credential was changed at this very moment.
    """
    params = parse(members)
    resource = choose_resource(await ctx.clients.list_resources(), params.resource)
    scopes = check(params, client, resource)
    draft = draft_access(ctx.issue) if resource.token_format is TokenFormat.OPAQUE else None
    command = IssueToClient(
        client=client,
        resource=resource.identifier,
        scopes=scopes,
        token_id=new_id(ctx.issue.chance, TOKEN_ID_PREFIX),
        opaque=None if draft is None else draft.stored,
        now=ctx.issue.clock.now(),
    )
    issued = await issue(command, draft, ctx.issue)
    if isinstance(issued, Refused):
        raise _refusal(issued.reason)
    return issued


def parse(members: Mapping[str, object]) -> ClientCredentialsParameters:
    """Turn the members of a body into typed parameters.

    Raises:
        InvalidRequest: a member is of the wrong type; the text names it.
        InvalidScope: the scope is malformed.
    """
    return ClientCredentialsParameters(
        scopes=parse_scope(optional_text(members, "scope")),
        resource=optional_text(members, "resource"),
    )


def check(
    params: ClientCredentialsParameters, client: Client, resource: Resource
) -> tuple[str, ...]:
    """Return the scopes that the client gets.

    Raises:
        UnauthorizedClient: it is public, and has proved nothing (RFC 6749 section 4.4), or it is
            called as a user might be (RFC 9700 section 4.15).
        InvalidScope: a scope that the resource does not have, or the client may not; or none of
            those that the resource has.
    """
    if not client.is_confidential:
        detail = f"{client.client_id} is public"
        raise UnauthorizedClient("only a confidential client has tokens of its own", detail=detail)
    if client.client_id.startswith(f"{USER_ID_PREFIX}_"):  # no registration lets it in
        raise UnauthorizedClient("the client_id begins as the ids of users do")
    # openid is about a person
    further = [one for one in params.scopes or () if one not in resource.scope_names]
    if further:
        raise excess(further, whose=f"{client.client_id} at {resource.identifier}")
    scopes = grant_scopes(params.scopes, client, resource)
    if resource.is_narrowed and not scopes:
        raise InvalidScope(detail=f"{client.client_id} has no scope of {resource.identifier}")
    return scopes


def _refusal(reason: Refusal) -> OAuthError:
    detail = f"refused in the transaction: {reason.value}"
    is_target = reason is Refusal.RESOURCE_INACTIVE
    return InvalidTarget(detail=detail) if is_target else InvalidClient(detail=detail)


GRANT = Grant(
    grant_type="client_credentials",
    reads=frozenset({"scope", "resource"}),
    exchange=exchange,
    source="RFC 6749 section 4.4",
)
