"""Key binding: the holder's signature over what is shown, for one receiver and one transaction.

Whether it is required is the verifier's policy. Nothing that was sent decides it.

Source: RFC 9901 sections 4.1.2, 4.3, 7.3 and 9.5; RFC 7800 section 3.2; tokens.md J-47.
"""

from collections.abc import Mapping
from enum import Enum
from typing import cast

import msgspec

from watchword.base import base64url
from watchword.base.duration import Duration, seconds
from watchword.base.records import dataclass
from watchword.base.secrets import same
from watchword.jose.algorithms.table import algorithm
from watchword.jose.errors import (
    ClaimInvalid,
    ClaimsInvalid,
    KeyBindingMissing,
    KeyRefused,
    PolicyRefused,
    UnknownKey,
)
from watchword.jose.jwk.key import Key
from watchword.jose.jws import compact
from watchword.jose.jws import header as jws_header
from watchword.jose.jws.policy import prepare_check, refuse_algorithm
from watchword.jose.jwt.expected import ANY, Expected, check_type, is_text
from watchword.jose.jwt.payload import members_of
from watchword.jose.jwt.rules import failures
from watchword.jose.sdjwt.disclosure import digest
from watchword.jose.sdjwt.form import Parts
from watchword.jose.sdjwt.process import Processed

__all__ = [
    "TYPE",
    "KeyBinding",
    "NotRequired",
    "Required",
    "Transaction",
    "bind",
    "holder_jwk",
    "not_required",
    "prove",
    "required",
]

TYPE = "kb+jwt"
MAX_AGE_SECONDS_MAX = 3600  # a binding proves presence; one of an hour ago proves little

_ALGORITHMS = ("ES256", "ES384", "ES512", "Ed25519")
_encode = msgspec.json.Encoder().encode


class NotRequired(Enum):
    """The policy that takes an SD-JWT from whoever sends it."""

    NOT_REQUIRED = "not required"


not_required = NotRequired.NOT_REQUIRED


@dataclass(frozen=True, slots=True)
class Required:
    """The policy that takes an SD-JWT from its holder alone. Made by `required`."""

    expect: Expected
    algorithms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeyBinding:
    """A proof that the holder sent exactly these disclosures, to this verifier, a moment ago."""

    key: Key
    """The holder's public key, from `cnf`."""
    issued_at: float
    """When it was signed, in seconds since the epoch."""

    def __repr__(self) -> str:
        return f"KeyBinding(alg={self.key.alg!r})"


@dataclass(frozen=True, slots=True)
class Transaction:
    """Whom a presentation is for, and what it answers."""

    audience: str
    nonce: str


def required(
    *,
    audience: str,
    max_age: Duration,
    algorithms: tuple[str, ...] = _ALGORITHMS,
    leeway: Duration = 0,
) -> Required:
    """Return the policy that demands key binding.

    Args:
        audience: the verifier's own name, as the holder is told it.
        max_age: how old the holder's signature may be, such as 60 or "2m"; at most an hour.
        algorithms: those that holders may sign with.
        leeway: by how much clocks may differ.

    Raises:
        PolicyRefused: something is missing or of the wrong form.
    """
    if not is_text(audience):
        raise PolicyRefused("audience= is text that is not empty", claim="aud")
    if not 0 < seconds(max_age) <= MAX_AGE_SECONDS_MAX:
        raise PolicyRefused(f"max_age= is 1 to {MAX_AGE_SECONDS_MAX} seconds")
    if not algorithms:
        raise PolicyRefused("algorithms= names at least one")
    if any(algorithm(name).is_symmetric for name in algorithms):
        raise PolicyRefused("a holder signs with a key pair; a shared secret proves nobody")
    expect = Expected(
        issuer=ANY,
        audience=audience,
        typ=TYPE,
        leeway=seconds(leeway),
        max_age=seconds(max_age),
        require=("nonce", "sd_hash"),
        allow_no_exp=True,  # a key binding ends by its age; section 4.3 knows no exp
    )
    return Required(expect, tuple(algorithms))


def prove(
    parts: Parts, processed: Processed, *, policy: Required, nonce: str, now: int
) -> KeyBinding:
    """Check the key binding of a presentation whose issuer's signature holds.

    Raises:
        KeyBindingMissing: none was sent.
        UnknownKey: `cnf` names no key that can be used here.
        TokenError: the KB-JWT is at fault; the class says how.
    """
    if not parts.key_binding:
        raise KeyBindingMissing("an SD-JWT was sent, and one with key binding is required")
    header_b64u, payload_b64u, signature_b64u = compact.split(parts.key_binding)
    header = jws_header.read(header_b64u)
    check_type(header.typ, policy.expect)
    if header.alg not in policy.algorithms:
        raise refuse_algorithm(header.alg, frozenset(policy.algorithms))
    key = _holder_key(processed.members, header.alg)
    jws_header.check_critical(header, {})
    # The key is the one in cnf, whatever kid the header has.
    prepare_check(key, header, header_b64u)(payload_b64u, signature_b64u)
    claims = members_of(payload_b64u)
    found = failures(claims, policy.expect, now)
    found += _unbound(claims, nonce, digest(parts.bound_text, processed.hash_name))
    if found:
        raise ClaimsInvalid.of(found)
    return KeyBinding(key, cast("float", claims["iat"]))


def bind(
    bound_text: str, holder: Key, transaction: Transaction, *, hash_name: str, now: int
) -> str:
    """Return the KB-JWT over a presentation."""
    claims = {
        "iat": now,
        "aud": transaction.audience,
        "nonce": transaction.nonce,
        "sd_hash": digest(bound_text, hash_name),
    }
    header_b64u = base64url.encode_bytes(_encode({"alg": holder.alg, "typ": TYPE}))
    payload_b64u = base64url.encode_bytes(_encode(claims))
    signature_b64u = holder.stamper(header_b64u)(payload_b64u)
    return b".".join((header_b64u, payload_b64u, signature_b64u)).decode("ascii")


def holder_jwk(members: Mapping[str, object]) -> Mapping[str, object]:
    """Return the holder's key as the token's `cnf` holds it.

    Raises:
        UnknownKey: no `cnf`, or one without a `jwk`.
    """
    match members.get("cnf"):
        case {"jwk": dict(jwk)}:
            return jwk
    raise UnknownKey("the token's cnf holds no jwk, so it is bound to nobody", claim="cnf")


def _holder_key(members: Mapping[str, object], alg: str) -> Key:
    """Return the key in `cnf` for an accepted algorithm."""
    try:
        key = Key.from_jwk(holder_jwk(members), alg=alg)
    except KeyRefused as error:
        hint = error.hint
    else:
        if not key.is_private:
            return key
        hint = "it shows its private half"
    raise UnknownKey(f"the key in the token's cnf is refused: {hint}", claim="cnf")


def _unbound(claims: Mapping[str, object], nonce: str, sd_hash: str) -> list[ClaimsInvalid]:
    """Return what does not belong to this presentation."""
    found: list[ClaimsInvalid] = []
    if isinstance(claims.get("aud"), list):
        found.append(ClaimInvalid("a key binding names one audience", claim="aud"))
    for name, value, what in (
        ("nonce", nonce, "the key binding answers another nonce"),
        ("sd_hash", sd_hash, "the key binding is over another token or other disclosures"),
    ):
        given = claims.get(name, value)  # where it is missing, the rules have said so
        if not isinstance(given, str) or not same(given, value):
            found.append(ClaimInvalid(what, claim=name))
    return found
