import pytest
from tests.jose.keys import key, public

from watchword import jws, jwt
from watchword.base.limits import TOKEN_BYTES_MAX

REFUSED = {
    "alg": {"alg": "ES256"},
    "kid": {"kid": "other"},
    "b64": {"b64": False},
    "b64 true": {"b64": True},
    "typ no text": {"typ": 1},
    "crit no list": {"crit": "x", "x": 1},
    "crit absent": {"crit": ["x"]},
    "crit registered": {"crit": ["typ"], "typ": "x"},
    "crit b64 alone": {"crit": ["b64"]},
    "too large": {"x": "y" * 5_000},
    "too deep": {"x": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]},
    "no JSON": {"x": object()},
    "name no text": {1: 2},
    "inner name no text": {"x": {1: 2}},
    "innermost name no text": {"x": [{"y": {None: 2}}]},
    "bytes": {"x": b"y"},
    "not finite": {"x": float("nan")},
    "too many digits": {"x": 10**4300},
    "surrogate": {"x": "\ud800"},
}


@pytest.mark.requirement("tokens:J-28:refused-at-issue")
@pytest.mark.parametrize("members", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("sign", [jws.sign, jws.sign_detached])
@pytest.mark.parametrize("b64", [True, False])
def test_a_header_that_a_verifier_would_refuse_is_not_signed(sign, members, b64):
    """Tokens.md J-28."""
    with pytest.raises(jwt.PolicyRefused):
        sign(b"x", key("ES256"), members, b64=b64)


def test_an_extension_may_be_critical():
    """RFC 7515 section 4.1.11."""
    seen = []
    members = {"crit": ["x"], "x": 7}
    for b64 in (True, False):
        text = jws.sign(b"x", key("ES256"), members, b64=b64)
        assert jws.Verifier(public("ES256"), crit={"x": seen.append}).verify(text).data == b"x"
        with pytest.raises(jwt.CriticalHeader):
            jws.Verifier(public("ES256")).verify(text)
    assert seen == [7, 7]
    assert members == {"crit": ["x"], "x": 7}


def test_a_key_without_a_name_may_be_named_in_the_header():
    text = jws.sign(b"x", jwt.Key.generate("ES256", kid=None), {"kid": "k"})
    with pytest.raises(jwt.UnknownKey):
        jws.Verifier(public("ES256")).verify(text)


def test_an_empty_crit_is_not_signed():
    with pytest.raises(jwt.PolicyRefused, match="not empty"):
        jws.sign(b"x", key("ES256"), {"crit": []})


@pytest.mark.parametrize("secret", ["secret", b"secret", None, 1])
def test_text_is_no_key(secret):
    with pytest.raises(jwt.PolicyRefused, match="never a key"):
        jws.sign(b"x", secret)


@pytest.mark.parametrize("payload", ["x", None, 1, bytearray(b"x")])
def test_a_payload_is_bytes(payload):
    with pytest.raises(jwt.PolicyRefused, match="bytes"):
        jws.sign(payload, key("ES256"))


def test_a_text_has_a_size():
    with pytest.raises(jwt.PolicyRefused, match="longer"):
        jws.sign(bytes(TOKEN_BYTES_MAX + 1), key("HS256"))
    with pytest.raises(jwt.PolicyRefused, match="16384"):
        jws.sign(bytes(TOKEN_BYTES_MAX - 100), key("HS256"))


def test_the_longest_text_that_is_read_is_written():
    """Signing and reading have one limit: 16 KiB is within it, a character more is not."""
    around = len(jws.sign(b"", key("HS256"), b64=False))
    longest = b"x" * (TOKEN_BYTES_MAX - around)
    text = jws.sign(longest, key("HS256"), b64=False)
    assert len(text) == TOKEN_BYTES_MAX
    assert jws.Verifier(public("HS256")).verify(text).data == longest
    with pytest.raises(jwt.PolicyRefused, match="16384"):
        jws.sign(longest + b"x", key("HS256"), b64=False)


@pytest.mark.requirement("rfc7797:5.2:compact-characters")
@pytest.mark.parametrize("payload", [b".", b"a.b", b"\n", b"\x7f", b"\x1f", "é".encode(), b"\0"])
def test_an_unencoded_payload_between_dots_is_printable_without_a_dot(payload):
    """RFC 7797 section 5.2."""
    with pytest.raises(jwt.PolicyRefused, match="detach"):
        jws.sign(payload, key("ES256"), b64=False)


@pytest.mark.requirement("rfc7797:5.2:compact-characters")
def test_every_printable_character_but_the_dot_stands_for_itself():
    payload = bytes(set(range(0x20, 0x7F)) - {ord(".")})
    text = jws.sign(payload, key("ES256"), b64=False)
    assert payload.decode() in text
    assert jws.Verifier(public("ES256")).verify(text).data == payload


@pytest.mark.parametrize("alg", ["ES256", "HS256"])
def test_a_public_key_signs_nothing(alg):
    members = key(alg).to_jwk(private=True) | {"key_ops": ["verify"]}
    kind = jwt.Secret if alg == "HS256" else jwt.Key
    for held in (kind.from_jwk(members), jwt.Key.generate("ES256").public()):
        with pytest.raises(jwt.KeyRefused):
            jws.sign(b"x", held)
