"""`parse`: text, a key function and the accepted methods, as golang-jwt has them.

Source: RFC 8725 sections 3.1, 3.8, 3.9 and 3.11; tokens.md section 3.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache

from watchword.base.clock import SYSTEM, Clock
from watchword.jose.algorithms.table import ALGORITHMS, Algorithm
from watchword.jose.errors import PolicyRefused, UnknownKey
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.keyset import KeySet
from watchword.jose.jwk.secret import HmacKey
from watchword.jose.jws import compact
from watchword.jose.jws import header as jws_header
from watchword.jose.jws.header import Header
from watchword.jose.jws.policy import refuse_algorithm
from watchword.jose.jwt.claims import Claims
from watchword.jose.jwt.expected import PLAIN, Expected, Plain, Unchecked
from watchword.jose.jwt.payload import members_of
from watchword.jose.jwt.peek import Unverified
from watchword.jose.jwt.token import Token
from watchword.jose.jwt.verified import Verified
from watchword.jose.jwt.verifier import HEADERS_KEPT_MAX, verify

__all__ = ["KeyFunction", "VerifiedToken", "parse"]

KeyFunction = Callable[[Unverified], Key | HmacKey | KeySet | None]
"""Given what the token says of itself, the key to verify it with; None refuses it."""


_Audience = str | tuple[str, ...] | Unchecked | None

POLICIES_MAX = 32  # of one process: what its calls of `parse` write down


class VerifiedToken(Token):
    """What `parse` returns: a token of which everything asked for has been proved."""

    __slots__ = ()

    def __init__(self, verified: Verified[Claims]) -> None:
        self._method = ALGORITHMS[verified.header.alg]
        self._header = verified.header.members
        self._claims = verified.claims

    @property
    def valid(self) -> bool:
        """True: there is no parsed token that is not valid."""
        return True


def parse(  # noqa: PLR0913 - one keyword an expectation, so that a policy reads as a list
    token: str | bytes,
    key_function: KeyFunction,
    *,
    methods: Iterable[Algorithm],
    issuer: str | Unchecked | None = None,
    audience: _Audience = None,
    typ: str | Plain | Unchecked = PLAIN,
    clock: Clock = SYSTEM,
) -> VerifiedToken:
    """Verify a token and return it, with `.valid` True. There is no other outcome but raising.

    Args:
        token: compact serialization.
        key_function: chooses the key; called after the method is accepted.
        methods: the accepted signing methods, such as `[jwt.HS256]`.
        issuer: the accepted `iss`; left out, the token must not have one; ANY leaves it unchecked.
        audience: the accepted `aud`, likewise.
        typ: the explicit type; left out, the token must be plain.
        clock: the system's where left out.

    Raises:
        AlgorithmRefused: the token's method is not among `methods`; the text names both.
        TokenError: the token is otherwise at fault.
        PolicyRefused: no methods, or the key function returned text.
    """
    accepted = _names(tuple(methods))
    policy = _policy(issuer, audience, typ)
    header_b64u, payload_b64u, _ = compact.split(token)
    header = policy.headers.get(header_b64u) or jws_header.read(header_b64u)
    unverified = Unverified(header, members_of(payload_b64u))
    if header.alg not in accepted:
        raise refuse_algorithm(header.alg, frozenset(accepted))
    keys = key_function(unverified)
    if keys is None:
        raise UnknownKey("the key function knows no key for this token")
    verified = verify(token, keys, expect=policy.expect, now=clock.now())
    policy.keep(header_b64u, header)
    return VerifiedToken(verified)


class _Policy:
    """What is expected, checked once, and the headers that good tokens had, read once."""

    __slots__ = ("expect", "headers")

    def __init__(
        self, issuer: str | Unchecked | None, audience: _Audience, typ: str | Plain | Unchecked
    ) -> None:
        self.expect = Expected(issuer=issuer, audience=audience, typ=typ)
        self.headers: dict[bytes, Header] = {}

    def keep(self, header_b64u: bytes, header: Header) -> None:
        """Keep the header of a token whose signature and claims are good."""
        if header_b64u in self.headers:
            return
        if len(self.headers) >= HEADERS_KEPT_MAX:
            self.headers.clear()
        self.headers[header_b64u] = header


_kept_policy = lru_cache(maxsize=POLICIES_MAX, typed=True)(_Policy)


def _policy(
    issuer: str | Unchecked | None, audience: _Audience, typ: str | Plain | Unchecked
) -> _Policy:
    try:
        return _kept_policy(issuer, audience, typ)
    except TypeError:  # a list of audiences, which has no hash; or a mistake, which is raised below
        pass
    return _Policy(issuer, audience, typ)


def _names(methods: tuple[Algorithm, ...]) -> list[str]:
    names = [method.name for method in methods if type(method) is Algorithm]
    if not names or len(names) != len(methods):
        raise PolicyRefused("methods= lists the accepted methods, such as [jwt.HS256]", claim="alg")
    return names
