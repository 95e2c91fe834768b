"""`GET /revocations`: what ended, for guards that verify offline; a long poll.

Source: oauth.md F-1 to F-3.
"""

from starlette.requests import Request
from starlette.responses import Response

from watchword.oauth import feed
from watchword.server.bodies import read_query
from watchword.server.endpoints.answers import json_answer
from watchword.server.runtime import Runtime
from watchword.server.waiting import longest_wait, unless_gone

__all__ = ["revocations"]


async def revocations(request: Request, runtime: Runtime) -> Response:
    """Answer with the events after the reader's cursor, as soon as there are any."""
    asked = feed.parse(read_query(request))
    inquirer = await feed.authenticate_reader(
        request.headers.getlist("authorization"), runtime.introspection.authentication
    )
    if asked.reader is not None:
        verifier = f"{inquirer.resource or inquirer.client_id}"
        await runtime.key_readers.note(verifier, asked.reader, asked.held)
    wait_seconds = longest_wait(asked.wait_seconds, runtime.settings)
    read = runtime.feed.read(asked.cursor, wait_seconds=wait_seconds)
    page = await unless_gone(request, read)
    return json_answer(feed.members(page, runtime.key_readers.published))
