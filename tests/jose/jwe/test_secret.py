"""Shared secrets and passwords for encryption."""

import pickle

import pytest
from tests.jose.jwe.recipients import DATA, key

from watchword import jwe, jwt
from watchword.base import base64url

SIZES = {
    "A128KW": 16,
    "A192KW": 24,
    "A256KW": 32,
    "A128GCMKW": 16,
    "A192GCMKW": 24,
    "A256GCMKW": 32,
}
DIRECT = {
    "A128GCM": 16,
    "A192GCM": 24,
    "A256GCM": 32,
    "A128CBC-HS256": 32,
    "A192CBC-HS384": 48,
    "A256CBC-HS512": 64,
}
PASSWORDS = ["PBES2-HS256+A128KW", "PBES2-HS384+A192KW", "PBES2-HS512+A256KW"]


def secret(alg, size, enc=None):
    return jwe.Secret(b"\x80" * size, alg=alg, enc=enc)


@pytest.mark.requirement("tokens:J-33:exact-secrets", "rfc7518:5.2.2.1:exact-cek")
@pytest.mark.parametrize(
    ("alg", "enc", "size"),
    [(alg, None, size) for alg, size in SIZES.items()]
    + [("dir", enc, size) for enc, size in DIRECT.items()],
)
def test_a_secret_has_exactly_its_algorithms_length(alg, enc, size):
    assert secret(alg, size, enc).alg == alg
    for other in {*range(1, 70), 128} - {size}:
        with pytest.raises(jwt.WeakKey if other < size else jwt.InvalidKey) as caught:
            secret(alg, other, enc)
        said = f"a secret for {enc or alg} has exactly {size} bytes, this one {other}"
        assert caught.value.hint == said
    made = jwe.Secret.generate(alg, enc=enc, kid="k")
    assert len(base64url.decode(made.to_jwk(private=True)["k"])) == size
    assert made.kid == "k"


def test_a_direct_secret_and_no_other_names_its_enc():
    for alg, enc in (("dir", None), ("A128KW", "A128GCM")):
        with pytest.raises(jwt.KeyMismatch) as caught:
            jwe.Secret.generate(alg, enc=enc)
        assert caught.value.claim == "enc"
    with pytest.raises(jwt.PolicyRefused):
        jwe.Secret.generate("dir", enc="A128KW")


@pytest.mark.parametrize(
    ("alg", "enc"), [*((a, None) for a in SIZES), *(("dir", e) for e in DIRECT)]
)
def test_a_jwk_comes_back_as_it_went(alg, enc):
    made = jwe.Secret.generate(alg, enc=enc, kid="k")
    members = made.to_jwk(private=True)
    assert members["alg"] == (enc or alg)
    assert members["use"] == "enc"
    read = jwe.Secret.from_jwk(members)
    assert (read.alg, read.enc, read.kid) == (alg, enc, "k")
    assert read.to_jwk(private=True) == members
    with pytest.raises(jwt.InvalidKey):
        made.to_jwk()


def test_the_jwk_of_a_direct_secret_may_say_dir():
    members = jwe.Secret.generate("dir", enc="A256GCM").to_jwk(private=True)
    assert jwe.Secret.from_jwk(members, alg="dir", enc="A256GCM").enc == "A256GCM"
    assert jwe.Secret.from_jwk(members | {"alg": "dir"}, enc="A256GCM").enc == "A256GCM"
    assert jwe.Secret.from_jwk({"kty": "oct", "k": members["k"]}, alg="dir", enc="A256GCM")
    with pytest.raises(jwt.KeyMismatch, match="another enc") as caught:
        jwe.Secret.from_jwk(members, enc="A128CBC-HS256")
    assert caught.value.claim == "alg"
    with pytest.raises(jwt.KeyMismatch):
        jwe.Secret.from_jwk(members | {"alg": "dir"})
    with pytest.raises(jwt.KeyMismatch):
        jwe.Secret.from_jwk(members, alg="A256KW")


@pytest.mark.parametrize(
    ("kind", "alg", "error"),
    [
        (jwe.Secret, "RSA-OAEP", jwt.KeyMismatch),
        (jwe.Secret, "ECDH-ES", jwt.KeyMismatch),
        (jwe.Secret, "PBES2-HS256+A128KW", jwt.KeyMismatch),
        (jwe.Secret, "HS256", jwt.PolicyRefused),
        (jwe.Secret, "none", jwt.PolicyRefused),
        (jwe.Secret, "A128GCM", jwt.PolicyRefused),
        (jwe.Password, "A128KW", jwt.KeyMismatch),
        (jwe.Password, "RSA-OAEP", jwt.KeyMismatch),
        (jwe.Password, "HS256", jwt.PolicyRefused),
    ],
)
def test_each_kind_of_key_has_its_algorithms(kind, alg, error):
    with pytest.raises(error):
        kind(b"\x80" * 16, alg=alg)


