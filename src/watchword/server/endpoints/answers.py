"""The answer that carries tokens.

Source: RFC 6749 section 5.1.
"""

import json

from starlette.responses import Response

from watchword.oauth.issue import Issued
from watchword.oauth.token_response import render

__all__ = ["token_answer"]


def token_answer(issued: Issued) -> Response:
    """Return the token response; the dispatcher adds `no-store`."""
    return Response(json.dumps(render(issued)).encode("ascii"), media_type="application/json")
