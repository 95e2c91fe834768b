"""Calls of `jws`, `dpop` and `statuslist` that must type-check. mypy reads this file."""

from typing import assert_type

from watchword import dpop, jws, jwt, statuslist

key = jwt.Key.generate("ES256")
secret = jwt.Secret("x" * 32, alg=jwt.HS256)

assert_type(jws.sign(b"x", key), str)
assert_type(jws.sign(b"x", secret, {"typ": "t"}, b64=False), str)
assert_type(jws.sign_detached(b"x", key), str)
assert_type(jws.sign_json(b"x", [key, jws.Signatory(secret, unprotected={"a": 1})]), str)
forms = jws.Verifier(jwt.KeySet([key.public()]), algorithms=["ES256"])
assert_type(forms.verify("t").data, bytes)
assert_type(forms.verify_detached("t", b"x"), jws.Payload)
assert_type(forms.verify_json("{}", need=2).signatures, tuple[jws.Signature, ...])
assert_type(forms.verify_json_detached("{}", b"x", need="all"), jws.Document)


class Table:
    """A memory of the caller's own."""

    def seen(self, jti_hash: bytes, until: int) -> bool:
        """Remember nothing."""
        return bool(jti_hash) and until < 0


assert_type(dpop.Prover(key).proof("GET", "https://a.example/", nonce="n"), str)
for memory in (dpop.Memory(), Table()):
    proofs = dpop.Verifier(algorithms=["ES256", jwt.Ed25519], seen=memory)
    proof = proofs.verify("t", method="GET", url="https://a.example/", nonce=("a", "b"))
    assert_type(proof.thumbprint, str)

listed = statuslist.StatusList.new(size=8, bits=2)
signer = jwt.Signer(key, issuer="i", audience=None, lifetime=60, typ="statuslist+jwt")
assert_type(listed.token(signer, uri="https://a.example/", ttl="5m"), str)
tokens = jwt.Verifier(key, issuer="i", audience=jwt.ANY, typ="statuslist+jwt")
lists = statuslist.Verifier(tokens)
assert_type(lists.verify("t", uri="https://a.example/")[0], int)
denylist = statuslist.Denylist(lists, fetch=statuslist.fetch, allow=["https://a.example/"])
guarded = jwt.Verifier(key, issuer="i", audience="a", typ="at+jwt", denylist=denylist)
assert_type(statuslist.reference(guarded.verify("t")), statuslist.Reference | None)
