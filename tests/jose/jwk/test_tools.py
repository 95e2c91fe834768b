"""Files that the usual tools write are read, and what is written here they read."""

import shutil
import subprocess

import pytest
from tests.jose.keys import key

from watchword import jwt

OPENSSL = shutil.which("openssl")
SSH_KEYGEN = shutil.which("ssh-keygen")
needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="no openssl on the PATH")
needs_ssh_keygen = pytest.mark.skipif(SSH_KEYGEN is None, reason="no ssh-keygen on the PATH")


def run(*words: str, given: bytes = b"") -> bytes:
    return subprocess.run(words, input=given, check=True, capture_output=True, timeout=60).stdout


GENERATORS = {
    "RS256": ("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
    "ES256": ("ecparam", "-name", "prime256v1", "-genkey"),
    "ES384": ("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp384r1"),
    "ES256K": ("ecparam", "-name", "secp256k1", "-genkey"),
    "Ed25519": ("genpkey", "-algorithm", "ed25519"),
    "Ed448": ("genpkey", "-algorithm", "ed448"),
}


@needs_openssl
@pytest.mark.parametrize(("alg", "words"), GENERATORS.items(), ids=GENERATORS)
def test_keys_that_openssl_makes_are_read(alg, words):
    pem = run(OPENSSL, *words)
    held = jwt.Key.from_pem(pem, alg=alg, kid="auto")
    assert held.is_private
    forms = {
        "public": (run(OPENSSL, "pkey", "-pubout", given=pem), None),
        "encrypted": (
            run(OPENSSL, "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", "pass:pw", given=pem),
            "pw",
        ),
        "pkcs8": (run(OPENSSL, "pkcs8", "-topk8", "-nocrypt", given=pem), None),
    }
    for text, password in forms.values():
        read = jwt.Key.from_pem(text, alg=alg, kid="auto", password=password)
        assert read.kid == held.kid
    der = run(OPENSSL, "pkey", "-outform", "DER", given=pem)
    assert jwt.Key.from_der(der, alg=alg, kid="auto").kid == held.kid


@needs_openssl
@pytest.mark.parametrize("alg", GENERATORS)
def test_keys_that_are_written_here_openssl_reads(alg):
    held = key(alg)
    private = held.to_pem(private=True, password="pw").encode()
    public = run(OPENSSL, "pkey", "-passin", "pass:pw", "-pubout", given=private)
    assert public == run(OPENSSL, "pkey", "-pubin", given=held.to_pem().encode())
    assert jwt.Key.from_pem(public, alg=alg).thumbprint() == held.thumbprint()


@needs_ssh_keygen
@pytest.mark.parametrize(
    ("alg", "words"),
    [
        ("RS256", ("rsa", "-b", "2048")),
        ("ES256", ("ecdsa", "-b", "256")),
        ("ES512", ("ecdsa", "-b", "521")),
        ("Ed25519", ("ed25519",)),
    ],
)
def test_keys_that_openssh_makes_are_read(alg, words, tmp_path):
    path = tmp_path / "id"
    run(SSH_KEYGEN, "-q", "-N", "", "-C", "alice@host", "-f", str(path), "-t", *words)
    held = jwt.Key.from_ssh(path.read_bytes(), alg=alg, kid="auto")
    assert held.is_private
    line = path.with_suffix(".pub").read_text()
    assert jwt.Key.from_ssh(line, alg=alg, kid="auto").kid == held.kid
    assert line.startswith(held.to_ssh())
