"""Fuzz targets of signed tokens: raw text, and any content under a good signature."""

from tests.fuzz.target import Target
from tests.jose.forge import claims, dump, encode, header, sign_parts, token
from tests.jose.keys import ISSUER, NOW, key, public, signer, verifier

from watchword import jwt

__all__ = ["TARGETS"]


def verify_raw(data: bytes) -> None:
    """Nothing that the fuzzer makes is signed."""
    LEARNED.verify(data)
    assert data in GOOD


def verify_header(data: bytes) -> None:
    """Any header under a good signature."""
    assert verifier().verify(sign_parts(encode(data), PAYLOAD_B64U)).claims.iss == ISSUER


def verify_payload(data: bytes) -> None:
    """Any payload under a good signature: having learned shapes changes no verdict."""
    text = sign_parts(HEADER_B64U, encode(data))
    assert outcome(LEARNED, text) == outcome(verifier(), text)


def verify_deep(data: bytes) -> None:
    """Any value beside good claims, nested up to a token's length: a member nobody has learned."""
    depth = int.from_bytes(data[:2]) % DEPTH_MAX
    opened, closed = (b"[", b"]") if data[2:3] < b"\x80" else (b'{"a":', b"}")
    text = b'%b,"x":%b}' % (
        dump(claims()).encode()[:-1],
        opened * depth + data[3:] + closed * depth,
    )
    signed = sign_parts(HEADER_B64U, encode(text))
    assert outcome(LEARNED, signed) == outcome(verifier(), signed)


def parse(data: bytes) -> None:
    """The small API."""
    jwt.parse(data, lambda _: key("HS256"), methods=[jwt.HS256], typ=jwt.ANY)
    assert data in GOOD


def explain(data: bytes) -> None:
    """The explanation explains whatever it is given."""
    explained = jwt.explain(data, public("HS256"), now=NOW)
    assert (explained.verdict.value == "verified") == (data in GOOD)


def outcome(policy: jwt.Verifier, text: str) -> object:
    """Return the claims, or the refusal with its text."""
    try:
        return dict(policy.verify(text).claims)
    except jwt.TokenError as error:
        return type(error), str(error)


DEPTH_MAX = 5_000  # brackets and their ends, in base64url, still fit into a token
HEADER_B64U, PAYLOAD_B64U = encode(dump(header())), encode(dump(claims()))
SIGNED = tuple(signer().sign(sub="alice", jti=f"x{number}").encode() for number in range(3))
GOOD = frozenset((*SIGNED, token().encode()))
LEARNED = verifier()
for good in SIGNED:
    LEARNED.verify(good)
TOKENS = (*GOOD, token(header("none"), claims()).encode())
HEADERS = (
    {},
    {"typ": "application/AT+JWT"},
    {"crit": ["x"], "x": 1},
    {"b64": False},
    {"kid": None},
)
CLAIMS = ({}, {"aud": ["a", "b"]}, {"exp": 1e300}, {"x": {"a": [1, {"b": None}]}}, {"nbf": 1.5})

TARGETS = {
    "verify_raw": Target(verify_raw, (jwt.TokenError,), TOKENS),
    "verify_header": Target(
        verify_header,
        (jwt.TokenError,),
        tuple(dump(header(**changes)).encode() for changes in HEADERS),
    ),
    "verify_payload": Target(
        verify_payload, (), tuple(dump(claims(**changes)).encode() for changes in CLAIMS)
    ),
    "verify_deep": Target(
        verify_deep, (), (b"\x00\x02[1]", b"\x00\x1e[1]", b"\x03\xe8[1]", b"\x03\xe8\x801")
    ),
    "parse": Target(parse, (jwt.TokenError,), TOKENS),
    "peek": Target(jwt.peek, (jwt.TokenError,), TOKENS),
    "explain": Target(explain, (), TOKENS),
}
