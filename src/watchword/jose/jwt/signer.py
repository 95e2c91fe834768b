"""The Signer: one key and one kind of token.

What a verifier would refuse is refused here, at issue, where somebody can act.

Source: RFC 7519 section 7.1; RFC 8725 sections 3.1, 3.8 and 3.11; tokens.md J-28.
"""

from collections.abc import Mapping
from typing import cast

import msgspec

from watchword.base import base64url
from watchword.base.chance import SYSTEM as SYSTEM_CHANCE
from watchword.base.chance import Chance
from watchword.base.clock import SYSTEM as SYSTEM_CLOCK
from watchword.base.clock import Clock
from watchword.base.duration import Duration
from watchword.base.limits import TOKEN_BYTES_MAX
from watchword.jose.errors import PolicyRefused
from watchword.jose.jws.signing import SigningKey, protect
from watchword.jose.jwt.expected import AHEAD_SECONDS, Plain, in_seconds, is_text
from watchword.jose.jwt.registered import DATE_CLAIMS, TEXT_CLAIMS, is_audience, is_date
from watchword.jose.writable import check_name, check_value

__all__ = ["Signer", "check_times", "encode_claims", "type_member"]

JTI_BYTES = 16  # 128 bits: never met twice

_DATES = frozenset(DATE_CLAIMS)
_NOT_ANY_TEXT = _DATES | {"aud"}
_TYPED = _NOT_ANY_TEXT.union(TEXT_CLAIMS)
_PLAIN_TYPES = frozenset((str, int, bool, type(None)))
_encode = msgspec.json.Encoder().encode


class Signer:
    """Signs tokens of one issuer, lifetime and type. Immutable; shareable between threads.

    Args:
        key: a `Key` with its private half, or a `Secret`.
        issuer: the `iss` of every token.
        audience: the `aud` of tokens that are not given another; None leaves it to each.
        lifetime: from `iat` to `exp`, such as "15m"; None, written out, for tokens without end.
        typ: the explicit type, such as "at+jwt"; PLAIN writes "JWT".
        header: further members of the header; never `alg`, `kid` or `typ`.
        clock: the system's where left out.
        chance: the source of `jti`; the system's where left out.

    Raises:
        PolicyRefused: an argument is missing or of the wrong form.
        InvalidKey: the key has no private half.
        KeyMismatch: the key may not sign.
    """

    __slots__ = ("_audience", "_chance", "_clock", "_header_b64u", "_issuer", "_lifetime", "_stamp")

    def __init__(  # noqa: PLR0913 - one keyword a claim or header, so that a token reads as a list
        self,
        key: SigningKey,
        *,
        issuer: str,
        audience: str | tuple[str, ...] | None,
        lifetime: Duration | None,
        typ: str | Plain,
        header: Mapping[str, object] | None = None,
        clock: Clock = SYSTEM_CLOCK,
        chance: Chance = SYSTEM_CHANCE,
    ) -> None:
        if not is_text(issuer):
            raise PolicyRefused("issuer= is text that is not empty", claim="iss")
        self._audience = list(audience) if isinstance(audience, tuple) else audience
        if audience is not None:
            _check_audience(self._audience)
        header_b64u = _header(key, typ, header or {})
        self._header_b64u = header_b64u
        self._stamp = key.stamper(header_b64u)
        self._issuer = issuer
        self._lifetime = None if lifetime is None else in_seconds("lifetime", lifetime)
        if self._lifetime == 0:
            raise PolicyRefused("a token lives for a second at least", claim="exp")
        self._clock = clock
        self._chance = chance

    def sign(self, /, **claims: object) -> str:
        """Return a signed token.

        Args:
            claims: what the token says. `aud`, `iat`, `nbf` and `exp` replace the Signer's own;
                `jti=None` leaves the token without a name. `iss` is the Signer's.

        Raises:
            PolicyRefused: a claim that a verifier would refuse, or a token of more than 16 KiB.
        """
        return self.sign_claims(claims)

    def sign_claims(self, claims: Mapping[str, object], *, bytes_max: int = TOKEN_BYTES_MAX) -> str:
        """Return a signed token of claims that are at hand as a mapping.

        Args:
            claims: as the keywords of `sign`.
            bytes_max: the longest token; more than the default only for kinds of token that no
                request header carries, such as status lists.

        Raises:
            PolicyRefused: a claim that a verifier would refuse, or too long a token.
        """
        if "iss" in claims:
            raise PolicyRefused("the issuer is the Signer's", claim="iss")
        now = self._clock.now()
        members = self._registered(claims, now) | dict(claims)
        if members.get("jti", "") is None:
            del members["jti"]
        payload_b64u = base64url.encode_bytes(encode_claims(members))
        if not _DATES.isdisjoint(claims):
            check_times(members, now)
        token = b"%b.%b.%b" % (self._header_b64u, payload_b64u, self._stamp(payload_b64u))
        if len(token) > bytes_max:
            raise PolicyRefused(f"the token would be longer than {bytes_max} characters")
        return token.decode("ascii")

    def _registered(self, claims: Mapping[str, object], now: int) -> dict[str, object]:
        """Return the Signer's own claims, in the order in which every token has them."""
        members: dict[str, object] = {"iss": self._issuer}
        if "sub" in claims:
            members["sub"] = None  # keeps its place; the caller's claims give the value
        if self._audience is not None:
            members["aud"] = self._audience
        if self._lifetime is not None:
            members["exp"] = now + self._lifetime
        members["iat"] = now
        if "jti" not in claims:
            members["jti"] = base64url.encode(self._chance.token_bytes(JTI_BYTES))
        return members

    def __repr__(self) -> str:
        return f"Signer(issuer={self._issuer!r})"


