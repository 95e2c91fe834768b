"""The Verifier: one policy, built at start-up, that proves one token at a call.

There is one path from text to `Verified`, `Verifier.verify`: split, header, key,
signature, claims. What a good token's header taught is kept, so that the next token under the same
header begins at the signature. Formats whose claims are processed before they are checked, such as
SD-JWT, take the same path in two steps, `authenticate` and `conclude`.

Source: RFC 7519 section 7.2; RFC 8725 section 3; tokens.md J-21, J-22, J-30.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic

import msgspec

from watchword.base.clock import SYSTEM, Clock
from watchword.base.duration import Duration, seconds
from watchword.base.limits import TOKEN_BYTES_MAX
from watchword.jose.algorithms.hmac import Check
from watchword.jose.algorithms.table import Algorithm
from watchword.jose.errors import MalformedToken, PolicyRefused, TokenRevoked, WrongIssuer
from watchword.jose.jwk.keyset import KeySet, KeySource, VerificationKey
from watchword.jose.jws import compact
from watchword.jose.jws import header as jws_header
from watchword.jose.jws.header import CritHandlers, Header
from watchword.jose.jws.policy import (
    Keys,
    checked_source,
    narrowed,
    prepare_check,
    refuse_algorithm,
)
from watchword.jose.jwt.claims import Claims, Members
from watchword.jose.jwt.expected import Expected, Plain, Unchecked, check_type
from watchword.jose.jwt.payload import members_of
from watchword.jose.jwt.prove import Prover

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import TypeVar

    C = TypeVar("C", default=Claims)
else:
    from typing import TypeVar

    C = TypeVar("C")

__all__ = ["Authenticated", "Keys", "Verified", "Verifier", "Verifiers", "verify"]

HEADERS_KEPT_MAX = 64  # keys times token types of one policy; only good tokens' headers enter


class Verified(msgspec.Struct, Generic[C], frozen=True, eq=False):
    """A token of which everything that the policy asks has been proved.

    A Struct and no dataclass: one is made for every request (bench/tokens.py).
    """

    claims: C
    header: Header
    key: VerificationKey
    expires_in: int
    """Seconds from the verification to `exp`."""

    def __repr__(self) -> str:
        return f"Verified(alg={self.header.alg!r}, expires_in={self.expires_in})"


@dataclass(frozen=True, slots=True)
class Authenticated:
    """A token whose signature holds, and whose claims nobody has checked. No guard takes it."""

    header: Header
    key: VerificationKey
    members: Members
    """The payload, as it was signed."""
    verifier: object
    """The Verifier whose policy the header satisfies; it alone may conclude."""

    def __repr__(self) -> str:
        return f"Authenticated(alg={self.header.alg!r})"


@dataclass(frozen=True, slots=True)
class _Known:
    """A header that has been checked, and its key with the signature check for both."""

    header: Header
    key: VerificationKey
    check: Check


def verify(token: str | bytes, keys: Keys, *, expect: Expected, now: int) -> Verified[Claims]:
    """Check a signed JWT and return what was proved.

    Args:
        token: compact serialization, at most 16 KiB.
        keys: a key, a set, or a source; the key is chosen after the algorithm is accepted.
        expect: issuer, audience and type, all written down.
        now: seconds since the epoch.

    Raises:
        TokenError: the token is at fault; the class says how.
        KeysUnavailable: the source has no keys to answer from.

    Source: RFC 7519 section 7.2; RFC 8725 section 3.
    """
    return _Once(keys, expect, now).verify(token)


class Verifier(Generic[C]):
    """Verifies tokens of one issuer, audience and type. Immutable; shareable between threads.

    Args:
        keys: a key, a set, or a source of keys.
        issuer: the one accepted `iss`, or ANY.
        audience: one accepted `aud` or several, or ANY.
        typ: the explicit type, such as "at+jwt"; PLAIN for none; or ANY.
        claims: the type of `Verified.claims`: `Claims`, or a Struct, dataclass, TypedDict or model.
        algorithms: narrows those of the keys.
        leeway: by how much clocks may differ; `iat` and `nbf` may be 10 s ahead without it.
        max_age: how long after `iat` a token is good, whatever its `exp`.
        require: claims that must be present, besides those that the other arguments imply.
        clock: the system's where left out.
        denylist: asked about every token that is otherwise good; True refuses it.
        crit: a function for each critical header extension, which may raise CriticalHeader.

    Raises:
        PolicyRefused: something is missing or contradicts; no token is read.
    """

    __slots__ = (
        *("_accepted", "_conclude", "_denylist", "_expect", "_find", "_is_fixed"),
        *("_known", "_now", "_prove", "issuer"),
    )

    def __init__(  # noqa: PLR0913 - one keyword an expectation, so that a policy reads as a list
        self,
        keys: Keys,
        *,
        issuer: str | Unchecked,
        audience: str | tuple[str, ...] | Unchecked,
        typ: str | Plain | Unchecked,
        claims: type[C] = Claims,  # type: ignore[assignment]  # the TypeVar's own default
        algorithms: Iterable[str | Algorithm] | None = None,
        leeway: Duration = 0,
        max_age: Duration | None = None,
        require: Iterable[str] = (),
        clock: Clock | None = None,
        denylist: Callable[[Verified[C]], bool] | None = None,
        crit: CritHandlers | None = None,
    ) -> None:
        if None in (issuer, audience, typ):
            raise PolicyRefused("issuer=, audience= and typ= are named, or are jwt.ANY")
        if isinstance(require, str):
            raise PolicyRefused("require= is a tuple of claim names")
        source = checked_source(keys)
        expect = Expected(
            issuer=issuer,
            audience=audience,
            typ=typ,
            leeway=seconds(leeway),
            max_age=None if max_age is None else seconds(max_age),
            require=tuple(require),
            crit=crit or {},
        )
        self.issuer = issuer
        self._denylist = denylist
        self._set(source, narrowed(source.algorithms, algorithms), expect, claims)
        self._now = (clock or SYSTEM).now

    def _set(
        self, source: KeySource, accepted: frozenset[str], expect: Expected, kind: type[C]
    ) -> None:
        self._find = source.find
        self._is_fixed = isinstance(source, KeySet)  # a known header's key cannot have changed
        self._accepted = accepted
        self._expect = expect
        prover = Prover(expect, kind)
        self._prove, self._conclude = prover.prove, prover.conclude
        self._known: dict[bytes, _Known] = {}

    def verify(self, token: str | bytes, *, bytes_max: int = TOKEN_BYTES_MAX) -> Verified[C]:
        """Return what was proved of a token.

        Args:
            token: compact serialization.
            bytes_max: the longest accepted text; more than the default only for kinds of token
                that no request header carries, such as status lists.

        Raises:
            TokenError: the token is at fault; the class says how.
            KeysUnavailable: the source has no keys to answer from.
        """
        now = self._now()
        header_b64u, payload_b64u, signature_b64u = compact.split(token, bytes_max)
        known = self._known.get(header_b64u)
        if known is None or not (self._is_fixed or self._is_current(known)):
            known = self._study(header_b64u)
            known.check(payload_b64u, signature_b64u)
            self._keep(header_b64u, known)
        else:
            known.check(payload_b64u, signature_b64u)
        claims, expires_in = self._prove(payload_b64u, now)
        verified = Verified(claims, known.header, known.key, expires_in)
        if self._denylist is not None:
            _ask(self._denylist, verified)
        return verified

    def now(self) -> int:
        """Return the time by which this Verifier judges, in seconds since the epoch."""
        return self._now()

    def authenticate(
        self, token: str | bytes, *, bytes_max: int = TOKEN_BYTES_MAX
    ) -> Authenticated:
        """Return what a token holds, its header and signature proved and its claims not.

        For formats that process the claims before anybody may believe them. `conclude` follows.

        Args:
            token: compact serialization.
            bytes_max: the longest accepted token, where a format has a larger limit.

        Raises:
            TokenError: the token is at fault; the class says how.
            KeysUnavailable: the source has no keys to answer from.
        """
        header_b64u, payload_b64u, signature_b64u = compact.split(token, bytes_max)
        known = self._study(header_b64u)
        known.check(payload_b64u, signature_b64u)
        members = members_of(payload_b64u)
        return Authenticated(known.header, known.key, members, self)

    def conclude(
        self, authenticated: Authenticated, members: Members, *, now: int | None = None
    ) -> Verified[C]:
        """Check processed claims as `verify` checks a token's own, and return what was proved.

        Args:
            authenticated: what this Verifier's `authenticate` returned.
            members: the claims after processing.
            now: seconds since the epoch; the Verifier's clock where left out.

        Raises:
            ClaimsInvalid: a claim fails, or several.
            TokenRevoked: the denylist knows the token.
            PolicyRefused: another Verifier authenticated it, with keys and a type of its own.
        """
        if authenticated.verifier is not self:
            raise PolicyRefused("the Verifier that authenticated a token concludes on it")
        claims, expires_in = self._conclude(members, self._now() if now is None else now)
        verified = Verified(claims, authenticated.header, authenticated.key, expires_in)
        if self._denylist is not None:
            _ask(self._denylist, verified)
        return verified

    def __repr__(self) -> str:
        return f"Verifier(issuer={self.issuer!r}, typ={self._expect.typ!r})"

    def _is_current(self, known: _Known) -> bool:
        return self._find(known.header.alg, known.header.kid) is known.key

    def _study(self, header_b64u: bytes) -> _Known:
        """Check a header and find its key."""
        header = jws_header.read(header_b64u)
        if header.alg not in self._accepted:
            raise refuse_algorithm(header.alg, self._accepted)
        check_type(header.typ, self._expect)
        jws_header.check_critical(header, self._expect.crit)
        key = self._find(header.alg, header.kid)
        return _Known(header, key, prepare_check(key, header, header_b64u))

    def _keep(self, header_b64u: bytes, known: _Known) -> None:
        """Keep a header whose signature was good; a handler of `crit` is asked every time."""
        if "crit" in known.header.members:
            return
        if len(self._known) >= HEADERS_KEPT_MAX:
            self._known.clear()
        self._known[header_b64u] = known


class _Once(Verifier[Claims]):
    """The Verifier of one moment: what is expected is given ready, and time stands still."""

    __slots__ = ()

    def __init__(self, keys: Keys, expect: Expected, now: int) -> None:
        source = checked_source(keys)
        self._denylist = None
        self._set(source, source.algorithms, expect, Claims)
        self._now = lambda: now


class Verifiers(Generic[C]):
    """Several issuers, each with its own Verifier and so with its own keys.

    A token's `iss` is read before its signature, as a dictionary key only: the Verifier that it
    names then checks everything, `iss` included.
    """

    __slots__ = ("_by_issuer",)

    def __init__(self, *verifiers: Verifier[C]) -> None:
        self._by_issuer = {
            verifier.issuer: verifier for verifier in verifiers if isinstance(verifier.issuer, str)
        }
        if not verifiers or len(self._by_issuer) != len(verifiers):
            raise PolicyRefused("each Verifier names another issuer, and none is jwt.ANY")

    def verify(self, token: str | bytes) -> Verified[C]:
        """Return what the issuer's Verifier proved of a token.

        Raises:
            WrongIssuer: no Verifier is for this issuer.
            TokenError: as `Verifier.verify`.
        """
        _, payload_b64u, _ = compact.split(token)
        issuer = members_of(payload_b64u).get("iss")
        if issuer is not None and not isinstance(issuer, str):
            raise MalformedToken("iss is not text", claim="iss")
        verifier = self._by_issuer.get(issuer or "")
        if verifier is None:
            raise WrongIssuer("no verifier is for the token's issuer", claim="iss", got=issuer)
        return verifier.verify(token)


def _ask(denylist: Callable[[Verified[C]], bool], verified: Verified[C]) -> None:
    if denylist(verified):
        raise TokenRevoked("the token has been taken back")
