"""Compact JWS: three parts, one signature, whatever the payload.

Implements RFC 7515 sections 4, 5 and 7.1. The JSON serialization and detached payloads do not
exist here; what a JWT says in its payload is decided in `watchword.jose.jwt`.
"""
