import json

import pytest
from tests.jose.keys import key

from watchword import jwe, jwt
from watchword.base.limits import JWK_BYTES_MAX
from watchword.jose.algorithms.table import ALGORITHMS
from watchword.jose.jwk import binding


@pytest.fixture
def members():
    return key("ES256").to_jwk()


@pytest.mark.requirement("tokens:J-1:one-algorithm", "security-a:2:one-algorithm")
def test_a_jwk_without_alg_needs_one(members):
    del members["alg"]
    with pytest.raises(jwt.InvalidKey, match="alg=") as caught:
        jwt.Key.from_jwk(members)
    assert caught.value.claim == "alg"
    assert jwt.Key.from_jwk(members, alg="ES256").alg == "ES256"


@pytest.mark.requirement("tokens:J-1:one-algorithm", "security-a:2:one-algorithm")
def test_a_jwk_of_another_alg_is_refused(members):
    with pytest.raises(jwt.KeyMismatch) as caught:
        jwt.Key.from_jwk(members, alg="ES384")
    assert caught.value.claim == "alg"
    assert jwt.Key.from_jwk(members, alg="ES256").alg == "ES256"


@pytest.mark.requirement("tokens:J-1:one-algorithm", "security-a:2:one-algorithm")
@pytest.mark.parametrize("alg", ALGORITHMS)
def test_of_all_keys_and_names_only_the_diagonal_is_imported(alg):
    """Security.md rule 2: in every case variant, by the caller or by the JWK."""
    held = key(alg)
    members = held.to_jwk(private=True)
    kind = type(held)
    for other in ALGORITHMS:
        for said in {other, other.lower(), other.upper(), other.swapcase(), f"{other} "}:
            if said == alg:
                assert kind.from_jwk(members, alg=said).alg == alg
                assert kind.from_jwk({**members, "alg": said}).alg == alg
                continue
            with pytest.raises((jwt.KeyRefused, jwt.PolicyRefused)):
                kind.from_jwk(members, alg=said)
            if said not in ALGORITHMS:
                with pytest.raises(jwt.InvalidKey):
                    kind.from_jwk({**members, "alg": said})


@pytest.mark.parametrize("alg", ["none", "ES521", "es256", "RSA-OAEP", "", 1, None, ["ES256"]])
def test_a_jwk_of_an_unknown_alg_is_refused(members, alg):
    with pytest.raises(jwt.InvalidKey) as caught:
        jwt.Key.from_jwk({**members, "alg": alg})
    assert caught.value.claim == "alg"


@pytest.mark.parametrize("kty", ["RSA", "OKP", "AKP", "ec", None, 1])
def test_another_kty_is_refused(members, kty):
    with pytest.raises(jwt.KeyMismatch) as caught:
        jwt.Key.from_jwk({**members, "kty": kty})
    assert caught.value.claim == "kty"


def test_the_refusal_names_every_kind_and_curve_that_would_do():
    for members, claim, said in (
        ({"kty": "RSA"}, "kty", "a JWK of kty EC or OKP"),
        ({"kty": "OKP", "crv": "Ed25519"}, "crv", "P-256 or P-384 or P-521 or X25519 or X448"),
    ):
        with pytest.raises(jwt.KeyRefused) as caught:
            jwe.Key.from_jwk({**members, "alg": "ECDH-ES"})
        assert caught.value.claim == claim
        assert caught.value.hint.endswith(said)


def test_the_longest_kid_is_read(members):
    assert jwt.Key.from_jwk({**members, "kid": "k" * 256}).kid == "k" * 256


@pytest.mark.parametrize("kid", ["", "k" * 257, 1, ["a"], {"a": 1}])
def test_an_unfit_kid_is_refused(members, kid):
    with pytest.raises(jwt.InvalidKey) as caught:
        jwt.Key.from_jwk({**members, "kid": kid})
    assert caught.value.claim == "kid"


