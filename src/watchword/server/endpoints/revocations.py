"""`GET /revocations`: what ended, for guards that verify offline; a long poll.

Source: oauth.md F-1 to F-3.
"""

import asyncio

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from watchword.oauth import feed
from watchword.oauth.feed import FeedPage, FeedRequest
from watchword.server.bodies import read_query
from watchword.server.endpoints.answers import json_answer
from watchword.server.runtime import Runtime

__all__ = ["revocations"]

ANSWER_SECONDS = 5  # of the time for a request, what is left for all but the wait


async def revocations(request: Request, runtime: Runtime) -> Response:
    """Answer with the events after the reader's cursor, as soon as there are any."""
    asked = feed.parse(read_query(request))
    inquirer = await feed.authenticate_reader(
        request.headers.getlist("authorization"), runtime.introspection.authentication
    )
    if asked.reader is not None:
        verifier = f"{inquirer.resource or inquirer.client_id}"
        await runtime.key_readers.note(verifier, asked.reader, asked.held)
    page = await _unless_gone(request, runtime, asked)
    return json_answer(feed.members(page, runtime.key_readers.published))


async def _unless_gone(request: Request, runtime: Runtime, asked: FeedRequest) -> FeedPage:
    """Wait for the page and for the end of the connection, whichever comes first."""
    wait_seconds = min(
        asked.wait_seconds, max(0, runtime.settings.request_seconds - ANSWER_SECONDS)
    )
    page = asyncio.ensure_future(runtime.feed.read(asked.cursor, wait_seconds=wait_seconds))
    gone = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait((page, gone), return_when=asyncio.FIRST_COMPLETED)
        if not page.done():
            raise ClientDisconnect
        return page.result()
    finally:
        page.cancel()
        gone.cancel()
        await asyncio.wait((page, gone))


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
