import pytest
from tests.jose.keys import key, public

from watchword import jws, jwt
from watchword.base.limits import JWS_DETACHED_BYTES_MAX
from watchword.jose.algorithms.table import ALGORITHMS

VERIFIER = jws.Verifier(public("ES256"))


@pytest.mark.requirement("rfc7515:F:detached-content", "rfc7797:3:b64")
@pytest.mark.parametrize("alg", ALGORITHMS)
@pytest.mark.parametrize("b64", [True, False])
@pytest.mark.parametrize("payload", [b"", b"x", b"$.02", b"\0.\xff\n" * 9])
def test_any_payload_is_signed_and_verified_beside_its_signature(alg, b64, payload):
    """RFC 7515 appendix F; RFC 7797 section 5."""
    text = jws.sign_detached(payload, key(alg), {"typ": "test"}, b64=b64)
    assert ".." in text
    proved = jws.Verifier(public(alg)).verify_detached(text, payload)
    assert (proved.data, proved.header.typ, proved.key.alg) == (payload, "test", alg)
    with pytest.raises(jwt.SignatureInvalid):
        jws.Verifier(public(alg)).verify_detached(text, payload + b"\n")


def test_an_encoded_payload_is_not_taken_for_an_unencoded_one():
    """RFC 7797 section 8: the same octets, two meanings."""
    text = jws.sign_detached(b"eA", key("ES256"), b64=False)
    header, _, signature = text.split(".")
    with pytest.raises(jwt.SignatureInvalid):
        VERIFIER.verify_detached(text, b"x")
    assert VERIFIER.verify(f"{header}.eA.{signature}").data == b"eA"


def test_a_payload_is_encoded_unless_the_signer_says_otherwise():
    """RFC 7797 section 7: `b64` is for those who agreed on it."""
    header = VERIFIER.verify_detached(jws.sign_detached(b"x", key("ES256")), b"x").header
    assert header.members.keys() == {"alg", "kid"}


def test_the_key_is_the_one_that_the_header_names():
    others = [jwt.Key.generate("ES256", kid=kid) for kid in ("one", "two")]
    verifier = jws.Verifier(jwt.KeySet([public("ES256"), *(each.public() for each in others)]))
    for each in (key("ES256"), *others):
        proved = verifier.verify_detached(jws.sign_detached(b"x", each), b"x")
        assert proved.key.kid == each.kid


def test_with_and_without_payload_are_two_ways():
    within = jws.sign(b"x", key("ES256"))
    beside = jws.sign_detached(b"x", key("ES256"))
    with pytest.raises(jwt.MalformedToken, match="payload of its own"):
        VERIFIER.verify_detached(within, b"x")
    with pytest.raises(jwt.SignatureInvalid):
        VERIFIER.verify(beside)


@pytest.mark.parametrize("payload", ["x", None, 1, bytearray(b"x"), memoryview(b"x")])
def test_a_payload_is_bytes(payload):
    with pytest.raises(jwt.PolicyRefused, match="bytes"):
        jws.sign_detached(payload, key("ES256"))
    with pytest.raises(jwt.MalformedToken, match="bytes"):
        VERIFIER.verify_detached(jws.sign_detached(b"x", key("ES256")), payload)


def test_a_payload_has_a_size():
    payload = bytes(JWS_DETACHED_BYTES_MAX)
    text = jws.sign_detached(payload, key("HS256"), b64=False)
    verifier = jws.Verifier(public("HS256"))
    assert verifier.verify_detached(text, payload).data is payload
    with pytest.raises(jwt.TokenTooLarge):
        verifier.verify_detached(text, payload + b"x")
    with pytest.raises(jwt.PolicyRefused):
        jws.sign_detached(payload + b"x", key("HS256"))


@pytest.mark.parametrize("text", ["", "..", "a..b", "x", None, "a.b.c.d", "a..b.c.d"])
def test_what_is_no_compact_text_is_malformed(text):
    with pytest.raises(jwt.MalformedToken):
        VERIFIER.verify_detached(text, b"x")
