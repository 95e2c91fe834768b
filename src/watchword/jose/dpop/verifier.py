"""The server's side: what one request's proof proves.

A proof is the only object here whose header names its own key. So it proves nothing about who
somebody is; it proves that the sender holds a key, and the token says which key that must be.

Source: RFC 9449 sections 4.3, 7.1, 8 and 11.1; security.md rule 25; tokens.md J-48.
"""

import hashlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import cast

from watchword.base.clock import SYSTEM, Clock
from watchword.base.records import dataclass
from watchword.base.secrets import same
from watchword.jose.algorithms.table import Algorithm, algorithm
from watchword.jose.dpop.memory import Replays
from watchword.jose.dpop.prover import PROOF_TYPE, token_hash
from watchword.jose.errors import (
    ClaimInvalid,
    ClaimMissing,
    ClaimsInvalid,
    IssuedInFuture,
    KeyRefused,
    MalformedToken,
    NonceRequired,
    PolicyRefused,
    ProofReplayed,
    TooOld,
    UnknownKey,
    WrongType,
)
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.material import PRIVATE_MEMBERS
from watchword.jose.jws import compact
from watchword.jose.jws import header as jws_header
from watchword.jose.jws.header import Header
from watchword.jose.jws.policy import prepare_check, refuse_algorithm
from watchword.jose.jwt.expected import is_text, media_type
from watchword.jose.jwt.payload import members_of
from watchword.jose.jwt.registered import is_date
from watchword.jose.uri import MalformedURI, normalised

__all__ = ["Proof", "Verifier"]

AGE_SECONDS_MAX = 60  # of a proof; longer widens the window in which a stolen one is good
AHEAD_SECONDS_MAX = 10  # by which the client's clock may be fast (security.md rule 65)
JTI_CHARACTERS_MAX = 256  # 96 random bits take 16
# Base64url of 4,096 bits. Anybody may send a proof with a key of their own choice, and verifying
# with 16,384 bits and a long exponent takes 20 times as long.
MODULUS_CHARACTERS_MAX = 683

_TEXT_CLAIMS = ("jti", "htm", "htu")

Members = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Proof:
    """What a proof proved: the sender of this request holds the key of this thumbprint."""

    thumbprint: str
    """The key's RFC 7638 thumbprint: what `cnf.jkt` of a token issued on this request says."""
    key: Key
    jti_hash: bytes
    until: int
    """When the proof is too old to be accepted again, whatever was remembered."""


@dataclass(frozen=True, slots=True, repr=False)
class _Asked:
    """What a proof has to be about."""

    method: str
    url: str
    access_token: str | None
    nonces: tuple[str, ...]
    now: int


class Verifier:
    """Verifies the proofs of a server's requests. Immutable; shareable between threads.

    Args:
        algorithms: the accepted algorithms, all asymmetric.
        seen: remembers the proofs that were used: a `Memory`, or a store shared by processes.
        clock: the system's where left out.

    Raises:
        PolicyRefused: no algorithm, a symmetric one, or no memory.
    """

    __slots__ = ("_algorithms", "_now", "_seen")

    def __init__(
        self, *, algorithms: Iterable[str | Algorithm], seen: Replays, clock: Clock = SYSTEM
    ) -> None:
        if isinstance(algorithms, str):
            raise PolicyRefused("algorithms= is a list of names", claim="alg")
        rows = [algorithm(name) for name in algorithms]
        if not rows or any(row.is_symmetric for row in rows):
            raise PolicyRefused("algorithms= lists asymmetric ones, and at least one", claim="alg")
        if not hasattr(seen, "seen"):
            raise PolicyRefused("seen= remembers used proofs: write dpop.Memory()")
        self._algorithms = frozenset(row.name for row in rows)
        self._seen = seen.seen
        self._now = clock.now

    def verify(
        self,
        proof: str | bytes,
        *,
        method: str,
        url: str,
        access_token: str | None = None,
        jkt: str | None = None,
        nonce: str | tuple[str, ...] | None = None,
    ) -> Proof:
        """Return what a request's proof proved; the same proof never proves anything again.

        Args:
            proof: the value of the request's one DPoP header.
            method: of the request.
            url: of the request, as its sender sees it; query and fragment do not count.
            access_token: the token that the request carries. Needs `jkt`.
            jkt: the thumbprint that the token, code or client is bound to (`cnf.jkt`).
            nonce: the nonce that the proof has to hold, or those of which it has to hold one.

        Raises:
            NonceRequired: the nonce alone is missing or old.
            UnknownKey: another key than the one of `jkt`.
            ProofReplayed: the proof was used before.
            TokenError: the proof is at fault otherwise; the class says how.
            KeysUnavailable: the memory cannot be asked.
            PolicyRefused: a token without the key that it is bound to.
        """
        proved = self.verify_before_replay_check(
            proof, method=method, url=url, access_token=access_token, jkt=jkt, nonce=nonce
        )
        if self._seen(proved.jti_hash, proved.until):
            raise ProofReplayed("a proof is good once", claim="jti")
        return proved

    def verify_before_replay_check(
        self,
        proof: str | bytes,
        *,
        method: str,
        url: str,
        access_token: str | None = None,
        jkt: str | None = None,
        nonce: str | tuple[str, ...] | None = None,
    ) -> Proof:
        """Do what `verify` does but ask the memory, for a caller whose memory has to be awaited.

        Such a caller remembers `jti_hash` until `until`, and refuses what was there already.

        Raises:
            TokenError, PolicyRefused: as `verify`.
        """
        if access_token is not None and jkt is None:
            raise PolicyRefused("a request with a token needs jkt=, the token's cnf.jkt")
        nonces = (nonce,) if isinstance(nonce, str) else nonce or ()
        asked = _Asked(method, url, access_token, nonces, self._now())
        key, payload_b64u = self._signed(proof)
        thumbprint = key.thumbprint()
        members = members_of(payload_b64u)
        failures = list(_failures(members, asked))
        if failures:
            raise ClaimsInvalid.of(failures)
        if jkt is not None and not same(thumbprint, jkt):
            raise UnknownKey("the proof is made with another key than the one bound", claim="jkt")
        jti_hash = hashlib.sha256(f"{thumbprint}.{members['jti']}".encode()).digest()
        until = math.floor(cast("float", members["iat"])) + AGE_SECONDS_MAX + 1
        return Proof(thumbprint, key, jti_hash, until)

    def __repr__(self) -> str:
        return f"Verifier({', '.join(sorted(self._algorithms))})"

    def _signed(self, proof: str | bytes) -> tuple[Key, bytes]:
        """Check header and signature; return the proof's key and its payload."""
        header_b64u, payload_b64u, signature_b64u = compact.split(proof)
        header = jws_header.read(header_b64u)
        if header.typ is None or media_type(header.typ) != PROOF_TYPE:
            raise WrongType(f"a proof is of type {PROOF_TYPE}", claim="typ", got=header.typ)
        if header.alg not in self._algorithms:
            raise refuse_algorithm(header.alg, self._algorithms)
        jws_header.check_critical(header, {})
        key = _key_of(header)
        prepare_check(key, header, header_b64u)(payload_b64u, signature_b64u)
        return key, payload_b64u


