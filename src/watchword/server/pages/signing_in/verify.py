"""The page behind the mail to an address: a button, so that scanners of mails confirm nothing.

Source: security.md rules 29, 43 and 46; users.md U47.
"""

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.errors import LinkNotValid
from watchword.accounts.mail.verification import ConfirmOutcome, confirm_address
from watchword.base.secrets import Secret, digest
from watchword.server.bodies import read_form
from watchword.server.csrf import FORM_TOKEN
from watchword.server.languages import N_
from watchword.server.pages.begun_session import STALE
from watchword.server.pages.choose_passphrase import dead_link
from watchword.server.pages.mail_desk import verification_context
from watchword.server.pages.problem import WayOut
from watchword.server.pages.render import page, see_other
from watchword.server.pages.visit import Visit, refuse_foreign, visit
from watchword.server.runtime import Runtime

__all__ = ["show_verify", "verify"]

_WAY_OUT = WayOut(
    "/account/emails",
    N_("To my e-mail addresses"),
    N_("Have another mail sent from the page of your addresses, unless yours is confirmed there."),
)
TAKEN = N_("Another account has this address already. Sign in to that one instead.")


async def show_verify(request: Request, runtime: Runtime) -> Response:
    """Answer `GET /verify?link=...`. Looking at the page confirms nothing."""
    guest = await visit(request, runtime)
    return await _form(guest, request.query_params.get("link", ""), runtime)


async def verify(request: Request, runtime: Runtime) -> Response:
    """Answer `POST /verify`: the address is the account's.

    Raises:
        Rejected: the form comes from another site, or is no form.
    """
    refuse_foreign(request, runtime)
    form = await read_form(request)
    guest = await visit(request, runtime)
    link = form.get("link", "")
    if not guest.owns(form.get(FORM_TOKEN)):
        return await _form(guest, link, runtime, problem=STALE, status=403)
    try:
        confirmed = await confirm_address(
            Secret(link), verification_context(runtime), origin=guest.origin
        )
    except LinkNotValid:
        return dead_link(guest, _WAY_OUT)
    if confirmed.outcome is ConfirmOutcome.TAKEN:
        return _taken(guest)
    return see_other(guest.site, f"{guest.site.path('/')}?notice=address-confirmed")


async def _form(
    guest: Visit,
    link: str,
    runtime: Runtime,
    *,
    problem: str | None = None,
    status: int = 200,
) -> Response:
    found = await runtime.store.find_claim(digest(Secret(link)), now=runtime.clock.now())
    if found is None:
        return dead_link(guest, _WAY_OUT)
    user, address = found
    values = {
        "user_name": user.name,
        "address": address.written,
        "link": link,
        "problem": problem,
        "form_token": guest.form_token,
    }
    return guest.remember(page(guest.site, "verify.html", values, status=status))


def _taken(guest: Visit) -> Response:
    values = {
        "user_name": None,
        "address": None,
        "link": None,
        "problem": TAKEN,
        "form_token": guest.form_token,
    }
    return guest.remember(page(guest.site, "verify.html", values, status=409))
