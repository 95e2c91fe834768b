"""What a key file is, so that a reader of another form can name the one that reads it.

It only names: what a file really holds is found by parsing it.

Source: RFC 7468; RFC 7517 sections 4 and 5; RFC 4253 section 6.6 (OpenSSH's lines).
"""

from enum import Enum

from watchword.jose.errors import InvalidKey

__all__ = ["ENCRYPTED", "Form", "form_of", "refuse_other"]

# What a reader says that needs a password and has none; whoever can ask for one knows it by this.
ENCRYPTED = "this private key is encrypted; give its password="

_SSH_NAMES = (b"ssh-", b"ecdsa-sha2-", b"sk-ssh-", b"sk-ecdsa-")
_DER_SEQUENCE = b"\x30"


class Form(Enum):
    """A form of key file, and the reader of it."""

    CERTIFICATE = ("a certificate", "Key.from_cert")
    SSH = ("an OpenSSH key", "Key.from_ssh")
    PEM = ("a key in PEM", "Key.from_pem")
    JWKS = ("a JWKS", "KeySet.from_jwks")
    JWK = ("a JWK", "Key.from_jwk")
    DER = ("DER", "Key.from_der, or Key.from_cert for a certificate")


def form_of(data: bytes) -> Form | None:
    """Return the form that a text or file has by its first bytes, if any."""
    text = data.lstrip()
    if b"-----BEGIN " in text:
        return _armour(text)
    if text.startswith(b"{"):
        return Form.JWKS if b'"keys"' in text else Form.JWK
    if text.startswith(_SSH_NAMES):
        return Form.SSH
    return Form.DER if data.startswith(_DER_SEQUENCE) else None


def refuse_other(data: bytes, *accepted: Form) -> None:
    """Refuse a form that another reader reads.

    Raises:
        InvalidKey: naming that reader.
    """
    form = form_of(data)
    if form is not None and form not in accepted:
        what, reader = form.value
        raise InvalidKey(f"this is {what}; read it with {reader}")


def _armour(text: bytes) -> Form:
    if b"-----BEGIN OPENSSH" in text:
        return Form.SSH
    return Form.CERTIFICATE if b"CERTIFICATE-----" in text else Form.PEM
