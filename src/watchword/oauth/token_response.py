"""The token response.

Source: RFC 6749 section 5.1; OpenID Connect Core section 3.1.3.3; oauth.md T-3.
"""

from watchword.oauth.issue import Issued

__all__ = ["render"]


def render(issued: Issued) -> dict[str, str | int]:
    """Return the members of a successful answer, in the order of the standard's example.

    `scope` holds what was granted, in the order asked, and is left out where nothing was.
    """
    members: dict[str, str | int] = {
        "access_token": issued.access_token.reveal(),
        "token_type": "Bearer",
        "expires_in": issued.expires_in,
    }
    if issued.refresh_token is not None:
        members["refresh_token"] = issued.refresh_token.reveal()
    if issued.id_token is not None:
        members["id_token"] = issued.id_token.reveal()
    if issued.scope:
        members["scope"] = " ".join(issued.scope)
    return members
