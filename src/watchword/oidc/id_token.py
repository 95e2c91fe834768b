"""ID tokens: who signed in, when and how, told to one client; and what a hint of one is worth.

They say what the standard requires and what was asked for, and nothing else: whoever wants to know
more of the person has the userinfo endpoint.

Source: OpenID Connect Core sections 2, 3.1.3.6, 3.1.2.1 (id_token_hint) and 12.2; oauth.md T-4,
N-12, N-15, N-20; security.md rule 75; decisions/0155.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Final, Protocol

from watchword.accounts.person.card import CardStore
from watchword.base import base64url
from watchword.base.clock import Clock
from watchword.base.records import dataclass
from watchword.jose.errors import TokenError
from watchword.jose.jwk.key import Key
from watchword.jose.jwt.expected import ANY, PLAIN
from watchword.jose.jwt.signer import Signer
from watchword.jose.jwt.verifier import Keys, Verifier
from watchword.oauth.access_token import acting
from watchword.oauth.families import Facts
from watchword.oidc.claims import choose, person

__all__ = [
    "IDTokenHint",
    "IDTokenIssuer",
    "SigningKeys",
    "at_hash",
    "hint_reader",
]

# The hash that belongs to each of `keys.ring.SIGNING_ALGORITHMS`. Ed25519 hashes with SHA-512
# (RFC 8032 section 5.1).
_HASHES: Final[Mapping[str, Callable[[bytes], "hashlib._Hash"]]] = MappingProxyType(
    {
        "RS256": hashlib.sha256,
        "PS256": hashlib.sha256,
        "ES256": hashlib.sha256,
        "Ed25519": hashlib.sha512,
    }
)


class SigningKeys(Protocol):
    """Where the active key of an algorithm comes from."""

    async def signing_key(self, alg: str | None) -> Key:
        """Return the key that signs with this algorithm; None means the server's own."""
        ...


@dataclass(frozen=True, slots=True)
class IDTokenIssuer:
    """Signs ID tokens. Carries out `oauth.issue.IDTokens`.

    Args:
        issuer: the `iss` of every one.
        keys: what they are signed with.
        cards: what is known of people.
        clock: the time.
    """

    issuer: str
    keys: SigningKeys
    cards: CardStore
    clock: Clock
    _signers: dict[str, Signer] = field(default_factory=dict, init=False, repr=False)

    async def sign(self, facts: Facts, access_token: str, *, times: tuple[int, int]) -> str:
        """Return the ID token that goes along with an access token.

        Args:
            facts: as they stood in the issuing transaction.
            access_token: whose hash is `at_hash`.
            times: `iat` and `exp`.
        """
        key = await self.keys.signing_key(facts.id_token_alg)
        alg = str(key.alg)
        iat, exp = times
        claims: dict[str, object] = {
            **await self._asked(facts),
            "sub": facts.user.id,
            "aud": facts.client_id,
            "exp": exp,
            "iat": iat,
            "auth_time": facts.auth_time,
            "acr": facts.acr,
            "amr": list(facts.amr),
            "sid": facts.sid,
            "at_hash": at_hash(access_token, alg),
            "jti": None,
            **acting(facts.actor),
        }
        if facts.nonce is not None:
            claims["nonce"] = facts.nonce
        return self._signer(key).sign_claims(claims)

    async def _asked(self, facts: Facts) -> Mapping[str, object]:
        """Return the claims of the person that the `claims` parameter asks for here."""
        asked = facts.claims.id_token
        if not asked:
            return {}
        return choose(person(facts.user, await self.cards.read_card(facts.user.id)), asked)

    def _signer(self, key: Key) -> Signer:
        """Return the signer of the key that is active at the moment."""
        signer = self._signers.get(key.kid or "")
        if signer is None:
            signer = Signer(
                key, issuer=self.issuer, audience=None, lifetime=None, typ=PLAIN, clock=self.clock
            )
            if len(self._signers) >= len(_HASHES):
                self._signers.clear()  # of keys that are active no more
            self._signers[key.kid or ""] = signer
        return signer


def at_hash(access_token: str, alg: str) -> str:
    """Return the left half of the hash of a token, as an ID token signed with `alg` holds it.

    Source: OpenID Connect Core section 3.1.3.6.
    """
    hashed = _HASHES[alg](access_token.encode("ascii")).digest()
    return base64url.encode(hashed[: len(hashed) // 2])


@dataclass(frozen=True, slots=True)
class IDTokenHint:
    """What an ID token of this server says, whenever it was issued. It is no proof of a login."""

    sub: str
    client_id: str
    sid: str | None


def hint_reader(keys: Keys, *, issuer: str) -> Callable[[str], IDTokenHint | None]:
    """Return what reads an `id_token_hint`.

    The reader returns None for what this server did not sign: `none`, a stranger's key, another
    kind of token. A hint that has expired is read like any other: it says whom the client means.

    Args:
        keys: the published keys of this server.
        issuer: this server.

    Source: OpenID Connect Core section 3.1.2.1; RP-Initiated Logout section 4; oauth.md N-24.
    """
    verifier = Verifier(keys, issuer=issuer, audience=ANY, typ=PLAIN)

    def read(token: str) -> IDTokenHint | None:
        try:
            members = verifier.authenticate(token).members
        except TokenError:
            return None
        sub, aud, sid = (members.get(name) for name in ("sub", "aud", "sid"))
        if members.get("iss") != issuer or not (isinstance(sub, str) and isinstance(aud, str)):
            return None
        return IDTokenHint(sub, aud, sid if isinstance(sid, str) else None)

    return read
