"""Access tokens verified by what APIs of others use. Source: oauth.md section 12, W-3, W-4."""

import anyio
import httpx2
import jwt
import pytest
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from fastmcp.server.auth import JWTVerifier
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import KeySet
from tests.clients.provider import API, SECRET, Provider

OWN = frozenset({"client_credentials"})


@pytest.fixture
def token(provider: Provider) -> str:
    provider.register("verified", grant_types=OWN)
    answer = httpx2.post(
        f"{provider.issuer}/token",
        data={"grant_type": "client_credentials", "scope": "notes:read", "resource": API},
        auth=("verified", SECRET),
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["access_token"]


@pytest.fixture
def metadata(provider: Provider) -> dict[str, str]:
    return httpx2.get(f"{provider.issuer}/.well-known/oauth-authorization-server").json()


@pytest.mark.requirement("oauth:W:programs-work-unchanged")
def test_pyjwt_finds_the_key_by_itself(token, metadata):
    keys = jwt.PyJWKClient(metadata["jwks_uri"])
    key = keys.get_signing_key_from_jwt(token)
    claims = jwt.decode(token, key, algorithms=["RS256"], audience=API, issuer=metadata["issuer"])
    assert (claims["client_id"], claims["sub"]) == ("verified", "verified")


@pytest.mark.requirement("oauth:W:programs-work-unchanged")
def test_joserfc_reads_the_keys(token, metadata):
    keys = KeySet.import_key_set(httpx2.get(metadata["jwks_uri"]).json())
    read = joserfc_jwt.decode(token, keys, algorithms=["RS256"])
    assert read.header["typ"] == "at+jwt"
    assert read.claims["scope"] == "notes:read"


@pytest.mark.requirement("oauth:W:programs-work-unchanged")
def test_authlib_accepts_it_as_rfc_9068_says(token, metadata):
    class Validator(JWTBearerTokenValidator):
        def get_jwks(self):
            return KeySet.import_key_set(httpx2.get(metadata["jwks_uri"]).json())

    validator = Validator(issuer=metadata["issuer"], resource_server=API)
    read = validator.authenticate_token(token)
    validator.validate_token(read, ["notes:read"], None)
    assert read["client_id"] == "verified"


@pytest.mark.requirement("oauth:W:programs-work-unchanged")
def test_fastmcps_own_verifier_accepts_it(token, metadata):
    verifier = JWTVerifier(jwks_uri=metadata["jwks_uri"], issuer=metadata["issuer"], audience=API)
    found = anyio.run(verifier.verify_token, token)
    assert (found.client_id, found.scopes) == ("verified", ["notes:read"])
