"""Keys in files: PEM, DER, OpenSSH and certificates, in; PEM, DER and OpenSSH, out.

Source: RFC 7468; RFC 5958; RFC 8017 appendix A.1 (PKCS #1, in); RFC 5915 (SEC 1, in); RFC 5280
section 4.1.2.7 (the certificate's key, no chain); RFC 4253 section 6.6 (OpenSSH).
"""

from typing import Protocol, cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from watchword.base.limits import KEY_FILE_BYTES_MAX
from watchword.jose.errors import InvalidKey
from watchword.jose.jwk.forms import ENCRYPTED, Form, form_of, refuse_other

__all__ = [
    "from_certificate",
    "from_der",
    "from_pem",
    "from_ssh",
    "private_der",
    "private_pem",
    "private_ssh",
    "public_der",
    "public_pem",
    "public_ssh",
]

PASSWORD_BYTES_MAX = 1023  # OpenSSL's own bound


class PublicHandle(Protocol):
    """A public key object of cryptography, of any type."""

    def public_bytes(
        self, encoding: serialization.Encoding, form: serialization.PublicFormat, /
    ) -> bytes:
        """Write the key."""
        ...


class PrivateHandle(Protocol):
    """A private key object of cryptography, of any type."""

    def private_bytes(
        self,
        encoding: serialization.Encoding,
        form: serialization.PrivateFormat,
        encryption: serialization.KeySerializationEncryption,
        /,
    ) -> bytes:
        """Write the key."""
        ...


def from_pem(data: str | bytes, password: str | bytes | None) -> object:
    """Read the key object of a PEM text, public or private."""
    pem = _bounded(data)
    refuse_other(pem, Form.PEM)
    if form_of(pem) is None:
        raise InvalidKey("this is no PEM; read DER with Key.from_der and a JWK with Key.from_jwk")
    if b"PRIVATE KEY-----" in pem:
        return _private_key(serialization.load_pem_private_key, pem, password)
    return _loaded(serialization.load_pem_public_key, pem)


def from_ssh(data: str | bytes, password: str | bytes | None = None) -> object:
    """Read the key object of an OpenSSH public line or private file."""
    ssh = _bounded(data)
    refuse_other(ssh, Form.SSH)
    if b"-----BEGIN" in ssh:
        return _private_key(serialization.load_ssh_private_key, ssh, password)
    return _loaded(serialization.load_ssh_public_key, ssh.strip())


def from_der(data: bytes, password: str | bytes | None) -> object:
    """Read the key object of a DER file, public or private."""
    der = _bounded(data)
    refuse_other(der, Form.DER)
    try:
        return _loaded(serialization.load_der_public_key, der)
    except InvalidKey:
        return _private_key(serialization.load_der_private_key, der, password)


def from_certificate(data: str | bytes) -> object:
    """Read the public key of a PEM or DER certificate. Nothing else of it is looked at."""
    # cryptography's X.509 costs as much to import as the rest of this room.
    from cryptography import x509  # noqa: PLC0415 - import budget: certificates are rare

    certificate = _bounded(data)
    refuse_other(certificate, Form.CERTIFICATE, Form.DER)
    is_pem = b"-----BEGIN" in certificate
    load = x509.load_pem_x509_certificate if is_pem else x509.load_der_x509_certificate
    return cast("x509.Certificate", _loaded(load, certificate)).public_key()


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


def private_ssh(handle: object, password: str | bytes | None) -> str:
    """Write a private key as an OpenSSH file, encrypted where a password is given."""
    encryption = _encryption(password)
    try:
        file = cast("PrivateHandle", handle).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, encryption
        )
    except (ValueError, UnsupportedAlgorithm):
        file = b""  # no form for this type of key, or bcrypt, which encrypts it, is not installed
    if not file:
        raise InvalidKey("OpenSSH has no form for a key of this type, or bcrypt is not installed")
    return file.decode("ascii")


def _public(handle: object, encoding: serialization.Encoding) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return cast("PublicHandle", handle).public_bytes(encoding, form)


def _private(
    handle: object, encoding: serialization.Encoding, password: str | bytes | None
) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return cast("PrivateHandle", handle).private_bytes(encoding, form, _encryption(password))


def _encryption(password: str | bytes | None) -> serialization.KeySerializationEncryption:
    secret = _bytes(password)
    if secret is not None and len(secret) > PASSWORD_BYTES_MAX:
        raise InvalidKey(f"the password of a key file has at most {PASSWORD_BYTES_MAX} bytes")
    if secret:
        return serialization.BestAvailableEncryption(secret)
    return serialization.NoEncryption()


def _private_key(load: object, data: bytes, password: str | bytes | None) -> object:
    try:
        return _loaded(load, data, _bytes(password) or None)
    except InvalidKey as error:
        refused = error
    # cryptography says with a TypeError that the password and the file do not go together.
    if refused.detail == "TypeError" and password:
        raise InvalidKey("this private key is not encrypted; leave password= out")
    if refused.detail == "TypeError":
        raise InvalidKey(ENCRYPTED)
    raise refused


def _loaded(load: object, *arguments: bytes | None) -> object:
    """Call a loader, with one refusal for the many ways in which a file can be wrong."""
    try:
        return load(*arguments)  # type: ignore[operator]  # loaders of different signatures
    except (NotImplementedError, UnsupportedAlgorithm) as error:
        fault, reason = "cryptography does not offer this kind of key or encryption", str(error)
    except (TypeError, ValueError) as error:
        fault, reason = "the file holds no such key, or its password is wrong", type(error).__name__
    raise InvalidKey(fault, detail=reason)


def _bounded(data: str | bytes) -> bytes:
    encoded = _bytes(data)
    if encoded is None or len(encoded) > KEY_FILE_BYTES_MAX:
        raise InvalidKey(f"a key file is text or bytes, at most {KEY_FILE_BYTES_MAX} bytes")
    return encoded


def _bytes(value: str | bytes | None) -> bytes | None:
    """Encode text; a surrogate becomes what no file and no password holds."""
    if value is None or isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise InvalidKey("key files and passwords are text or bytes")
    return value.encode("utf-8", "surrogatepass")
