"""jwcrypto, measured with JWK objects made once."""

import importlib.metadata
import platform
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import worker
from jwcrypto import jwk, jwt
from jwcrypto.common import base64url_encode

MATERIAL = worker.material()
NAMES = {"Ed25519": "EdDSA"}  # the name that its default list of algorithms knows


def key(alg, half):
    """Return one half of a key as jwcrypto takes it."""
    if alg == "HS256":
        return jwk.JWK(kty="oct", k=base64url_encode(bytes.fromhex(MATERIAL["secret"])))
    return jwk.JWK.from_pem(MATERIAL["keys"][alg][half].encode())


def make(alg, operation):
    """Return one operation: sign, or verify with algorithm, exp, issuer and audience checked."""
    name = NAMES.get(alg, alg)
    if operation == "sign":
        header, claims = {"alg": name, "kid": "k", "typ": "at+jwt"}, MATERIAL["claims"]
        private = key(alg, "private")

        def sign(_):
            token = jwt.JWT(header=header, claims=claims, algs=[name])
            token.make_signed_token(private)
            return token.serialize()

        return sign
    tokens, public = MATERIAL["tokens"][name], key(alg, "public")
    checks = {"iss": MATERIAL["issuer"], "aud": MATERIAL["audience"], "exp": None}

    def verify(number):
        text = tokens[number % len(tokens)]
        return jwt.JWT(jwt=text, key=public, algs=[name], check_claims=checks, expected_type="JWS")

    return verify


worker.serve(
    f"jwcrypto {importlib.metadata.version('jwcrypto')}, Python {platform.python_version()}", make
)
