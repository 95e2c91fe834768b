"""The advisories of PyJWT, performed against the door that takes its place.

Source: the advisories named at each test; tokens.md P-1, P-3, J-1 to J-31 and J-41 to J-44.
"""

import json
import logging
import tracemalloc

import jwt as peer
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.attacks.tokens.test_algorithm_confusion import ALGORITHMS, NAMES, encodings
from tests.jose.keys import key, public
from tests.jose.pyjwt.peers import SECRET
from tests.net.hostile import hostile, says
from tests.pyjwt.issuer import PAIRS, client, document

import watchword.pyjwt as door
from watchword import jwt
from watchword.base import base64url
from watchword.net.errors import Unreachable

GOOD = door.encode({"sub": "alice"}, SECRET)
HEADER, PAYLOAD, SIGNATURE = GOOD.split(".")
DECODE = {"key": SECRET, "algorithms": ["HS256"]}


def hs256(data: bytes, header: object = None, payload: bytes = b'{"sub":"admin"}') -> str:
    """Sign with whatever bytes as the secret, as an attacker does."""
    text = json.dumps(header or {"alg": "HS256", "typ": "JWT"}).encode()
    signed = f"{base64url.encode(text)}.{base64url.encode(payload)}"
    mac = peer.get_algorithm_by_name("HS256").sign(signed.encode(), data)
    return f"{signed}.{base64url.encode(mac)}"


def kind_name(alg: str) -> str:
    return "EdDSA" if alg == "Ed25519" else alg


@pytest.mark.requirement("tokens:J-3:no-asymmetric-secret", "tokens:P-1:list-decides-the-kind")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_public_key_is_no_secret(alg, name):
    """CVE-2017-11424, CVE-2022-29217, CVE-2026-48526, GHSA-r6x4-923q-g947, GHSA-ffc3-869f-jxw9,
    GHSA-p4g4-x82p-q773, GHSA-w2cx-738m-mc7w and GHSA-pxh4-856f-4h89: a token signed with every
    encoding of the public key, against every list that a careless caller writes.
    """
    data = encodings(alg)[name]
    text = hs256(data)
    for algorithms in (["HS256"], ["HS256", kind_name(alg)], [kind_name(alg), "HS256"]):
        with pytest.raises(door.InvalidKeyError):
            door.decode(text, data, algorithms=algorithms)
    with pytest.raises(door.InvalidKeyError):
        door.encode({}, data, algorithm="HS256")
    with pytest.raises(door.PyJWTError):
        door.decode(text, data, algorithms=[kind_name(alg)])


@pytest.mark.requirement("tokens:J-1:one-algorithm", "tokens:P-1:exactly-one-fits")
@pytest.mark.parametrize("alg", ["RS256", "RS384", "PS256", "PS512"])
def test_a_bound_key_verifies_its_own_algorithm_only(alg):
    """GHSA-jq35-7prp-9v3f: the same RSA key under another algorithm than its JWK's."""
    others = {"RS256", "RS384", "PS256", "PS512"} - {alg}
    held = door.PyJWK(public(alg).to_jwk())
    for other in others:
        text = door.encode({}, key(other), headers={"kid": held.key_id})
        for algorithms in (None, [alg], [alg, other], [other]):
            with pytest.raises(door.InvalidAlgorithmError):
                door.decode(text, held, algorithms=algorithms)


