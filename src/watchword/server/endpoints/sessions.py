"""`/me/sessions`: where a person is signed in, for applications that show it; `POST /logout/all`.

An id of somebody else's session is answered like one that never was, byte for byte.

Source: security.md rule 45; OWASP ASVS 5.0 V7.4.3 and V7.5.2; users.md U14 and U56; ARCHITECTURE
section 6 (bearer, the issuer in `aud`).
"""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from watchword.accounts.sessions import SID_PREFIX, EndOutcome
from watchword.base.chance import is_id
from watchword.oidc.claims import session as describe
from watchword.server.bodies import read_bytes
from watchword.server.endpoints.bearer import Caller, authenticate
from watchword.server.errors import ActingAsUser, NotHere
from watchword.server.peer import origin_of
from watchword.server.runtime import Runtime

__all__ = ["end_session", "list_sessions", "logout_all"]


async def list_sessions(request: Request, runtime: Runtime) -> Response:
    """Answer `GET /me/sessions`: the live sessions of the caller, the one used last first.

    There are at most `SESSIONS_MAX` of them; `more` counts those that were used longer ago.
    """
    caller = await authenticate(request, runtime)
    found = await runtime.store.list_sessions(caller.user.id, now=runtime.clock.now())
    sessions = [describe(one, is_current=one.sid == caller.claims.sid) for one in found.listed]
    return JSONResponse({"sessions": sessions, "more": found.more})


async def end_session(request: Request, runtime: Runtime) -> Response:
    """Answer `DELETE /me/sessions/{id}`: end a session of the caller, this one included.

    Raises:
        NotHere: the caller has no such live session.
        ActingAsUser: it is somebody who acts as the person.
    """
    caller = await _owner(request, runtime)
    sid = request.path_params["id"]
    if not is_id(sid, SID_PREFIX):
        raise NotHere
    outcome = await runtime.store.end_own_session(
        caller.user.id,
        sid,
        now=runtime.clock.now(),
        origin=origin_of(request, runtime.proxies),
    )
    if outcome is not EndOutcome.ENDED:
        raise NotHere
    return Response(status_code=204)


async def logout_all(request: Request, runtime: Runtime) -> Response:
    """Answer `POST /logout/all`: end every session of the caller and all that hangs on them."""
    await read_bytes(request)  # a body says nothing here, and has its limit all the same
    caller = await _owner(request, runtime)
    await runtime.store.end_sessions(
        caller.user.id,
        keep=None,
        now=runtime.clock.now(),
        origin=origin_of(request, runtime.proxies),
    )
    return Response(status_code=204)


async def _owner(request: Request, runtime: Runtime) -> Caller:
    """Return the caller, who is the person. Raises as `authenticate`, and ActingAsUser."""
    caller = await authenticate(request, runtime)
    if caller.claims.act is not None:
        raise ActingAsUser
    return caller
