"""Which key a text is, and what is remembered. Source: tokens.md P-1, P-2, J-3, J-31."""

import gc

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import x25519
from tests.jose.pyjwt.peers import KINDS, handle, private_pem, public_pem, ssh_line

import watchword.pyjwt as door
from watchword import jwt
from watchword.jose.pyjwt import keys as keys_module
from watchword.jose.pyjwt.exceptions import AlgorithmAbsent, NoKeyError
from watchword.jose.pyjwt.keys import KEYS_KEPT_MAX, KeyMemory

SECRET = "a secret of more than thirty-two bytes"


def found(given: object, *names: str, allow_short: bool = False) -> object:
    return KeyMemory().for_verifying(given, names, allow_short=allow_short)[0]


@pytest.mark.requirement("tokens:P-1:list-decides-the-kind")
@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
@pytest.mark.parametrize("text", [SECRET, "", "{}", "-----BEGIN", "ssh-rsa AAAA", "[1]"])
def test_what_is_no_key_pair_is_never_a_secret_for_asymmetric_names(alg, text):
    with pytest.raises((jwt.KeyRefused, door.InvalidKeyError)):
        found(text, alg)


@pytest.mark.requirement("tokens:P-1:list-decides-the-kind")
@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
@pytest.mark.parametrize("text", [public_pem("RSA"), private_pem("P-256"), ssh_line("RSA")])
def test_a_key_file_is_never_a_secret(alg, text):
    for form in (text, text.encode(), f" \n{text}"):
        with pytest.raises(jwt.InvalidKey, match="not a shared secret"):
            found(form, alg)


@pytest.mark.requirement("tokens:P-1:list-decides-the-kind")
@pytest.mark.parametrize("other", ["RS256", "ES256", "EdDSA", "PS512"])
@pytest.mark.parametrize("text", [SECRET, public_pem("RSA"), public_pem("P-256")])
def test_a_mixed_list_is_refused_for_text(other, text):
    for names in (("HS256", other), (other, "HS256")):
        with pytest.raises(door.InvalidKeyError, match="mixes"):
            found(text, *names)


@pytest.mark.requirement("tokens:P-1:exactly-one-fits")
@pytest.mark.parametrize(
    ("given", "names", "alg"),
    [
        (public_pem("P-384"), ("ES256", "ES384", "ES512", "RS256"), "ES384"),
        (public_pem("RSA"), ("ES256", "RS256"), "RS256"),
        (public_pem("Ed25519"), ("RS256", "EdDSA"), "EdDSA"),
        (ssh_line("P-256"), ("RS256", "ES256"), "ES256"),
        (handle("RSA"), ("HS256", "PS256"), "PS256"),
    ],
)
def test_the_one_that_fits_is_taken(given, names, alg):
    assert found(given, *names).alg == alg


@pytest.mark.requirement("tokens:P-1:exactly-one-fits")
@pytest.mark.parametrize(
    ("given", "names"),
    [
        (public_pem("RSA"), ("RS256", "RS384")),
        (public_pem("RSA"), ("RS256", "PS256")),
        (handle("RSA"), ("RS256", "RS512")),
        (public_pem("Ed25519"), ("Ed25519", "EdDSA")),
        (SECRET * 2, ("HS256", "HS512")),
    ],
)
def test_several_that_fit_are_refused(given, names):
    with pytest.raises(door.InvalidKeyError, match="list that one"):
        found(given, *names)


@pytest.mark.requirement("tokens:P-1:exactly-one-fits")
def test_none_that_fits_is_refused():
    with pytest.raises(jwt.KeyRefused):
        found(public_pem("RSA"), "ES256", "EdDSA")
    for given, names in (
        (handle("RSA"), ["ES256"]),
        (handle("RSA"), ["HS256"]),
        (x25519.X25519PrivateKey.generate(), ["EdDSA"]),
        (object(), ["RS256"]),
        (None, ["HS256"]),
    ):
        with pytest.raises(NoKeyError) as raised:
            found(given, *names)
        assert isinstance(raised.value, TypeError)


def test_a_jwk_as_text_is_read_and_stays_bound():
    jwk = jwt.Key.generate("ES256").public()
    text = door.algorithms.ECAlgorithm.to_jwk(jwk.to_handle())
    assert found(text, "ES256", "ES384").thumbprint() == jwk.thumbprint()
    with pytest.raises(jwt.KeyMismatch):
        found(text.replace("{", '{"alg":"ES384",'), "ES256")


