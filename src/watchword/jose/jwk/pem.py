"""Keys in files: PEM, DER and certificates, in; PEM, out.

Source: RFC 7468; RFC 5958; RFC 5280 section 4.1.2.7 (the certificate's key, no chain).
"""

from typing import cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from watchword.base.limits import KEY_FILE_BYTES_MAX
from watchword.jose.errors import InvalidKey

__all__ = [
    "from_certificate",
    "from_der",
    "from_pem",
    "from_ssh",
    "private_der",
    "private_pem",
    "public_der",
    "public_pem",
    "public_ssh",
]

PublicHandle = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
PrivateHandle = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def from_pem(data: str | bytes, password: str | bytes | None) -> object:
    """Read the key object of a PEM text, public or private."""
    pem = _bounded(data)
    if b"-----BEGIN CERTIFICATE" in pem:
        raise InvalidKey("this PEM is a certificate; read it with Key.from_cert")
    if b"-----BEGIN" not in pem:
        raise InvalidKey("this is no PEM; read DER with Key.from_der and a JWK with Key.from_jwk")
    if b"PRIVATE KEY-----" in pem:
        return _loaded(serialization.load_pem_private_key, pem, _bytes(password))
    return _loaded(serialization.load_pem_public_key, pem)


def from_der(data: bytes, password: str | bytes | None) -> object:
    """Read the key object of a DER file, public or private."""
    der = _bounded(data)
    try:
        return _loaded(serialization.load_der_public_key, der)
    except InvalidKey:
        return _loaded(serialization.load_der_private_key, der, _bytes(password))


def from_certificate(data: str | bytes) -> object:
    """Read the public key of a PEM or DER certificate. Nothing else of it is looked at."""
    # cryptography's X.509 costs as much to import as the rest of this room.
    from cryptography import x509  # noqa: PLC0415 - import budget: certificates are rare

    certificate = _bounded(data)
    is_pem = b"-----BEGIN" in certificate
    load = x509.load_pem_x509_certificate if is_pem else x509.load_der_x509_certificate
    return cast("x509.Certificate", _loaded(load, certificate)).public_key()


def from_ssh(data: str | bytes, password: str | bytes | None = None) -> object:
    """Read the key object of an OpenSSH public line or private file."""
    ssh = _bounded(data)
    if b"-----BEGIN" in ssh:
        return _loaded(serialization.load_ssh_private_key, ssh, _bytes(password))
    return _loaded(serialization.load_ssh_public_key, ssh.strip())


def public_pem(handle: object) -> str:
    """Write a public key as SubjectPublicKeyInfo in PEM."""
    return _public(handle, serialization.Encoding.PEM).decode("ascii")


def public_der(handle: object) -> bytes:
    """Write a public key as SubjectPublicKeyInfo in DER."""
    return _public(handle, serialization.Encoding.DER)


def public_ssh(handle: object) -> str:
    """Write a public key as a line of OpenSSH."""
    try:
        line = cast("PublicHandle", handle).public_bytes(
            serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
        )
    except (ValueError, UnsupportedAlgorithm):
        line = b""
    if not line:
        raise InvalidKey("OpenSSH has no form for a key of this type")
    return line.decode("ascii")


def private_pem(handle: object, password: str | bytes | None) -> str:
    """Write a private key as PKCS #8 in PEM, encrypted where a password is given."""
    return _private(handle, serialization.Encoding.PEM, password).decode("ascii")


def private_der(handle: object, password: str | bytes | None) -> bytes:
    """Write a private key as PKCS #8 in DER, encrypted where a password is given."""
    return _private(handle, serialization.Encoding.DER, password)


def _public(handle: object, encoding: serialization.Encoding) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return cast("PublicHandle", handle).public_bytes(encoding, form)


def _private(
    handle: object, encoding: serialization.Encoding, password: str | bytes | None
) -> bytes:
    secret = _bytes(password)
    encryption = (
        serialization.BestAvailableEncryption(secret) if secret else serialization.NoEncryption()
    )
    form = serialization.PrivateFormat.PKCS8
    return cast("PrivateHandle", handle).private_bytes(encoding, form, encryption)


def _loaded(load: object, *arguments: bytes | None) -> object:
    """Call a loader, with one refusal for the many ways in which a file can be wrong."""
    try:
        return load(*arguments)  # type: ignore[operator]  # loaders of different signatures
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:
        reason = type(error).__name__
    raise InvalidKey(
        "the file holds no readable key, or its password is wrong or missing", detail=reason
    )


def _bounded(data: str | bytes) -> bytes:
    encoded = _bytes(data)
    if encoded is None or len(encoded) > KEY_FILE_BYTES_MAX:
        raise InvalidKey(f"a key file is text or bytes, at most {KEY_FILE_BYTES_MAX} bytes")
    return encoded


def _bytes(value: str | bytes | None) -> bytes | None:
    return value.encode("utf-8") if isinstance(value, str) else value
