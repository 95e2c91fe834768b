"""Making tokens that no Signer would make: any header, any payload, any signature."""

import json
from typing import Any

from tests.jose.keys import AUDIENCE, ISSUER, NOW, TYP, key

from watchword.base import base64url

GOOD_CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "sub": "alice",
    "aud": AUDIENCE,
    "exp": NOW + 900,
    "iat": NOW,
    "jti": "0123456789abcdef",
}


def encode(data: bytes | str) -> str:
    return base64url.encode(data.encode() if isinstance(data, str) else data)


def pad(part: str) -> str:
    """Return a part with the padding that RFC 7515 leaves out."""
    return part + "=" * (-len(part) % 4)


def dump(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def header(alg: str = "HS256", /, **members: object) -> dict[str, object]:
    """Return the members of a good header, changed; None removes one."""
    good = {"alg": alg, "kid": f"kid-{alg}", "typ": TYP} | members
    return {name: value for name, value in good.items() if value is not None}


def claims(**members: object) -> dict[str, object]:
    """Return good claims, changed; `...` removes one."""
    changed = GOOD_CLAIMS | members
    return {name: value for name, value in changed.items() if value is not ...}


def sign_parts(header_b64u: str, payload_b64u: str, alg: str = "HS256") -> str:
    """Sign two encoded parts, whatever they are."""
    stamp = key(alg).stamper(header_b64u.encode())
    return f"{header_b64u}.{payload_b64u}.{stamp(payload_b64u.encode()).decode()}"


def token(
    members: object | None = None, payload: object | None = None, *, alg: str = "HS256"
) -> str:
    """Sign a header and a payload given as values, or as JSON text."""
    members = header(alg) if members is None else members
    payload = claims() if payload is None else payload
    texts = [part if isinstance(part, str | bytes) else dump(part) for part in (members, payload)]
    return sign_parts(encode(texts[0]), encode(texts[1]), alg)
