"""The Verifier: one policy, built at start-up, that proves one token at a call.

There is one path from text to `Verified`, `Verifier.verify`: split, header, key,
signature, claims. What a good token's header taught is kept, so that the next token under the same
header begins at the signature. Formats whose claims are processed before they are checked, such as
SD-JWT, take the same path in two steps, `authenticate` and `conclude`.

Source: RFC 7519 section 7.2; RFC 8725 section 3; tokens.md J-21, J-22, J-30.
"""

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar, cast

from watchword.base.clock import SYSTEM, Clock
from watchword.base.duration import Duration
from watchword.base.limits import TOKEN_BYTES_MAX
from watchword.base.records import dataclass
from watchword.jose.algorithms.hmac import Check
from watchword.jose.algorithms.table import Algorithm
from watchword.jose.errors import (
    KeysPending,
    KeysUnavailable,
    PolicyRefused,
    TokenRevoked,
)
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.keyset import KeySet, KeySource, VerificationKey
from watchword.jose.jwk.secret import HmacKey
from watchword.jose.jws import compact
from watchword.jose.jws import header as jws_header
from watchword.jose.jws.header import CritHandlers, Header
from watchword.jose.jws.policy import (
    Keys,
    check_signature,
    checked_source,
    narrowed,
    prepare_check,
    refuse_algorithm,
)
from watchword.jose.jwt.cache import Memory, checked_size
from watchword.jose.jwt.claims import Claims, Members
from watchword.jose.jwt.expected import Expected, Plain, Unchecked, check_type, in_seconds
from watchword.jose.jwt.lookup import Denies, Lookup, Lookups, lookups
from watchword.jose.jwt.padding import unpadded
from watchword.jose.jwt.payload import members_of
from watchword.jose.jwt.prove import Prover
from watchword.jose.jwt.rules import check_claims
from watchword.jose.jwt.verified import Authenticated, C, Verified
from watchword.jose.segment import decode_signature

__all__ = ["Keys", "Verifier", "verify"]

T = TypeVar("T")

HEADERS_KEPT_MAX = 64  # keys times token types of one policy; only good tokens' headers enter
POLICIES_KEPT_MAX = 16  # of one key; a program has one for each kind of its tokens
# Keys for freshness, for an unknown key, and a race between two; and a status list.
ARRIVALS_MAX = 4
_FIXED = frozenset((Key, HmacKey, KeySet))  # which key they choose never changes


@dataclass(frozen=True, slots=True)
class _Known:
    """A header that has been checked, and its key with the signature check for both."""

    header: Header
    key: VerificationKey
    check: Check


def verify(token: str | bytes, keys: Keys, *, expect: Expected, now: int) -> Verified[Claims]:
    """Check a signed JWT and return what was proved.

    What the same expectations taught is kept with the key or set, bounded, so that a program which
    holds its key pays little more than with a `Verifier`.

    Args:
        token: compact serialization, at most 16 KiB.
        keys: a key, a set, or a source; the key is chosen after the algorithm is accepted.
        expect: issuer, audience and type, all written down.
        now: seconds since the epoch.

    Raises:
        TokenError: the token is at fault; the class says how.
        KeysUnavailable: the source has no keys to answer from.
        PolicyRefused: text as a key, or no Expected.

    Source: RFC 7519 section 7.2; RFC 8725 section 3.
    """
    if not isinstance(expect, Expected):
        raise PolicyRefused("expect= is a jwt.Expected(...)")
    return _standing(keys, expect).verify_at(token, now)


