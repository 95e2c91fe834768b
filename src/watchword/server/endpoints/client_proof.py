"""Where the proof of a client may stand in a request: one header field and the body.

Source: RFC 6749 section 2.3.1; oauth.md N-21; RFC 9700 section 4.3.2.
"""

from starlette.requests import Request

from watchword.oauth.client_authentication.presented import PROOFS
from watchword.oauth.errors import InvalidRequest

__all__ = ["all_proofs", "basic_proofs"]


def all_proofs(request: Request) -> list[str]:
    """Return the values of all `Authorization` fields of a request of OAuth.

    Raises:
        InvalidRequest: a proof stands in the address, where logs and histories keep it.
    """
    if request.scope["query_string"] and not PROOFS.isdisjoint(request.query_params):
        raise InvalidRequest("a proof of the client stands in the query")
    return request.headers.getlist("authorization")


def basic_proofs(request: Request) -> list[str]:
    """Return the values of the `Authorization` fields that prove a client to the login API.

    Applications send their access token with every request, also where nobody asks for one.

    Raises:
        InvalidRequest: as `all_proofs`.
    """
    return [value for value in all_proofs(request) if value[:5].lower() == "basic"]
