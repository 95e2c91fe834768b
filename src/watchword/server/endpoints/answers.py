"""The answer that carries tokens.

Source: RFC 6749 section 5.1.
"""

from collections.abc import Mapping

import msgspec
from starlette.responses import Response

from watchword.base.secrets import Secret
from watchword.oauth.issue import Issued
from watchword.oauth.token_response import render

__all__ = ["device_member", "json_answer", "token_answer"]


def token_answer(issued: Issued, **further: str) -> Response:
    """Return the token response; the dispatcher adds `no-store`."""
    return json_answer({**render(issued), **further})


def json_answer(members: Mapping[str, object]) -> Response:
    """Return an answer of a protocol endpoint; the dispatcher adds `no-store`."""
    return Response(msgspec.json.encode(members), media_type="application/json")


def device_member(device: Secret | None) -> dict[str, str]:
    """Return what a program is told that it is known by, if it asked."""
    return {} if device is None else {"device_token": device.reveal()}
