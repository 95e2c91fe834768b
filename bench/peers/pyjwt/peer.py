"""PyJWT, measured with parsed key objects (its fastest documented use), or with PEM strings."""

import importlib.metadata
import platform
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import jwt
import worker
from cryptography.hazmat.primitives import serialization

MATERIAL = worker.material()
USES_PEM = "--pem" in sys.argv
NAMES = {"Ed25519": "EdDSA"}  # PyJWT knows the older name alone


def keys(alg):
    """Return the private and the public key as PyJWT takes them."""
    if alg == "HS256":
        secret = bytes.fromhex(MATERIAL["secret"])
        return secret, secret
    private, public = MATERIAL["keys"][alg]["private"], MATERIAL["keys"][alg]["public"]
    if USES_PEM:
        return private, public
    return (
        serialization.load_pem_private_key(private.encode(), None),
        serialization.load_pem_public_key(public.encode()),
    )


def make(alg, operation):
    """Return one operation: encode, or decode with algorithm, issuer and audience checked."""
    private, public = keys(alg)
    name = NAMES.get(alg, alg)
    if operation == "sign":
        claims, headers = MATERIAL["claims"], {"kid": "k", "typ": "at+jwt"}
        return lambda _: jwt.encode(claims, private, algorithm=name, headers=headers)
    tokens, issuer, audience = MATERIAL["tokens"][name], MATERIAL["issuer"], MATERIAL["audience"]
    options = {"require": ["exp"]}
    return lambda number: jwt.decode(
        tokens[number % len(tokens)],
        public,
        algorithms=[name],
        issuer=issuer,
        audience=audience,
        options=options,
    )


worker.serve(
    f"PyJWT {importlib.metadata.version('pyjwt')}"
    f"{' with PEM strings' if USES_PEM else ''}, Python {platform.python_version()}",
    make,
)