@pytest.mark.requirement("rfc7517:4.2:use-enforced")
@pytest.mark.parametrize("use", ["enc", "SIG", "", None, 1])
def test_another_use_is_refused(members, use):
    with pytest.raises(jwt.KeyMismatch) as caught:
        jwt.Key.from_jwk({**members, "use": use})
    assert caught.value.claim == "use"


@pytest.mark.requirement("rfc7517:4.3:key-ops-enforced", "tokens:J-6:use-and-key-ops")
@pytest.mark.parametrize(
    ("key_ops", "error"),
    [
        ("verify", jwt.InvalidKey),
        ([1], jwt.InvalidKey),
        (None, jwt.InvalidKey),
        (["verify", "verify"], jwt.InvalidKey),
        ([], jwt.KeyMismatch),
        (["encrypt"], jwt.KeyMismatch),
        (["verify", "encrypt"], jwt.KeyMismatch),  # contradicts use: sig
    ],
)
def test_unfit_key_ops_are_refused(members, key_ops, error):
    with pytest.raises(error) as caught:
        jwt.Key.from_jwk({**members, "key_ops": key_ops})
    assert caught.value.claim == "key_ops"


def test_key_ops_without_use_may_name_more():
    members = key("ES256").to_jwk() | {"key_ops": ["verify", "encrypt"]}
    del members["use"]
    assert jwt.Key.from_jwk(members).alg == "ES256"


@pytest.mark.requirement("rfc7517:4.3:key-ops-enforced", "tokens:J-6:use-and-key-ops")
def test_key_ops_bind_the_operation():
    """RFC 7517 section 4.3; tokens.md J-6."""
    members = key("ES256").to_jwk(private=True)
    signing = jwt.Key.from_jwk({**members, "key_ops": ["sign"]})
    signing.stamper(b"h")
    with pytest.raises(jwt.KeyMismatch, match="verify") as caught:
        signing.checker(b"h")
    assert caught.value.claim == "key_ops"
    signing.public().checker(b"h")
    with pytest.raises(jwt.KeyMismatch, match="sign"):
        jwt.Key.from_jwk({**members, "key_ops": ["verify"]}).stamper(b"h")
    secret = {"kty": "oct", "k": "x" * 44, "alg": "HS256"}
    stamping, checking = (
        jwt.Secret.from_jwk({**secret, "key_ops": [name]}) for name in ("sign", "verify")
    )
    checking.checker(b"h")(b"p", stamping.stamper(b"h")(b"p"))
    with pytest.raises(jwt.KeyMismatch, match=r"allow to verify$"):
        stamping.checker(b"h")
    with pytest.raises(jwt.KeyMismatch, match=r"allow to sign$"):
        checking.stamper(b"h")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("[]", "a JWK is a JSON object"),
        ("1", "a JWK is a JSON object"),
        ("null", "a JWK is a JSON object"),
        ('{"kty":"EC","kty":"EC"}', "JSON names a member twice"),
        ('{"keys":[],"keys":[]}', "JSON names a member twice"),
        ("{", "not JSON"),
        ("\ud800", "JSON is not UTF-8"),
        ('{"kty":"\ud800"}', "JSON is not UTF-8"),
        (b"\xff", "JSON is not UTF-8"),
    ],
)
def test_text_that_is_no_json_object_is_refused(text, said):
    with pytest.raises(jwt.InvalidKey) as caught:
        jwt.Key.from_jwk(text)
    assert caught.value.hint.startswith(said)


def test_a_jwk_is_as_long_as_the_limit_and_no_longer(members):
    longest = json.dumps(members).ljust(JWK_BYTES_MAX)
    assert jwt.Key.from_jwk(longest).kid == "kid-ES256"
    with pytest.raises(jwt.InvalidKey, match=str(JWK_BYTES_MAX)):
        jwt.Key.from_jwk(longest + " ")


def test_a_set_is_sent_to_its_reader_and_a_key_with_keys_is_a_key(members):
    with pytest.raises(jwt.InvalidKey, match="JWKS") as caught:
        jwt.Key.from_jwk({"keys": [members]})
    assert caught.value.claim == "keys"
    assert jwt.Key.from_jwk({**members, "keys": []}).alg == "ES256"
    with pytest.raises(jwt.KeyMismatch):
        jwt.Key.from_jwk({"alg": "ES256"})


