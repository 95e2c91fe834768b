import datetime as dt
from base64 import b64encode
from importlib.util import find_spec

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, x25519
from cryptography.x509.oid import NameOID
from tests.jose.keys import ASYMMETRIC, key

from watchword import jwt
from watchword.jose.jwk import pem

DER = serialization.Encoding.DER
PEM = serialization.Encoding.PEM


def handle(alg: str):
    pem = key(alg).to_pem(private=True, unprotected=True).encode()
    return serialization.load_pem_private_key(pem, None)


def certificate(alg: str):
    """Return a certificate of the key of an algorithm, which another key has signed."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "id.example")])
    long_ago = dt.datetime(2001, 1, 1, tzinfo=dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key(alg).to_handle())
        .serial_number(1)
        .not_valid_before(long_ago)
        .not_valid_after(long_ago + dt.timedelta(days=1))
    )
    return builder.sign(key("ES384").to_handle(private=True), hashes.SHA256())


@pytest.mark.parametrize("alg", ASYMMETRIC)
def test_der_is_read_public_and_private(alg):
    private = handle(alg)
    public_der = private.public_key().public_bytes(
        DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    private_der = private.private_bytes(
        DER, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"pw")
    )
    assert jwt.Key.from_der(public_der, alg=alg).thumbprint() == key(alg).thumbprint()
    read = jwt.Key.from_der(private_der, alg=alg, password="pw", kid="mine")
    assert read.is_private
    assert read.kid == "mine"


@pytest.mark.parametrize("encoding", [DER, PEM])
@pytest.mark.parametrize("alg", ASYMMETRIC)
def test_the_key_of_a_certificate_is_taken_and_nothing_else(alg, encoding):
    """Tokens.md J-19: neither dates nor chain are judged; this one ended in 2001."""
    read = jwt.Key.from_cert(certificate(alg).public_bytes(encoding), alg=alg, kid="auto")
    assert read.kid == key(alg).thumbprint()
    assert not read.is_private


def test_a_certificate_given_as_pem_is_refused_naming_the_way():
    with pytest.raises(jwt.InvalidKey, match="from_cert"):
        jwt.Key.from_pem(certificate("ES256").public_bytes(PEM), alg="ES256")


@pytest.mark.parametrize("data", ["", "secret", b"\0\1", '{"kty":"EC"}'])
def test_what_is_no_pem_is_refused_naming_the_ways(data):
    with pytest.raises(jwt.InvalidKey, match="from_jwk"):
        jwt.Key.from_pem(data, alg="ES256")


@pytest.mark.parametrize(
    "pem",
    [
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PUBLIC KEY-----",
    ],
)
def test_broken_files_are_refused(pem):
    with pytest.raises(jwt.InvalidKey):
        jwt.Key.from_pem(pem, alg="ES256")
    with pytest.raises(jwt.InvalidKey):
        jwt.Key.from_der(pem.encode(), alg="ES256")
    with pytest.raises(jwt.InvalidKey):
        jwt.Key.from_cert(pem, alg="ES256")


@pytest.mark.parametrize(
    ("password", "hint"),
    [
        (None, "is encrypted; give its password="),
        ("", "is encrypted; give its password="),
        (b"", "is encrypted; give its password="),
        ("wrong", "or its password is wrong"),
    ],
)
def test_a_missing_or_wrong_password_is_refused(password, hint):
    held = key("ES256")
    with pytest.raises(jwt.InvalidKey, match=hint):
        jwt.Key.from_pem(
            held.to_pem(private=True, password="right"), alg="ES256", password=password
        )
    with pytest.raises(jwt.InvalidKey, match=hint):
        jwt.Key.from_der(
            held.to_der(private=True, password="right"), alg="ES256", password=password
        )


def test_a_password_for_a_key_in_the_clear_is_refused():
    held = key("ES256")
    with pytest.raises(jwt.InvalidKey, match="not encrypted; leave password= out"):
        jwt.Key.from_pem(held.to_pem(private=True, unprotected=True), alg="ES256", password="pw")
    openssh = handle("ES256").private_bytes(
        PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    with pytest.raises(jwt.InvalidKey, match="not encrypted; leave password= out"):
        jwt.Key.from_ssh(openssh, alg="ES256", password="pw")


def test_an_enormous_file_is_not_parsed():
    with pytest.raises(jwt.InvalidKey, match="65536"):
        jwt.Key.from_pem("-----BEGIN PUBLIC KEY-----" + "A" * 65_536, alg="ES256")
    with pytest.raises(jwt.InvalidKey):
        jwt.Key.from_der(None, alg="ES256")


@pytest.mark.requirement("tokens:J-1:one-algorithm", "security-a:2:one-algorithm")
@pytest.mark.parametrize("alg", ASYMMETRIC)
@pytest.mark.parametrize("other", ASYMMETRIC)
def test_a_file_of_another_key_type_is_refused(alg, other):
    members = key(other).to_jwk()
    curve = members["alg"] if members["kty"] == "AKP" else members.get("crv", "")
    row = key(alg).algorithm
    if row.key_type == members["kty"] and curve in (row.curves or ("",)):
        assert jwt.Key.from_pem(key(other).to_pem(), alg=alg).alg == alg
        return
    with pytest.raises(jwt.InvalidKey, match=alg):
        jwt.Key.from_pem(key(other).to_pem(), alg=alg)


@pytest.mark.parametrize("alg", ["RS256", "ES256", "Ed25519"])
def test_key_types_without_an_algorithm_are_refused(alg):
    x_key = x25519.X25519PrivateKey.generate().public_key()
    dsa_key = dsa.generate_private_key(1024).public_key()
    for each in (x_key, dsa_key):
        der = each.public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        with pytest.raises(jwt.InvalidKey):
            jwt.Key.from_der(der, alg=alg)


@pytest.mark.parametrize("alg", ["RS256", "ES256", "ES384", "ES512", "Ed25519"])
def test_openssh_lines_go_out_and_in(alg):
    line = key(alg).to_ssh()
    assert line.startswith(("ssh-rsa ", "ecdsa-sha2-nistp", "ssh-ed25519 "))
    for text in (line, line + " me@host\n", f" {line}".encode()):
        read = jwt.Key.from_ssh(text, alg=alg, kid="auto")
        assert read.kid == key(alg).thumbprint()
        assert not read.is_private


def test_openssh_private_files_come_in():
    text = handle("ES256").private_bytes(
        PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    read = jwt.Key.from_ssh(text, alg="ES256")
    assert read.is_private
    assert read.thumbprint() == key("ES256").thumbprint()


@pytest.mark.parametrize("alg", ASYMMETRIC)
def test_der_goes_out_and_in(alg):
    held = key(alg)
    assert jwt.Key.from_der(held.to_der(), alg=alg).thumbprint() == held.thumbprint()
    for way in ({"password": "pw"}, {"unprotected": True}):
        der = held.to_der(private=True, **way)
        read = jwt.Key.from_der(der, alg=alg, password=way.get("password"))
        assert read.to_jwk(private=True).items() >= held.to_jwk(private=True).items() - {
            ("kid", held.kid)
        }
    with pytest.raises(jwt.InvalidKey, match="password="):
        held.to_der(private=True)
    with pytest.raises(jwt.InvalidKey, match="no private half"):
        held.public().to_der(private=True, unprotected=True)


@pytest.mark.parametrize("alg", ["ES256K", "Ed448", "ML-DSA-44"])
def test_what_openssh_has_no_form_for_is_refused(alg):
    with pytest.raises(jwt.InvalidKey, match="OpenSSH has no form"):
        key(alg).to_ssh()
    with pytest.raises(jwt.InvalidKey, match="OpenSSH has no form"):
        key(alg).to_ssh(private=True, unprotected=True)
    with pytest.raises(jwt.InvalidKey, match="OpenSSH"):
        pem.public_ssh(x25519.X25519PrivateKey.generate().public_key())


@pytest.mark.parametrize("alg", ["RS256", "ES256", "ES384", "ES512", "Ed25519"])
def test_a_line_of_openssh_is_read(alg):
    public = handle(alg).public_key()
    line = (
        public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
        + b" root@host"
    )
    assert jwt.Key.from_handle(pem.from_ssh(line), alg=alg).thumbprint() == key(alg).thumbprint()
    with pytest.raises(jwt.InvalidKey):
        pem.from_ssh(line[8:])


def test_a_compressed_point_of_openssh_is_refused():
    """Found by the fuzz target ssh: cryptography answers it with a NotImplementedError."""
    point = b"\x02" + b"\x07" * 32
    parts = (b"ecdsa-sha2-nistp256", b"nistp256", point)
    blob = b"".join(len(part).to_bytes(4) + part for part in parts)
    with pytest.raises(jwt.InvalidKey, match="does not offer"):
        jwt.Key.from_ssh(b"ecdsa-sha2-nistp256 " + b64encode(blob), alg="ES256")


@pytest.mark.parametrize("alg", ["RS256", "ES256", "Ed25519"])
def test_a_private_file_of_openssh_is_written_and_read(alg):
    held = key(alg)
    text = held.to_ssh(private=True, unprotected=True)
    assert text.startswith("-----BEGIN OPENSSH PRIVATE KEY-----")
    read = jwt.Key.from_ssh(text, alg=alg)
    assert read.is_private
    assert read.thumbprint() == held.thumbprint()
    with pytest.raises(jwt.InvalidKey, match="password="):
        held.to_ssh(private=True)
    with pytest.raises(jwt.InvalidKey, match="no private half"):
        held.public().to_ssh(private=True, unprotected=True)


def test_a_password_of_openssh_needs_bcrypt():
    held = key("Ed25519")
    if find_spec("bcrypt") is None:
        with pytest.raises(jwt.InvalidKey, match="bcrypt is not installed"):
            held.to_ssh(private=True, password="open sesame")
        return
    text = held.to_ssh(private=True, password="open sesame")
    assert jwt.Key.from_ssh(text, alg="Ed25519", password="open sesame").is_private
