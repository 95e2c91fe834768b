"""The sign-in page: a form, a comparison, a session with its cookie; and the way out.

Whatever was wrong with name and password, the page is the same, byte for byte.

Source: users.md U34, U35 and U36; security.md rules 27, 38, 47 and 53; OWASP ASVS 5.0 V6.3.8;
ARCHITECTURE section 6 (`POST /signin` sets the cookie, `POST /login` none).
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from watchword.accounts.attempts import PasskeyAttempt, PasswordAttempt
from watchword.accounts.errors import InvalidCredentials, TooManyAttempts
from watchword.accounts.factors.passkeys import begin_assertion
from watchword.accounts.flow import Begun, Unfinished, Wish
from watchword.accounts.steps import begin
from watchword.base.records import dataclass
from watchword.base.secrets import Secret
from watchword.oauth.errors import Busy
from watchword.server.bodies import read_form
from watchword.server.csrf import FORM_TOKEN
from watchword.server.languages import N_
from watchword.server.pages import fields
from watchword.server.pages.acting import stop
from watchword.server.pages.authorizing.asking import accompanied
from watchword.server.pages.begun_session import (
    BUSY,
    STALE,
    TOO_MANY,
    bindings_of,
    caller_of,
    complete,
    way_up,
)
from watchword.server.pages.notices import NOTICES
from watchword.server.pages.render import page, see_other
from watchword.server.pages.visit import ForeignForm, Visit, refuse_foreign, visit
from watchword.server.pages.way_back import way_back
from watchword.server.runtime import Runtime

__all__ = ["show_signin", "signin", "signin_options", "signout"]

WRONG = N_("Name and password do not match an account here. Check both, then try again.")
NO_NAME = N_("Enter your user name or e-mail address.")
NO_PASSWORD = N_("Enter your password.")  # a sentence
REFUSED_PASSKEY = N_("This passkey does not open an account here. Sign in another way.")


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong with a form: with the whole, and with each field."""

    form: str | None = None
    name: str | None = None
    password: str | None = None

    @property
    def any(self) -> bool:
        """Whether there is anything to correct."""
        return self != Faults()


async def show_signin(request: Request, runtime: Runtime) -> Response:
    """Answer `GET /signin`."""
    back = request.query_params.get("next", "")
    guest = await accompanied(await visit(request, runtime), back, runtime)
    if guest.weak_session is not None:
        there = way_back(back, otherwise=guest.site.path("/"))
        return see_other(guest.site, way_up(there, guest, runtime.settings.least_level))
    notice = NOTICES.get(request.query_params.get("notice", ""))
    hint = None if guest.asking is None else guest.asking.login_hint
    wish = {"next": back} if hint is None else {"next": back, "username": hint}
    return _form(guest, wish, Faults(), notice=notice)


async def signin(request: Request, runtime: Runtime) -> Response:
    """Answer `POST /signin`: open a session, or show the form with what is wrong.

    Raises:
        Rejected: the form comes from another site, or is no form.
    """
    refuse_foreign(request, runtime)
    form = await read_form(request)
    guest = await accompanied(await visit(request, runtime), form.get("next"), runtime)
    if not guest.owns(form.get(FORM_TOKEN)):
        return _form(guest, form, Faults(form=STALE), status=403)
    attempt = _attempt(form, guest)
    if isinstance(attempt, Faults):
        return _form(guest, form, attempt, status=400)
    try:
        response = await _step(attempt, form, guest, runtime)
    except InvalidCredentials:
        return _form(guest, form, _refusal(attempt), status=400)
    except TooManyAttempts as throttled:
        response = _form(guest, form, Faults(form=TOO_MANY), status=429)
        response.headers["retry-after"] = str(throttled.retry_after)
    except Busy as busy:
        response = _form(guest, form, Faults(form=BUSY), status=busy.status)
        response.headers.update(dict(busy.headers))
    return response


