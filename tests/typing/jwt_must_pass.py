"""Calls of the token library that must type-check. mypy reads this file; nothing runs it."""

from dataclasses import dataclass
from typing import assert_type

from watchword import jwt


@dataclass(frozen=True, slots=True)
class AccessClaims:
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
