"""JWS: signatures over any payload, in each of the standard's forms.

`compact`, `json` and `detached` read and write one form each and never another's. Implements
RFC 7515 and RFC 7797. What a JWT says in its payload is decided in `watchword.jose.jwt`.
"""
