"""Token status lists: which of an issuer's tokens still count, a few bits for each.

Owns the list, the token that carries it, and the denylist that a `jwt.Verifier` asks. Implements
the JWT form of draft-ietf-oauth-status-list-21 (`packing.DRAFT`); CBOR, CWT, aggregation and
history are not offered. Fetching is `net`'s: a list is handed in as text.
"""
