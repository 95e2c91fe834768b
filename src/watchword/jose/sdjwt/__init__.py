"""SD-JWT: signed tokens of which the holder shows a part.

Implements RFC 9901 in compact and JWS JSON serialization: disclosures and their digests, issuing,
presenting with or without key binding, and verification. Signature and claims are judged by
`watchword.jose.jwt`; this room decides what the claims are, and who may send them.
"""
