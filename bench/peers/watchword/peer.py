"""watchword, measured as documented: a Signer and a Verifier, built once; or with its cache."""

import contextlib
import importlib.metadata
import platform
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import worker

from watchword import jwt

MATERIAL = worker.material()
POLICY = {"issuer": MATERIAL["issuer"], "audience": MATERIAL["audience"], "typ": "at+jwt"}
CACHE = 128 if "--cached" in sys.argv else 0  # more than there are tokens: every one is a hit
OWN = ("iss", "aud", "exp", "iat", "jti")


def key(alg):
    """Return the one key for signing and verifying."""
    if alg == "HS256":
        return jwt.Secret(bytes.fromhex(MATERIAL["secret"]), alg=alg, kid="k")
    return jwt.Key.from_pem(MATERIAL["keys"][alg]["private"], alg=alg, kid="k")


def make(alg, operation):
    """Return one operation of a Signer or a Verifier."""
    if operation == "sign":
        sign = jwt.Signer(key(alg), **POLICY, lifetime="15m").sign
        claims = {name: value for name, value in MATERIAL["claims"].items() if name not in OWN}
        return lambda _: sign(**claims)
    tokens = MATERIAL["tokens"][alg]
    verify = jwt.Verifier(key(alg), **POLICY, cache=CACHE).verify
    return lambda number: verify(tokens[number % len(tokens)])


def version():
    """Say which extras compute here: PyNaCl, where installed, does Ed25519."""
    told = f"watchword {importlib.metadata.version('watchword')}"
    if CACHE:
        told += f" with cache={CACHE}"
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        told += f", PyNaCl {importlib.metadata.version('pynacl')}"
    return f"{told}, Python {platform.python_version()}"


worker.serve(version(), make)
