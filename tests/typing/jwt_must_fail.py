"""Calls of the token library that must not type-check.

Each ignore names the error that mypy must report; where it reports none, the ignore is unused and
mypy fails. Nothing runs this file.
"""

from watchword import jwt

key = jwt.Key.generate("ES256")
secret = jwt.Secret("x" * 32, alg="HS256")

jwt.Verifier("secret", issuer="i", audience="a", typ="t")  # type: ignore[arg-type]  # text as key
jwt.Verifier(key, audience="a", typ="t")  # type: ignore[call-arg]  # no issuer
jwt.Verifier(key, issuer="i", typ="t")  # type: ignore[call-arg]  # no audience
jwt.Verifier(key, issuer="i", audience="a")  # type: ignore[call-arg]  # no type
jwt.Verifier(key, issuer=None, audience="a", typ="t")  # type: ignore[arg-type]  # None
jwt.Verifier(key, issuer="i", audience=["a"], typ="t")  # type: ignore[arg-type]  # a list
jwt.Signer("secret", issuer="i", audience="a", typ="t", lifetime=1)  # type: ignore[arg-type]  # text
jwt.Signer(key, issuer="i", audience="a", typ="t")  # type: ignore[call-arg]  # no lifetime
jwt.Token(jwt.HS256, {})  # type: ignore[call-arg]  # no expires_in
jwt.Token("HS256", {}, expires_in=1)  # type: ignore[arg-type]  # a name for a method
jwt.Token(jwt.HS256, {}, expires_in=1).signed_string("secret")  # type: ignore[arg-type]  # text
jwt.parse("t", lambda _: secret)  # type: ignore[call-arg]  # no methods
jwt.parse("t", lambda _: "secret", methods=[jwt.HS256])  # type: ignore[arg-type,return-value]  # text
jwt.parse("t", lambda _: secret, methods=["HS256"])  # type: ignore[list-item]  # a name
jwt.Key("secret")  # type: ignore[call-arg, arg-type]  # keys are made by from_* and generate
jwt.KeySet(["secret"])  # type: ignore[list-item]  # text as key


def takes_verified(proved: jwt.Verified[jwt.Claims]) -> None: ...


verifier = jwt.Verifier(key, issuer="i", audience="a", typ="t")
takes_verified(verifier.authenticate("t"))  # type: ignore[arg-type]  # claims not yet believed
verifier.verify("t").claims.sub = "x"  # type: ignore[misc]  # claims are read only
jwt.Secret("x" * 16, alg="HS256", weak_keys="sign")  # type: ignore[arg-type]  # verify only
takes_verified(jwt.peek("t"))  # type: ignore[arg-type]  # nobody's word
