"""Authorization code grant.

The rule is the store's transaction: one statement spends the code with all that it is bound to,
and the same transaction opens what it buys.

Source: RFC 6749 sections 4.1.3 and 5.2; RFC 7636 section 4.6; oauth.md S-3 to S-5, L-7.
"""

from collections.abc import Mapping

from msgspec import Struct

from watchword.accounts.origin import Origin
from watchword.base.secrets import Secret, digest
from watchword.oauth.authorize.pkce import challenge_of
from watchword.oauth.clients import Client
from watchword.oauth.codes import RedeemCode
from watchword.oauth.errors import InvalidGrant
from watchword.oauth.families import Refused
from watchword.oauth.grants.grant import Grant, TokenContext
from watchword.oauth.grants.opening import opening
from watchword.oauth.issue import Issued, draft_pair, issue
from watchword.oauth.parameters import optional_text, required_secret
from watchword.oauth.resources import choose_resource

__all__ = ["GRANT", "CodeParameters", "exchange", "parse"]

NOT_VALID = "the authorization code is not valid"


class CodeParameters(Struct, frozen=True):
    """A token request with a code, typed."""

    code: Secret
    code_verifier: Secret | None
    redirect_uri: str | None
    resource: str | None


async def exchange(
    members: Mapping[str, object], client: Client, origin: Origin, ctx: TokenContext
) -> Issued:
    """Spend the code and issue what it buys.

    Raises:
        OAuthError: InvalidRequest, InvalidTarget or InvalidGrant.
    """
    params = parse(members)
    resource = None
    if params.resource is not None:
        resources = await ctx.clients.list_resources()
        resource = choose_resource(resources, params.resource).identifier
    draft = draft_pair(ctx.issue)
    family, session = opening(client, draft, origin, ctx.issue)
    verifier = params.code_verifier
    command = RedeemCode(
        code_hash=digest(params.code),
        client_id=client.client_id,
        redirect_uri=params.redirect_uri,
        code_challenge=None if verifier is None else challenge_of(verifier),
        dpop_jkt=None,
        resource=resource,
        family=family,
        session=session,
        now=ctx.issue.clock.now(),
    )
    issued = await issue(command, draft, ctx.issue)
    if isinstance(issued, Refused):
        raise InvalidGrant(NOT_VALID, detail=f"refused in the transaction: {issued.reason.value}")
    return issued


def parse(members: Mapping[str, object]) -> CodeParameters:
    """Turn the members of a body into typed parameters.

    Raises:
        InvalidRequest: a member is missing or of the wrong type; the text names it.
    """
    verifier = optional_text(members, "code_verifier")
    return CodeParameters(
        code=required_secret(members, "code"),
        code_verifier=None if verifier is None else Secret(verifier),
        redirect_uri=optional_text(members, "redirect_uri"),
        resource=optional_text(members, "resource"),
    )


GRANT = Grant(
    grant_type="authorization_code",
    reads=frozenset({"code", "code_verifier", "redirect_uri", "resource"}),
    exchange=exchange,
    source="RFC 6749 section 4.1.3",
)
