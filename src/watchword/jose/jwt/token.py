"""Tokens in the shape that golang-jwt made familiar: a method, claims, a signed string.

Source: RFC 7519 section 7; tokens.md section 3.
"""

from collections.abc import Mapping
from types import MappingProxyType

from watchword.base import base64url
from watchword.base.clock import SYSTEM, Clock
from watchword.base.duration import Duration
from watchword.base.limits import TOKEN_BYTES_MAX
from watchword.jose.algorithms.table import Algorithm
from watchword.jose.errors import KeyMismatch, PolicyRefused
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.secret import HmacKey
from watchword.jose.jws.signing import encode_header, no_key
from watchword.jose.jwt.expected import PLAIN, Plain, in_seconds
from watchword.jose.jwt.signer import check_times, encode_claims, type_member

__all__ = ["Token", "new_with_claims"]


class Token:
    """A method and claims, to be signed; or, out of `parse`, a token that has been verified.

    Args:
        method: the signing method, such as `jwt.HS256`.
        claims: what the token says; `iat` and `exp` are added.
        expires_in: from `iat` to `exp`, such as "15m"; None, written out, for a token without end.
        typ: the explicit type; PLAIN writes "JWT".
        clock: the system's where left out.

    Raises:
        PolicyRefused: `exp` is given twice, or a claim that a verifier would refuse.
    """

    __slots__ = ("_claims", "_header", "_method")

    def __init__(
        self,
        method: Algorithm,
        claims: Mapping[str, object],
        *,
        expires_in: Duration | None,
        typ: str | Plain = PLAIN,
        clock: Clock = SYSTEM,
    ) -> None:
        if not isinstance(method, Algorithm):
            raise PolicyRefused("the method is an object such as jwt.HS256")
        if expires_in is not None and "exp" in claims:
            raise PolicyRefused("write expires_in=None where the claims say exp", claim="exp")
        now = clock.now()
        members: dict[str, object] = {"iat": now} | dict(claims)
        if expires_in is not None:
            members["exp"] = now + in_seconds("expires_in", expires_in)
        encode_claims(members)
        check_times(members, now)
        self._method = method
        self._claims: Mapping[str, object] = MappingProxyType(members)
        self._header: Mapping[str, object] = MappingProxyType(
            {"alg": method.name, **type_member(typ)}
        )

    @property
    def method(self) -> Algorithm:
        """The signing method."""
        return self._method

    @property
    def header(self) -> Mapping[str, object]:
        """The protected header."""
        return self._header

    @property
    def claims(self) -> Mapping[str, object]:
        """What the token says."""
        return self._claims

    @property
    def valid(self) -> bool:
        """Whether the token came out of `parse`, verified."""
        return False

    def signed_string(self, key: Key | HmacKey) -> str:
        """Return the compact serialization, signed.

        Raises:
            TypeError: text was given as the key.
            KeyMismatch: the key is bound to another algorithm than the method.
            PolicyRefused: the token would be longer than 16 KiB.
        """
        if not isinstance(key, Key | HmacKey):
            kind = "Secret(" if self._method.is_symmetric else "Key.from_pem("
            raise no_key(key, f'jwt.{kind}text, alg="{self._method.name}")')
        if key.alg != self._method.name:
            raise KeyMismatch(f"the method is {self._method.name}, the key is for {key.alg}")
        members = {name: value for name, value in self._header.items() if name != "alg"}
        payload_b64u = base64url.encode_bytes(encode_claims(dict(self._claims)))
        header_b64u = encode_header(key, members)
        signature_b64u = key.stamper(header_b64u)(payload_b64u)
        text = b".".join((header_b64u, payload_b64u, signature_b64u)).decode("ascii")
        if len(text) > TOKEN_BYTES_MAX:
            raise PolicyRefused(f"the token would be longer than {TOKEN_BYTES_MAX} characters")
        return text

    def __repr__(self) -> str:
        return f"Token(method={self._method.name}, valid={self.valid})"


new_with_claims = Token
