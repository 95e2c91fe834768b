import random

import pytest
from tests.jose.wycheproof import vectors

from watchword import jwt
from watchword.base import base64url
from watchword.jose.jwk.roca import is_roca


@pytest.mark.requirement("tokens:J-5:roca")
def test_random_odd_moduli_are_accepted():
    """Tokens.md J-5; ten times as many run in the nightly set."""
    chance = random.Random(5)
    assert not any(is_roca(chance.getrandbits(512) | 1 | 1 << 511) for _ in range(20_000))


def test_powers_of_the_generator_bear_the_fingerprint():
    """CVE-2017-15361: such a modulus is 65537**a modulo a product of small primes."""
    assert is_roca(65_537**40)


@pytest.mark.requirement("tokens:J-5:roca")
def test_the_published_example_is_refused_as_weak():
    """Wycheproof json_web_crypto 46."""
    found = [vector for vector in vectors("crypto") if vector.number == 46]
    if not found:
        pytest.skip("the Wycheproof files are not present; set WATCHWORD_VECTORS")
    modulus = int.from_bytes(base64url.decode(found[0].jwk["n"]))
    assert is_roca(modulus)
    with pytest.raises(jwt.WeakKey, match="ROCA"):
        jwt.Key.from_jwk({"kty": "RSA", "n": found[0].jwk["n"], "e": "AQAB"}, alg="RS256")
