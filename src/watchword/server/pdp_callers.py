"""Who asks the decision point, and about whom they may: themselves, or everybody.

A token of a login opens questions about its own user, whatever its scopes: somebody who consents
must not hand over what they may not do themselves. Only a client that proves who it is and holds
the scope `pdp` asks about others.

Source: AuthZEN Authorization API 1.0 section 11.3; access.md Z9, Z21 and Z23.
"""

from starlette.requests import Request

from watchword.base.records import dataclass
from watchword.jose.errors import TokenRevoked, WrongAudience
from watchword.oauth.access_token import AccessClaims
from watchword.oauth.bearer import InsufficientScope, bearer_token
from watchword.oauth.callers import authenticate_caller
from watchword.server.endpoints.bearer import authenticate, authenticate_any
from watchword.server.endpoints.client_proof import basic_proofs
from watchword.server.pdp_certificates import Certificates
from watchword.server.runtime import Runtime

__all__ = ["SCOPE", "PDPCaller", "authenticate_asking"]

SCOPE = "pdp"  # of clients that ask about others


@dataclass(frozen=True, slots=True)
class PDPCaller:
    """Whoever asks: a user about themselves, or a client about everybody (`user_id` is None)."""

    user_id: str | None = None
    actor: str | None = None  # who acts as the user

    @property
    def may_ask_about_others(self) -> bool:
        """Whether every subject may be named, and the operator's reasons are told."""
        return self.user_id is None

    def require(self, subject_id: str) -> None:
        """Refuse a question about somebody else.

        Raises:
            InsufficientScope: 403; the scope `pdp` would open it.
        """
        if self.user_id not in {None, subject_id}:
            raise InsufficientScope(SCOPE)


async def authenticate_asking(
    request: Request, runtime: Runtime, audience: str, certificates: Certificates
) -> PDPCaller:
    """Return who asks: by client_secret_basic, a certificate, or a token for the decision point.

    A certificate counts where nothing else is shown: a person's token that comes through a gateway
    does not become the gateway's question.

    Raises:
        InvalidClient, BearerError, TokenError, AccountSuspended, LoginOver: 401 or 403.
        InsufficientScope: a client without the scope `pdp`.
    """
    if basic_proofs(request):
        return await _by_secret(request, runtime)
    if "authorization" not in request.headers:
        client_id = certificates.client_of(request, runtime.proxies)
        if client_id is not None:
            return await _by_name(client_id, runtime)
    claims = await _claims(request, runtime)
    if not claims.is_of_client:
        return await _by_login(request, runtime, audience)
    if audience not in claims.audiences:
        raise WrongAudience("the token is not for the decision point", claim="aud")
    if not await runtime.store.is_client_token_live(
        client_id=claims.client_id,
        token_id=claims.jti,
        issued_at=claims.iat,
        now=runtime.clock.now(),
    ):
        raise TokenRevoked("the token or its client was revoked")
    if SCOPE not in claims.scopes:
        raise InsufficientScope(SCOPE)
    return PDPCaller()


async def _by_secret(request: Request, runtime: Runtime) -> PDPCaller:
    asking = await authenticate_caller(
        request.headers.getlist("authorization"), {}, runtime.introspection.authentication
    )
    if asking.client_id is None:
        raise InsufficientScope(SCOPE)
    return await _by_name(asking.client_id, runtime)


async def _by_name(client_id: str, runtime: Runtime) -> PDPCaller:
    """Accept a client that has proved who it is."""
    client = await runtime.store.find_client(client_id)
    # An entitlement to every scope there is was not meant for this one.
    if client is None or client.scopes is None or SCOPE not in client.scopes:
        raise InsufficientScope(SCOPE)
    return PDPCaller()


async def _by_login(request: Request, runtime: Runtime, audience: str) -> PDPCaller:
    """Accept a token for the decision point, or one of a first-party client for this server."""
    caller = await authenticate_any(request, runtime)
    if audience not in caller.claims.audiences:
        caller = await authenticate(request, runtime)
    return PDPCaller(caller.user.id, next(iter(caller.claims.actors), None))


async def _claims(request: Request, runtime: Runtime) -> AccessClaims:
    token = bearer_token(request.headers.getlist("authorization"))
    return (await runtime.introspection.verifier.averify(token)).claims
