"""ROCA: RSA moduli made by a faulty library, whose factors can be found.

Source: CVE-2017-15361; tokens.md J-5.
"""

__all__ = ["is_roca"]

_GENERATOR = 65537
_PRIMES = (3, 5, 7, 11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157)


def _subgroup(prime: int) -> frozenset[int]:
    members = set()
    power = 1
    while power not in members:
        members.add(power)
        power = power * _GENERATOR % prime
    return frozenset(members)


_SUBGROUPS = tuple((prime, _subgroup(prime)) for prime in _PRIMES)


def is_roca(modulus: int) -> bool:
    """Return whether a modulus bears the fingerprint: a random one does with odds below 2^-27."""
    return all(modulus % prime in subgroup for prime, subgroup in _SUBGROUPS)
