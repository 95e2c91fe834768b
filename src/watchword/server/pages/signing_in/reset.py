"""The pages behind the mail for a forgotten password: its link, and its code.

Neither signs anybody in; the next sign-in asks for everything that the account asks for.

Source: security.md rules 36, 37 and 46; users.md U47; OWASP ASVS 5.0 V6.4.3.
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.attempts import Caller
from watchword.accounts.errors import InvalidCredentials, TooManyAttempts
from watchword.accounts.links import LinkPurpose
from watchword.accounts.mail.addresses import EmailAddress, MalformedAddress, parse_email
from watchword.accounts.recovery import exchange_code
from watchword.base.secrets import Secret
from watchword.server.bodies import read_form
from watchword.server.csrf import FORM_TOKEN
from watchword.server.languages import N_
from watchword.server.pages.begun_session import STALE
from watchword.server.pages.choose_passphrase import Door, choose, show_choice
from watchword.server.pages.mail_desk import recovery_context
from watchword.server.pages.problem import WayOut
from watchword.server.pages.render import see_other
from watchword.server.pages.signing_in.forgot import sent_page
from watchword.server.pages.visit import Visit, refuse_foreign, visit
from watchword.server.runtime import Runtime

__all__ = ["reset", "show_reset"]

_DOOR = Door(
    "/reset",
    LinkPurpose.RESET,
    WayOut(
        "/forgot",
        N_("Send me another mail"),
        N_("Have another mail sent to you. Of several links the latest one counts."),
    ),
)
NO_CODE = N_("Enter the code.")
WRONG_CODE = N_("This code is wrong, used or too old. Check the latest mail.")
TOO_MANY_CODES = N_("Too many codes did not match. Use the link in the mail, or wait a while.")


async def show_reset(request: Request, runtime: Runtime) -> Response:
    """Answer `GET /reset?link=...`. Looking at the page does not spend the link."""
    return await show_choice(request, runtime, _DOOR)


async def reset(request: Request, runtime: Runtime) -> Response:
    """Answer `POST /reset`: set the passphrase, or take the code for a link of its own.

    Raises:
        Rejected: the form comes from another site, or is no form.
    """
    refuse_foreign(request, runtime)
    form = await read_form(request)
    guest = await visit(request, runtime)
    if "email" in form:
        return await _exchange(guest, form, runtime)
    return await choose(guest, form, runtime, _DOOR)


async def _exchange(guest: Visit, form: Mapping[str, str], runtime: Runtime) -> Response:
    try:
        address = parse_email(form["email"])
    except MalformedAddress:  # the field is hidden: nobody typed it
        return see_other(guest.site, guest.site.path("/forgot"))
    if not guest.owns(form.get(FORM_TOKEN)):
        return sent_page(guest, address, problem=STALE, status=403)
    if "code" not in form:
        return sent_page(guest, address, error=NO_CODE, status=400)
    return await _spend(guest, address, Secret(form["code"]), runtime)


async def _spend(guest: Visit, address: EmailAddress, code: Secret, runtime: Runtime) -> Response:
    try:
        secret = await exchange_code(address, code, Caller(guest.origin), recovery_context(runtime))
    except InvalidCredentials:
        return sent_page(guest, address, error=WRONG_CODE, status=400)
    except TooManyAttempts as throttled:
        response = sent_page(guest, address, problem=TOO_MANY_CODES, status=429)
        response.headers["retry-after"] = str(throttled.retry_after)
        return response
    return see_other(guest.site, f"{guest.site.path('/reset')}?link={secret.reveal()}")
