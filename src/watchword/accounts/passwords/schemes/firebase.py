"""Firebase's scrypt: the derived key encrypts the signer key of the project.

AES in counter mode adds a key stream to what it encrypts. Import takes the signer key off again
and stores the key stream, so that the project's secret is needed once and kept nowhere.

Source: firebase/scrypt, "Password hashing"; decisions/0126.
"""

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR

from watchword.accounts.passwords.schemes.scheme import Parameters, Scheme, as_typed, frozen
from watchword.accounts.passwords.schemes.scrypt import LIMITS, is_within, scrypt

__all__ = ["SCHEME"]


def _derive(password: bytes, salt: bytes, parameters: Parameters, length: int) -> bytes:
    key = scrypt(password, salt, parameters, AES256.key_size // 8)
    return Cipher(AES256(key), CTR(bytes(16))).encryptor().update(bytes(length))


SCHEME = Scheme(
    name="firebase-scrypt",
    limits=frozen({"n": LIMITS["n"], "r": LIMITS["r"]}),
    salt_bytes=(1, 128),
    digest_bytes=(32, 64),
    spelling=as_typed,
    derive=_derive,
    is_within=is_within,
    comes_from="Firebase",
    decoy_bytes=(16, 64),
)