def test_what_is_no_secret_jwk_is_refused():
    members = jwe.Secret.generate("A128KW").to_jwk(private=True)
    for change in (
        {"alg": "RS256"},
        {"alg": "HS256"},
        {"alg": 7},
        {"use": "sig"},
        {"k": ""},
        {"k": 7},
        {"kty": "RSA"},
        {"kid": ""},
    ):
        with pytest.raises(jwt.KeyRefused):
            jwe.Secret.from_jwk(members | change)
    with pytest.raises(jwt.KeyRefused):
        jwe.Secret.from_jwk({name: members[name] for name in ("kty", "k")})


@pytest.mark.requirement("tokens:J-3:no-asymmetric-encryption-secret")
def test_a_key_file_is_no_secret_and_no_password():
    pem = key("RSA-OAEP").to_pem()
    der = key("ECDH-ES", crv="X25519").public().to_der()
    for material in (pem, pem.encode(), der, base64url.encode(der), '{"kty":"RSA"}', "[]"):
        with pytest.raises(jwt.InvalidKey):
            jwe.Password(material)
        with pytest.raises(jwt.InvalidKey):
            jwe.Secret(material, alg="A256KW")
    with pytest.raises(jwt.InvalidKey):
        jwe.Password(7)


@pytest.mark.requirement("tokens:J-9:encryption-keys-stay")
@pytest.mark.parametrize("held", [key("A128KW"), key("dir"), key(PASSWORDS[0])])
def test_no_repr_or_pickle_shows_a_secret(held):
    shown = f"{held!r}{held}"
    assert base64url.encode(held._secret) not in shown
    assert "entrap" not in shown
    assert shown.startswith(type(held).__name__)
    with pytest.raises(TypeError):
        pickle.dumps(held)


@pytest.mark.parametrize("iterations", [999, 0, -1, 1_200_001, 10**30, True, 1000.0, "1000", None])
def test_the_iterations_of_a_password_are_bounded(iterations):
    with pytest.raises(jwt.InvalidKey):
        jwe.Password("entrap", iterations=iterations)


@pytest.mark.requirement("tokens:J-36:iterations-written")
def test_a_password_writes_six_hundred_thousand_iterations_unless_told():
    """OWASP's figure for PBKDF2 with SHA-256."""
    text = jwe.encrypt(DATA, jwe.Password("entrap"), enc="A128GCM")
    opened = jwe.Decrypter(jwe.Password("entrap"), enc=["A128GCM"]).decrypt(text)
    assert opened.header.members["p2c"] == 600_000
    assert len(base64url.decode(opened.header.members["p2s"])) == 16


@pytest.mark.parametrize("alg", PASSWORDS)
def test_a_password_of_a_jwk_is_the_same_password(alg):
    members = {"kty": "oct", "k": base64url.encode("entrap\N{EN DASH}long".encode())}
    read = jwe.Password.from_jwk(members, alg=alg)
    made = jwe.Password("entrap\N{EN DASH}long", alg=alg, iterations=1_000)
    text = jwe.encrypt(DATA, made, enc="A128GCM")
    assert jwe.Decrypter(read, enc=["A128GCM"]).decrypt(text).data == DATA
    assert read.to_jwk(private=True) == members | {"alg": alg, "use": "enc"}
    other = jwe.Password("entrap-long", alg=alg)
    with pytest.raises(jwt.DecryptionFailed):
        jwe.Decrypter(other, enc=["A128GCM"]).decrypt(text)


def test_key_ops_bound_what_a_password_does():
    """Tokens.md J-6: what derives serves both ways, so only other names forbid either."""
    deriving, idle = (
        jwe.Password("entrap", iterations=1_000, operations=frozenset({name}))
        for name in ("deriveBits", "wrapKey")
    )
    text = jwe.encrypt(DATA, deriving, enc="A128GCM")
    assert jwe.Decrypter(deriving, enc=["A128GCM"]).decrypt(text).data == DATA
    with pytest.raises(jwt.KeyMismatch, match=r"allow to encrypt$"):
        jwe.encrypt(DATA, idle, enc="A128GCM")
    with pytest.raises(jwt.KeyMismatch, match=r"allow to decrypt$"):
        jwe.Decrypter(idle, enc=["A128GCM"])


def test_an_empty_password_is_weak():
    with pytest.raises(jwt.WeakKey):
        jwe.Password("")
