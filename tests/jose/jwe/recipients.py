"""Keys of every way to encrypt, made once a process, and taking a token apart and together."""

import json
from functools import cache
from typing import Any

from watchword import jwe
from watchword.base import base64url
from watchword.jose.algorithms.table import CONTENT_ENCRYPTION, KEY_MANAGEMENT, Mode

ENCS = tuple(CONTENT_ENCRYPTION)
ALGS = tuple(KEY_MANAGEMENT)
CURVES = ("P-256", "P-384", "P-521", "X25519", "X448")
ITERATIONS = 1_000  # the least that is accepted; what matters here is not how slow it is
# Every algorithm, on every curve that it takes.
WAYS = [(alg, crv) for alg in ALGS for crv in (KEY_MANAGEMENT[alg].curves or (None,))]
# One of each mode, whatever the size: mode by mode nothing else differs.
FAMILIES = (
    ("RSA-OAEP-256", None),
    ("A128KW", None),
    ("A128GCMKW", None),
    ("dir", None),
    ("ECDH-ES", "P-256"),
    ("ECDH-ES", "X25519"),
    ("ECDH-ES+A128KW", "P-256"),
    ("PBES2-HS256+A128KW", None),
)
PASSWORD = "entrap_o\N{EN DASH}peter_long"
DATA = b"to whom it may concern"

AnyKey = jwe.Key | jwe.Secret | jwe.Password


def key(alg: str, enc: str = "A128GCM", crv: str | None = None) -> AnyKey:
    """Return this process's key; the RSA algorithms share one modulus."""
    return _made(alg, enc if alg == "dir" else None, crv)


def sending(alg: str, enc: str = "A128GCM", crv: str | None = None) -> AnyKey:
    """Return what a sender holds."""
    held = key(alg, enc, crv)
    return held.public() if isinstance(held, jwe.Key) else held


def decrypter(
    alg: str, enc: str = "A128GCM", crv: str | None = None, **options: Any
) -> jwe.Decrypter:
    return jwe.Decrypter(key(alg, enc, crv), enc=[enc], **options)


def token(
    alg: str, enc: str = "A128GCM", crv: str | None = None, data: bytes = DATA, **options: Any
) -> str:
    return jwe.encrypt(data, sending(alg, enc, crv), enc=enc, **options)


def document(
    alg: str, enc: str = "A128GCM", crv: str | None = None, data: bytes = DATA, **options: Any
) -> dict[str, Any]:
    """Return a flattened document as its members."""
    return json.loads(jwe.encrypt_json(data, sending(alg, enc, crv), enc=enc, **options))


def parts(text: str) -> list[bytes]:
    """Decode the five parts of a token."""
    return [base64url.decode(part) for part in text.split(".")]


def joined(decoded: list[bytes]) -> str:
    """Encode five parts as a token."""
    return ".".join(map(base64url.encode, decoded))


def encoded(members: object) -> str:
    """Write a header, or any other JSON, as base64url."""
    text = members if isinstance(members, str) else json.dumps(members, separators=(",", ":"))
    return base64url.encode(text.encode())


def reheaded(text: str, **changes: object) -> str:
    """Change members of a token's header; `...` removes one. The content then fails."""
    header, rest = text.split(".", 1)
    members = json.loads(base64url.decode(header)) | changes
    kept = {name: value for name, value in members.items() if value is not ...}
    return f"{encoded(kept)}.{rest}"


@cache
def _made(alg: str, enc: str | None, crv: str | None) -> AnyKey:
    row, kid = KEY_MANAGEMENT[alg], f"kid-{alg}"
    if row.mode is Mode.PASSWORD:
        return jwe.Password(PASSWORD, alg=alg, iterations=ITERATIONS, kid=kid)
    if row.is_symmetric:
        return jwe.Secret.generate(alg, enc=enc, kid=kid)
    if row.mode is Mode.ENCRYPTION and alg != "RSA-OAEP":
        members = key("RSA-OAEP").to_jwk(private=True)
        return jwe.Key.from_jwk(members | {"alg": alg, "kid": kid})
    return jwe.Key.generate(alg, crv=crv, kid=kid)
