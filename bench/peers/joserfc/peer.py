"""joserfc, measured with keys imported once and one claims registry."""

import importlib.metadata
import platform
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import worker
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

MATERIAL = worker.material()
KINDS = {"RS256": RSAKey, "ES256": ECKey, "Ed25519": OKPKey}


def key(alg, half):
    """Return one half of a key as joserfc takes it."""
    if alg == "HS256":
        return OctKey.import_key(bytes.fromhex(MATERIAL["secret"]))
    return KINDS[alg].import_key(MATERIAL["keys"][alg][half])


def make(alg, operation):
    """Return one operation: encode, or decode with algorithm, exp, issuer and audience checked."""
    if operation == "sign":
        header, claims = {"alg": alg, "kid": "k", "typ": "at+jwt"}, MATERIAL["claims"]
        private = key(alg, "private")
        return lambda _: jwt.encode(header, claims, private, algorithms=[alg])
    tokens, public = MATERIAL["tokens"][alg], key(alg, "public")
    registry = jwt.JWTClaimsRegistry(
        exp={"essential": True},
        iss={"essential": True, "value": MATERIAL["issuer"]},
        aud={"essential": True, "value": MATERIAL["audience"]},
    )

    def run(number):
        token = jwt.decode(tokens[number % len(tokens)], public, algorithms=[alg])
        registry.validate(token.claims)

    return run


worker.serve(
    f"joserfc {importlib.metadata.version('joserfc')}, Python {platform.python_version()}", make
)
