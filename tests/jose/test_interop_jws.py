"""The JSON and detached forms, live and both ways, with the libraries that have them."""

import json

import pytest
from joserfc import jws as joserfc_jws
from jwcrypto import jws as jwcrypto_jws
from tests.jose.keys import key, public
from tests.jose.test_interop import MISSING, joserfc_key, jwcrypto_key

from watchword import jws, jwt
from watchword.base import base64url
from watchword.jose.algorithms.table import ALGORITHMS

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated via RFC 9864")

PAYLOAD = b"\0\xff any bytes"
TEXT = b"$.02 and more"
SEVERAL = ["ES256", "RS256", "Ed25519"]


def set_of(algs):
    return jws.Verifier(jwt.KeySet([public(alg) for alg in algs]))


def jwcrypto_sign(algs, payload, header=None, *, kid=True):
    made = jwcrypto_jws.JWS(payload)
    made.allowed_algs = algs
    for alg in algs:
        protected = {"alg": alg} | (header or {})
        unprotected = json.dumps({"kid": f"kid-{alg}"}) if kid else None
        made.add_signature(
            jwcrypto_key(alg, private=True), None, json.dumps(protected), unprotected
        )
    return made


def jwcrypto_read(text, algs, payload=None):
    for alg in algs:
        read = jwcrypto_jws.JWS()
        read.allowed_algs = algs
        read.deserialize(text)
        read.verify(jwcrypto_key(alg, private=False), alg=alg, detached_payload=payload)
    return read.payload


@pytest.mark.requirement("tokens:9:interop")
@pytest.mark.parametrize("algs", [[alg] for alg in ALGORITHMS] + [SEVERAL], ids="-".join)
def test_jwcrypto_reads_our_documents_and_we_read_its(algs):
    ours = jws.sign_json(PAYLOAD, [key(alg) for alg in algs])
    assert jwcrypto_read(ours, algs) == PAYLOAD
    theirs = jwcrypto_sign(algs, PAYLOAD).serialize(compact=False)
    proved = set_of(algs).verify_json(theirs)
    assert proved.data == PAYLOAD
    assert [held.alg for held in proved.keys] == algs


@pytest.mark.requirement("tokens:9:interop")
@pytest.mark.parametrize("alg", ["HS256", "ES256", "Ed25519"])
def test_jwcrypto_reads_our_unencoded_payloads_and_we_read_its(alg):
    verifier = jws.Verifier(public(alg))
    marked = {"b64": False, "crit": ["b64"]}
    # Of the compact form jwcrypto writes unencoded payloads and decodes them when reading.
    assert jwcrypto_read(jws.sign_json(TEXT, [key(alg)], b64=False), [alg]) == TEXT.decode()
    theirs = jwcrypto_sign([alg], TEXT, marked)
    theirs.detach_payload()
    assert verifier.verify_json_detached(theirs.serialize(), TEXT).data == TEXT
    compact = jwcrypto_sign([alg], "plain text", marked, kid=False).serialize(compact=True)
    assert verifier.verify(compact).data == b"plain text"


@pytest.mark.requirement("tokens:9:interop")
@pytest.mark.parametrize(
    "algs",
    [[alg] for alg in ALGORITHMS if alg not in MISSING["joserfc"]] + [SEVERAL],
    ids="-".join,
)
def test_joserfc_reads_our_documents_and_we_read_its(algs):
    ours = json.loads(jws.sign_json(PAYLOAD, [key(alg) for alg in algs]))
    keys = {f"kid-{alg}": joserfc_key(alg, private=False) for alg in algs}
    read = joserfc_jws.deserialize_json(ours, lambda member: keys[member.headers()["kid"]], algs)
    assert read.payload == PAYLOAD
    private = {f"kid-{alg}": joserfc_key(alg, private=True) for alg in algs}
    members = [{"protected": {"alg": alg}, "header": {"kid": f"kid-{alg}"}} for alg in algs]
    theirs = joserfc_jws.serialize_json(
        members[0] if len(members) == 1 else members,
        PAYLOAD,
        lambda member: private[member.headers()["kid"]],
        algs,
    )
    proved = set_of(algs).verify_json(json.dumps(theirs))
    assert proved.data == PAYLOAD
    assert [held.alg for held in proved.keys] == algs


@pytest.mark.requirement("tokens:9:interop")
@pytest.mark.parametrize("alg", ["HS256", "ES256", "Ed25519", "PS384"])
@pytest.mark.parametrize("b64", [True, False])
def test_joserfc_reads_our_detached_payloads_and_we_read_its(alg, b64):
    payload = TEXT
    text = jws.sign_detached(payload, key(alg), b64=b64)
    registry = joserfc_jws.JWSRegistry(algorithms=[alg])
    header, _, signature = text.split(".")
    part = base64url.encode(payload) if b64 else payload.decode()
    if b64:
        compact = f"{header}.{part}.{signature}"
        read = joserfc_jws.deserialize_compact(
            compact, joserfc_key(alg, private=False), registry=registry
        )
    else:
        read = joserfc_jws.deserialize_compact(
            text, joserfc_key(alg, private=False), registry=registry, payload=payload
        )
    assert read.payload == payload
    protected = {"alg": alg} if b64 else {"alg": alg, "b64": False, "crit": ["b64"]}
    theirs = joserfc_jws.serialize_compact(
        protected, payload, joserfc_key(alg, private=True), registry=registry
    )
    assert jws.Verifier(public(alg)).verify_detached(detached(theirs), payload).data == payload


def detached(text):
    """Return a compact text without its payload."""
    return f"{text.partition('.')[0]}..{text.rpartition('.')[2]}"
