"""Explain a token: every form that it went through, and every check up to the one that fails.

Pure, and made for people: it shows what bad tokens hold too. The verdict is that of `verify`;
nothing here decides.

Source: RFC 7515 section 5.1 (the steps of making a JWS, in the order shown); RFC 7519 section 7.1.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum

from watchword.base import base64url, strict_json
from watchword.base.limits import DATE_MAX, TOKEN_BYTES_MAX
from watchword.base.records import dataclass
from watchword.jose.algorithms.table import ALGORITHMS, Algorithm, Family
from watchword.jose.errors import (
    AlgorithmRefused,
    ClaimsInvalid,
    CriticalHeader,
    JoseError,
    KeysUnavailable,
    MalformedToken,
    SignatureInvalid,
    TokenError,
    UnknownKey,
    WrongType,
)
from watchword.jose.jwt.expected import ANY, Expected
from watchword.jose.jwt.peek import peek
from watchword.jose.jwt.verifier import Keys, verify

__all__ = [
    "UNCHECKED",
    "Asked",
    "Check",
    "Explanation",
    "Failure",
    "Instant",
    "Outcome",
    "Part",
    "Verdict",
    "asked_by",
    "explain",
    "failures_of",
    "json_part",
    "scheme",
]

UNCHECKED = Expected(issuer=ANY, audience=ANY, typ=ANY)
_SHOWN_MAX = TOKEN_BYTES_MAX  # of a text that is no token, no more is taken apart

# In the order of `verify`. A class names the check that raised it.
_CHECKS: tuple[tuple[str, type[TokenError], str], ...] = (
    ("form", MalformedToken, "three canonical parts within their limits, JSON objects in two"),
    ("algorithm", AlgorithmRefused, "the header's alg is one that the keys are bound to"),
    ("type", WrongType, "the header's typ is the expected kind of token"),
    ("extensions", CriticalHeader, "the header demands no extension that is not understood"),
    ("key", UnknownKey, "exactly one key fits the header's kid and alg"),
    ("signature", SignatureInvalid, "that key signed exactly these two parts"),
    ("claims", ClaimsInvalid, "{claims}"),
)
_SCHEMES = {
    Family.HMAC: "HMAC with {hash} under the shared secret",
    Family.RSA: "RSA signature (PKCS #1 v1.5) with {hash} under the private key",
    Family.RSA_PSS: "RSA-PSS signature with {hash} under the private key",
    Family.ECDSA: "ECDSA signature (r, then s) on {curve} with {hash} under the private key",
    Family.EDDSA: "{curve} signature under the private key",
    Family.ML_DSA: "{curve} signature (lattices, FIPS 204) under the private key",
}
_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


class Verdict(Enum):
    """What `verify` said."""

    VERIFIED = "verified"
    REFUSED = "refused"
    NOT_CHECKED = "not checked"
    """The form is right, and no key was given."""


class Outcome(Enum):
    """How one check went."""

    PASSED = "passed"
    NOT_ASKED = "not asked"
    """The expectation leaves it open, so it was not looked at."""
    FAILED = "failed"
    NOT_REACHED = "not reached"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the token in each of its forms; empty where it cannot be read."""

    b64u: str
    data: bytes
    text: str
    """The bytes as text; for the signature, as hexadecimal."""
    pretty: str
    """The JSON, indented; empty for the signature."""
    members: Mapping[str, object]
    encoding: str
    """How the part was made, in a sentence."""
    fault: str
    """Why it cannot be read; empty where it can."""


@dataclass(frozen=True, slots=True)
class Instant:
    """A time claim, for people."""

    claim: str
    value: float
    utc: str
    words: str


@dataclass(frozen=True, slots=True)
class Failure:
    """One rule that the token breaks."""

    code: str
    claim: str | None
    hint: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One step of verification, as an expectation asks for it."""

    name: str
    error: type[TokenError]
    """The class of what it raises."""
    asks: str
    is_asked: bool


@dataclass(frozen=True, slots=True)
class Check:
    """One step of verification and how it went."""

    name: str
    asks: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Explanation:
    """A token taken apart. Its repr shows the token: it is for the screen, not for logs."""

    header: Part
    payload: Part
    signature: Part
    signing_input: str
    algorithm: Algorithm | None
    times: tuple[Instant, ...]
    verdict: Verdict
    checks: tuple[Check, ...]
    """Empty where the verdict is NOT_CHECKED."""
    failures: tuple[Failure, ...]
    token_bytes: int


def explain(
    token: str | bytes, keys: Keys | None = None, *, expect: Expected | None = None, now: int
) -> Explanation:
    """Take a token apart and, given a key, say whether it verifies and which rule failed if not.

    Args:
        token: any text; what is wrong with it becomes part of the answer.
        keys: a key, a set or a source; left out, only the form is judged.
        expect: issuer, audience and type; left out, these three are not checked.
        now: seconds since the epoch.
    """
    text = token.decode("ascii", "replace") if isinstance(token, bytes) else token
    shown = [*text[:_SHOWN_MAX].split(".", 2), "", ""]
    header = json_part(shown[0], "protected header")
    payload = json_part(shown[1], "claims")
    named = header.members.get("alg")
    row = ALGORITHMS.get(named) if isinstance(named, str) else None
    expect = expect or UNCHECKED
    error = _verdict(token, keys, expect, now)
    accepted = Verdict.NOT_CHECKED if keys is None else Verdict.VERIFIED
    return Explanation(
        header=header,
        payload=payload,
        signature=_signature_part(shown[2], row),
        signing_input=f"{shown[0]}.{shown[1]}",
        algorithm=row,
        times=_times(payload.members, now),
        verdict=accepted if error is None else Verdict.REFUSED,
        checks=() if keys is None and error is None else _checks(error, expect),
        failures=failures_of(error),
        token_bytes=len(text),
    )


def asked_by(expect: Expected) -> tuple[Asked, ...]:
    """Return every step in the order of `verify`, in the words of one expectation."""
    claims = _claims_asked(expect)
    return tuple(
        Asked(name, error, asks.format(claims=claims), name != "type" or expect.typ is not ANY)
        for name, error, asks in _CHECKS
    )


def scheme(row: Algorithm) -> str:
    """Return what an algorithm's signature is, in words."""
    hash_name = row.hash_name.upper().replace("SHA", "SHA-")
    return _SCHEMES[row.family].format(hash=hash_name, curve=" or ".join(row.curves))


