"""Calls that must not type-check: an unneeded `type: ignore` is an error of mypy's."""

from watchword import dpop, jws, jwt, statuslist

key = jwt.Key.generate("ES256")
secret = jwt.Secret("x" * 32, alg=jwt.HS256)

jws.sign("text", key)  # type: ignore[arg-type]  # a payload is bytes
jws.sign(b"x", "secret")  # type: ignore[arg-type]  # text is never a key
jws.Verifier("secret")  # type: ignore[arg-type]  # text is never a key
jws.Verifier(key).verify_json("{}", need="some")  # type: ignore[arg-type]  # all, or a number
jws.Verifier(key).verify("t").data = b""  # type: ignore[misc]  # what was proved stays

dpop.Prover(secret)  # type: ignore[arg-type]  # a shared secret proves nothing
dpop.Verifier(algorithms=["ES256"])  # type: ignore[call-arg]  # a memory is needed
dpop.Verifier(algorithms=["ES256"], seen=set())  # type: ignore[arg-type]  # a set is no memory

statuslist.Verifier(key)  # type: ignore[arg-type]  # keys alone are no policy
statuslist.StatusList.new(size=8).token(key, uri="u", ttl=1)  # type: ignore[arg-type]  # a Signer
