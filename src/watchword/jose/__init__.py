"""Signed JSON Web Tokens: keys, signatures, tokens and what is proved about them.

Owns the algorithm table, typed keys bound to one algorithm, compact JWS, and the Signer and
Verifier, and SD-JWT. Implements RFC 7515, 7517, 7518 (signatures), 7519, 7638, 8037, 8725, 9278,
9864 and 9901. Leaves fetching, rotating and storing keys to `keys` and `net`, and what a token
permits to `access`. Users import `watchword.jwt`; rooms import the modules below.
"""