def type_member(typ: str | Plain) -> dict[str, object]:
    """Return the header member for a type."""
    if isinstance(typ, Plain):
        return {"typ": typ.value}
    if not is_text(typ):
        raise PolicyRefused('typ= is text such as "at+jwt", or jwt.PLAIN', claim="typ")
    return {"typ": typ}


def _header(key: SigningKey, typ: str | Plain, further: Mapping[str, object]) -> bytes:
    """Write the header, after checking that a verifier would take it."""
    if "typ" in further:
        raise PolicyRefused("the type is the argument typ=", claim="typ")
    return protect(key, {**type_member(typ), **further}, b64=True)


def encode_claims(members: Mapping[str, object]) -> bytes:
    """Write a claims set as JSON, after checking that it can be read back the same.

    Raises:
        PolicyRefused: a claim of a wrong type, or a value that JSON cannot carry.
    """
    for name, value in members.items():
        if type(value) is type(name) is str and name not in _NOT_ANY_TEXT:
            continue
        check_name(name)
        if name in _TYPED:
            _check_registered(name, value)
        elif type(value) not in _PLAIN_TYPES:
            check_value(name, value)
    try:
        return _encode(members)
    except UnicodeEncodeError:
        hint = "a claim holds half of a surrogate pair"
    except TypeError:
        hint = "a claim is of a class derived from text or a number; write str(...) or int(...)"
    except ValueError:  # the interpreter has a limit to the digits that it writes
        hint = "a number in a claim has more than 4,300 digits"
    raise PolicyRefused(hint)


def check_times(members: Mapping[str, object], now: int) -> None:
    """Check that a token with these dates is good at this moment or will be.

    Raises:
        PolicyRefused: it ends before it begins or has ended, or comes from the future.
    """
    exp, nbf, iat = (cast("float | None", members.get(name)) for name in DATE_CLAIMS)
    if exp is not None and exp <= now:
        raise PolicyRefused("the token has ended already", claim="exp")
    if exp is not None and nbf is not None and exp <= nbf:
        raise PolicyRefused("the token ends before it begins", claim="exp")
    if iat is not None and iat > now + AHEAD_SECONDS:
        raise PolicyRefused("the token is issued in the future; see nbf", claim="iat")


def _check_registered(name: str, value: object) -> None:
    if name in TEXT_CLAIMS:
        if not isinstance(value, str):
            raise PolicyRefused("the claim is text; write str(...)", claim=name)
    elif name in _DATES:
        if not is_date(value):
            raise PolicyRefused("the claim is a time in seconds since the epoch", claim=name)
    else:
        _check_audience(value)


def _check_audience(aud: object) -> None:
    if not is_audience(aud):
        raise PolicyRefused("aud is text or a list of text, and not empty", claim="aud")
