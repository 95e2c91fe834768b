"""A public key, which everybody has, used as the secret of an HMAC.

Source: RFC 8725 section 2.1; PyJWT CVE-2017-11424, CVE-2022-29217, CVE-2026-48526 and the four
advisories after it; python-jose CVE-2024-33663; fast-jwt CVE-2023-48223; tokens.md J-3.
"""

import base64
import datetime as dt
import hmac
import json
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID
from tests.jose import forge
from tests.jose.keys import ASYMMETRIC, key, public, verifier

from watchword import jwe, jwt
from watchword.base import base64url

b64 = base64.b64encode
ALGORITHMS = ("RS256", "ES256", "Ed25519")


def encodings(alg: str) -> dict[str, bytes]:
    """Return what an attacker might try of one public key, and what a careless operator might."""
    pem = key(alg).to_pem(private=True, unprotected=True).encode()
    private = serialization.load_pem_private_key(pem, None)
    ssh = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    cert = certificate(private, alg)
    return {
        **of_pem(public(alg).to_pem().encode()),
        **of_der(public(alg).to_der()),
        **of_hex(public(alg).to_der()),
        **of_jwk(public(alg)),
        "ssh": ssh,
        "ssh with a comment": ssh + b" root@host",
        "ssh after options": b'no-pty,from="10.0.0.1" ' + ssh,
        "ssh in base64": b64(ssh),
        "ssh blob": base64.b64decode(ssh.split()[1]),
        "ssh blob in base64": ssh.split()[1],
        "certificate": cert.public_bytes(Encoding.PEM),
        "certificate der": cert.public_bytes(Encoding.DER),
        "certificate der in base64": b64(cert.public_bytes(Encoding.DER)),
        "private pem": pem,
        "private der": private.private_bytes(
            Encoding.DER, PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
        "rsa pkcs 1 or sec 1": traditional_der(private),
        "rsa pkcs 1 or sec 1 cut": traditional_der(private)[:-1],
        "private traditional": private_traditional(private),
    }


def of_pem(public_pem: bytes) -> dict[str, bytes]:
    return {
        "pem": public_pem,
        "pem stripped": public_pem.strip(),
        "pem crlf": public_pem.replace(b"\n", b"\r\n"),
        "pem bom": b"\xef\xbb\xbf" + public_pem,
        "pem utf-16": public_pem.decode().encode("utf-16"),
        "pem utf-16 big end": public_pem.decode().encode("utf-16-be"),
        "pem after blanks": b" \n\t" + public_pem,
        "pem before blanks": public_pem + b" \n \n",
        "pem after a comment": b"# our key\n" + public_pem,
        "pem before junk": public_pem + b"-- trailing junk",
        "pem after junk": b"junk" * 9 + public_pem,
        "pem in lower case": public_pem.lower(),
        "pem body after a comment": b"# our key\n" + b"\n".join(public_pem.splitlines()[1:-1]),
        "pem body as a setting": b'KEY = "' + b"".join(public_pem.splitlines()[1:-1]) + b'"',
        "pem without its first line": b"\n".join(public_pem.splitlines()[1:]),
        "pem in one line with escapes": public_pem.replace(b"\n", b"\\n"),
        "pem body in one line with escapes": b"\\n".join(public_pem.splitlines()[1:-1]),
        "pem body": b"".join(public_pem.splitlines()[1:-1]),
        "pem body in lines": b"\n".join(public_pem.splitlines()[1:-1]),
        "pem in base64": b64(public_pem),
        "pem in base64url": base64url.encode_bytes(public_pem),
        "pem in hex": public_pem.hex().encode(),
        "pem in base64 of base64": b64(b64(public_pem)),
    }


def of_der(der: bytes) -> dict[str, bytes]:
    return {
        "der": der,
        "der in base64": b64(der),
        "der in base64 with line breaks": base64.encodebytes(der),
        "der in base64url": base64url.encode_bytes(der),
        "der before a line break": der + b"\n",
        "der after a line break": b"\n" + der,
        "der after junk": b"junk" + der,
        "der cut": der[:-1],
        "der and a line break in base64": b64(der + b"\n"),
        "der in base64 three times": b64(b64(b64(der))),
        "der in base64 cut at the end": b64(der)[:-1],
        "der in base64 cut by two": b64(der).rstrip(b"=")[:-2],
        "der in base64 cut at the start": b64(der)[1:],
        "der in base64 after letters": b"key" + b64(der),
        "der in base64 in quotes": json.dumps(b64(der).decode()).encode(),
        "der in base64 in utf-16": b64(der).decode().encode("utf-16"),
        "der in base64 in percent escapes": b64(der).replace(b"+", b"%2B").replace(b"/", b"%2F"),
        "der as Python writes it": repr(der).encode(),
    }


def of_hex(der: bytes) -> dict[str, bytes]:
    return {
        "der in hex with colons": der.hex(":").encode(),
        "der in hex with blanks": der.hex(" ").encode(),
        "der in hex after 0x": b"0x" + der.hex().encode(),
        "der in hex, each after 0x": ", ".join(f"0x{octet:02x}" for octet in der).encode(),
        "der in hex, each after a backslash": "".join(f"\\x{octet:02x}" for octet in der).encode(),
        "der in hex cut": der.hex()[:-1].encode(),
        "der in hex cut at the start": der.hex()[1:].encode(),
        "der in hex": der.hex().encode(),
        "der in upper hex": der.hex().upper().encode(),
    }


def of_jwk(held: jwt.Key) -> dict[str, bytes]:
    jwk = json.dumps(held.to_jwk()).encode()
    jwks = json.dumps({"keys": [held.to_jwk()]}).encode()
    return {
        "jwk": jwk,
        "jwk bom": b"\xef\xbb\xbf" + jwk,
        "jwk two boms": b"\xef\xbb\xbf" * 2 + jwk,
        "jwk utf-32": jwk.decode().encode("utf-32"),
        "jwk utf-32 big end with bom": b"\0\0\xfe\xff" + jwk.decode().encode("utf-32-be"),
        "jwk after a comment": b"# our key\n" + jwk,
        "jwk after another comment": b"// our key\n" + jwk,
        "jwk after a comment in base64": b64(b"// our key\n" + jwk),
        "jwk in quotes": json.dumps(jwk.decode()).encode(),
        "jwk in quotes twice": json.dumps(json.dumps(jwk.decode())).encode(),
        "jwk as Python writes it": str(held.to_jwk()).encode(),
        "jwk that lost its quotes": jwk.replace(b'"', b""),
        "jwk in percent escapes": quote(jwk).encode(),
        "jwk indented": json.dumps(held.to_jwk(), indent=2).encode() + b"\n",
        "jwk in base64url": base64url.encode_bytes(jwk),
        "jwk broken": jwk[:-1],
        "jwk array": b"[" + jwk + b"]",
        "jwks": jwks,
        "jwks in base64": b64(jwks),
        "jwks after a comment": b"# our keys\n" + jwks,
        "jwks without its types": jwks.replace(b"kty", b"type")[:-1],
    }


def private_traditional(private) -> bytes:
    try:
        return private.private_bytes(
            Encoding.PEM, PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
    except ValueError:  # Ed25519 has only the newer forms
        return private.private_bytes(
            Encoding.PEM, PrivateFormat.OpenSSH, serialization.NoEncryption()
        )


def traditional_der(private) -> bytes:
    """PKCS #1 names no algorithm; the others are marked by the curve."""
    if isinstance(private, rsa.RSAPrivateKey):
        return private.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    form = PrivateFormat.TraditionalOpenSSL
    if isinstance(private, ed25519.Ed25519PrivateKey):
        form = PrivateFormat.PKCS8
    return private.private_bytes(Encoding.DER, form, serialization.NoEncryption())


def certificate(private, alg: str) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "id.example")])
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=1))
        .sign(private, None if alg == "Ed25519" else hashes.SHA256())
    )


