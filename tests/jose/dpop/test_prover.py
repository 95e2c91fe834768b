import pytest
from tests.jose.dpop import requests
from tests.jose.dpop.requests import METHOD, TOKEN, URL, prover, verifier
from tests.jose.keys import ASYMMETRIC, NOW, key

from watchword import dpop, jwt


@pytest.mark.requirement("rfc9449:4.2:proof")
@pytest.mark.parametrize("alg", ASYMMETRIC)
def test_a_proof_of_every_algorithm_verifies(alg):
    """RFC 9449 section 4.2."""
    proof = prover(alg).proof(METHOD, URL, access_token=TOKEN, nonce="n")
    jkt = prover(alg).thumbprint
    proved = verifier(alg).verify(
        proof, method=METHOD, url=URL, access_token=TOKEN, jkt=jkt, nonce="n"
    )
    assert proved.thumbprint == jkt == key(alg).thumbprint()


@pytest.mark.requirement("rfc9449:4.2:proof")
def test_a_proof_says_what_the_standard_asks():
    read = jwt.peek(prover().proof(METHOD, URL + "?q=1#f"))
    assert dict(read.header.members) == {"typ": "dpop+jwt", "alg": "ES256", "jwk": requests.jwk()}
    assert set(read.claims) == {"jti", "htm", "htu", "iat"}
    assert (read.claims["htm"], read.claims["htu"], read.claims["iat"]) == (METHOD, URL, NOW)
    assert len(read.claims["jti"]) == 22


def test_each_proof_has_another_name():
    made = prover()
    assert len({jwt.peek(made.proof(METHOD, URL)).claims["jti"] for _ in range(100)}) == 100


@pytest.mark.requirement("rfc9449:11.6:public-key-only")
@pytest.mark.parametrize("alg", ASYMMETRIC)
def test_no_private_member_is_in_a_proof(alg):
    members = jwt.peek(prover(alg).proof(METHOD, URL)).header.members["jwk"]
    assert set(members) <= {"kty", "crv", "x", "y", "n", "e", "pub", "alg"}


@pytest.mark.parametrize("held", [key("HS256"), "text", b"bytes", None], ids=str)
def test_a_proof_needs_a_key_pair(held):
    with pytest.raises(jwt.PolicyRefused):
        dpop.Prover(held)


def test_a_public_key_proves_nothing():
    with pytest.raises(jwt.InvalidKey):
        dpop.Prover(key("ES256").public())


@pytest.mark.parametrize("url", ["", "/p", "ftp://a.example/", "https://u@a.example/", None])
def test_a_url_is_one(url):
    with pytest.raises(jwt.PolicyRefused) as caught:
        prover().proof(METHOD, url)
    assert caught.value.claim == "htu"


def test_a_token_is_ascii():
    with pytest.raises(jwt.PolicyRefused) as caught:
        prover().proof(METHOD, URL, access_token="é")
    assert caught.value.claim == "ath"


def test_a_proof_has_a_size():
    with pytest.raises(jwt.PolicyRefused, match="16384"):
        prover().proof(METHOD, URL, nonce="n" * 16_384)


def test_texts_show_no_private_key():
    made = prover()
    assert repr(made) == f"Prover(thumbprint='{made.thumbprint}')"
