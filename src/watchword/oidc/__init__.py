"""OpenID Connect on top of the authorization server: what the person's claims are.

Owns the claims about a user that `/me` shows, and the discovery form of the metadata.
Implements OpenID Connect Core section 5.1 and Discovery section 3 as far as they are served.
Leaves tokens to `oauth`, HTTP to `server`.
"""
