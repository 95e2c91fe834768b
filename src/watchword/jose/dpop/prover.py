"""The client's side: one key, and a proof for each request.

Source: RFC 9449 sections 4.1 and 4.2.
"""

import hashlib

import msgspec

from watchword.base import base64url
from watchword.base.chance import SYSTEM as SYSTEM_CHANCE
from watchword.base.chance import Chance
from watchword.base.clock import SYSTEM as SYSTEM_CLOCK
from watchword.base.clock import Clock
from watchword.base.limits import TOKEN_BYTES_MAX
from watchword.jose.errors import PolicyRefused
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.thumbprint import required_members
from watchword.jose.jwt.signer import encode_claims
from watchword.jose.uri import MalformedURI, normalised

__all__ = ["PROOF_TYPE", "Prover", "token_hash"]

PROOF_TYPE = "dpop+jwt"
JTI_BYTES = 16  # 128 bits: never met twice


class Prover:
    """Proves possession of one key. Immutable; shareable between threads.

    Args:
        key: a key pair; its public half stands in each proof.
        clock: the system's where left out.
        chance: the source of `jti`; the system's where left out.

    Raises:
        PolicyRefused: not a key pair.
        InvalidKey: the key has no private half.
        KeyMismatch: the key may not sign.
    """

    __slots__ = ("_chance", "_clock", "_header_b64u", "_stamp", "_thumbprint")

    def __init__(
        self, key: Key, *, clock: Clock = SYSTEM_CLOCK, chance: Chance = SYSTEM_CHANCE
    ) -> None:
        if not isinstance(key, Key):
            raise PolicyRefused("a proof is signed with a key pair: write jwt.Key.generate(...)")
        jwk = required_members(key.public().to_jwk())
        header = {"typ": PROOF_TYPE, "alg": key.alg, "jwk": jwk}
        self._header_b64u = base64url.encode_bytes(msgspec.json.encode(header))
        self._stamp = key.stamper(self._header_b64u)
        self._thumbprint = key.thumbprint()
        self._clock = clock
        self._chance = chance

    @property
    def thumbprint(self) -> str:
        """The key's RFC 7638 thumbprint: the `jkt` of tokens that are bound to it."""
        return self._thumbprint

    def proof(
        self, method: str, url: str, *, access_token: str | None = None, nonce: str | None = None
    ) -> str:
        """Return a proof for one request: the value of its DPoP header.

        Args:
            method: as it will be sent, such as "POST".
            url: of the request; query and fragment are left out.
            access_token: the token that the request carries, if any.
            nonce: what the server last asked for, if it did.

        Raises:
            PolicyRefused: no http or https URL, a token that is not ASCII, or too long a proof.
        """
        claims: dict[str, object] = {
            "jti": base64url.encode(self._chance.token_bytes(JTI_BYTES)),
            "htm": method,
            "htu": _target(url),
            "iat": self._clock.now(),
        }
        if access_token is not None:
            claims["ath"] = _hashed(access_token)
        if nonce is not None:
            claims["nonce"] = nonce
        payload_b64u = base64url.encode_bytes(encode_claims(claims))
        text = b"%b.%b.%b" % (self._header_b64u, payload_b64u, self._stamp(payload_b64u))
        if len(text) > TOKEN_BYTES_MAX:
            raise PolicyRefused(f"the proof would be longer than {TOKEN_BYTES_MAX} characters")
        return text.decode("ascii")

    def __repr__(self) -> str:
        return f"Prover(thumbprint={self._thumbprint!r})"


def token_hash(access_token: str) -> str:
    """Return the `ath` of an access token.

    Raises:
        UnicodeEncodeError: the token is not ASCII.
    """
    return base64url.encode(hashlib.sha256(access_token.encode("ascii")).digest())


def _target(url: str) -> str:
    try:
        return normalised(url)
    except MalformedURI as error:
        fault = str(error)
    raise PolicyRefused(fault, claim="htu")


def _hashed(access_token: str) -> str:
    try:
        return token_hash(access_token)
    except UnicodeEncodeError:
        pass
    raise PolicyRefused("an access token is ASCII", claim="ath")
