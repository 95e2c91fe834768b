"""The Model Context Protocol's own SDK: tokens become what its servers call an access token.

    MCPServer("Notes", token_verifier=TokenVerifier(ISSUER, audience=URL), auth=AuthSettings(...))

Source: Model Context Protocol 2026-07-28, Authorization; oauth.md section 11.
"""

from mcp.server.auth.provider import AccessToken

from watchword.base.clock import SYSTEM, Clock
from watchword.base.secrets import Secret
from watchword.guards.answers import REFUSALS
from watchword.guards.authenticator import Authenticator, Sources
from watchword.guards.feed import follower_of
from watchword.guards.presented import Presented
from watchword.guards.user import Authenticated
from watchword.jose.jwk.keyset import KeySource

__all__ = ["TokenVerifier", "members_of"]


class TokenVerifier:
    """Verifies the tokens of one issuer for one MCP server, as the SDK's `TokenVerifier` does.

    The SDK hears only whether a token is good; `watchword.fastmcp.Guard` also says why not.

    Args:
        issuer: the exact issuer identifier.
        audience: the URL of the MCP server, as `aud` names it.
        keys: where the keys are; None fetches them from the issuer's metadata.
        secret: of this server at the issuer, with which it follows the revocation feed.
        clock: the time; a test moves it.
    """

    def __init__(
        self,
        issuer: str,
        *,
        audience: str,
        keys: KeySource | None = None,
        secret: Secret | str | None = None,
        clock: Clock = SYSTEM,
    ) -> None:
        self._authenticator = Authenticator(
            issuer,
            audience=audience,
            sources=Sources(
                keys=keys,
                revocations=follower_of(issuer, name=audience, secret=secret, clock=clock),
            ),
            clock=clock,
        )

    async def verify_token(self, token: str) -> AccessToken | None:
        """Return what the token says, or None where it is refused."""
        try:
            found = await self._authenticator.authenticate(Presented([f"Bearer {token}"]))
        except REFUSALS:
            return None
        return AccessToken.model_validate(members_of(found, token, self._authenticator.audience))


def members_of(found: Authenticated, token: str, audience: str) -> dict[str, object]:
    """Return the members of an access token in the SDK's terms."""
    claims = found.claims
    return {
        "token": token,
        "client_id": claims.client_id,
        "scopes": claims.scope.split(),
        "expires_at": claims.exp,
        "resource": audience,
        "subject": claims.sub,
        "claims": {
            "iss": claims.iss,
            "sub": claims.sub,
            "jti": claims.jti,
            "sid": claims.sid,
            "roles": sorted(found.roles),
            "preferred_username": claims.preferred_username,
        },
    }
