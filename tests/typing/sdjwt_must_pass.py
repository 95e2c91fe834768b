"""Calls of selective disclosure that must type-check. mypy reads this file; nothing runs it."""

from typing import assert_type

import msgspec

from watchword import jwt, sdjwt


class Person(msgspec.Struct):
    email: str


key = jwt.Key.generate("ES256")
signer = jwt.Signer(key, issuer="i", audience="a", typ="x+sd-jwt", lifetime=1)
tokens = jwt.Verifier(key, issuer="i", audience="a", typ="x+sd-jwt", claims=Person)

text = sdjwt.issue(signer, {"email": "x"}, hide=["email", ("a.b", 0)], holder=key, decoys=2)
assert_type(text, str)
received = sdjwt.receive(text, tokens, holder=key)
assert_type(received.verified, jwt.Verified[Person])
shown = sdjwt.present(text, show=received.hidden, holder=key, audience="v", nonce="n")
assert_type(shown, str)

verifier = sdjwt.Verifier(tokens, key_binding=sdjwt.required(audience="v", max_age="1m"))
found = verifier.verify(shown, nonce="n")
assert_type(found, sdjwt.VerifiedPresentation[Person])
assert_type(found.claims, Person)
assert_type(found.key_binding, sdjwt.KeyBinding | None)
assert_type(sdjwt.to_json(shown), str)
assert_type(verifier.verify_json(sdjwt.to_json(shown), nonce="n").claims.email, str)


async def awaits() -> None:
    assert_type((await verifier.averify(shown, nonce="n")).verified, jwt.Verified[Person])
