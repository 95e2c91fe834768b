"""Device code grant: a device asks again and again whether its person has decided.

The rule is the store's transaction: a device that asks too soon is told to slow down and its
interval grows; an allowed code is spent by one statement with all that it is bound to, and the same
transaction opens what it buys, at the level of the session in which it was allowed.

Source: RFC 8628 sections 3.4 and 3.5; oauth.md S-3 to S-5, N-33 and section 8.
"""

from collections.abc import Mapping
from types import MappingProxyType

from watchword.accounts.origin import Origin
from watchword.base.secrets import digest
from watchword.oauth.authorize.errors import AccessDenied
from watchword.oauth.clients import Client
from watchword.oauth.device_codes import RedeemDeviceCode
from watchword.oauth.errors import (
    AuthorizationPending,
    ExpiredToken,
    InvalidGrant,
    OAuthError,
    SlowDown,
)
from watchword.oauth.families import Refusal, Refused
from watchword.oauth.grants.grant import Grant, TokenContext
from watchword.oauth.grants.opening import opening
from watchword.oauth.issue import Issued, draft_pair, issue
from watchword.oauth.parameters import required_secret

__all__ = ["GRANT", "exchange"]

_REFUSALS: Mapping[Refusal, type[OAuthError]] = MappingProxyType(
    {
        Refusal.PENDING: AuthorizationPending,
        Refusal.TOO_SOON: SlowDown,
        Refusal.EXPIRED: ExpiredToken,
        Refusal.DENIED: AccessDenied,
    }
)


async def exchange(
    members: Mapping[str, object], client: Client, origin: Origin, ctx: TokenContext
) -> Issued:
    """Answer one poll of a device.

    Raises:
        OAuthError: AuthorizationPending, SlowDown, ExpiredToken or AccessDenied; InvalidRequest, or
            InvalidGrant for a code that is unknown, another client's, or spent.
    """
    shown = required_secret(members, "device_code")
    draft = draft_pair(ctx.issue)
    family, session = opening(client, draft, origin, ctx.issue)
    now = ctx.issue.clock.now()
    command = RedeemDeviceCode(digest(shown), client.client_id, family, session, now)
    issued = await issue(command, draft, ctx.issue)
    if isinstance(issued, Refused):
        detail = f"refused in the transaction: {issued.reason.value}"
        known = _REFUSALS.get(issued.reason)
        raise (
            known(detail=detail)
            if known
            else InvalidGrant("the device code is not valid", detail=detail)
        )
    return issued


GRANT = Grant(
    grant_type="urn:ietf:params:oauth:grant-type:device_code",
    reads=frozenset({"device_code"}),
    exchange=exchange,
    source="RFC 8628 section 3.4",
    begins_at="device_authorization_endpoint",
)
