"""`private_key_jwt`: a client signs who it is, for this server alone, once.

The audience is the issuer identifier as one string. A token endpoint as audience, and a list, are
what other servers accept and what let a hostile one replay an assertion here.

Source: RFC 7523 section 3; draft-ietf-oauth-rfc7523bis-11; oauth.md C-4, N-27.
"""

from typing import Protocol

import msgspec

from watchword.base.clock import Clock
from watchword.base.secrets import Secret
from watchword.jose.errors import JoseError, TokenError
from watchword.jose.jwk.keyset import KeySet
from watchword.jose.jwt.expected import ANY
from watchword.jose.jwt.peek import peek
from watchword.jose.jwt.verifier import Keys, Verifier
from watchword.oauth.clients import Client
from watchword.oauth.errors import InvalidClient

__all__ = [
    "ALGORITHMS",
    "ASSERTION_SECONDS_MAX",
    "ClientKeys",
    "StoredKeys",
    "Vouched",
    "claimed_id",
    "verify",
]

ASSERTION_SECONDS_MAX = 600  # oauth.md C-4: exp lies at most so far ahead
TYPES = frozenset({None, "JWT", "client-authentication+jwt"})
ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "Ed25519", "Ed448"),
)


class ClientKeys(Protocol):
    """Where the keys of clients are."""

    def of(self, client: Client) -> Keys | None:
        """Return the public keys of a client, or None where it has none.

        Raises:
            JoseError: they cannot be read.
        """
        ...


class StoredKeys:
    """The keys that stand in registrations. Keys behind a `jwks_uri` are somebody else's."""

    def of(self, client: Client) -> Keys | None:
        """Return the keys of the registration."""
        if client.jwks is None:
            return None
        return KeySet.from_jwks(client.jwks, algorithms=ALGORITHMS)


class Vouched(msgspec.Struct, frozen=True):
    """The claims of an assertion that was proved. Its `jti` has to be remembered until `exp`."""

    sub: str
    aud: str | tuple[str, ...]
    exp: int
    jti: str


def claimed_id(assertion: Secret) -> str:
    """Return the client that an assertion claims to be of. Nothing is proved by it.

    Raises:
        InvalidClient: it is no JWT that names its subject.
    """
    try:
        sub = peek(assertion.reveal()).claims.get("sub")
    except TokenError as error:
        raise InvalidClient("the client assertion is malformed", detail=error.code) from None
    if not isinstance(sub, str) or not sub:
        raise InvalidClient("the client assertion names no client in sub")
    return sub


async def verify(
    assertion: Secret, client: Client, keys: Keys, *, issuer: str, clock: Clock
) -> Vouched:
    """Check an assertion against the keys of the client that it claims to be of.

    `client` was found by the assertion's own `sub`; that its `iss` is the same is checked here.

    Raises:
        InvalidClient: says what is wrong, and which audience is expected.
    """
    try:
        verifier = Verifier(
            keys,
            issuer=client.client_id,
            audience=issuer,
            typ=ANY,
            claims=Vouched,
            require=("sub", "exp", "jti"),
            clock=clock,
        )
        verified = await verifier.averify(assertion.reveal())
    except JoseError as error:
        raise InvalidClient(_reason(error.code, issuer), detail=str(error)) from None
    claims = verified.claims
    if verified.header.typ not in TYPES:
        raise InvalidClient("the client assertion is of another type")
    if claims.aud != issuer:
        raise InvalidClient(_reason("wrong_audience", issuer))
    if claims.exp > clock.now() + ASSERTION_SECONDS_MAX:
        text = f"the client assertion lives longer than {ASSERTION_SECONDS_MAX} seconds"
        raise InvalidClient(text)
    return claims


def _reason(code: str, issuer: str) -> str:
    if code == "wrong_audience":
        return f"the aud of the client assertion is the one text {issuer}"
    return f"the client assertion is refused: {code}"
