"""Valid tokens, changed in one or more places: nothing is accepted and nothing else is raised.

`WATCHWORD_MUTATIONS` sets the number of random changes, `WATCHWORD_SEED` which ones; `make nightly`
runs ten million.
Source: tokens.md J-30; security.md rule 18.
"""

import os
import random
from collections.abc import Iterator

import pytest
from tests.jose.keys import signer, verifier

from watchword import jwt
from watchword.jose.algorithms.table import ALGORITHMS

MUTATIONS = int(os.environ.get("WATCHWORD_MUTATIONS", "3000"))
SEED = os.environ.get("WATCHWORD_SEED", "0")
INTERESTING = b".=-_+/\0 \n\"'{}[]\xff\x80AQgwe3"


@pytest.mark.requirement("security-a:18:no-other-exception", "tokens:J-30:no-other-exception")
@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_change_of_any_byte_is_noticed(alg):
    """Each position of a valid token of each algorithm, with a changed bit and a foreign byte."""
    text = signer(alg).sign(sub="alice", jti="x").encode()
    policy = verifier(alg)
    for _ in range(3):
        policy.verify(text)
    for changed in with_a_changed_byte(text):
        with pytest.raises(jwt.TokenError):
            policy.verify(changed)
    policy.verify(text)


@pytest.mark.requirement("security-a:18:no-other-exception", "tokens:J-30:no-other-exception")
@pytest.mark.parametrize("alg", ["HS256", "RS256", "ES256", "Ed25519"])
def test_random_changes_are_refused_and_nothing_else_is_raised(alg):
    """Tokens.md J-30."""
    chance = random.Random(f"mutations of {alg} {SEED}")
    policy = verifier(alg)
    good = [signer(alg).sign(sub="alice", jti=f"x{number}").encode() for number in range(4)]
    for token in good * 2:
        policy.verify(token)
    for _ in range(MUTATIONS):
        changed = mutated(chance, good)
        try:
            policy.verify(changed)
        except jwt.TokenError:
            continue
        assert changed in good


def with_a_changed_byte(text: bytes) -> Iterator[bytes]:
    """Yield the text with each byte in turn changed by a bit, and to another letter."""
    for position, byte in enumerate(text):
        for other in (byte ^ 1, ord("A") if byte != ord("A") else ord("B")):
            yield text[:position] + bytes([other]) + text[position + 1 :]


def mutated(chance: random.Random, good: list[bytes]) -> bytes:
    token = bytearray(chance.choice(good))
    for _ in range(chance.choice((1, 1, 2, 5))):
        at, to = sorted((chance.randrange(len(token) + 1), chance.randrange(len(token) + 1)))
        change = chance.randrange(7)
        if change == 0 and at < len(token):
            token[at] = chance.randrange(256)
        elif change == 1:
            token.insert(at, chance.choice(INTERESTING))
        elif change == 2:
            del token[at : at + chance.choice((1, 2, 40))]
        elif change == 3:
            token[at:at] = token[at:to]
        elif change == 4:  # a part of another token
            parts, others = bytes(token).split(b"."), chance.choice(good).split(b".")
            part = chance.randrange(min(len(parts), 3))
            parts[part] = others[part]
            token = bytearray(b".".join(parts))
        elif change == 5:
            token.reverse()
        elif at < len(token):
            token[at] = chance.choice(INTERESTING)
        if not token:
            token = bytearray(b".")
    return bytes(token)