async def signin_options(request: Request, runtime: Runtime) -> Response:
    """Answer `POST /signin/passkey` for the script: a challenge for whoever comes.

    Raises:
        Rejected: the form comes from another site, or is no form of this browser's.

    Source: users.md U33; security.md rule 29 (the same for every account).
    """
    refuse_foreign(request, runtime)
    form = await read_form(request)
    guest = await visit(request, runtime)
    if not guest.owns(form.get(FORM_TOKEN)):
        raise ForeignForm("this form was shown to another browser")
    return JSONResponse(await begin_assertion(None, guest.bound_to, runtime.passkeys))


async def signout(request: Request, runtime: Runtime) -> Response:
    """Answer `POST /signout`: end the session and its families at once.

    Raises:
        Rejected: the form comes from another site, or is no form.

    Source: security.md rule 41.
    """
    refuse_foreign(request, runtime)
    form = await read_form(request)
    guest = await visit(request, runtime)
    start = guest.site.path("/")
    if guest.held_session is not None:
        if not guest.owns(form.get(FORM_TOKEN)):
            return see_other(guest.site, start)  # the page there has a button that works
        if guest.held_session.actor is not None:
            return await stop(guest, runtime)
        await runtime.store.end_session(
            guest.held_session.sid, now=runtime.clock.now(), origin=guest.origin
        )
    response = see_other(guest.site, f"{start}?notice=signed-out")
    guest.rules.clear(response, guest.rules.session)
    guest.rules.clear(response, guest.rules.form)
    return response


def _attempt(form: Mapping[str, str], guest: Visit) -> PasswordAttempt | PasskeyAttempt | Faults:
    """Return what the form shows, or what is missing."""
    if "passkey" in form:
        return PasskeyAttempt(None, Secret(form["passkey"]), guest.bound_to)
    if "username" in form and "password" in form:
        return PasswordAttempt(form["username"], Secret(form["password"]))
    return Faults(
        name=None if "username" in form else NO_NAME,
        password=None if "password" in form else NO_PASSWORD,
    )


def _refusal(attempt: PasswordAttempt | PasskeyAttempt) -> Faults:
    if isinstance(attempt, PasskeyAttempt):
        return Faults(form=REFUSED_PASSKEY)
    return Faults(password=WRONG)


async def _step(
    attempt: PasswordAttempt | PasskeyAttempt,
    form: Mapping[str, str],
    guest: Visit,
    runtime: Runtime,
) -> Response:
    """Take the first step: into the session, or to the second step.

    Raises:
        InvalidCredentials: also where the account, or its password, changed meanwhile.
        TooManyAttempts, Busy: as `verify_credential`.
    """
    caller = caller_of(guest, runtime)
    begun = Begun(bindings_of(guest), Wish(), {"next": way_back(form.get("next"), otherwise="")})
    outcome = await begin(attempt, caller, begun, runtime.flow)
    if isinstance(outcome, Unfinished):
        response = see_other(guest.site, guest.site.path("/signin/factor"))
        guest.rules.write(response, guest.rules.flow, outcome.secret)
        return guest.remember(response)
    opened = await complete(outcome, caller, guest, runtime)
    if opened is None:
        raise InvalidCredentials(f"{outcome.user_id} changed during the sign-in")
    return opened


def _form(
    guest: Visit,
    form: Mapping[str, str],
    faults: Faults,
    *,
    notice: str | None = None,
    status: int = 200,
) -> Response:
    name, password = fields.focused(
        fields.account_name(value=form.get("username"), error=faults.name),
        fields.password(error=faults.password),
    )
    response = page(
        guest.site,
        "signin.html",
        {
            "username": name,
            "password": password,
            "problem": faults.form,
            "has_errors": faults.any,
            "notice": notice,
            "asking": guest.asking,
            "next": way_back(form.get("next"), otherwise=""),
            "form_token": guest.form_token,
            "party": guest.party.id,
            "elsewhere": guest.party.origins[0] + guest.site.path("/signin"),
        },
        status=status,
    )
    return guest.remember(response)
