"""The pages of an authorization: what is asked for, consent, devices, signing out for a client.

Owns what a browser sees between `/authorize` or `/device` and the answer to the client; what a
request may ask stands in `oauth` and `oidc`. Whoever has to sign in first goes to `signing_in`.
"""