NAMES = list(encodings("Ed25519"))


def test_the_matrix_has_more_than_thirty_encodings():
    assert len(NAMES) >= 30


@pytest.mark.requirement("tokens:J-3:no-asymmetric-secret", "security-a:3:no-asymmetric-secret")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("alg", ALGORITHMS)
def test_no_encoding_of_a_key_becomes_a_secret(alg, name):
    """Security.md rule 3: refused for what it is, before its length is looked at."""
    data = encodings(alg)[name]
    with pytest.raises(jwt.InvalidKey, match="not a shared secret"):
        jwt.Secret(data, alg="HS256")
    with pytest.raises(jwt.InvalidKey, match="not a shared secret"):
        jwt.Secret.from_jwk({"kty": "oct", "k": base64url.encode(data), "alg": "HS256"})
    if data.isascii():
        with pytest.raises(jwt.InvalidKey, match="not a shared secret"):
            jwt.Secret(data.decode(), alg="HS256")


@pytest.mark.requirement("tokens:J-3:no-asymmetric-encryption-secret")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("alg", ALGORITHMS)
def test_no_encoding_of_a_key_encrypts(alg, name):
    data = encodings(alg)[name]
    with pytest.raises(jwt.InvalidKey, match="not a shared secret"):
        jwe.Password(data)
    with pytest.raises(jwt.InvalidKey, match="not a shared secret"):
        jwe.Secret(data, alg="A256KW")


@pytest.mark.requirement("tokens:J-3:no-asymmetric-secret")
@pytest.mark.parametrize("alg", ASYMMETRIC)
def test_no_form_of_any_key_that_is_written_here_becomes_a_secret(alg):
    held = key(alg)
    forms = [
        held.to_pem(),
        held.to_der(),
        json.dumps(held.to_jwk()),
        json.dumps(jwt.KeySet([held]).publish()),
        held.to_pem(private=True, unprotected=True),
        held.to_pem(private=True, password="pw"),
        held.to_der(private=True, unprotected=True),
        held.to_der(private=True, password="pw"),
        json.dumps(held.to_jwk(private=True)),
    ]
    for form in forms:
        data = form.encode() if isinstance(form, str) else form
        for each in (form, data, base64.b64encode(data), data.hex()):
            with pytest.raises(jwt.InvalidKey, match="not a shared secret"):
                jwt.Secret(each, alg="HS256")


@pytest.mark.requirement("rfc8725:3.1:no-confusion")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_token_whose_mac_is_keyed_with_the_public_key_is_refused(alg, name):
    """RFC 8725 section 3.1: the attack itself, against a verifier that holds the public key."""
    header_b64u = forge.encode(forge.dump({**forge.header(alg), "alg": "HS256"}))
    payload_b64u = forge.encode(forge.dump(forge.claims()))
    signing_input = f"{header_b64u}.{payload_b64u}"
    mac = hmac.digest(encodings(alg)[name], signing_input.encode(), "sha256")
    text = f"{signing_input}.{base64url.encode(mac)}"
    with pytest.raises(jwt.AlgorithmRefused):
        verifier(alg).verify(text)
    with pytest.raises(jwt.TokenError):
        jwt.parse(
            text, lambda _: public(alg), methods=[jwt.HS256, jwt.RS256, jwt.ES256, jwt.Ed25519]
        )
