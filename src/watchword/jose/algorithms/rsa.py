"""RSA signatures: RS256, RS384, RS512 (PKCS1-v1_5) and PS256, PS384, PS512 (PSS).

Source: RFC 7518 sections 3.3, 3.5 and 6.3; RFC 8725 section 3.5.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from watchword.base import base64url
from watchword.jose.algorithms.material import Sign, Verify, member_bytes, refuse_mismatch
from watchword.jose.algorithms.roca import is_roca
from watchword.jose.algorithms.table import Algorithm, Family
from watchword.jose.errors import InvalidKey, KeyRefused, SignatureInvalid, WeakKey

__all__ = ["RSAMaterial"]

MODULUS_BITS_MIN = 2048  # RFC 7518 section 3.3
MODULUS_BITS_MAX = 16384  # verification time grows with the square
GENERATED_BITS = 2048
PUBLIC_EXPONENT_MIN = 65537
PUBLIC_EXPONENT_BITS_MAX = 64  # verification time grows with it; OpenSSL's own bound

_HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_CRT_MEMBERS = ("p", "q", "dp", "dq", "qi")


@dataclass(frozen=True, slots=True)
class RSAMaterial:
    """An RSA key."""

    public_handle: rsa.RSAPublicKey
    private_handle: rsa.RSAPrivateKey | None

    @classmethod
    def generate(cls, algorithm: Algorithm) -> Self:
        """Make a key of 2,048 bits."""
        handle = rsa.generate_private_key(PUBLIC_EXPONENT_MIN, GENERATED_BITS)
        return cls.from_handle(handle, algorithm)

    @classmethod
    def from_handle(cls, handle: object, algorithm: Algorithm) -> Self:
        """Take a key object of cryptography."""
        private = handle if isinstance(handle, rsa.RSAPrivateKey) else None
        public = handle.public_key() if isinstance(handle, rsa.RSAPrivateKey) else handle
        if not isinstance(public, rsa.RSAPublicKey):
            raise refuse_mismatch(handle, algorithm)
        numbers = public.public_numbers()
        _check_numbers(numbers.n, numbers.e)
        return cls(public, private)

    @classmethod
    def from_jwk(cls, members: Mapping[str, object], algorithm: Algorithm) -> Self:
        """Read a JWK's members."""
        modulus, exponent = _uint(members, "n"), _uint(members, "e")
        _check_numbers(modulus, exponent)
        numbers = rsa.RSAPublicNumbers(exponent, modulus)
        handle: rsa.RSAPublicKey | rsa.RSAPrivateKey | None
        try:
            if "d" in members:
                handle = _private_numbers(members, numbers).private_key()
            else:
                handle = numbers.public_key()
        except KeyRefused:
            raise
        except ValueError:
            handle = None
        if handle is None:
            raise InvalidKey("the members of the RSA key do not belong together")
        return cls.from_handle(handle, algorithm)

    def public(self) -> Self:
        """Return the public half alone."""
        return type(self)(self.public_handle, None)

    def public_members(self) -> dict[str, str]:
        """Return the JWK members of the public half."""
        numbers = self.public_handle.public_numbers()
        return {"kty": "RSA", "n": _text(numbers.n), "e": _text(numbers.e)}

    def private_members(self) -> dict[str, str]:
        """Return the JWK members of the private half."""
        if self.private_handle is None:
            return {}
        numbers = self.private_handle.private_numbers()
        return {
            "d": _text(numbers.d),
            "p": _text(numbers.p),
            "q": _text(numbers.q),
            "dp": _text(numbers.dmp1),
            "dq": _text(numbers.dmq1),
            "qi": _text(numbers.iqmp),
        }

    def signer(self, algorithm: Algorithm) -> Sign:
        """Return the signing operation."""
        if self.private_handle is None:
            raise InvalidKey("signing needs a private key")
        private_sign = self.private_handle.sign
        hasher = _HASHES[algorithm.hash_name]
        padded = _padding(algorithm, hasher)

        def sign(signing_input: bytes) -> bytes:
            return private_sign(signing_input, padded, hasher)

        return sign

    def verifier(self, algorithm: Algorithm) -> Verify:
        """Return the verifying operation."""
        public_verify = self.public_handle.verify
        signature_bytes = (self.public_handle.key_size + 7) // 8
        hasher = _HASHES[algorithm.hash_name]
        padded = _padding(algorithm, hasher)

        def verify(signing_input: bytes, signature: bytes) -> None:
            if len(signature) != signature_bytes:
                raise SignatureInvalid("the signature is not as long as the modulus")
            try:
                public_verify(signature, signing_input, padded, hasher)
            except InvalidSignature:
                raise SignatureInvalid from None

        return verify


def _padding(algorithm: Algorithm, hasher: hashes.HashAlgorithm) -> padding.AsymmetricPadding:
    if algorithm.family is Family.RSA_PSS:
        return padding.PSS(padding.MGF1(hasher), padding.PSS.DIGEST_LENGTH)
    return padding.PKCS1v15()


def _check_numbers(modulus: int, exponent: int) -> None:
    bits = modulus.bit_length()
    if bits < MODULUS_BITS_MIN:
        raise WeakKey(f"an RSA key has at least {MODULUS_BITS_MIN} bits; this one has {bits}")
    if bits > MODULUS_BITS_MAX:
        raise InvalidKey(f"an RSA key has at most {MODULUS_BITS_MAX} bits")
    if not modulus & 1:
        raise InvalidKey("an RSA modulus is odd", claim="n")
    if exponent < PUBLIC_EXPONENT_MIN or not exponent & 1:
        raise WeakKey("an RSA public exponent is odd and at least 65537", claim="e")
    if exponent.bit_length() > PUBLIC_EXPONENT_BITS_MAX:
        raise InvalidKey("the RSA public exponent is too large", claim="e")
    if is_roca(modulus):
        raise WeakKey("this RSA key was made by a faulty library (ROCA, CVE-2017-15361)")


def _private_numbers(
    members: Mapping[str, object], public: rsa.RSAPublicNumbers
) -> rsa.RSAPrivateNumbers:
    if "oth" in members:
        raise InvalidKey("RSA keys of more than two primes are not supported", claim="oth")
    private_exponent = _uint(members, "d")
    if any(name in members for name in _CRT_MEMBERS):
        p, q, dp, dq, qi = (_uint(members, name) for name in _CRT_MEMBERS)
    else:  # RFC 7518 section 6.3.2 lets a producer leave all five out
        p, q = rsa.rsa_recover_prime_factors(public.n, public.e, private_exponent)
        dp, dq = rsa.rsa_crt_dmp1(private_exponent, p), rsa.rsa_crt_dmq1(private_exponent, q)
        qi = rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, private_exponent, dp, dq, qi, public)


def _uint(members: Mapping[str, object], name: str) -> int:
    """Read a Base64urlUInt (RFC 7518 section 2): no leading zero byte."""
    data = member_bytes(members, name)
    if data[0] == 0:
        raise InvalidKey("a number in a JWK has no leading zero byte", claim=name)
    return int.from_bytes(data)


def _text(number: int) -> str:
    return base64url.encode(number.to_bytes((number.bit_length() + 7) // 8))
