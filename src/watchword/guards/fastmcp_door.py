"""The outside of a guarded MCP endpoint: who calls, and the answer when not.

A refused request goes on as nobody's, so that FastMCP refuses it and what stands around the
endpoint, such as CORS, adds its headers; the answer is written over on the way out. A call of a
tool whose scopes the token lacks is refused here, with 403: once FastMCP has begun to answer, the
status is 200, and no client would ask its user for the scopes.

Source: Model Context Protocol 2026-07-28, Authorization (scope challenges); RFC 6750 section 3.1.
"""

import json
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any, Protocol

from fastmcp.exceptions import FastMCPError
from fastmcp.server.auth import AccessToken
from mcp.server.auth.middleware.auth_context import auth_context_var
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from starlette.authentication import AuthCredentials, UnauthenticatedUser
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from watchword.guards.answers import REFUSALS, Answer
from watchword.guards.door import in_place_of

__all__ = ["Door", "Gate", "noted_scopes"]

PEEK_BYTES_MAX = 256 * 1024  # a longer call is not looked into; FastMCP still checks its scopes
# How FastMCP finds what a request names: the member of `params`, and the server's methods.
_NAMED = {
    "tools/call": ("name", ("get_tool",)),
    "prompts/get": ("name", ("get_prompt",)),
    "resources/read": ("uri", ("get_resource", "get_resource_template")),
}
_needed: ContextVar[list[str] | None] = ContextVar("watchword_needed_scopes", default=None)


class Gate(Protocol):
    """What the door asks of a guard."""

    path: str

    async def authenticate(self, connection: HTTPConnection) -> AccessToken:
        """Prove who sends a request. Raises one of `REFUSALS`."""
        ...

    def check_scopes(self, found: AccessToken, needed: Iterable[str]) -> None:
        """Refuse a token that lacks one of the scopes."""
        ...

    def answer(self, refusal: Exception) -> Answer:
        """Return the answer to a refusal."""
        ...

    def close(self) -> None:
        """Let go of what serves requests."""
        ...


class Door:
    """Middleware that knows who sends a request, and words the refusals of the endpoint.

    Args:
        app: the application that FastMCP made.
        guard: decides.
    """

    def __init__(self, app: ASGIApp, guard: Gate) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one connection on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            if scope["type"] == "lifespan":
                self._guard.close()
            return
        is_endpoint = _path(scope) == self._guard.path
        scope["user"], scope["auth"] = UnauthenticatedUser(), AuthCredentials()
        try:
            found = await self._guard.authenticate(HTTPConnection(scope))
            if is_endpoint and scope["method"] == "POST":
                heard = await _listen(receive)
                receive = _again(heard, receive)
                self._guard.check_scopes(found, await _scopes_of(heard, scope, found))
        except REFUSALS as refusal:
            if is_endpoint:
                send = _over(send, self._guard.answer(refusal), (scope, receive))
        else:
            scope["user"], scope["auth"] = AuthenticatedUser(found), AuthCredentials(found.scopes)
        await self._app(scope, receive, send)


def noted_scopes(scopes: Iterable[str]) -> None:
    """Note the scopes of a tool while the door looks for what a call needs."""
    needed = _needed.get()
    if needed is not None:
        needed.extend(scopes)


def _path(scope: Scope) -> str:
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


async def _listen(receive: Receive) -> list[Message]:
    """Hear a body to its end, or until it is longer than what is looked into."""
    heard: list[Message] = []
    size = 0
    while not heard or (heard[-1].get("more_body", False) and size <= PEEK_BYTES_MAX):
        heard.append(await receive())
        size += len(heard[-1].get("body", b""))
    return heard


def _again(heard: list[Message], receive: Receive) -> Receive:
    """Return a `receive` that first says again what was heard."""
    rest = iter(heard)

    async def receive_again() -> Message:
        message = next(rest, None)
        return await receive() if message is None else message

    return receive_again


async def _scopes_of(heard: list[Message], scope: Scope, found: AccessToken) -> list[str]:
    """Return what the tool, prompt or resource needs that a request names.

    FastMCP evaluates the checks of a component while it looks it up, and those of a guard note
    their scopes. One that another check hides from this person names no scopes.
    """
    named = None if heard[-1].get("more_body", False) else _named(heard)
    if named is None:
        return []
    finders, name = named
    # FastMCP keeps its server there, and its checks ask that variable for the token.
    server: Any = scope["app"].state.fastmcp_server
    needed: list[str] = []
    marks = _needed.set(needed), auth_context_var.set(AuthenticatedUser(found))
    try:
        for find in finders:
            await getattr(server, find)(name)
    except FastMCPError:
        return []  # FastMCP meets it again, and says so
    finally:
        _needed.reset(marks[0])
        auth_context_var.reset(marks[1])
    return needed


def _named(heard: list[Message]) -> tuple[tuple[str, ...], str] | None:
    """Return FastMCP's methods and the name to look for, where a body names anything."""
    try:
        call = json.loads(b"".join(message.get("body", b"") for message in heard))
        member, finders = _NAMED[call["method"]]
        name = call["params"][member]
    except (ValueError, TypeError, LookupError, RecursionError):
        return None
    return (finders, name) if isinstance(name, str) else None


def _over(send: Send, answer: Answer, request: tuple[Scope, Receive]) -> Send:
    """Return a `send` that puts the answer in the place of FastMCP's refusal."""
    is_replaced = False

    async def send_over(message: Message) -> None:
        nonlocal is_replaced
        if message["type"] == "http.response.start" and message["status"] in {401, 403}:
            is_replaced = True
            await in_place_of(message, answer)(*request, send)
        elif not is_replaced:
            await send(message)

    return send_over
