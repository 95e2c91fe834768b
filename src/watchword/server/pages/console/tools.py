"""The tools: what else helps who looks after a server, on its pages and on the command line.

Source: users.md U40, U44 and U45.
"""

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response

from watchword.base.records import dataclass
from watchword.server.administration.desk import Desk
from watchword.server.administration.scopes import MANAGEMENT
from watchword.server.languages import N_
from watchword.server.pages.account.frame import Member
from watchword.server.pages.console.frame import page_of, show_console
from watchword.server.settings import Settings

__all__ = ["show_tools"]

PATH = "/admin/tools"


@dataclass(frozen=True, slots=True)
class Tool:
    """A door of the list, in the form that the pages of an account have."""

    path: str
    label: str
    status: str
    icon: str
    when: None = None


INSPECTOR = Tool("/inspect", N_("Look into a token"),
                 N_("Its parts, its times, and the rule that refuses it"), "search")  # fmt: skip
QUESTION = Tool("/admin/access/ask", N_("Ask who may do what"),
                N_("The rule that decides, and what would change it"), "gate")  # fmt: skip
REFUSALS = Tool("/admin/refusals", N_("Explain a refused request"),
                N_("By the id that its answer names"), "alert")  # fmt: skip
MAILBOX = Tool("/mailbox", N_("Mailbox"),
               N_("Mails that would have been sent from this machine"), "mail")  # fmt: skip
API = Tool(f"{MANAGEMENT}/docs", N_("Management API"),
           N_("Every operation, and its OpenAPI document"), "code")  # fmt: skip
METADATA = Tool("/.well-known/oauth-authorization-server", N_("Metadata"),
                N_("What applications read about this server"), "sheet")  # fmt: skip
KEYS = Tool("/jwks.json", N_("Published keys"), N_("What tokens are verified with"), "key")

# In the words of the command line, which every language leaves as they are.
COMMANDS = (
    ("watchword doctor", N_("checks how the server is set up")),
    ("watchword config --origin", N_("says where each setting comes from")),
    ("watchword user import FILE", N_("takes over accounts of another system")),
    ("watchword key export --pem", N_("prints the public keys")),
    ("watchword audit verify", N_("walks the log of changes and finds what was altered")),
    ("watchword migrate", N_("brings the tables of the store up to date")),
)


async def _show(request: Request, desk: Desk, member: Member) -> Response:  # noqa: ARG001  # all pages have one shape
    """Answer `GET /admin/tools`."""
    values = {
        "tools": list(_tools(desk.runtime.settings)),
        "commands": COMMANDS,
        "steps_are_dismissed": await desk.store.has_dismissed_first_steps(member.user_id),
    }
    return show_console(member, "tools.html", values, here=PATH)


def _tools(settings: Settings) -> Iterator[Tool]:
    yield from (INSPECTOR, QUESTION, REFUSALS)
    if settings.shows_mailbox:
        yield MAILBOX
    if settings.management_api:
        yield API
    yield from (METADATA, KEYS)


show_tools = page_of("audit", _show)