@pytest.mark.parametrize("alg", [alg for alg, row in ALGORITHMS.items() if row.key_type != "AKP"])
def test_a_key_fits_the_algorithms_of_its_type_and_curve(alg):
    row, members = ALGORITHMS[alg], key(alg).to_jwk(private=True)
    assert binding.fits(row, members)
    assert not binding.fits(row, {**members, "kty": "other"})
    assert binding.fits(row, {**members, "crv": "other"}) is (row.key_type in ("RSA", "oct"))
    assert not binding.fits(row, {"crv": members.get("crv")})


def test_json_text_and_bytes_are_read(members):
    text = json.dumps(members)
    assert jwt.Key.from_jwk(text).kid == jwt.Key.from_jwk(text.encode()).kid == "kid-ES256"


@pytest.mark.parametrize("value", [None, 1, "", [], "a=", "+/+/", "a"])
def test_a_member_that_is_no_base64url_is_refused(members, value):
    with pytest.raises(jwt.InvalidKey) as caught:
        jwt.Key.from_jwk({**members, "x": value})
    assert caught.value.claim == "x"
    assert caught.value.__context__ is None or "a=" not in str(caught.value.__context__)


@pytest.mark.requirement("rfc7517:4.3:key-ops-enforced", "tokens:J-6:use-and-key-ops")
def test_a_restriction_survives_being_written():
    """RFC 7517 section 4.3: key_ops stands in the place of use."""
    members = key("ES256").to_jwk(private=True)
    del members["use"]
    signing = jwt.Key.from_jwk({**members, "key_ops": ["sign", "encrypt"]})
    written = signing.to_jwk(private=True)
    assert written["key_ops"] == ["sign"]
    assert "use" not in written
    with pytest.raises(jwt.KeyMismatch, match="verify"):
        jwt.Key.from_jwk(written).checker(b"h")
    published = signing.to_jwk()
    assert published == signing.public().to_jwk()
    assert published["key_ops"] == ["verify"]
    jwt.Key.from_jwk(published).checker(b"h")
    secret = jwt.Secret.from_jwk({"kty": "oct", "k": "x" * 44, "alg": "HS256", "key_ops": ["sign"]})
    assert secret.to_jwk(private=True)["key_ops"] == ["sign"]


@pytest.mark.parametrize(
    ("use", "door"), [("enc", r"read it with jwe\.Secret\.from_jwk"), ("other", r"not sig$")]
)
def test_a_secret_of_another_use_is_sent_to_its_door(use, door):
    members = {"kty": "oct", "k": "x" * 44, "alg": "HS256", "use": use}
    with pytest.raises(jwt.KeyMismatch, match=door):
        jwt.Secret.from_jwk(members)
    with pytest.raises(jwt.InvalidKey, match=r"jwe\.Secret\.from_jwk"):
        jwt.Secret.from_jwk({**members, "alg": "A256KW"})


@pytest.mark.requirement("tokens:J-6:use-and-key-ops")
@pytest.mark.parametrize(
    ("members", "verifying", "either"),
    [
        ({}, True, True),
        ({"use": "sig"}, True, True),
        ({"use": "enc"}, False, False),
        ({"use": None}, False, False),
        ({"key_ops": ["verify"]}, True, True),
        ({"key_ops": ["sign"]}, False, True),
        ({"key_ops": ("sign", "verify")}, True, True),
        ({"key_ops": []}, False, False),
        ({"key_ops": ["encrypt", 1, None]}, False, False),
        ({"use": "enc", "key_ops": ["verify"]}, False, False),
        ({"key_ops": "verify"}, True, True),  # for the reader to refuse
        ({"key_ops": None}, True, True),
    ],
)
def test_what_a_key_is_for_is_what_it_does_not_deny(members, verifying, either):
    assert binding.is_for(members, "sig", ("verify",)) is verifying
    assert binding.is_for(members, "sig", ("sign", "verify")) is either
