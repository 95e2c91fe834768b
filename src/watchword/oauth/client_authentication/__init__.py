"""How a client proves who it is: one function for every endpoint that asks.

Owns reading the four methods (`none`, `client_secret_basic`, `client_secret_post`,
`private_key_jwt`) and choosing among them. Implements RFC 6749 section 2.3, RFC 7523 and
draft-ietf-oauth-rfc7523bis-11. Leaves keys behind a `jwks_uri` to whoever may fetch them.
"""

from watchword.oauth.client_authentication.assertion import ClientKeys, StoredKeys
from watchword.oauth.client_authentication.authenticate import (
    AuthenticatedClient,
    ClientAuthenticationContext,
    authenticate_client,
    authenticate_presented,
)
from watchword.oauth.client_authentication.presented import Presented, read_presented

__all__ = [
    "AuthenticatedClient",
    "ClientAuthenticationContext",
    "ClientKeys",
    "Presented",
    "StoredKeys",
    "authenticate_client",
    "authenticate_presented",
    "read_presented",
]