def _key_of(header: Header) -> Key:
    """Return the public key that a proof's header names: here, and nowhere else, it is used."""
    jwk = header.members.get("jwk")
    if not isinstance(jwk, dict):
        raise MalformedToken("a proof holds its public key", claim="jwk")
    if not jwk.keys().isdisjoint(PRIVATE_MEMBERS):
        raise MalformedToken("the proof gives a private or shared key away", claim="jwk")
    modulus = jwk.get("n")
    if isinstance(modulus, str) and len(modulus) > MODULUS_CHARACTERS_MAX:
        raise MalformedToken("the RSA key of a proof has at most 4,096 bits", claim="jwk")
    try:
        return Key.from_jwk(jwk, alg=header.alg)
    except KeyRefused as error:
        fault = error.hint
    raise MalformedToken(f"the proof's key is refused: {fault}", claim="jwk")


def _failures(members: Members, asked: _Asked) -> Iterator[ClaimsInvalid]:
    for name in _TEXT_CLAIMS:
        value = members.get(name)
        if value is None:
            yield ClaimMissing("every proof says this", claim=name)
        elif not is_text(value):
            yield ClaimInvalid("the claim is text that is not empty", claim=name)
        elif not _CHECKS[name](value, asked):
            yield ClaimInvalid(_FAULTS[name], claim=name)
    yield from _time(members, asked.now)
    if asked.access_token is not None:
        yield from _token(members, asked.access_token)
    nonce = members.get("nonce")
    if asked.nonces and not (isinstance(nonce, str) and nonce in asked.nonces):
        yield NonceRequired("send the nonce of the DPoP-Nonce header", claim="nonce")


def _time(members: Members, now: int) -> Iterator[ClaimsInvalid]:
    iat = members.get("iat")
    if iat is None:
        yield ClaimMissing("every proof says this", claim="iat")
    elif not (is_date(iat) and isinstance(iat, int | float)):
        yield ClaimInvalid("the claim is a time in seconds since the epoch", claim="iat")
    elif iat > now + AHEAD_SECONDS_MAX:
        yield IssuedInFuture(f"made {iat - now:.0f} s ahead of this clock", claim="iat", got=iat)
    elif iat < now - AGE_SECONDS_MAX:
        yield TooOld(f"made {now - iat:.0f} s ago; a proof is for one request", claim="iat")


def _token(members: Members, access_token: str) -> Iterator[ClaimsInvalid]:
    ath = members.get("ath")
    if ath is None:
        yield ClaimMissing("a proof beside a token holds the token's hash", claim="ath")
    elif not isinstance(ath, str) or not _is_hash_of(ath, access_token):
        yield ClaimInvalid("the proof was made for another token", claim="ath")


def _is_hash_of(ath: str, access_token: str) -> bool:
    try:
        return same(ath, token_hash(access_token))
    except UnicodeEncodeError:
        return False


def _is_target(htu: str, asked: _Asked) -> bool:
    try:
        return normalised(htu) == normalised(asked.url)
    except MalformedURI:
        return False


_CHECKS: Mapping[str, Callable[[str, _Asked], bool]] = {
    "jti": lambda jti, _asked: len(jti) <= JTI_CHARACTERS_MAX,
    "htm": lambda htm, asked: htm == asked.method,
    "htu": _is_target,
}
_FAULTS = {
    "jti": f"the claim is longer than {JTI_CHARACTERS_MAX} characters",
    "htm": "the proof was made for another method",
    "htu": "the proof was made for another URL, or behind another address of this server",
}
