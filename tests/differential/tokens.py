"""Tokens of every degree of wrongness, from a seed: the same ones for every library.

Some are valid tokens changed at a byte; most are headers and payloads changed as JSON and then
well signed, since that is where libraries differ.
"""

import json
import random
import time
from collections.abc import Iterator

from tests.jose import forge
from tests.jose.keys import AUDIENCE, ISSUER
from tests.properties.test_jose_mutations import mutated

__all__ = ["generated"]

NOW = int(time.time())
GOOD: dict[str, object] = {
    "iss": ISSUER,
    "sub": "alice",
    "aud": AUDIENCE,
    "exp": NOW + 10**6,
    "iat": NOW - 1_000,
    "jti": "0123456789abcdef",
}
VALUES = (
    *(None, True, False, 0, 1, -1, 1.5, 1e300, 10**400, NOW - 5, NOW + 5_000, -0.0),
    *("", "x", "0", str(NOW + 10**6), ISSUER, AUDIENCE, ISSUER + "/", AUDIENCE.upper(), "\0", "é"),
    *(
        [],
        {},
        [AUDIENCE],
        [AUDIENCE, "other"],
        [AUDIENCE, 1],
        [[AUDIENCE]],
        {"a": AUDIENCE},
        [None],
    ),
)
CLAIMS = ("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "scope", "client_id", "extra")
HEADERS = ("alg", "typ", "cty", "kid", "crit", "b64", "jwk", "jku", "x5u", "x5c", "zip", "extra")
HEADER_VALUES = (
    *(None, True, 0, "", "JWT", "at+jwt", "none", "HS256", "hs256", "HS384", "RS256", "x"),
    *([], ["b64"], ["exp"], ["extra"], ["alg"], [1], {}, {"kty": "oct", "k": "AAAA"}),
)
SPELLINGS = (
    lambda text: text,
    lambda text: b"\xef\xbb\xbf" + text,
    lambda text: text.decode().encode("utf-16"),
    lambda text: b" " + text + b"\n",
    lambda text: text + b"{}",
    lambda text: text[:-1],
    lambda text: text[:-1] + b',"sub":"mallory"}',
    lambda text: text[:-1] + b',"alg":"none","exp":1}',
    lambda text: text[:-1] + b',"n":NaN}',
    lambda text: text[:-1] + b',"n":1e999}',
    lambda text: text[:-1] + b',"s":"\\ud800"}',
    lambda text: text[:-1] + b',"s":"\xff"}',
    lambda text: text[:-1] + b',"d":' + b"[" * 40 + b"]" * 40 + b"}",
    lambda text: text.replace(b":", b" : "),
    lambda text: text.replace(b'"exp"', b'"\\u0065xp"'),
    lambda text: b"[" + text + b"]",
    lambda text: text[:0],
)


def generated(seed: str, count: int) -> Iterator[str]:
    """Yield `count` tokens."""
    chance = random.Random(seed)
    good = [made(chance, spelt=False).encode() for _ in range(4)]
    for _ in range(count):
        if chance.random() < 0.2:
            yield mutated(chance, good).decode("latin-1")
        else:
            yield respelt(chance, made(chance, spelt=True))


def made(chance: random.Random, *, spelt: bool) -> str:
    """Sign a header and a payload, either of them changed where `spelt` says so."""
    alg = "ES256" if chance.random() < 0.1 else "HS256"
    header: dict[str, object] = {"alg": alg, "typ": "JWT"}
    claims = dict(GOOD)
    if spelt:
        for _ in range(chance.choice((0, 1, 1, 2))):
            claims[chance.choice(CLAIMS)] = chance.choice(VALUES)
        if chance.random() < 0.3:
            claims.pop(chance.choice(CLAIMS), None)
        if chance.random() < 0.3:
            header[chance.choice(HEADERS)] = chance.choice(HEADER_VALUES)
    parts = [json.dumps(value, separators=(",", ":")).encode() for value in (header, claims)]
    if spelt and chance.random() < 0.4:
        at = chance.randrange(2)
        parts[at] = chance.choice(SPELLINGS)(parts[at])
    return forge.sign_parts(forge.encode(parts[0]), forge.encode(parts[1]), alg)


def respelt(chance: random.Random, token: str) -> str:
    """Spell the base64url or the frame otherwise, sometimes."""
    change = chance.randrange(12)
    if change == 0:
        return token + chance.choice(("=", "==", ".", " ", "\n", ".x"))
    if change == 1:
        return token.replace("-", "+").replace("_", "/")
    if change == 2:
        return chance.choice(("Bearer ", " ", ".")) + token
    if change == 3:
        at = chance.randrange(len(token))
        return token[:at] + chance.choice("\n =.\0~") + token[at:]
    if change == 4:  # unused bits of the last character
        return token[:-1] + chr(ord(token[-1]) ^ 1)
    return token
