"""RSA keys: 2,048 to 16,384 bits, an odd public exponent of at least 65,537, and not ROCA.

Source: RFC 7518 sections 3.3 and 6.3; RFC 8725 section 3.5; CVE-2017-15361.
"""

from collections.abc import Mapping
from typing import ClassVar, Self

from cryptography.hazmat.primitives.asymmetric import rsa

from watchword.base import base64url
from watchword.base.records import dataclass
from watchword.jose.errors import InvalidKey, KeyRefused, WeakKey
from watchword.jose.jwk.material import member_bytes
from watchword.jose.jwk.roca import is_roca

__all__ = ["RSAMaterial"]

MODULUS_BITS_MIN = 2048  # RFC 7518 section 3.3
MODULUS_BITS_MAX = 16384  # verification time grows with the square
GENERATED_BITS = 2048
GENERATED_BITS_STEP = 8  # a modulus that does not fill its bytes has surprised many a peer
PUBLIC_EXPONENT_MIN = 65537
PUBLIC_EXPONENT_BITS_MAX = 64  # verification time grows with it; OpenSSL's own bound
RECOVERED_BITS_MAX = 4096  # finding the primes from d grows with the cube: 16,384 bits take 20 s

_CRT_MEMBERS = ("p", "q", "dp", "dq", "qi")


@dataclass(frozen=True, slots=True)
class RSAMaterial:
    """An RSA key."""

    public_handle: rsa.RSAPublicKey
    private_handle: rsa.RSAPrivateKey | None

    kty: ClassVar[str] = "RSA"
    crv: ClassVar[str] = ""

    @classmethod
    def generate(cls, crv: str = "", bits: int | None = None) -> Self:
        """Make a key of 2,048 bits, or of another size that is a whole number of bytes."""
        size = GENERATED_BITS if bits is None else bits
        if crv:
            raise InvalidKey("RSA keys have no curve")
        is_fit = type(size) is int and MODULUS_BITS_MIN <= size <= MODULUS_BITS_MAX
        if not is_fit or size % GENERATED_BITS_STEP:
            raise InvalidKey(
                f"bits= is a multiple of {GENERATED_BITS_STEP} from {MODULUS_BITS_MIN} "
                f"to {MODULUS_BITS_MAX}"
            )
        handle = rsa.generate_private_key(PUBLIC_EXPONENT_MIN, size)
        return cls(handle.public_key(), handle)

    @classmethod
    def from_handle(cls, handle: object) -> Self | None:
        """Take a key object of cryptography."""
        private = handle if isinstance(handle, rsa.RSAPrivateKey) else None
        public = handle.public_key() if isinstance(handle, rsa.RSAPrivateKey) else handle
        if not isinstance(public, rsa.RSAPublicKey):
            return None
        numbers = public.public_numbers()
        _check_numbers(numbers.n, numbers.e)
        return cls(public, private)

    @classmethod
    def from_jwk(cls, members: Mapping[str, object]) -> Self:
        """Read a JWK's members."""
        modulus, exponent = _uint(members, "n"), _uint(members, "e")
        _check_numbers(modulus, exponent)
        numbers = rsa.RSAPublicNumbers(exponent, modulus)
        try:
            if "d" not in members:
                return cls(numbers.public_key(), None)
            # private_key() tests the primes, and that every number belongs to the others.
            private = _private_numbers(members, numbers).private_key()
            return cls(private.public_key(), private)
        except KeyRefused:
            raise
        except ValueError:
            broken = InvalidKey("the members of the RSA key do not belong together")
        raise broken

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
    private_exponent = _below(public.n, members, "d")
    if any(name in members for name in _CRT_MEMBERS):
        p, q, dp, dq, qi = (_below(public.n, members, name) for name in _CRT_MEMBERS)
    else:  # RFC 7518 section 6.3.2 lets a producer leave all five out
        if public.n.bit_length() > RECOVERED_BITS_MAX:
            raise InvalidKey(f"an RSA key of more than {RECOVERED_BITS_MAX} bits names its primes")
        p, q = rsa.rsa_recover_prime_factors(public.n, public.e, private_exponent)
        dp, dq = rsa.rsa_crt_dmp1(private_exponent, p), rsa.rsa_crt_dmq1(private_exponent, q)
        qi = rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, private_exponent, dp, dq, qi, public)


def _below(modulus: int, members: Mapping[str, object], name: str) -> int:
    """Read a number of a private key before anything is computed with it: all are below n."""
    number = _uint(members, name)
    if number >= modulus:
        raise InvalidKey("the numbers of a private RSA key are below its modulus", claim=name)
    return number


def _uint(members: Mapping[str, object], name: str) -> int:
    """Read a Base64urlUInt (RFC 7518 section 2): no leading zero byte."""
    data = member_bytes(members, name)
    if data[0] == 0:
        raise InvalidKey("a number in a JWK has no leading zero byte", claim=name)
    return int.from_bytes(data)


def _text(number: int) -> str:
    return base64url.encode(number.to_bytes((number.bit_length() + 7) // 8))