@pytest.mark.requirement("tokens:J-15:canonical")
@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_token_has_one_spelling(part):
    """GHSA-hxm8-2xgr-2p9m: bytes that are no base64url, in every part and place."""
    parts = GOOD.encode().split(b".")
    for byte in b"=!*+/~ \n\t\0\xff%":
        for place in (0, len(parts[part]) // 2, len(parts[part])):
            changed = list(parts)
            changed[part] = parts[part][:place] + bytes([byte]) + parts[part][place:]
            with pytest.raises(door.DecodeError):
                door.decode(b".".join(changed), **DECODE)
            with pytest.raises(door.DecodeError):
                door.decode(b".".join(changed), options={"verify_signature": False})


@pytest.mark.requirement("tokens:J-17:sizes-first")
@pytest.mark.parametrize("size", [10**5, 10**6, 10**7])
def test_an_unused_payload_costs_nothing(size):
    """GHSA-w7vc-732c-9m39: a detached token with megabytes where its payload would be."""
    header = base64url.encode(b'{"alg":"HS256","b64":false,"crit":["b64"]}')
    for text in (f"{header}.{'A' * size}.AAAA", f"{'A' * size}.e30.AAAA", "." * size):
        tracemalloc.start()
        with pytest.raises(door.DecodeError):
            door.PyJWS().decode(text, SECRET, ["HS256"], detached_payload=b"")
        with pytest.raises(door.DecodeError):
            door.decode(text, **DECODE)
        with pytest.raises(door.DecodeError):
            door.get_unverified_header(text)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 2**20


@pytest.mark.requirement("tokens:J-18:strict-json")
@pytest.mark.parametrize(
    "payload",
    [
        b'{"sub":"a","sub":"b"}',
        b'{"a":{"b":1,"b":2}}',
        b'{"exp":NaN}',
        b'{"exp":Infinity}',
        b'{"exp":1e999}',
        b'{"a":' * 200_000,
        b"[" * 9_000,
        b'{"exp":' + b"9" * 9_000 + b"}",
        '{"sub":"a"}'.encode("utf-16"),
        '{"sub":"a"}'.encode("utf-32"),
        b'\xef\xbb\xbf{"sub":"a"}',
        b'{"sub":"\\ud800"}',
        b'{"sub":"a"} x',
    ],
)
def test_json_has_one_reading(payload):
    """GHSA-8wjv-2p76-3863, GHSA-w6j9-cwv2-h6wq; UTF-16 and UTF-32, which `json.loads` guesses."""
    with pytest.raises(door.DecodeError):
        door.decode(hs256(SECRET.encode(), payload=payload), **DECODE)
    with pytest.raises(door.PyJWTError):
        door.decode(
            hs256(SECRET.encode(), payload=payload),
            options={"verify_signature": False, "verify_exp": True},
        )


@pytest.mark.requirement("tokens:J-20:crit")
@pytest.mark.parametrize(
    "extra",
    [
        {"crit": ["x"], "x": 1},
        {"crit": ["x"]},
        {"crit": []},
        {"crit": "x"},
        {"crit": {}},
        {"crit": None},
        {"crit": [1]},
        {"crit": ["alg"]},
        {"crit": ["exp"], "exp": 1},
        {"crit": ["b64"], "b64": False},
        {"b64": False},
        {"b64": 1},
    ],
)
def test_what_is_critical_is_understood_or_refused(extra):
    """CVE-2026-32597 and GHSA-752w-5fwx-jx9f; `b64` has no place in a JWT."""
    text = hs256(SECRET.encode(), {"alg": "HS256", **extra})
    with pytest.raises(door.InvalidTokenError):
        door.decode(text, **DECODE)
    with pytest.raises(door.InvalidTokenError):
        door.decode(text, options={"verify_signature": False})
    with pytest.raises(door.InvalidTokenError):
        door.PyJWS().decode(text, SECRET, ["HS256"])


@pytest.mark.requirement("tokens:J-25:whole-comparison")
@pytest.mark.parametrize("iss", ["", "h", "https://i.example", "https://i.example/x", "HTTPS"])
def test_an_issuer_is_compared_whole(iss):
    """GHSA-75c5-xw7c-p5pm: a part of the expected issuer passed as the issuer."""
    text = door.encode({"iss": iss}, SECRET)
    for issuer in ("https://i.example/", ["https://i.example/"], ("https://i.example/",)):
        with pytest.raises(door.InvalidIssuerError):
            door.decode(text, **DECODE, issuer=issuer)


@pytest.mark.requirement("tokens:J-25:whole-comparison")
@pytest.mark.parametrize("aud", ["", "a", "ap", "api/", "API", ["ap"], [["api"]], {"api": 1}])
def test_an_audience_is_compared_whole(aud):
    text = door.encode({"aud": aud}, SECRET)
    for audience in ("api", ["api"], {"api"}):
        with pytest.raises((door.InvalidAudienceError, door.MissingRequiredClaimError)):
            door.decode(text, **DECODE, audience=audience)


@pytest.mark.requirement("tokens:P-4:short-keys")
@pytest.mark.parametrize("secret", ["", "secret", "x" * 31])
def test_a_weak_secret_is_refused(secret):
    """CVE-2025-45768."""
    with pytest.raises(door.InvalidKeyError):
        door.encode({}, secret)
    with pytest.raises(door.InvalidKeyError):
        door.decode(GOOD, secret, algorithms=["HS256"])


@pytest.mark.requirement("tokens:J-10:none-does-not-exist")
@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", "null", "none "])
def test_an_unsecured_token_is_not_read(alg):
    header = base64url.encode(json.dumps({"alg": alg}).encode())
    for text in (f"{header}.{PAYLOAD}.", f"{header}.{PAYLOAD}.AAAA"):
        for held in ("", SECRET):
            with pytest.raises(door.PyJWTError):
                door.decode(text, held, algorithms=["HS256"])
            with pytest.raises((door.PyJWTError, NotImplementedError)):
                door.decode(text, held, algorithms=[alg])
    with pytest.raises(door.DecodeError):
        door.decode(f"{header}.{PAYLOAD}.", options={"verify_signature": False})


@pytest.mark.requirement("tokens:J-29:no-jwe")
def test_an_encrypted_token_is_refused_by_name():
    with pytest.raises(door.DecodeError, match="JWE"):
        door.decode("e30.e30.e30.e30.e30", **DECODE)


@pytest.mark.requirement("tokens:J-30:no-other-exception")
@given(data=st.binary(max_size=60), place=st.integers(0, len(GOOD)), cut=st.integers(0, 40))
def test_whatever_the_token_only_pyjwts_errors_leave(data, place, cut):
    text = GOOD.encode()
    changed = text[:place] + data + text[place + cut :]
    if changed == text:
        return
    with pytest.raises(door.InvalidTokenError) as raised:
        door.decode(changed, **DECODE)
    assert isinstance(raised.value, jwt.TokenError)
    for options in ({"verify_signature": False}, {"verify_signature": False, "verify_aud": True}):
        try:
            door.decode(changed, options=options)
            door.get_unverified_header(changed)
        except door.InvalidTokenError:
            pass


@pytest.mark.requirement("tokens:J-31:canaries")
def test_no_error_shows_a_key_a_token_or_a_claim():
    canary = "canary-0123456789-0123456789-0123456789"
    text = hs256(
        canary.encode(),
        {"alg": "HS256", "kid": canary},
        json.dumps(dict.fromkeys(("iss", "sub", "aud", "exp", "jti"), canary)).encode(),
    )
    calls = [
        lambda: door.decode(text, canary, ["HS256"]),
        lambda: door.decode(text, canary, ["HS256"], audience="a", issuer="i"),
        lambda: door.decode(text, SECRET, ["HS256"]),
        lambda: door.decode(text, canary, ["RS256"]),
        lambda: door.decode(f"{text}!", canary, ["HS256"]),
        lambda: door.encode({}, canary, algorithm="RS256"),
        lambda: door.encode({}, f'{{"kty":"{canary}"}}'),
        lambda: door.PyJWK({"kty": "oct", "k": canary, "alg": canary}),
        lambda: door.PyJWKSet([{"kty": "RSA", "n": canary}]),
        lambda: door.algorithms.HMACAlgorithm.to_jwk(canary),
    ]
    for call in calls:
        with pytest.raises(jwt.JoseError) as raised:
            call()
        error: BaseException | None = raised.value
        while error is not None:
            assert "canary" not in f"{error} {error!r} {error.args}"
            error = error.__cause__ or error.__context__


@pytest.mark.requirement("tokens:P-4:client-on-remote-keys", "tokens:J-43:unknown-kid-cool-down")
def test_made_up_ids_cost_one_fetch():
    """PyJWT GHSA-2gx3-rcp4-g85q."""
    keys, library = client(document("r"))
    for number in range(50):
        with pytest.raises(door.PyJWKClientError, match="kid"):
            keys.get_signing_key(f"made-up-{number}")
    with pytest.raises(door.PyJWKClientError):
        keys.get_signing_key_from_jwt(door.encode({}, PAIRS["r"]))
    assert library.asked == 1


@pytest.mark.requirement("tokens:J-44:outage-bridged")
def test_an_outage_keeps_the_keys(caplog):
    """PyJWT CVE-2026-48524: a failed fetch emptied its cache."""
    caplog.set_level(logging.CRITICAL)
    keys, library = client(document("r"))
    found = keys.get_signing_key("r")
    library.body = Unreachable("no connection")
    with pytest.raises(door.PyJWKClientError):
        keys.get_signing_key("new")
    assert keys.get_signing_key("r") is found
    assert keys.get_jwk_set()["r"]


@pytest.mark.requirement("tokens:P-4:client-on-remote-keys")
@pytest.mark.parametrize(
    "uri", ["file:///etc/passwd", "ftp://x/y", "http://id.example.com/jwks", "data:,x", "word", ""]
)
def test_only_https_and_this_machine_are_fetched(uri):
    """PyJWT CVE-2026-48522 and GHSA-993g-76c3-p5m4."""
    with pytest.raises(door.PyJWKClientError):
        door.PyJWKClient(uri)


@pytest.mark.requirement("tokens:J-41:no-redirects")
def test_a_redirect_is_not_followed(caplog):
    """PyJWT GHSA-9v7f-9g4p-ffgj."""
    caplog.set_level(logging.CRITICAL)
    with hostile(says(json.dumps(document("r")).encode())) as target:
        place = f"http://127.0.0.1:{target.port}/jwks"
        with hostile(says(b"", status="302 Found", headers=f"Location: {place}\r\n")) as server:
            keys = door.PyJWKClient(f"http://127.0.0.1:{server.port}/jwks")
            with pytest.raises(door.PyJWKClientConnectionError):
                keys.get_signing_key("r")
        assert target.connections == 0
