"""The token endpoint's grants: one file each, one table.

Owns which `grant_type` leads where. Implements RFC 6749 sections 3.2 and 5.2.
A grant is a file and a row of `GRANTS`; metadata and parameter filter are derived from the table.
Leaves issuing to `oauth.issue` and forms to `server`.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct

from watchword.accounts.origin import Origin
from watchword.base.secrets import digest
from watchword.oauth.causes import GRANT_TYPE
from watchword.oauth.client_authentication import (
    AuthenticatedClient,
    authenticate_presented,
    read_presented,
)
from watchword.oauth.errors import (
    InvalidGrant,
    InvalidRequest,
    UnauthorizedClient,
    UnsupportedGrantType,
)
from watchword.oauth.grants import (
    authorization_code,
    client_credentials,
    device_code,
    refresh_token,
)
from watchword.oauth.grants.grant import Grant, TokenContext
from watchword.oauth.issue import Issued
from watchword.oauth.parameters import required_text

__all__ = ["GRANTS", "Grant", "TokenContext", "TokenRequest", "admit", "exchange"]

GRANTS: Mapping[str, Grant] = MappingProxyType(
    {
        grant.grant_type: grant
        for grant in (
            authorization_code.GRANT,
            refresh_token.GRANT,
            client_credentials.GRANT,
            device_code.GRANT,
        )
    }
)

# What a program got from the login API without naming its client, it may use so.
_OF_LOGIN_API = (authorization_code.GRANT, refresh_token.GRANT)
NO_NAME = "client_id is missing"


class TokenRequest(Struct, frozen=True):
    """A token request whose client was proved and may use the grant."""

    grant: Grant
    authenticated: AuthenticatedClient
    members: Mapping[str, object]  # those that the grant reads
    is_named: bool = True  # the client; otherwise it is the default one of the login API

    @property
    def bindings(self) -> bytes:
        """What two requests have in common if they may share an answer.

        Each of them has proved its client for itself, so that a proof that may be used once is
        used once.
        """
        client, method = self.authenticated.client, self.authenticated.method
        read = sorted((name, repr(value)) for name, value in self.members.items())
        return digest(repr((self.grant.grant_type, client.client_id, method.value, read)))


async def admit(
    authorization: Sequence[str], form: Mapping[str, object], ctx: TokenContext
) -> TokenRequest:
    """Find the grant of a token request, and its client.

    Args:
        authorization: the values of all `Authorization` fields.
        form: the parameters, each once.
        ctx: who may ask.

    Raises:
        InvalidRequest: `grant_type` is missing, or the client's part is malformed.
        UnsupportedGrantType: no such grant.
        InvalidClient: 401; the client did not prove who it is.
        UnauthorizedClient: the client is not registered for the grant.
    """
    grant = GRANTS.get(required_text(form, "grant_type"))
    if grant is None or grant.grant_type in ctx.switched_off:
        raise UnsupportedGrantType
    presented = read_presented(authorization, form)
    if not (presented.names_client or grant in _OF_LOGIN_API):
        raise InvalidRequest(NO_NAME)
    authenticated = await authenticate_presented(presented, ctx.authentication)
    client = authenticated.client
    if grant.grant_type not in client.grant_types:
        detail = f"{client.client_id} and {grant.grant_type}: {GRANT_TYPE}"
        raise UnauthorizedClient("the client may not use this grant_type", detail=detail)
    members = {name: form[name] for name in form if name in grant.reads}
    return TokenRequest(grant, authenticated, members, presented.names_client)


async def exchange(request: TokenRequest, origin: Origin, ctx: TokenContext) -> Issued:
    """Answer a token request.

    Raises:
        OAuthError: what the grant raises.
    """
    client = request.authenticated.client
    try:
        issued = await request.grant.exchange(request.members, client, origin, ctx)
    except InvalidGrant as error:
        if request.is_named or request.grant is not authorization_code.GRANT:
            raise
        # Of whichever reason: the code may be that of a client which has to name itself.
        raise InvalidGrant(f"{error.public}, and {NO_NAME}", detail=error.detail) from None
    return issued.to(client)
