"""Signing keys: records, sealing at rest, the ring that signs and publishes, foreign key sets.

Owns which key signs, which keys are published and for how long, and how a private part rests.
Implements RFC 7517 (key sets), oauth.md section 15, tokens.md section 6.6.
Leaves algorithms to `jose`, reading and writing rows to `stores`, fetching to `net`.
"""
