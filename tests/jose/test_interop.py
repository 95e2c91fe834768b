"""Live, both directions, with the libraries that our users' peers run."""

import json

import jwt as pyjwt
import pytest
from joserfc import jwk as joserfc_jwk
from joserfc import jws as joserfc_jws
from jwcrypto import jwk as jwcrypto_jwk
from jwcrypto import jws as jwcrypto_jws
from tests.jose import forge
from tests.jose.keys import key, public, signer, verifier

from watchword.jose.algorithms.table import ALGORITHMS

# joserfc warns that the older name is deprecated by RFC 9864; it is tested for what it still does.
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated via RFC 9864")

CLAIMS = {
    "empty": {},
    "text": {"name": "Zoë Łukasz 你好 \U0001f600", "quote": '"\\/\b\n'},
    "nested": {"realm_access": {"roles": ["a", "b"], "deep": {"deeper": [[1], {"x": None}]}}},
    "numbers": {"n": -0.5, "big": 2**53, "zero": 0, "bool": True},
}
# Algorithms that a peer has not got, so that nothing is skipped in silence.
ML_DSA = {"ML-DSA-44", "ML-DSA-65", "ML-DSA-87"}
MISSING = {"pyjwt": {"Ed25519", "Ed448", *ML_DSA}, "joserfc": ML_DSA, "jwcrypto": set()}


def joserfc_key(alg, *, private):
    held = key(alg) if private else public(alg)
    needs_private = private or alg.startswith("HS")
    members = held.to_jwk(private=needs_private)
    return joserfc_jwk.import_key({name: members[name] for name in members if name != "alg"})


def jwcrypto_key(alg, *, private):
    held = key(alg) if private else public(alg)
    return jwcrypto_jwk.JWK(**held.to_jwk(private=private or alg.startswith("HS")))


def pyjwt_key(alg, *, private):
    held = key(alg) if private else public(alg)
    members = held.to_jwk(private=private or alg.startswith("HS"))
    return pyjwt.PyJWK(members, algorithm=alg).key


def pyjwt_sign(alg, header, payload):
    extra = {name: value for name, value in header.items() if name != "alg"}
    return pyjwt.encode(payload, pyjwt_key(alg, private=True), algorithm=alg, headers=extra)


def pyjwt_read(alg, text):
    options = {"verify_aud": False, "verify_exp": False, "verify_iat": False}
    return pyjwt.decode(text, pyjwt_key(alg, private=False), algorithms=[alg], options=options)


def joserfc_sign(alg, header, payload):
    return joserfc_jws.serialize_compact(
        header, json.dumps(payload).encode(), joserfc_key(alg, private=True), algorithms=[alg]
    )


def joserfc_read(alg, text):
    found = joserfc_jws.deserialize_compact(text, joserfc_key(alg, private=False), algorithms=[alg])
    return json.loads(found.payload)


def jwcrypto_sign(alg, header, payload):
    made = jwcrypto_jws.JWS(json.dumps(payload))
    made.allowed_algs = [alg]
    made.add_signature(jwcrypto_key(alg, private=True), None, json.dumps(header), None)
    return made.serialize(compact=True)


def jwcrypto_read(alg, text):
    found = jwcrypto_jws.JWS()
    found.allowed_algs = [alg]
    found.deserialize(text, jwcrypto_key(alg, private=False), alg=alg)
    return json.loads(found.payload)


PEERS = {
    "pyjwt": (pyjwt_sign, pyjwt_read),
    "joserfc": (joserfc_sign, joserfc_read),
    "jwcrypto": (jwcrypto_sign, jwcrypto_read),
}
PAIRS = [(peer, alg) for peer in PEERS for alg in ALGORITHMS if alg not in MISSING[peer]]


@pytest.mark.requirement("tokens:9:interop")
@pytest.mark.parametrize(("peer", "alg"), PAIRS)
@pytest.mark.parametrize("claims", CLAIMS.values(), ids=CLAIMS)
def test_what_they_make_we_read(peer, alg, claims):
    """Tokens.md section 9."""
    payload = forge.claims(**claims)
    text = PEERS[peer][0](alg, forge.header(alg), payload)
    read = verifier(alg).verify(text)
    assert dict(read.claims) == payload
    assert read.header.alg == alg


@pytest.mark.requirement("tokens:9:interop")
@pytest.mark.parametrize(("peer", "alg"), PAIRS)
@pytest.mark.parametrize("claims", CLAIMS.values(), ids=CLAIMS)
def test_what_we_make_they_read(peer, alg, claims):
    text = signer(alg).sign(sub="alice", **claims)
    payload = PEERS[peer][1](alg, text)
    assert payload == dict(verifier(alg).verify(text).claims)


@pytest.mark.parametrize("alg", sorted(MISSING["pyjwt"]))
def test_what_a_peer_is_said_to_lack_it_lacks(alg):
    assert alg not in pyjwt.algorithms.get_default_algorithms()
    if alg in MISSING["joserfc"]:
        assert alg not in joserfc_jws.JWSRegistry.algorithms


@pytest.mark.parametrize("alg", [alg for alg in ALGORITHMS if not alg.startswith("HS")])
def test_thumbprints_and_public_members_agree(alg):
    ours = key(alg)
    for private in (True, False):
        if alg not in MISSING["joserfc"]:
            assert joserfc_key(alg, private=private).thumbprint() == ours.thumbprint()
        assert jwcrypto_key(alg, private=private).thumbprint() == ours.thumbprint()
    theirs = json.loads(jwcrypto_key(alg, private=True).export_public())
    assert theirs == ours.to_jwk()


@pytest.mark.parametrize("audience", [["https://api.example", "other"], ["https://api.example"]])
def test_a_list_of_audiences_is_read(audience):
    text = pyjwt_sign("HS256", forge.header(), forge.claims(aud=audience))
    assert verifier().verify(text).claims.aud == tuple(audience)
