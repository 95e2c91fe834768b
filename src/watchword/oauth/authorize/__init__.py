"""The authorization request: what it says, what it has to prove, and how it is answered.

Owns the pipeline and its table, redirect addresses, PKCE, resources, interactions, consent and the
answer. Implements RFC 6749 sections 3.1 and 4.1, RFC 7636, RFC 8707 section 2 and RFC 9207.
Leaves the wishes of OpenID Connect to `oidc.prompt`, pages to `server`, redeeming a code to
`oauth.grants.authorization_code`, and the logins of first-party apps to `oauth.challenge`.
"""
