"""What an authorization request says, and what a code remembers of it.

Owns PKCE. Implements RFC 7636.
Leaves redeeming a code to `oauth.grants.authorization_code`, and the logins of first-party apps
to `oauth.challenge`.
"""