class Verifier(Generic[C]):
    """Verifies tokens of one issuer, audience and type. Immutable; shareable between threads.

    What a token can cause is a TokenError. Whatever else `denylist`, `crit` and the code of a type
    in `claims` raise leaves `verify` as it is: the mistake or the failure is the application's.

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
        cache: how many good tokens are remembered; what can change is asked again on each hit.
        clock: the system's where left out.
        denylist: asked about every token that is otherwise good; True refuses it. A
            `statuslist.Denylist` is awaited by `averify` where a list has to be fetched.
        crit: a function for each critical header extension, which refuses a value by ValueError.
        allow_padding: accepts parts that end in "="; gives up that a token has one spelling.
        allow_int_sub: accepts an integer `sub` and makes it text; gives up that it was text.
        allow_no_exp: accepts a token without `exp`; gives up that every token ends.

    Raises:
        PolicyRefused: something is missing or contradicts; no token is read.
    """

    __slots__ = (
        *("_accepted", "_expect", "_is_padded", "_known", "_lookups", "_memory", "_now", "_prover"),
        *("_waiting", "issuer", "relaxations"),
    )

    issuer: str | Unchecked | None
    relaxations: tuple[str, ...]
    """What this policy gives up, in the words that gave it up, for those who audit it."""
    _memory: Memory[C] | None

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
        cache: int = 0,
        clock: Clock | None = None,
        denylist: Denies[C] | None = None,
        crit: CritHandlers | None = None,
        allow_padding: bool = False,
        allow_int_sub: bool = False,
        allow_no_exp: bool = False,
    ) -> None:
        if None in (issuer, audience, typ):
            raise PolicyRefused("issuer=, audience= and typ= are named, or are jwt.ANY")
        if denylist is not None and not callable(denylist):
            raise PolicyRefused("denylist= is a function")
        source = checked_source(keys)
        expect = Expected(
            issuer=issuer,
            audience=audience,
            typ=typ,
            leeway=in_seconds("leeway", leeway),
            max_age=None if max_age is None else in_seconds("max_age", max_age),
            require=require,  # type: ignore[arg-type]  # Expected checks it, and makes a tuple of it
            crit=crit,  # type: ignore[arg-type]  # likewise, and an empty mapping of None
            allow_padding=allow_padding,
            allow_int_sub=allow_int_sub,
            allow_no_exp=allow_no_exp,
        )
        accepted = narrowed(source.algorithms, algorithms)
        self._build(source, accepted, expect, Prover(expect, claims), denylist)
        self._now = (clock or SYSTEM).now
        if checked_size(cache):
            self._memory = Memory(cache, expect=expect, prover=self._prover)

    def _build(
        self,
        source: KeySource,
        accepted: frozenset[str],
        expect: Expected,
        prover: Prover[C],
        denylist: Denies[C] | None,
    ) -> None:
        """Set what follows from the keys, from what is expected and from whom to ask."""
        self._lookups: Lookups[C] = lookups(source, denylist)
        self._waiting: Lookup[C] = self._lookups.waiting
        self._accepted = accepted
        self._expect = expect
        self._is_padded = expect.allow_padding
        self._prover = prover
        self._known: dict[bytes, _Known] = {}
        self._memory = None
        self.issuer = expect.issuer
        self.relaxations = expect.relaxations + _weak_keys(source)

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
        return self._verify(token, bytes_max, self._waiting, now=self._now())

    async def averify(self, token: str | bytes, *, bytes_max: int = TOKEN_BYTES_MAX) -> Verified[C]:
        """Do as `verify`, and await where keys or a status list have to be fetched; else never."""
        pending = self._lookups.pending
        return await _arrived(lambda: self._verify(token, bytes_max, pending, now=self._now()))

    def verify_nowait(self, token: str | bytes, *, bytes_max: int = TOKEN_BYTES_MAX) -> Verified[C]:
        """Do as `verify` with what is at hand: nothing is fetched, now or later.

        Raises:
            TokenError: the token is at fault; the class says how.
            KeysUnavailable: the key or the status is not at hand, and fetching may bring it.
        """
        return self._verify(token, bytes_max, self._lookups.at_hand, now=self._now())

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
        return self._authenticate(token, bytes_max, self._waiting)

    async def aauthenticate(
        self, token: str | bytes, *, bytes_max: int = TOKEN_BYTES_MAX
    ) -> Authenticated:
        """Do as `authenticate`, and await where keys have to be fetched first."""
        return await _arrived(lambda: self._authenticate(token, bytes_max, self._lookups.pending))

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
            KeysUnavailable: the denylist cannot be asked.
            PolicyRefused: another Verifier authenticated it, with keys and a type of its own.
        """
        return self._conclude(authenticated, members, now, self._waiting)

    async def aconclude(
        self, authenticated: Authenticated, members: Members, *, now: int | None = None
    ) -> Verified[C]:
        """Do as `conclude`, and await where a status list has to be fetched first."""
        pending = self._lookups.pending
        return await _arrived(lambda: self._conclude(authenticated, members, now, pending))

    def __repr__(self) -> str:
        return f"Verifier(issuer={self.issuer!r}, typ={self._expect.typ!r})"

    def _verify(
        self, token: str | bytes, bytes_max: int, lookup: Lookup[C], *, now: int
    ) -> Verified[C]:
        if self._memory is not None and type(token) is str and len(token) <= bytes_max:
            recalled = self._memory.recall(token, now, lookup)
            if recalled is not None:
                if not lookup.is_fixed:
                    lookup.renew(recalled.header)
                if lookup.denies is not None:
                    _refuse_denied(recalled, lookup.denies)
                return recalled
        header_b64u, payload_b64u, signature_b64u = compact.split(token, bytes_max)
        if self._is_padded:
            signature_b64u = unpadded(signature_b64u)
        known = self._known.get(header_b64u)
        if known is None or not (lookup.is_fixed or lookup.holds(known.header, known.key)):
            known = self._study(header_b64u, payload_b64u, signature_b64u, lookup, now=now)
            known.check(payload_b64u, signature_b64u)
            self._keep(header_b64u, known)
        else:
            known.check(payload_b64u, signature_b64u)
        claims, expires_in = self._prover.prove(payload_b64u, now)
        verified = Verified(claims, known.header, known.key, expires_in)
        if not lookup.is_fixed:
            lookup.renew(known.header)
        if lookup.denies is not None:
            _refuse_denied(verified, lookup.denies)
        if self._memory is not None and type(token) is str:
            self._memory.keep(token, payload_b64u, verified)
        return verified

    def _conclude(
        self, authenticated: Authenticated, members: Members, now: int | None, lookup: Lookup[C]
    ) -> Verified[C]:
        if authenticated.verifier is not self:
            raise PolicyRefused("the Verifier that authenticated a token concludes on it")
        claims, expires_in = self._prover.conclude(members, self._now() if now is None else now)
        verified = Verified(claims, authenticated.header, authenticated.key, expires_in)
        if lookup.denies is not None:
            _refuse_denied(verified, lookup.denies)
        return verified

    def _authenticate(self, token: str | bytes, bytes_max: int, lookup: Lookup[C]) -> Authenticated:
        header_b64u, payload_b64u, signature_b64u = compact.split(token, bytes_max)
        signature_b64u = self._part(signature_b64u)
        known = self._study(header_b64u, payload_b64u, signature_b64u, lookup, now=None)
        known.check(payload_b64u, signature_b64u)
        members = members_of(self._part(payload_b64u))
        lookup.renew(known.header)
        return Authenticated(known.header, known.key, members, self)

    def _part(self, segment: bytes) -> bytes:
        return unpadded(segment) if self._is_padded else segment

    def _study(
        self,
        header_b64u: bytes,
        payload_b64u: bytes,
        signature_b64u: bytes,
        lookup: Lookup[C],
        *,
        now: int | None,
    ) -> _Known:
        """Check a header and find its key, after everything else where that may mean a fetch.

        Args:
            header_b64u: the encoded header.
            payload_b64u: the encoded payload.
            signature_b64u: the encoded signature.
            lookup: the way to look for the key.
            now: the time to judge the claims by; None where they are still to be processed.
        """
        decode_signature(signature_b64u)  # before the type: that of an SD-JWT is another
        header = jws_header.read(self._part(header_b64u))
        if header.alg not in self._accepted:
            raise refuse_algorithm(header.alg, self._accepted)
        check_type(header.typ, self._expect)
        jws_header.check_critical(header, self._expect.crit)
        key = None
        if not lookup.is_fixed:
            # All that needs no key, so that only a whole token has one fetched.
            compact.decode_payload(self._part(payload_b64u))
            check_signature(header.alg, signature_b64u)
            key = lookup.at_hand(header)
            if key is None and now is not None:
                # What the token says of itself is read here as `peek` reads it, to refuse only.
                check_claims(members_of(self._part(payload_b64u)), self._expect, now)
        if key is None:
            key = lookup.find(header.alg, header.kid)
        return _Known(header, key, prepare_check(key, header, header_b64u))

    def _keep(self, header_b64u: bytes, known: _Known) -> None:
        """Keep a header whose signature was good; a handler of `crit` is asked every time."""
        if "crit" in known.header.members:
            return
        if len(self._known) >= HEADERS_KEPT_MAX:
            self._known.clear()
        self._known[header_b64u] = known


class _Standing(Verifier[Claims]):
    """A Verifier without a clock: what is expected is given ready, and the time at each call."""

    __slots__ = ()

    def __init__(self, keys: Keys, expect: Expected) -> None:
        source = checked_source(keys)
        self._build(source, source.algorithms, expect, Prover(expect, Claims), denylist=None)

    def verify_at(self, token: str | bytes, now: int) -> Verified[Claims]:
        """Do as `verify` at one moment."""
        return self._verify(token, TOKEN_BYTES_MAX, self._waiting, now=now)


def _standing(keys: Keys, expect: Expected) -> _Standing:
    """Return the Verifier of a key and what is expected: a kept one where both have come before.

    The first time nothing is kept but the mark of `expect`, so that a key or a policy made for one
    token keeps nothing alive. A subclass may choose its keys as it likes: for it nothing is kept.
    """
    mark = expect.remembered_by
    if mark is None or type(keys) not in _FIXED:
        return _Standing(keys, expect)
    prepared = cast("Key | HmacKey | KeySet", keys).prepared
    kept = prepared.get(mark)
    if type(kept) is _Standing:
        return kept
    standing = _Standing(keys, expect)
    if mark in prepared:
        prepared[mark] = standing
    else:
        if len(prepared) >= POLICIES_KEPT_MAX:
            prepared.clear()
        prepared[mark] = None
    return standing


def _refuse_denied(verified: Verified[C], denies: Denies[C]) -> None:
    if denies(verified):
        raise TokenRevoked("the token has been taken back")


async def _arrived(call: Callable[[], T]) -> T:
    """Call until it needs nothing that is still on its way."""
    for _ in range(ARRIVALS_MAX):
        try:
            return call()
        except KeysPending as pending:
            arrival = pending.arrival
        await arrival()
    raise KeysUnavailable("keys and lists changed while the token was looked at")


def _weak_keys(source: KeySource) -> tuple[str, ...]:
    keys = source if isinstance(source, KeySet) else ()
    is_weak = any(isinstance(key, HmacKey) and key.is_weak for key in keys)
    return ("weak_keys",) if is_weak else ()
