"""The page behind a one-time link that an administrator hands out.

Source: users.md U8 and U24.
"""

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.links import LinkPurpose
from watchword.server.bodies import read_form
from watchword.server.pages.choose_passphrase import Door, choose, show_choice
from watchword.server.pages.visit import refuse_foreign, visit
from watchword.server.runtime import Runtime

__all__ = ["setup", "show_setup"]

_DOOR = Door("/setup", LinkPurpose.SET_PASSWORD)


async def show_setup(request: Request, runtime: Runtime) -> Response:
    """Answer `GET /setup?link=...`. Looking at the page does not spend the link."""
    return await show_choice(request, runtime, _DOOR)


async def setup(request: Request, runtime: Runtime) -> Response:
    """Answer `POST /setup`: set the passphrase, or show the form with what is wrong.

    Raises:
        Rejected: the form comes from another site, or is no form.
    """
    refuse_foreign(request, runtime)
    form = await read_form(request)
    return await choose(await visit(request, runtime), form, runtime, _DOOR)
