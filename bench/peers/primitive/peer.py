"""The bare primitive over the bytes that a token signs: the floor that no library goes below."""

import base64
import hmac
import importlib.metadata
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import worker
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

MATERIAL = worker.material()
SCHEMES = {
    "RS256": (padding.PKCS1v15(), hashes.SHA256()),
    "ES256": (ec.ECDSA(hashes.SHA256()),),
    "Ed25519": (),
}


def parts(alg):
    """Split each token into its signing input and the signature in the primitive's own form."""
    for token in MATERIAL["tokens"][alg]:
        signing_input, _, signature = token.rpartition(".")
        data = base64.urlsafe_b64decode(signature + "==")
        if alg == "ES256":
            data = encode_dss_signature(int.from_bytes(data[:32]), int.from_bytes(data[32:]))
        yield signing_input.encode(), data


def make(alg, operation):
    """Return one operation: the primitive over prepared bytes."""
    inputs = list(parts(alg))
    if alg == "HS256":
        secret = bytes.fromhex(MATERIAL["secret"])
        return lambda number: hmac.digest(secret, inputs[number % len(inputs)][0], "sha256")
    scheme = SCHEMES[alg]
    private = serialization.load_pem_private_key(MATERIAL["keys"][alg]["private"].encode(), None)
    if operation == "sign":
        sign = private.sign
        return lambda number: sign(inputs[number % len(inputs)][0], *scheme)
    verify = private.public_key().verify

    def run(number):
        data, signature = inputs[number % len(inputs)]
        verify(signature, data, *scheme)

    return run


worker.serve(f"cryptography {importlib.metadata.version('cryptography')}, bare", make)
