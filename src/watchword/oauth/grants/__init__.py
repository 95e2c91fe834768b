"""The token endpoint's grants: one file each, one table.

Owns which `grant_type` leads where. Implements RFC 6749 sections 3.2 and 5.2.
A grant is a file and a row of `GRANTS`; metadata and parameter filter are derived from the table.
Leaves issuing to `oauth.issue` and forms to `server`.
"""

from collections.abc import Mapping
from types import MappingProxyType

from watchword.accounts.origin import Origin
from watchword.oauth.errors import UnsupportedGrantType
from watchword.oauth.grants import authorization_code, refresh_token
from watchword.oauth.grants.grant import Grant, TokenContext
from watchword.oauth.issue import Issued
from watchword.oauth.parameters import required_text

__all__ = ["GRANTS", "Grant", "TokenContext", "exchange"]

GRANTS: Mapping[str, Grant] = MappingProxyType(
    {grant.grant_type: grant for grant in (authorization_code.GRANT, refresh_token.GRANT)}
)


async def exchange(form: Mapping[str, object], origin: Origin, ctx: TokenContext) -> Issued:
    """Answer a token request.

    Args:
        form: its parameters, each once.
        origin: where it came from.
        ctx: clients, and the issuing gate.

    Raises:
        InvalidRequest: `grant_type` is missing.
        UnsupportedGrantType: no such grant.
        OAuthError: what the grant raises.
    """
    grant = GRANTS.get(required_text(form, "grant_type"))
    if grant is None:
        raise UnsupportedGrantType
    read = grant.reads | {"client_id"}
    members = {name: form[name] for name in form if name in read}
    return await grant.exchange(members, origin, ctx)
