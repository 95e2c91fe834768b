"""python-jose on its cryptography backend, measured with keys constructed once."""

import importlib.metadata
import platform
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import worker

from jose import jwk, jwt

MATERIAL = worker.material()
OFFERED = {"HS256", "RS256", "ES256"}


def key(alg, half):
    """Return one half of a key as python-jose takes it."""
    if alg == "HS256":
        return jwk.construct(bytes.fromhex(MATERIAL["secret"]), alg)
    return jwk.construct(MATERIAL["keys"][alg][half], alg)


def make(alg, operation):
    """Return one operation: encode, or decode with algorithm, exp, issuer and audience checked."""
    if alg not in OFFERED:
        return None
    if operation == "sign":
        claims, headers, private = (
            MATERIAL["claims"],
            {"kid": "k", "typ": "at+jwt"},
            key(alg, "private"),
        )
        return lambda _: jwt.encode(claims, private, algorithm=alg, headers=headers)
    tokens, public = MATERIAL["tokens"][alg], key(alg, "public")
    issuer, audience = MATERIAL["issuer"], MATERIAL["audience"]
    options = {"require_exp": True, "require_iss": True, "require_aud": True}
    return lambda number: jwt.decode(
        tokens[number % len(tokens)],
        public,
        algorithms=[alg],
        issuer=issuer,
        audience=audience,
        options=options,
    )


worker.serve(
    f"python-jose {importlib.metadata.version('python-jose')}, Python {platform.python_version()}",
    make,
)
