"""Tokens for whoever has none at hand: made for one look at the page, by a key that is thrown away.

Nobody owns them and no server accepts them. Their public key goes into the page as well, so that
the signature can be seen to hold, and to break.

Source: users.md U43 (empty states teach).
"""

import hashlib
import json

from watchword.base import base64url
from watchword.base.chance import Chance
from watchword.base.records import dataclass
from watchword.jose.jwk.key import Key
from watchword.jose.jws import compact

__all__ = ["Example", "Examples", "make_examples"]

ALG = "ES256"
LIFETIME_SECONDS = 15 * 60
HOUR_SECONDS = 3600
SALT_BYTES = 16  # RFC 9901 section 9.3: 128 bits


@dataclass(frozen=True, slots=True)
class Example:
    """One token and what there is to see in it."""

    id: str
    label: str
    about: str
    token: str


@dataclass(frozen=True, slots=True)
class Examples:
    """The tokens, and the key that verifies those that are as they were signed."""

    key: str
    tokens: tuple[Example, ...]


def make_examples(chance: Chance, now: int) -> Examples:
    """Make the examples of one page.

    Args:
        chance: makes ids and salts.
        now: seconds since the epoch, from which the tokens' times are counted.
    """
    key = Key.generate(ALG)
    good = _sign(key, _claims(now, chance))
    tokens = (
        Example("good", "A good token", "An access token in the middle of its life.", good),
        Example(
            "expired",
            "Expired",
            "The same an hour ago: the signature holds, the time is over.",
            _sign(key, _claims(now - HOUR_SECONDS, chance)),
        ),
        Example(
            "changed",
            "Tampered with",
            "Somebody wrote another name into the payload, and could not sign it again.",
            _changed(good),
        ),
        Example(
            "disclosures",
            "With disclosures",
            "An SD-JWT: the holder shows two of three claims, and holds one back.",
            _sd_jwt(key, chance, now),
        ),
    )
    return Examples(json.dumps(key.public().to_jwk(), indent=2), tokens)


def _claims(now: int, chance: Chance) -> dict[str, object]:
    return {
        "iss": "https://id.example.com",
        "sub": "user_7d2f9c",
        "aud": "https://api.example.com/notes",
        "client_id": "notes-web",
        "scope": "notes:read notes:write",
        "preferred_username": "alice",
        "iat": now - LIFETIME_SECONDS // 3,
        "exp": now + LIFETIME_SECONDS * 2 // 3,
        "jti": base64url.encode(chance.token_bytes(SALT_BYTES)),
    }


def _sign(key: Key, claims: dict[str, object], typ: str = "at+jwt") -> str:
    return compact.sign(_json(claims), key, {"typ": typ})


def _changed(token: str) -> str:
    header_b64u, payload_b64u, signature_b64u = token.split(".")
    payload = base64url.decode(payload_b64u).replace(b'"alice"', b'"admin"')
    return f"{header_b64u}.{base64url.encode(payload)}.{signature_b64u}"


def _sd_jwt(key: Key, chance: Chance, now: int) -> str:
    """Make an SD-JWT of three hidden claims, two of them shown (RFC 9901 section 4)."""
    hidden = (("given_name", "Alice"), ("email", "alice@example.com"), ("birthdate", "1990-04-01"))
    disclosures = [
        base64url.encode(_json([base64url.encode(chance.token_bytes(SALT_BYTES)), name, value]))
        for name, value in hidden
    ]
    digests = sorted(
        base64url.encode(hashlib.sha256(text.encode("ascii")).digest()) for text in disclosures
    )
    claims = {
        "iss": "https://id.example.com",
        "vct": "https://credentials.example.com/member",
        "iat": now - HOUR_SECONDS,
        "exp": now + HOUR_SECONDS * 24,
        "_sd_alg": "sha-256",
        "_sd": digests,
    }
    return "~".join((_sign(key, claims, "dc+sd-jwt"), *disclosures[:2], ""))


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode("utf-8")
