"""What code that was written for PyJWT calls, on the parser and the keys of this room.

Owns PyJWT's names, signatures, policy defaults and exception tree (version 2.15); the door is
`watchword.pyjwt`. Parsing, keys and signatures are left to `jws`, `jwk` and `algorithms`, fetching
to `net`. Guards take nothing from here: what `decode` returns is a plain dictionary.
"""
