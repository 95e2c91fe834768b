"""The management API as a FastAPI application.

Every operation asks the policy before it reads or changes anything; every change says why. Failures
leave as exceptions, and become answers where those of all rows do.

Source: ARCHITECTURE section 2; users.md U50 and U59; security.md rules 95, 96 and 100.
"""

from functools import cache
from html import escape

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from watchword.base.problem import PROBLEM_TYPE, Problem
from watchword.base.reasons import REASONS
from watchword.server.endpoints.bearer import authenticate_any
from watchword.server.errors import NotHere, Rejected
from watchword.server.management.caller import RUNTIME
from watchword.server.management.clients import router as clients
from watchword.server.management.explanation import router as explanation
from watchword.server.management.keys import router as keys
from watchword.server.management.log import router as log
from watchword.server.management.roles import router as roles
from watchword.server.management.shares import router as shares
from watchword.server.management.users import router as users
from watchword.server.management.ways_in import router as ways_in

__all__ = ["RUNTIME", "application", "routers"]

ERRORS_MAX = 20  # of one answer


@cache
def application() -> FastAPI:
    """Return the application; it holds nothing of a server, so all of them share it."""
    app = FastAPI(
        title="watchword management API",
        version="1",
        description="Users, roles, shares, sessions, applications, keys, log, and who may do what.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        exception_handlers={RequestValidationError: _malformed, HTTPException: _refused},
        redirect_slashes=False,
    )
    for router in routers():
        app.include_router(router)
    app.add_api_route("/docs", _docs, include_in_schema=False)
    return app


def routers() -> tuple[APIRouter, ...]:
    """Return the operations, in the order in which the document lists them."""
    return (users, ways_in, roles, shares, clients, keys, explanation, log)


async def _malformed(request: Request, error: Exception) -> Response:
    """Answer what the form of a request fails by, without a value of it."""
    assert isinstance(error, RequestValidationError)  # noqa: S101  # it is registered for these alone
    issuer = request.scope[RUNTIME].settings.issuer
    found = [
        {"pointer": "/" + "/".join(str(step) for step in one["loc"]), "problem": one["msg"]}
        for one in error.errors()[:ERRORS_MAX]
    ]
    problem = Problem(
        type=f"{issuer}/errors/invalid_request",
        title=REASONS["invalid_request"].title,
        status=400,
        code="invalid_request",
        id=None,
        hint=REASONS["invalid_request"].fix_at(issuer),
        extensions=(("errors", found),),
    )
    return Response(problem.body(), 400, media_type=PROBLEM_TYPE)


async def _refused(request: Request, error: Exception) -> Response:
    """Leave to the row what the router refuses: a body that it cannot read, or an address."""
    assert isinstance(error, HTTPException)  # noqa: S101  # it is registered for these alone
    if isinstance(error.__cause__, Rejected):  # what reading the body came to
        raise error.__cause__
    await authenticate_any(request, request.scope[RUNTIME])  # strangers learn of no address
    raise NotHere from error


async def _docs(_: Request) -> Response:
    """Show every operation on one page, without a script and without a file from elsewhere."""
    schema = application().openapi()
    rows = "".join(
        f"<tr><td><code>{escape(method.upper())}</code></td><td><code>{escape(path)}</code></td>"
        f"<td>{escape(operation.get('description', ''))}</td></tr>"
        for path, operations in schema["paths"].items()
        for method, operation in operations.items()
    )
    title = escape(schema["info"]["title"])
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><main><h1>{title}</h1><p>{escape(schema['info']['description'])} The whole "
        'document: <a href="openapi.json">openapi.json</a>.</p><table><thead><tr>'
        '<th scope="col">Method</th><th scope="col">Path</th><th scope="col">What it does</th>'
        f"</tr></thead><tbody>{rows}</tbody></table></main></body></html>"
    )
    return HTMLResponse(text)
