"""Ed25519 through PyNaCl, where the extra `nacl` is installed and judges as OpenSSL does.

Source: RFC 8032 section 5.1.7, which lets a verifier check the equation with the cofactor or
without; OpenSSL checks it without, so libsodium is used only where it does the same.
"""

from watchword.jose.algorithms.operations import Sign, Verify
from watchword.jose.errors import SignatureInvalid

try:
    from nacl import bindings
    from nacl.exceptions import BadSignatureError

    INSTALLED = True
except ImportError:  # the extra `nacl` is optional
    INSTALLED = False

__all__ = ["INSTALLED", "USABLE", "signer", "verifier"]

_SIGNATURE_BYTES = 64
# A signature of the empty message that its key's owner made with a point of order 8 added to R:
# the equation holds with the cofactor and fails without.
_PROBE_KEY = bytes.fromhex("e627069029a4caef8edab48a8311db7ba1886ba82f260d3be3e45a02f7518b3d")
_PROBE = bytes.fromhex(
    "145c5256563486ff7eff024fcdd8295679cb53006fba041f7ee22613834114be"
    "9a4b41d919247c0a025b294b544b374f6883077d1c04360ce7d31c49429aab03"
)


def signer(seed: bytes) -> Sign:
    """Return the signing operation of a private key's 32 bytes."""
    _, secret = bindings.crypto_sign_seed_keypair(seed)
    crypto_sign = bindings.crypto_sign

    def sign(signing_input: bytes) -> bytes:
        return crypto_sign(signing_input, secret)[:_SIGNATURE_BYTES]

    return sign


def verifier(public: bytes) -> Verify:
    """Return the verifying operation of a public key's 32 bytes."""
    crypto_sign_open = bindings.crypto_sign_open

    def verify(signing_input: bytes, signature: bytes) -> None:
        if len(signature) != _SIGNATURE_BYTES:
            raise SignatureInvalid(f"such a signature has {_SIGNATURE_BYTES} bytes")
        try:
            crypto_sign_open(signature + signing_input, public)
        except BadSignatureError:
            raise SignatureInvalid from None

    return verify


def _ignores_the_cofactor() -> bool:
    try:
        verifier(_PROBE_KEY)(b"", _PROBE)
    except SignatureInvalid:
        return True
    return False


USABLE = INSTALLED and _ignores_the_cofactor()
"""Whether PyNaCl is installed and gives OpenSSL's verdicts."""