def test_a_key_of_ours_is_taken_as_it_is():
    key = jwt.Key.generate("Ed25519")
    text = door.encode({"a": 1}, key)
    assert door.decode(text, key.public(), algorithms=["Ed25519"]) == {"a": 1}
    assert door.decode(text, key) == {"a": 1}
    with pytest.raises(door.InvalidKeyError, match="bound to Ed25519"):
        door.encode({}, key, algorithm="EdDSA")
    with pytest.raises(door.InvalidAlgorithmError):
        door.decode(text, key, algorithms=["RS256"])
    with pytest.raises(door.InvalidAlgorithmError):
        door.decode(text, jwt.Key.generate("EdDSA"), algorithms=["Ed25519", "EdDSA"])
    with pytest.raises(door.InvalidKeyError, match="private"):
        door.encode({}, key.public())


@pytest.mark.parametrize("name", ["none", "ES521", "hs256", "RSA1_5", ""])
def test_an_absent_algorithm_is_named(name):
    with pytest.raises(AlgorithmAbsent):
        found(SECRET, name, "HS256")
    with pytest.raises(NotImplementedError):
        KeyMemory().for_signing(SECRET, name)


@pytest.mark.requirement("tokens:P-2:parsed-once")
def test_a_key_is_parsed_once_for_each_object(monkeypatch):
    """PyJWT parses a PEM at every call: jpadilla/pyjwt#204, #733."""
    parsed = []

    def counting(name):
        read = getattr(keys_module, name)
        return lambda given, names, **more: parsed.append(name) or read(given, names, **more)

    monkeypatch.setattr(keys_module, "read_text", counting("read_text"))
    monkeypatch.setattr(keys_module, "read_object", counting("read_object"))
    one = door.PyJWT()
    pem = private_pem("RSA")
    for _ in range(5):
        text = one.encode({"a": 1}, pem, algorithm="RS256")
        assert one.decode(text, public_pem("RSA"), algorithms=["RS256"]) == {"a": 1}
        one.encode({}, pem.encode(), algorithm="RS256")
        one.encode({}, handle("RSA"), algorithm="RS256")
    assert sorted(parsed) == ["read_object", "read_text", "read_text"]
    door.PyJWT().encode({}, pem, algorithm="RS256")
    assert len(parsed) == 4


@pytest.mark.requirement("tokens:P-2:parsed-once")
def test_the_memory_is_bounded():
    memory = KeyMemory()
    handles = [jwt.Key.generate("Ed25519").to_handle() for _ in range(KEYS_KEPT_MAX + 6)]
    for number, each in enumerate(handles):
        memory.for_signing(f"{number:04}{SECRET}", "HS256")
        assert memory.for_verifying(each, ["EdDSA"], allow_short=False)
    assert repr(memory) == "KeyMemory(12 keys)"
    del handles[:], each
    gc.collect()
    fresh = jwt.Key.generate("Ed25519")
    key, _ = memory.for_verifying(fresh.to_handle(), ["EdDSA"], allow_short=False)
    assert key.thumbprint() == fresh.thumbprint()


@pytest.mark.requirement("tokens:P-2:parsed-once", "tokens:J-31:canaries")
def test_no_key_is_found_in_what_the_memory_shows():
    memory = KeyMemory()
    memory.for_signing("canary-" * 9, "HS256")
    shown = f"{memory!r} {memory._by_digest!r}"
    assert "canary" not in shown
    other = KeyMemory()
    other.for_signing("canary-" * 9, "HS256")
    assert memory._by_digest.keys() != other._by_digest.keys()


@pytest.mark.requirement("tokens:P-4:short-keys")
def test_a_short_secret_reads_when_allowed_and_never_signs():
    one = door.PyJWT({"enforce_minimum_key_length": False})
    with pytest.warns(door.InsecureKeyLengthWarning, match="shorter"):
        key = door.PyJWS().verification_key("x" * 16, ["HS256"], allow_short=True)[0]
    with pytest.raises(jwt.KeyRefused):
        key.stamper(b"e30")
    with pytest.raises(door.InvalidKeyError, match="at least"):
        one.encode({}, "x" * 16)
    text = door.encode({}, "x" * 32)
    with pytest.warns(door.InsecureKeyLengthWarning), pytest.raises(door.InvalidSignatureError):
        one.decode(text, "x" * 16, algorithms=["HS256"])
    with pytest.raises(door.InvalidKeyError, match="at least"):
        one.decode(text, "x" * 15, algorithms=["HS256"])
    with pytest.raises(door.InvalidKeyError, match="2048"):
        one.decode(text, public_pem("RSA-1024"), algorithms=["RS256"])
    assert one.decode(text, "x" * 32, algorithms=["HS256"]) == {}


@pytest.mark.requirement("tokens:P-1:list-decides-the-kind")
@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
def test_a_private_key_of_openssh_signs(alg):
    private = handle(KINDS[alg])
    armour = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    )
    text = door.encode({"a": 1}, armour, algorithm=alg)
    assert door.decode(text, ssh_line(KINDS[alg]), algorithms=[alg]) == {"a": 1}
    with pytest.raises(door.InvalidKeyError, match="not a shared secret"):
        door.encode({}, armour, algorithm="HS256")
