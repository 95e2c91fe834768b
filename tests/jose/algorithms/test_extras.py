"""The optional libraries, absent: a fresh process that cannot import them signs and verifies."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
for name in {blocked!r}:
    sys.modules[name] = None
from watchword import jwt
for alg in ("Ed25519", "EdDSA", "ES256K"):
    key = jwt.Key.from_jwk(jwt.Key.generate(alg).to_jwk(private=True))
    signature = key.stamper(b"h")(b"p")
    key.public().checker(b"h")(b"p", signature)
    try:
        key.public().checker(b"h")(b"q", signature)
    except jwt.SignatureInvalid:
        print(alg)
from watchword.jose.algorithms import es256k, sodium
print(sodium.USABLE, es256k.INSTALLED)
"""


@pytest.mark.requirement("tokens:8:extras-agree")
@pytest.mark.parametrize("blocked", [("nacl", "coincurve"), ("nacl",), ("coincurve",)])
def test_signing_and_verifying_need_no_extra(blocked):
    """Tokens.md decision 8."""
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(blocked=blocked)],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    *algs, flags = ended.stdout.splitlines()
    assert algs == ["Ed25519", "EdDSA", "ES256K"]
    assert flags.split()[0] == "False" or "nacl" not in blocked
    assert flags.split()[1] == "False" or "coincurve" not in blocked
