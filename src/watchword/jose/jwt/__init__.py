"""JSON Web Tokens: what a signed claims set must say before anyone believes it.

Implements RFC 7519, RFC 8725 and its successor draft (explicit types, one issuer for each set of
keys, every check on by default). A policy is built once, as a `Verifier`, and proves one token at
a call. What the claims permit is decided elsewhere.
"""
