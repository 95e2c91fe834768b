"""The page for a forgotten password: an address, and the same answer whoever has it.

The answer asks for the code of the mail, for those who read it on another device.

Source: security.md rules 29 and 46; users.md U36 and U47; OWASP ASVS 5.0 V6.3.8.
"""

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.links import LinkPurpose
from watchword.accounts.mail.addresses import EmailAddress
from watchword.accounts.mail.limits import MailDelayed
from watchword.accounts.recovery import ask_reset
from watchword.server.bodies import read_form
from watchword.server.csrf import FORM_TOKEN
from watchword.server.languages import N_, Message
from watchword.server.pages import fields
from watchword.server.pages.begun_session import STALE
from watchword.server.pages.mail_desk import (
    AddressFault,
    delayed,
    evenly,
    read_address,
    recovery_context,
    with_retry,
)
from watchword.server.pages.render import page
from watchword.server.pages.signing_in.address_form import AddressPage
from watchword.server.pages.visit import Visit, refuse_foreign, visit
from watchword.server.pages.way_back import way_back
from watchword.server.runtime import Runtime

__all__ = ["forgot", "sent_page", "show_forgot"]

_PAGE = AddressPage(
    title=N_("Forgot the password?"),
    lead=N_("A mail with a link comes to your address. It lets you choose another one."),
    button=N_("Send the mail"),
    action="/forgot",
)


async def show_forgot(request: Request, runtime: Runtime) -> Response:
    """Answer `GET /forgot`."""
    guest = await visit(request, runtime)
    back = way_back(request.query_params.get("next"), otherwise="")
    return guest.keep_errand(_PAGE.show(guest, {}), back)


async def forgot(request: Request, runtime: Runtime) -> Response:
    """Answer `POST /forgot`: write to the address, and say so, whoever has it.

    Raises:
        Rejected: the form comes from another site, or is no form.
    """
    refuse_foreign(request, runtime)
    form = await read_form(request)
    guest = await visit(request, runtime)
    if not guest.owns(form.get(FORM_TOKEN)):
        return _PAGE.show(guest, form, problem=STALE, status=403)
    address = read_address(form.get("email"))
    if isinstance(address, AddressFault):
        return _PAGE.show(guest, form, error=address.text, status=400)
    try:
        asked = ask_reset(address, guest.origin, recovery_context(runtime))
        await evenly(asked, runtime.clock)
    except MailDelayed as error:
        return with_retry(_PAGE.show(guest, form, problem=delayed(error), status=429), error)
    return sent_page(guest, address)


def sent_page(
    guest: Visit,
    address: EmailAddress,
    *,
    error: str | None = None,
    problem: str | Message | None = None,
    status: int = 200,
) -> Response:
    """Say where the mail went, and ask for its code."""
    response = page(
        guest.site,
        "sent.html",
        {
            "address": address.written,
            "minutes": LinkPurpose.RESET.lifetime_seconds // 60,
            "again": "/forgot",
            "code": fields.mail_code(error=error),
            "problem": problem,
            "has_errors": error is not None or problem is not None,
            "form_token": guest.form_token,
        },
        status=status,
    )
    return guest.remember(response)
