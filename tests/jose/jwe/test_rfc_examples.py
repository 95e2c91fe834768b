"""The RFCs' own encrypted examples, as data under tests/vectors."""

import json
from pathlib import Path

import pytest

from watchword import jwe, jwt
from watchword.base import base64url
from watchword.jose.algorithms.table import content_encryption
from watchword.jose.jwe import agreement, content, wrapping
from watchword.jose.jwe.content import Box
from watchword.jose.jwk.ec import ECMaterial
from watchword.jose.jwk.okp import OKPMaterial

VECTORS = Path(__file__).parents[2] / "vectors"


def load(name):
    return [
        pytest.param(example, id=f"{name.split('/')[0]}-{example['section']}-{index}")
        for index, example in enumerate(json.loads((VECTORS / name).read_text()))
    ]


EXAMPLES = [*load("rfc7516/examples.json"), *load("rfc7520/encryption.json")]


def key(example):
    if "password" in example:
        return jwe.Password(example["password"], alg=example["alg"])
    jwk = example["jwk"]
    kind = jwe.Secret if jwk["kty"] == "oct" else jwe.Key
    # RFC 7520 section 5.6 names a direct key after its content encryption.
    alg = None if jwk.get("alg") in jwe.CONTENT_ENCRYPTION else example["alg"]
    return kind.from_jwk(jwk, alg=alg)


def decrypter(example, **options):
    return jwe.Decrypter(
        key(example), enc=[example["enc"]], zip=example.get("zip", False), **options
    )


@pytest.mark.requirement(
    "rfc7516:A:examples", "rfc7520:5:examples", "tokens:J-50:encryption-examples"
)
@pytest.mark.parametrize("form", ["compact", "general", "flattened"])
@pytest.mark.parametrize("example", EXAMPLES)
def test_the_example_decrypts(example, form):
    """RFC 7516 appendix A.1, A.3 to A.5; RFC 7520 section 5.2 to 5.13."""
    text = example.get(form)
    if text is None:
        assert {"compact", "general", "flattened"} & set(example)
        return
    opener = decrypter(example)
    read = opener.decrypt if form == "compact" else opener.decrypt_json
    opened = read(text if isinstance(text, str) else json.dumps(text))
    assert opened.data.decode() == example["plaintext"]
    assert (opened.header.alg, opened.header.enc) == (example["alg"], example["enc"])


@pytest.mark.parametrize("example", [e for e in EXAMPLES if "compact" in e.values[0]])
def test_the_example_with_another_content_fails(example):
    header, encrypted_key, iv, _, tag = example["compact"].split(".")
    with pytest.raises(jwt.DecryptionFailed):
        decrypter(example).decrypt(f"{header}.{encrypted_key}.{iv}.AAAA.{tag}")


def test_what_is_authenticated_beside_a_content_comes_back():
    """RFC 7520 section 5.10."""
    example = next(e.values[0] for e in EXAMPLES if e.values[0]["section"] == "5.10")
    opened = decrypter(example).decrypt_json(json.dumps(example["flattened"]))
    assert json.loads(opened.aad)[0] == "vcard"


@pytest.mark.requirement("rfc7518:B:content-encryption")
@pytest.mark.parametrize("example", load("rfc7518/content.json"))
def test_cbc_with_hmac_gives_the_bytes_of_the_example(example):
    """RFC 7518 appendix B."""
    enc = content_encryption(example["enc"])
    cek, data, iv, aad, ciphertext, tag = (
        bytes.fromhex(example[name]) for name in ("K", "P", "IV", "A", "E", "T")
    )

    class Chance:
        def token_bytes(self, count):
            assert count == len(iv)
            return iv

    made = content.encrypt(enc, cek, data, aad, Chance())
    # The example ends in a whole block of padding, which both have.
    assert (made.ciphertext, made.tag) == (ciphertext, tag)
    assert content.decrypt(enc, cek, Box(iv, ciphertext, tag), aad) == data


@pytest.mark.requirement("rfc7518:C:key-agreement")
@pytest.mark.parametrize("example", load("rfc7518/agreement.json"))
def test_agreement_gives_the_key_of_the_example(example):
    """RFC 7518 appendix C."""
    sender, recipient = (ECMaterial.from_jwk(example[name]) for name in ("ephemeral", "recipient"))
    header = {"epk": sender.public().public_members()}
    header |= {name: example[name] for name in ("apu", "apv")}
    secret = agreement.receive(recipient, header)
    assert secret == bytes.fromhex(example["Z"])
    derived = wrapping.agreed_key(secret, example["enc"], 16, header)
    assert base64url.encode(derived) == example["derived"]


@pytest.mark.requirement("rfc8037:A.6:x25519", "rfc8037:A.7:x448")
@pytest.mark.parametrize("example", load("rfc8037/agreement.json"))
def test_agreement_on_montgomery_curves_gives_the_secret_of_the_example(example):
    """RFC 8037 appendix A.6 and A.7: the sender's view, whose private half they print."""
    sender = OKPMaterial.from_jwk(
        {
            "kty": "OKP",
            "crv": example["crv"],
            "x": example["epk_x"],
            "d": base64url.encode(bytes.fromhex(example["ephemeral_d"])),
        }
    )
    epk = {"kty": "OKP", "crv": example["crv"], "x": example["recipient_x"]}
    assert agreement.receive(sender, {"epk": epk}) == bytes.fromhex(example["Z"])
