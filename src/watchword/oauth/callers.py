"""Who may ask about tokens: a client that proves who it is, or a resource server with its secret.

Source: RFC 7662 section 2.1; oauth.md section 3 (the callers of introspection and the feed), T-5.
"""

from collections.abc import Mapping, Sequence

from watchword.base.records import dataclass
from watchword.base.secrets import digest, same
from watchword.oauth.client_authentication import (
    ClientAuthenticationContext,
    authenticate_presented,
    read_presented,
)
from watchword.oauth.client_authentication.presented import SecretProof
from watchword.oauth.clients import AuthMethod, ClientOrigin
from watchword.oauth.errors import InvalidClient

__all__ = ["Inquirer", "authenticate_caller"]


@dataclass(frozen=True, slots=True)
class Inquirer:
    """A caller that was proved: the client or the resource of this name."""

    client_id: str | None = None
    resource: str | None = None
    origin: ClientOrigin | None = None  # of a client: who brought it

    def may_see(self, *, client_id: str, audiences: Sequence[str]) -> bool:
        """Whether a token is the caller's own, or meant for it."""
        if self.resource is not None:
            return self.resource in audiences
        return self.client_id == client_id


async def authenticate_caller(
    authorization: Sequence[str], form: Mapping[str, object], ctx: ClientAuthenticationContext
) -> Inquirer:
    """Prove who asks. A resource names itself in Basic, as a client would.

    Raises:
        InvalidClient: nobody, or without a proof.
        InvalidRequest: two proofs at once.
    """
    presented = read_presented(authorization, form)
    if isinstance(presented.proof, SecretProof):
        for resource in await ctx.clients.list_resources():
            if resource.secret_hash is not None and resource.identifier == presented.client_id:
                if not same(digest(presented.proof.secret), resource.secret_hash):
                    raise InvalidClient(is_basic=presented.proof.is_basic)
                return Inquirer(resource=resource.identifier)
    found = await authenticate_presented(presented, ctx)
    if found.method is AuthMethod.NONE:
        raise InvalidClient("the caller has to authenticate", is_basic=True)
    return Inquirer(client_id=found.client.client_id, origin=found.client.origin)
