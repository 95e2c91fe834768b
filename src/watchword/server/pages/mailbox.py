"""The mailbox of development: what would have been sent, had a mail server been set.

It exists only where the issuer is on loopback and no mail server is set, and answers only this
machine under a name of its own: a page elsewhere whose name has been made to point here, and a
proxy that passes requests on, get what an absent page gets.

Source: users.md U95; security.md rule 97.
"""

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.mail.messages import DueMail, MailKind
from watchword.keys.errors import SealBroken
from watchword.server.loopback import is_loopback
from watchword.server.mail.letters import Letter, write
from watchword.server.pages.problem import not_found_page
from watchword.server.pages.render import page
from watchword.server.pages.times import Moment, moment
from watchword.server.pages.visit import visit
from watchword.server.runtime import Runtime

__all__ = ["MAILS_SHOWN_MAX", "mailbox"]

MAILS_SHOWN_MAX = 50
_OF_PROXIES = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


async def mailbox(request: Request, runtime: Runtime) -> Response:
    """Answer `GET /mailbox`."""
    guest = await visit(request, runtime)
    if not _is_local(request):
        return not_found_page(guest.site)
    waiting = await runtime.store.list_mails(most=MAILS_SHOWN_MAX, now=runtime.clock.now())
    shown = [_shown(due, runtime) for due in waiting]
    response = page(guest.site, "mailbox.html", {"mails": [one for one in shown if one]})
    return guest.remember(response)


def _shown(due: DueMail, runtime: Runtime) -> tuple[Letter, Moment] | None:
    if due.kind is MailKind.DECOY:
        return None
    try:
        mail = runtime.mail.open(due)
    except SealBroken:
        return None  # of a database whose key was made anew
    if mail is None:
        return None
    settings = runtime.settings
    letter = write(mail, issuer=settings.issuer, host=settings.host_name)
    return letter, moment(due.created_at)


def _is_local(request: Request) -> bool:
    """Whether somebody on this machine asks, by a name of this machine, and nobody for them."""
    peer = request.client.host if request.client else ""
    host = request.url.hostname or ""
    hosts = request.headers.getlist("host")
    return (
        is_loopback(peer)
        and is_loopback(host)
        and len(hosts) == 1
        and not any(name in request.headers for name in _OF_PROXIES)
    )
