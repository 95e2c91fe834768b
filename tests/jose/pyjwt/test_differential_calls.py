"""PyJWT and the door do the same with the same keys, headers and tokens, or differ as listed."""

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import jwt as peer
import pytest
from tests.jose.pyjwt.peers import (
    KINDS,
    NOW,
    SECRET,
    both,
    handle,
    private_pem,
    public_pem,
    same,
    ssh_line,
    token,
)

import watchword.pyjwt as door
from watchword.base import base64url

CLAIMS = {"iss": "i", "exp": NOW + 1000, "name": "Åsa", "list": [1, {"a": None}]}
GOOD = token(CLAIMS)
HEADER, PAYLOAD, SIGNATURE = GOOD.split(".")
NAIVE = dt.datetime(2020, 1, 1)  # noqa: DTZ001 - read as UTC
OCT = {"kty": "oct", "k": base64url.encode(SECRET.encode()), "alg": "HS256"}


class WithDecimals(json.JSONEncoder):
    def default(self, o: object) -> Any:
        return str(o) if isinstance(o, Decimal) else super().default(o)


def recoded(text: bytes) -> str:
    """Sign a payload that PyJWT's encoder would not write."""
    return token(text)


def raw(header: object, payload: str = PAYLOAD) -> str:
    """Sign whatever header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    signed = f"{base64url.encode(text)}.{payload}"
    algorithm = peer.get_algorithm_by_name("HS256")
    return f"{signed}.{base64url.encode(algorithm.sign(signed.encode(), SECRET.encode()))}"


def decoding(text: object, key: object = SECRET, algorithms: object = ("HS256",), **more: object):
    return lambda m: m.decode(text, key, algorithms=algorithms, **more)


SAME = {
    # Encoding.
    "encode": lambda m: m.encode(CLAIMS, SECRET),
    "encode, named": lambda m: m.encode(CLAIMS, SECRET, "HS256"),
    "encode with 512 bits": lambda m: m.encode(CLAIMS, SECRET * 2, algorithm="HS512"),
    "encode bytes": lambda m: m.encode(CLAIMS, SECRET.encode(), algorithm="HS256"),
    "encode headers": lambda m: m.encode(CLAIMS, SECRET, headers={"kid": "k", "a": 1}),
    "encode unsorted": lambda m: m.encode(
        CLAIMS, SECRET, headers={"kid": "k", "a": 1}, sort_headers=False
    ),
    "encode a type": lambda m: m.encode(CLAIMS, SECRET, headers={"typ": "at+jwt"}),
    "encode no type": lambda m: m.encode(CLAIMS, SECRET, headers={"typ": None}),
    "encode b64 true": lambda m: m.encode(CLAIMS, SECRET, headers={"b64": True}),
    "encode alg twice": lambda m: m.encode(CLAIMS, SECRET, "HS256", headers={"alg": "HS256"}),
    "encode alg in the header": lambda m: m.encode(CLAIMS, SECRET * 2, headers={"alg": "HS512"}),
    "encode datetimes": lambda m: m.encode(
        {"exp": dt.datetime(2030, 1, 2, 3, 4, 5, tzinfo=dt.UTC), "iat": NAIVE},
        SECRET,
    ),
    "encode a datetime elsewhere": lambda m: m.encode({"at": NAIVE}, SECRET),
    "encode with an encoder": lambda m: m.encode(
        {"amount": Decimal("1.5")}, SECRET, json_encoder=WithDecimals, headers={"x": Decimal(2)}
    ),
    "encode without one": lambda m: m.encode({"amount": Decimal("1.5")}, SECRET),
    "encode no claims": lambda m: m.encode({}, SECRET),
    "encode a list": lambda m: m.encode([], SECRET),
    "encode text": lambda m: m.encode("{}", SECRET),
    "encode iss 5": lambda m: m.encode({"iss": 5}, SECRET),
    "encode sub 5": lambda m: m.encode({"sub": 5}, SECRET),
    "encode kid 5": lambda m: m.encode({}, SECRET, headers={"kid": 5}),
    "encode unknown": lambda m: m.encode(CLAIMS, SECRET, algorithm="HS257"),
    "encode no key": lambda m: m.encode(CLAIMS, "", algorithm="HS256"),
    "encode key None": lambda m: m.encode(CLAIMS, None, algorithm="HS256"),
    "encode a PEM as a secret": lambda m: m.encode(CLAIMS, public_pem("RSA")),
    "encode SSH as a secret": lambda m: m.encode(CLAIMS, ssh_line("RSA")),
    "encode RS256 with a word": lambda m: m.encode(CLAIMS, SECRET, algorithm="RS256"),
    "encode RS256 with an EC key": lambda m: m.encode(CLAIMS, private_pem("P-256"), "RS256"),
    "encode RS256 with an EC object": lambda m: m.encode(CLAIMS, handle("P-256"), "RS256"),
    "encode RS256 with a number": lambda m: m.encode(CLAIMS, 5, "RS256"),
    "encode HS256 with an object": lambda m: m.encode(CLAIMS, handle("RSA"), "HS256"),
    "encode ES256 on P-384": lambda m: m.encode(CLAIMS, private_pem("P-384"), "ES256"),
    "encode EdDSA with a word": lambda m: m.encode(CLAIMS, SECRET, "EdDSA"),
    "encode RS256 with PEM": lambda m: m.encode(CLAIMS, private_pem("RSA"), "RS256"),
    "encode RS512 with bytes": lambda m: m.encode(CLAIMS, private_pem("RSA").encode(), "RS512"),
    "encode EdDSA": lambda m: m.encode(CLAIMS, private_pem("Ed25519"), "EdDSA"),
    "encode EdDSA on Ed448": lambda m: m.encode(CLAIMS, handle("Ed448"), "EdDSA"),
    "encode EdDSA by object": lambda m: m.encode(CLAIMS, handle("Ed25519"), "EdDSA"),
    "encode with a PyJWK": lambda m: m.encode(CLAIMS, m.PyJWK(OCT)),
    "encode with a PyJWK and None": lambda m: m.encode(CLAIMS, m.PyJWK(OCT), algorithm=None),
    # Decoding, by keys and algorithms.
    "decode": decoding(GOOD),
    "decode bytes": decoding(GOOD.encode(), SECRET.encode()),
    "decode, one name": decoding(GOOD, algorithms="HS256"),
    "decode, another secret": decoding(GOOD, SECRET[::-1]),
    "decode, no algorithms": lambda m: m.decode(GOOD, SECRET),
    "decode, empty algorithms": decoding(GOOD, algorithms=[]),
    "decode, another algorithm": decoding(GOOD, SECRET * 2, algorithms=["HS512"]),
    "decode, none": decoding(raw({"alg": "none"})),
    "decode, None": decoding(raw({"alg": "None"})),
    "decode, no alg": decoding(raw({"typ": "JWT"})),
    "decode, alg 5": decoding(raw({"alg": 5})),
    "decode, a PyJWK": lambda m: m.decode(GOOD, m.PyJWK(OCT)),
    "decode, a PyJWK and names": lambda m: m.decode(GOOD, m.PyJWK(OCT), ["HS256"]),
    "decode, a PyJWK and others": lambda m: m.decode(GOOD, m.PyJWK(OCT), ["HS512"]),
    "decode, a PEM as a secret": decoding(GOOD, public_pem("RSA")),
    "decode, no key": decoding(GOOD, ""),
    "decode, key None": decoding(GOOD, None),
    # Decoding, by form.
    "decode None": decoding(None),
    "decode 5": decoding(5),
    "decode nothing": decoding(""),
    "decode two parts": decoding(f"{HEADER}.{PAYLOAD}"),
    "decode four parts": decoding(f"{GOOD}.x"),
    "decode spaces": decoding(f"{GOOD} "),
    "decode, header not base64": decoding(f"!{HEADER}.{PAYLOAD}.{SIGNATURE}"),
    "decode, header not JSON": decoding(raw(b"hello")),
    "decode, header a list": decoding(raw(["alg"])),
    "decode, payload not JSON": decoding(recoded(b"hello")),
    "decode, payload a list": decoding(recoded(b"[]")),
    "decode, payload text": decoding(recoded(b'"x"')),
    "decode, payload nested": decoding(recoded(b'{"a":' * 9000 + b"1" + b"}" * 9000)),
    "decode, kid 5": decoding(raw({"alg": "HS256", "kid": 5})),
    "decode, unknown members": decoding(raw({"alg": "HS256", "x": {"y": 1}, "jku": "http://x"})),
    "decode, crit": decoding(raw({"alg": "HS256", "crit": ["x"], "x": 1})),
    "decode, crit empty": decoding(raw({"alg": "HS256", "crit": []})),
    "decode, crit text": decoding(raw({"alg": "HS256", "crit": "x"})),
    "decode, crit numbers": decoding(raw({"alg": "HS256", "crit": [1]})),
    "decode, crit b64 absent": decoding(raw({"alg": "HS256", "crit": ["b64"]})),
    "decode, tampered": decoding(f"{HEADER}.{base64url.encode(b'{}')}.{SIGNATURE}"),
    "decode, typ": decoding(raw({"alg": "HS256", "typ": "anything"})),
    "decode unverified": decoding(GOOD[:-4] + "AAAA", "", [], options={"verify_signature": False}),
    "decode with verify": decoding(GOOD, verify=True),
    "decode with extras": decoding(GOOD, extra=1),
    # Objects.
    "header": lambda m: m.get_unverified_header(GOOD),
    "header of bytes": lambda m: m.get_unverified_header(GOOD.encode()),
    "header of a word": lambda m: m.get_unverified_header("word"),
    "header with crit": lambda m: m.get_unverified_header(raw({"alg": "HS256", "crit": ["x"]})),
    "header, kid 5": lambda m: m.get_unverified_header(raw({"alg": "HS256", "kid": 5})),
    "an object's defaults": lambda m: m.PyJWT({"verify_exp": False}).decode(
        token({"exp": 1}), SECRET, ["HS256"]
    ),
    "an object does not switch signatures off": lambda m: m.PyJWT(
        {"verify_signature": False}
    ).decode(GOOD, SECRET * 2, ["HS256"]),
    "minimum length": lambda m: m.PyJWT({"enforce_minimum_key_length": True}).encode({}, "short"),
    "a secret of 16 bytes": lambda m: m.decode(
        peer.encode({}, SECRET[:16]),
        SECRET[:16],
        ["HS256"],
        options={"enforce_minimum_key_length": False},
    ),
    # PyJWS.
    "jws": lambda m: m.PyJWS().encode(b"\0any", SECRET),
    "jws decode": lambda m: m.PyJWS().decode(GOOD, SECRET, ["HS256"]),
    "jws decode_complete": lambda m: m.PyJWS().decode_complete(GOOD, SECRET, ["HS256"]),
    "jws unverified": lambda m: m.PyJWS().decode(GOOD, options={"verify_signature": False}),
    "jws of an empty payload": lambda m: m.PyJWS().decode(
        m.PyJWS().encode(b"", SECRET), SECRET, ["HS256"]
    ),
    "jws detached": lambda m: m.PyJWS().encode(b"data", SECRET, is_payload_detached=True),
    "jws detached by header": lambda m: m.PyJWS().encode(b"data", SECRET, headers={"b64": False}),
    "jws crit text": lambda m: m.PyJWS().encode(
        b"data", SECRET, headers={"b64": False, "crit": "b64"}
    ),
    "jws crit given": lambda m: m.PyJWS().encode(
        b"data", SECRET, headers={"b64": False, "crit": ["b64"]}
    ),
    "jws detached, read": lambda m: m.PyJWS().decode_complete(
        m.PyJWS().encode(b"data.with.dots", SECRET, is_payload_detached=True),
        SECRET,
        ["HS256"],
        detached_payload=b"data.with.dots",
    ),
    "jws detached, other data": lambda m: m.PyJWS().decode(
        m.PyJWS().encode(b"data", SECRET, is_payload_detached=True),
        SECRET,
        ["HS256"],
        detached_payload=b"other",
    ),
    "jws detached, no data": lambda m: m.PyJWS().decode(
        m.PyJWS().encode(b"data", SECRET, is_payload_detached=True), SECRET, ["HS256"]
    ),
    "jws not detached, data": lambda m: m.PyJWS().decode(
        GOOD, SECRET, ["HS256"], detached_payload=b"data"
    ),
    "jws b64 without crit": lambda m: m.PyJWS().decode(
        raw({"alg": "HS256", "b64": False}, ""), SECRET, ["HS256"], detached_payload=b""
    ),
    "jws b64 with a payload": lambda m: m.PyJWS().decode(
        raw({"alg": "HS256", "b64": False, "crit": ["b64"]}),
        SECRET,
        ["HS256"],
        detached_payload=b"",
    ),
    "jws header, detached": lambda m: m.PyJWS().get_unverified_header(
        m.PyJWS().encode(b"data", SECRET, is_payload_detached=True)
    ),
    "jws of one algorithm": lambda m: m.PyJWS(["HS512"]).decode(GOOD, SECRET, ["HS256"]),
    "jws encode outside": lambda m: m.PyJWS(["HS512"]).encode(b"", SECRET),
    "jws text": lambda m: m.PyJWS().encode("text", SECRET),
    "algorithm unknown": lambda m: m.get_algorithm_by_name("HS257"),
    "at_hash": lambda m: m.get_algorithm_by_name("RS384").compute_hash_digest(b"token"),
    "at_hash of EdDSA": lambda m: m.get_algorithm_by_name("EdDSA").compute_hash_digest(b"token"),
}
LONG = token({"a": "x" * 20_000})
P1, P2, LIMITS = "algorithms that fit", "a JWK", "size"
DIFFERENT = {
    "encode none": (lambda m: m.encode(CLAIMS, None, algorithm=None), "`none`"),
    "encode none by name": (lambda m: m.encode(CLAIMS, "", algorithm="none"), "`none`"),
    "decode none": (decoding(raw({"alg": "none"}), "", ["none"]), "`none`"),
    "decode unsecured": (
        decoding(f"{HEADER}.{PAYLOAD}.", "", [], options={"verify_signature": False}),
        "`none`",
    ),
    "encode alg against": (
        lambda m: m.encode(CLAIMS, SECRET * 2, "HS256", headers={"alg": "HS512"}),
        '`headers={"alg": ...}`',
    ),
    "short secret, signing": (lambda m: m.encode({}, "short"), "short keys"),
    "short secret, allowed": (
        lambda m: m.PyJWT({"enforce_minimum_key_length": False}).encode({}, SECRET[:16]),
        "short keys",
    ),
    "short secret, reading": (
        lambda m: m.decode(peer.encode({}, SECRET[:16]), SECRET[:16], ["HS256"]),
        "short keys",
    ),
    "very short secret, reading": (
        decoding(GOOD, "short", options={"enforce_minimum_key_length": False}),
        "short keys",
    ),
    "short RSA": (lambda m: m.encode({}, private_pem("RSA-1024"), "RS256"), "short keys"),
    "register": (
        lambda m: m.PyJWS().unregister_algorithm("HS256"),
        "`register_algorithm`, `unregister_algorithm`",
    ),
    "leeway NaN": (
        lambda m: m.decode(GOOD, SECRET, ["HS256"], leeway=float("nan")),
        "`leeway=`",
    ),
    "mixed": (decoding(GOOD, algorithms=["HS256", "RS256"]), P1),
    "several secrets": (decoding(GOOD, SECRET * 2, algorithms=["HS256", "HS512"]), P1),
    "unknown name": (decoding(GOOD, algorithms=["HS256", "XX"]), "an algorithm's name"),
    "JSON as a secret": (lambda m: m.encode({}, "[" + '"abc",' * 9 + "1]"), "a secret"),
    "base64 of a PEM as a secret": (
        lambda m: m.encode({}, base64url.encode(public_pem("RSA").encode())),
        "a secret",
    ),
    "JWK of another algorithm": (lambda m: m.PyJWK(OCT, "HS512"), P2),
    "padding": (decoding(token({"a": 1}) + "=", algorithms=["HS256"]), "padding"),
    "duplicate": (decoding(recoded(b'{"a":1,"a":2}')), "JSON"),
    "NaN": (decoding(recoded(b'{"a":NaN}')), "JSON"),
    "NaN at issue": (lambda m: m.encode({"a": float("nan")}, SECRET), "JSON"),
    "a member twice at issue": (lambda m: m.encode({1: 1, "1": 2}, SECRET), "JSON"),
    "UTF-16": (decoding(recoded('{"a":1}'.encode("utf-16"))), "JSON"),
    "deep": (decoding(recoded(b'{"a":' * 40 + b"1" + b"}" * 40)), "JSON"),
    "duplicate in the header": (decoding(raw(b'{"alg":"HS256","alg":"HS256"}')), "JSON"),
    "long": (decoding(LONG), LIMITS),
    "long at issue": (lambda m: m.encode({"a": "x" * 20_000}, SECRET), LIMITS),
    "long kid": (decoding(raw({"alg": "HS256", "kid": "k" * 300})), LIMITS),
    "typ 5": (decoding(raw({"alg": "HS256", "typ": 5})), "a header"),
    "b64 in a JWT": (decoding(raw({"alg": "HS256", "b64": True})), "`b64`, `detached_payload`"),
    "detached in a JWT": (
        lambda m: m.decode(
            m.PyJWS().encode(b"{}", SECRET, is_payload_detached=True),
            SECRET,
            ["HS256"],
            detached_payload=b"{}",
        ),
        "`b64`, `detached_payload`",
    ),
    "b64 at issue": (
        lambda m: m.encode({}, SECRET, headers={"b64": False}),
        "`b64`, `detached_payload`",
    ),
    "hooks": (
        lambda m: type("Packed", (m.PyJWT,), {"_encode_payload": lambda *_: b"{}"}).__name__,
        "private methods",
    ),
    "private to_jwk": (
        lambda m: m.algorithms.ECAlgorithm.to_jwk(handle("P-256")),
        "`to_jwk` of a private key",
    ),
    "sign": (
        lambda m: m.get_algorithm_by_name("HS256").sign(b"", SECRET.encode()),
        "`Algorithm.sign` and `.verify`",
    ),
    "mixed set": (
        lambda m: len(
            m.PyJWKSet(
                [
                    OCT | {"kid": "1"},
                    m.algorithms.RSAAlgorithm.to_jwk(handle("RSA").public_key(), as_dict=True)
                    | {"kid": "2"},
                ]
            ).keys
        ),
        "`PyJWKSet`",
    ),
}


@pytest.mark.requirement("tokens:P-5:differential")
@pytest.mark.parametrize("name", SAME)
def test_the_same_call_does_the_same(name):
    """Value by value, or an exception that the same `except` catches."""
    theirs, ours = both(SAME[name])
    assert same(theirs, ours), f"{theirs} there, {ours} here"


@pytest.mark.requirement("tokens:P-4:absent-names-its-replacement", "tokens:P-5:differential")
@pytest.mark.parametrize("name", DIFFERENT)
def test_a_listed_difference_is_one(name):
    """Each is refused here with a text that says what to do, and PyJWT does something else."""
    call, _ = DIFFERENT[name]
    theirs, ours = both(call)
    assert not same(theirs, ours), f"{theirs} there, {ours} here"
    assert len(str(ours.error)) > 30


@pytest.mark.parametrize("alg", KINDS)
@pytest.mark.parametrize("form", ["pem", "bytes", "object", "ssh", "jwk"])
def test_each_reads_what_the_other_signs(alg, form):
    """Every algorithm, with every form of key; both ways."""
    kind = KINDS[alg]
    as_jwk = door.get_algorithm_by_name(alg).to_jwk(handle(kind).public_key(), as_dict=True)
    forms = {
        "pem": public_pem(kind),
        "bytes": public_pem(kind).encode(),
        "object": handle(kind).public_key(),
        "ssh": ssh_line(kind) if kind != "secp256k1" else public_pem(kind),  # OpenSSH has no form
    }
    private = handle(kind) if form == "object" else private_pem(kind)
    texts = both(lambda m: m.encode(CLAIMS, private, algorithm=alg))
    for made, reader in ((texts[0].value, 1), (texts[1].value, 0)):
        for text in (made, f"{made[:-8]}AAAAAAAA"):
            read = both(
                lambda m, text=text: m.decode(
                    text, forms.get(form) or m.PyJWK(as_jwk, alg), algorithms=[alg]
                )
            )
            assert same(*read)
            assert (read[reader].value == CLAIMS) == (text is made)
