"""DPoP: proofs that the sender of a request holds the key that its token is bound to.

Owns the Prover of a client, the Verifier of a server, and a memory of proofs already used.
Implements RFC 9449 sections 4 and 11.1. Nonces, challenges and answers belong to `server` and
`guards`, which know the request.
"""
