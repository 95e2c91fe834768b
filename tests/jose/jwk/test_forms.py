"""Every form of one key, given to every reader: each takes its own and names the others'."""

import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, PublicFormat
from tests.jose.jwk.test_pem import certificate
from tests.jose.keys import key

from watchword import jwt
from watchword.jose.jwk.forms import Form, form_of

PLAIN = serialization.NoEncryption()
READERS = {
    "from_pem": lambda data: jwt.Key.from_pem(data, alg="ES256"),
    "from_der": lambda data: jwt.Key.from_der(data, alg="ES256"),
    "from_ssh": lambda data: jwt.Key.from_ssh(data, alg="ES256"),
    "from_cert": lambda data: jwt.Key.from_cert(data, alg="ES256"),
    "Key.from_jwk": lambda data: jwt.Key.from_jwk(data, alg="ES256"),
    "KeySet.from_jwks": jwt.KeySet.from_jwks,
}


def forms() -> dict[str, tuple[str, bytes]]:
    """Return by its name each form: its reader, and the bytes."""
    held = key("ES256")
    private, public = held.to_handle(private=True), held.to_handle()
    cert = certificate("ES256")
    sec1 = private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, PLAIN)
    # What `openssl ecparam -genkey` writes: the curve's name in a block of its own comes first.
    parameters = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    return {
        "public pem": ("from_pem", held.to_pem().encode()),
        "private pem": ("from_pem", held.to_pem(private=True, unprotected=True).encode()),
        "sec1 pem": ("from_pem", sec1),
        "sec1 pem after its parameters": ("from_pem", parameters + sec1),
        "pem after a comment": ("from_pem", b"# ours\n" + held.to_pem().encode()),
        "public der": ("from_der", held.to_der()),
        "private der": ("from_der", held.to_der(private=True, unprotected=True)),
        "sec1 der": (
            "from_der",
            private.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, PLAIN),
        ),
        "ssh line": ("from_ssh", public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)),
        "ssh file": ("from_ssh", private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, PLAIN)),
        "certificate pem": ("from_cert", cert.public_bytes(Encoding.PEM)),
        "certificate der": ("from_cert", cert.public_bytes(Encoding.DER)),
        "jwk": ("Key.from_jwk", json.dumps(held.to_jwk()).encode()),
        "jwk after a blank line": ("Key.from_jwk", b"\n  " + json.dumps(held.to_jwk()).encode()),
        "jwks": ("KeySet.from_jwks", json.dumps(jwt.KeySet([held]).publish()).encode()),
    }


FORMS = forms()


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_read_by_its_reader_and_sent_there_by_every_other(name, reader):
    own, data = FORMS[name]
    if own == reader:
        assert READERS[reader](data) is not None
        return
    with pytest.raises(jwt.InvalidKey) as caught:
        READERS[reader](data)
    both_der = {own, reader} == {"from_cert", "from_der"} and "der" in name
    assert both_der or own in caught.value.hint


def test_der_of_the_other_kind_is_refused():
    """A certificate and a key in DER begin alike; the loaders tell them apart."""
    for reader, name in (("from_der", "certificate der"), ("from_cert", "public der")):
        with pytest.raises(jwt.InvalidKey, match="no such key"):
            READERS[reader](FORMS[name][1])


def test_pkcs1_is_read():
    """RFC 8017 appendix A.1: RSA keys in the form that older tools write."""
    handle = key("RS256").to_handle(private=True)
    public = handle.public_key()
    for encoding, read in ((Encoding.PEM, jwt.Key.from_pem), (Encoding.DER, jwt.Key.from_der)):
        pair = handle.private_bytes(encoding, PrivateFormat.TraditionalOpenSSL, PLAIN)
        lone = public.public_bytes(encoding, PublicFormat.PKCS1)
        assert read(pair, alg="RS256", kid="k").is_private
        assert read(lone, alg="RS256").thumbprint() == key("RS256").thumbprint()


def test_a_jwks_given_as_a_mapping_is_sent_to_its_reader():
    document = jwt.KeySet([key("ES256")]).publish()
    for read in (jwt.Key.from_jwk, jwt.Secret.from_jwk):
        with pytest.raises(jwt.InvalidKey, match=r"KeySet\.from_jwks"):
            read(document)


@pytest.mark.parametrize("data", [b"", b"secret", b"\0\1", b"[]", b"30", b"rsa-ssh "])
def test_other_bytes_have_no_form(data):
    assert form_of(data) is None


def test_each_form_names_its_reader():
    assert {form.value[1].partition(",")[0] for form in Form} == {
        "Key.from_cert",
        "Key.from_ssh",
        "Key.from_pem",
        "KeySet.from_jwks",
        "Key.from_jwk",
        "Key.from_der",
    }


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("data", [None, 5, ["a"], "\ud800", "{\ud800}", 1.5, object()])
def test_what_is_no_text_and_no_bytes_is_refused_as_such(reader, data):
    """And no exception holds the text, as a UnicodeEncodeError would."""
    with pytest.raises(jwt.InvalidKey) as caught:
        READERS[reader](data)
    assert caught.value.__context__ is None or not hasattr(caught.value.__context__, "object")


@pytest.mark.parametrize("password", [5, ["a"], "x" * 1024])
def test_an_unfit_password_is_refused(password):
    held = key("ES256")
    for write in (held.to_pem, held.to_der):
        with pytest.raises(jwt.InvalidKey, match="password"):
            write(private=True, password=password)
    encrypted = held.to_pem(private=True, password="right")
    with pytest.raises(jwt.InvalidKey, match="password"):
        jwt.Key.from_pem(encrypted, alg="ES256", password=password)


def test_any_text_is_a_password():
    held = key("ES256")
    for password in ("\ud800", "é", "x" * 1023):
        pem = held.to_pem(private=True, password=password)
        assert jwt.Key.from_pem(pem, alg="ES256", password=password).is_private