def _verdict(token: str | bytes, keys: Keys | None, expect: Expected, now: int) -> JoseError | None:
    try:
        if keys is None:
            peek(token)
        else:
            verify(token, keys, expect=expect, now=now)
    except (TokenError, KeysUnavailable) as error:
        return error
    return None


def failures_of(error: JoseError | None) -> tuple[Failure, ...]:
    """Return each rule that a refusal names; none where there is none."""
    if error is None:
        return ()
    each = error.errors if isinstance(error, ClaimsInvalid) else (error,)
    return tuple(Failure(one.code, one.claim, one.hint or one.public) for one in each)


def _checks(error: JoseError | None, expect: Expected) -> tuple[Check, ...]:
    checks = []
    outcome = Outcome.PASSED
    for asked in asked_by(expect):
        no_keys = asked.name == "key" and isinstance(error, KeysUnavailable)
        if isinstance(error, asked.error) or no_keys:
            checks.append(Check(asked.name, asked.asks, Outcome.FAILED))
            outcome = Outcome.NOT_REACHED
        else:
            is_open = outcome is Outcome.PASSED and not asked.is_asked
            shown = Outcome.NOT_ASKED if is_open else outcome
            checks.append(Check(asked.name, asked.asks, shown))
    return tuple(checks)


def _claims_asked(expect: Expected) -> str:
    """Return which claims are compared with something, and which are left open."""
    values = {"issuer": expect.issuer, "audience": expect.audience}
    asked = [name for name, value in values.items() if value is not ANY]
    left_open = [name for name in values if name not in asked]
    words = f"{_listed([*asked, 'times'])} are as expected"
    if not left_open:
        return words
    return f"{words}; {_listed(left_open)} {'is' if len(left_open) == 1 else 'are'} not asked"


def _listed(names: Sequence[str]) -> str:
    """Return names as a sentence lists them."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def json_part(b64u: str, name: str) -> Part:
    """Take apart a part that should be base64url of a JSON object.

    Args:
        b64u: any text.
        name: what the part is called, such as "claims".
    """
    data, fault = _decoded(b64u)
    text = data.decode("utf-8", "replace")
    value: object = None
    if not fault:
        try:
            value = strict_json.loads(data, bytes_max=len(data))
        except strict_json.MalformedJSON as error:
            fault = str(error)
    members = value if isinstance(value, dict) else {}
    if not fault and not isinstance(value, dict):
        fault = "JSON, but not an object"
    encoding = (
        f"the {name} as JSON, {len(data)} bytes of UTF-8, written as {len(b64u)} characters of "
        "base64url without padding"
    )
    pretty = json.dumps(value, indent=2, ensure_ascii=False) if not fault else ""
    return Part(b64u, data, text, pretty, members, encoding, fault)


def _signature_part(b64u: str, row: Algorithm | None) -> Part:
    data, fault = _decoded(b64u)
    kind = "a signature of an unknown algorithm" if row is None else scheme(row)
    encoding = (
        f"{kind}, over the signing input: {len(data)} bytes, written as {len(b64u)} characters "
        "of base64url without padding"
    )
    return Part(b64u, data, data.hex(), "", {}, encoding, fault)


def _decoded(b64u: str) -> tuple[bytes, str]:
    if not b64u:
        return b"", "absent"
    try:
        return base64url.decode(b64u), ""
    except base64url.MalformedBase64url as error:
        return b"", str(error)


def _times(members: Mapping[str, object], now: int) -> tuple[Instant, ...]:
    instants = []
    for claim in ("iat", "nbf", "exp", "auth_time"):
        value = members.get(claim)
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if 0 <= value <= DATE_MAX:
            utc = datetime.fromtimestamp(int(value), UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
            instants.append(Instant(claim, value, utc, _in_words(round(value - now))))
    return tuple(instants)


def _in_words(seconds: int) -> str:
    if seconds == 0:
        return "at this moment"
    length, unit = next((size, name) for size, name in _UNITS if abs(seconds) >= size)
    count = abs(seconds) // length
    amount = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"in {amount}" if seconds > 0 else f"{amount} ago"
