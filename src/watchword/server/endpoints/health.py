"""`/livez` and `/readyz`: whether the process runs, and whether it can answer logins.

They say a word and no version (security.md rule 103).

Source: users.md U102.
"""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from watchword.server.runtime import Runtime

__all__ = ["livez", "readyz"]


async def livez(_request: Request, _runtime: Runtime) -> Response:
    """Answer as long as the event loop turns."""
    return JSONResponse({"status": "live"})


async def readyz(_request: Request, runtime: Runtime) -> Response:
    """Answer if the database does; the dispatcher makes 503 of its failure."""
    await runtime.store.list_resources()
    return JSONResponse({"status": "ready"})
