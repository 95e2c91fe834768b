"""Code that was written for PyJWT must type-check behind the door. mypy reads this file.

The same lines with `import jwt` type-check against PyJWT 2.15 itself.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, assert_type

from cryptography.hazmat.primitives.asymmetric import rsa

import watchword.pyjwt as jwt
from watchword.pyjwt import PyJWKClient
from watchword.pyjwt.algorithms import RSAAlgorithm
from watchword.pyjwt.api_jws import PyJWS
from watchword.pyjwt.exceptions import InvalidTokenError
from watchword.pyjwt.types import Options

SECRET = "x" * 32
PAIR = rsa.generate_private_key(65537, 2048)


def issue(user: str) -> str:
    claims: dict[str, Any] = {"sub": user, "exp": datetime.now(UTC) + timedelta(minutes=15)}
    signed = jwt.encode(claims, SECRET, algorithm="HS256", headers={"kid": "k"})
    assert_type(signed, str)
    return jwt.encode(claims, PAIR, algorithm="RS256") or signed


def current_user(token: str | bytes) -> str | None:
    options: Options = {"require": ["exp"], "verify_aud": False}
    try:
        claims = jwt.decode(token, SECRET, algorithms=["HS256"], options=options, leeway=10)
        assert_type(claims, dict[str, Any])
    except jwt.ExpiredSignatureError:
        return None
    except InvalidTokenError as error:
        raise LookupError(str(error)) from error
    except jwt.PyJWTError:
        return None
    user: str = claims["sub"]
    return user


def from_issuer(client: PyJWKClient, token: str) -> dict[str, Any]:
    key = client.get_signing_key_from_jwt(token)
    assert_type(key, jwt.PyJWK)
    complete = jwt.decode_complete(
        token, key=key.key, algorithms=["RS256"], audience=["a", "b"], issuer="i"
    )
    algorithm = jwt.get_algorithm_by_name(complete["header"]["alg"])
    assert_type(algorithm.compute_hash_digest(b"access token"), bytes)
    return jwt.decode(token, key, audience=None, subject="alice", leeway=timedelta(seconds=5))


def keys() -> None:
    assert_type(RSAAlgorithm.to_jwk(PAIR.public_key()), str)
    assert_type(RSAAlgorithm.to_jwk(PAIR.public_key(), as_dict=True), dict[str, Any])
    assert_type(jwt.PyJWKSet.from_json("{}")["k"], jwt.PyJWK)
    assert_type(jwt.PyJWK.from_dict({"kty": "oct"}).key_id, str | None)
    assert_type(
        jwt.PyJWT(options={"verify_exp": False}).decode(b"t", PAIR.public_key()), dict[str, Any]
    )
    assert_type(PyJWS().encode(b"payload", SECRET, is_payload_detached=True), str)
    assert_type(jwt.get_unverified_header("t"), dict[str, Any])
    assert_type(jwt.api_jwt.PyJWT(), jwt.PyJWT)
    refused: type[Exception] = jwt.exceptions.InvalidSubjectError
    assert refused
