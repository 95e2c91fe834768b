import random

import pytest
from tests.jose.wycheproof import vectors

from watchword import jwt
from watchword.base import base64url
from watchword.jose.jwk.roca import is_roca


@pytest.mark.requirement("tokens:J-5:roca")
def test_random_odd_moduli_are_accepted():
    """Tokens.md J-5: 100,000 of them. Only n modulo small primes counts, so 512 bits will do."""
    chance = random.Random(5)
    assert not any(is_roca(chance.getrandbits(512) | 1 | 1 << 511) for _ in range(100_000))


def test_powers_of_the_generator_bear_the_fingerprint():
    """CVE-2017-15361: such a modulus is 65537**a modulo a product of small primes."""
    assert is_roca(65_537**40)


def published(file: str, number: int):
    """Return the modulus of a vector as its JWK has it."""
    found = [vector for vector in vectors(file) if vector.number == number]
    if not found:
        pytest.skip("the Wycheproof files are not present; set WATCHWORD_VECTORS")
    members = found[0].jwk
    return members["keys"][0]["n"] if "keys" in members else members["n"]


@pytest.mark.requirement("tokens:J-5:roca")
@pytest.mark.parametrize(("file", "number"), [("key", 7), ("crypto", 46)])
def test_the_published_examples_are_refused_as_weak(file, number):
    """Wycheproof json_web_key 7 and json_web_crypto 46."""
    n = published(file, number)
    assert is_roca(int.from_bytes(base64url.decode(n)))
    with pytest.raises(jwt.WeakKey, match="ROCA"):
        jwt.Key.from_jwk({"kty": "RSA", "n": n, "e": "AQAB"}, alg="RS256")
