"""The authorization server without its sockets: login API, grants, families, the issuing gate.

Owns which request gets which token, the refresh rule, the metadata document.
Implements RFC 6749 sections 5 and 6, RFC 8414, RFC 9068, RFC 9700 section 4.14; oauth.md 3 to 10.
Leaves credentials to `accounts`, rows to `stores`, HTTP to `server`.
"""
