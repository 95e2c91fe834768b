"""The settings as they are in force: each with its value, what it means, and what decided it.

They are read and never changed here: they belong to whoever runs the server (security.md rule 98).

Source: users.md U40 and U65.
"""

from starlette.requests import Request
from starlette.responses import Response

from watchword.base.records import dataclass
from watchword.server.administration.desk import Desk
from watchword.server.languages import N_
from watchword.server.pages.account.frame import Member
from watchword.server.pages.console.frame import page_of, show_console

__all__ = ["show_settings"]

PATH = "/admin/settings"


@dataclass(frozen=True, slots=True)
class Setting:
    """One of them."""

    key: str
    value: str  # what may be secret is masked
    meaning: str
    origin: str


async def _show(request: Request, desk: Desk, member: Member) -> Response:  # noqa: ARG001  # all pages have one shape
    """Answer `GET /admin/settings`."""
    # Texts and readers of files that no other page needs.
    from watchword.server.settings_meanings import MEANINGS  # noqa: PLC0415
    from watchword.server.settings_sources import (  # noqa: PLC0415
        DEFAULT,
        origins_in_code,
        shown,
    )

    settings = desk.runtime.settings
    origins = desk.runtime.origins or origins_in_code(settings)
    every = [
        Setting(key, value, MEANINGS[key].replace("`", ""), origins[key])
        for key, value in shown(settings).items()
    ]
    values = {
        "groups": (
            (N_("What was decided"), [one for one in every if one.origin != DEFAULT]),
            (N_("Left at its default"), [one for one in every if one.origin == DEFAULT]),
        ),
    }
    return show_console(member, "settings.html", values, here=PATH)


show_settings = page_of("setting", _show)
