"""`POST /logout`: the end of a login, by its refresh token or by an access token.

The type of the body decides: a form is a browser's, and RP-initiated logout.

Source: ARCHITECTURE section 6 (JSON or a bearer header, 204; another type is 415); oauth.md L-14.
"""

from starlette.requests import Request
from starlette.responses import Response

from watchword.oauth.logout import logout_with_access_token, logout_with_refresh_token
from watchword.server.bodies import FORM_TYPE, JSON_TYPE, content_type, read_json
from watchword.server.endpoints.bearer import authenticate
from watchword.server.endpoints.client_proof import basic_proofs
from watchword.server.endpoints.page_origin import page_origin_of
from watchword.server.errors import ContentTypeRefused
from watchword.server.pages.authorizing.logout import logout_by_form
from watchword.server.runtime import Runtime

__all__ = ["logout"]


async def logout(request: Request, runtime: Runtime) -> Response:
    """End the login. An unknown or ended one is answered the same."""
    media_type = content_type(request)
    if media_type == FORM_TYPE:
        return await logout_by_form(request, runtime)
    origin = page_origin_of(request, runtime)
    if media_type == JSON_TYPE and not _is_empty(request):
        proofs, document = basic_proofs(request), await read_json(request)
        await logout_with_refresh_token(proofs, document, origin, runtime.logout)
    elif media_type in {JSON_TYPE, ""}:
        caller = await authenticate(request, runtime)
        await logout_with_access_token(caller.claims, origin, runtime.logout)
    else:
        accepted = f"{JSON_TYPE}, {FORM_TYPE}"
        raise ContentTypeRefused(f"the body must be {JSON_TYPE} or a form", accepted=accepted)
    return Response(status_code=204)


def _is_empty(request: Request) -> bool:
    """Whether there is no body: HTTP clients announce a type also where they send nothing."""
    return (
        request.headers.get("content-length", "") in {"", "0"}
        and "transfer-encoding" not in request.headers
    )
