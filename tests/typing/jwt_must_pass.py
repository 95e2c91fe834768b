"""Calls of the token library that must type-check. mypy reads this file; nothing runs it."""

from dataclasses import dataclass
from typing import TypedDict, assert_type

import httpx
import httpx2
import msgspec
import pydantic

from watchword import jwt


@dataclass(frozen=True, slots=True)
class AccessClaims:
    sub: str


class StructClaims(msgspec.Struct, frozen=True):
    sub: str


class DictClaims(TypedDict):
    sub: str


class ModelClaims(pydantic.BaseModel):
    sub: str


key = jwt.Key.generate("ES256")
secret = jwt.Secret("x" * 32, alg=jwt.HS256)
keys = jwt.KeySet([key.public()])

plain = jwt.Verifier(keys, issuer="i", audience="a", typ=jwt.PLAIN)
assert_type(plain.verify("t"), jwt.Verified[jwt.Claims])
assert_type(plain.verify(b"t").claims.sub, str | None)
assert_type(plain.verify("t").expires_in, int | None)

typed = jwt.Verifier(key, issuer=jwt.ANY, audience=("a", "b"), typ="at+jwt", claims=AccessClaims)
assert_type(typed.verify("t"), jwt.Verified[AccessClaims])
assert_type(typed.verify("t").claims.sub, str)

as_struct = jwt.Verifier(key, issuer="i", audience="a", typ="t", claims=StructClaims)
assert_type(as_struct.verify("t").claims, StructClaims)
as_dict = jwt.Verifier(key, issuer="i", audience="a", typ="t", claims=DictClaims)
assert_type(as_dict.verify("t").claims["sub"], str)
as_model = jwt.Verifier(key, issuer="i", audience="a", typ="t", claims=ModelClaims)
assert_type(as_model.verify("t").claims, ModelClaims)


async def awaited() -> None:
    assert_type(await typed.averify("t"), jwt.Verified[AccessClaims])
    assert_type((await plain.averify("t")).claims, jwt.Claims)
    assert_type(await jwt.Verifiers(typed).averify("t"), jwt.Verified[AccessClaims])


assert_type(as_struct.verify_nowait("t").claims.sub, str)
assert_type(as_struct.conclude(as_struct.authenticate("t"), {}).claims, StructClaims)
assert_type(plain.relaxations, tuple[str, ...])

remote = jwt.RemoteKeySet("https://i.example/jwks", algorithms=["RS256"])
from_issuer = jwt.RemoteKeySet.from_issuer("https://i.example", algorithms=["RS256"], seed="")
jwt.RemoteKeySet("https://i.example", algorithms=["RS256"], http=httpx2.Client())
jwt.RemoteKeySet("https://i.example", algorithms=["RS256"], http=httpx.Client())
assert_type(from_issuer, jwt.RemoteKeySet)
assert_type(remote.export(), str)
assert_type(remote.status.age_seconds, int | None)
jwt.Verifier(remote, issuer="i", audience="a", typ="t", cache=100)

both = jwt.Verifiers(plain, plain)
assert_type(both.verify("t").claims, jwt.Claims)

signer = jwt.Signer(key, issuer="i", audience="a", lifetime=None, typ="at+jwt")
assert_type(signer.sign(sub="alice", roles=["admin"]), str)

token = jwt.Token(jwt.HS256, {"username": "admin"}, expires_in="15m")
assert_type(token.signed_string(secret), str)
parsed = jwt.parse("t", lambda t: secret if t.method is jwt.HS256 else None, methods=[jwt.HS256])
assert_type(parsed.valid, bool)

expect = jwt.Expected(issuer="i", audience=None, typ=jwt.ANY)
assert_type(jwt.verify("t", key, expect=expect, now=0).claims, jwt.Claims)
assert_type(jwt.peek("t").method, jwt.Algorithm | None)
assert_type(jwt.explain("t", keys, now=0), jwt.Explanation)


def denied(proved: jwt.Verified[AccessClaims]) -> bool:
    return proved.claims.sub == "mallory"


jwt.Verifier(
    keys, issuer="i", audience="a", typ="t", claims=AccessClaims, denylist=denied, leeway="5s"
)
