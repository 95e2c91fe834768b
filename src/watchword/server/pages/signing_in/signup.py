"""Sign-up in two steps: an address, and behind the mail to it a name and a passphrase.

Source: security.md rules 29, 30, 38, 46 and 47; users.md U8, U36, U37 and U47.
"""

from collections.abc import Mapping
from dataclasses import field, replace

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.errors import LinkNotValid, PasswordRefused, TooManyAttempts
from watchword.accounts.levels import Method, Proof
from watchword.accounts.mail.addresses import EmailAddress
from watchword.accounts.mail.limits import MailDelayed
from watchword.accounts.password_rules import PASSWORD_CHARACTERS_MIN
from watchword.accounts.passwords.acceptance import new_passphrase
from watchword.accounts.sessions import new_browser_session
from watchword.accounts.signup import (
    SIGNUP_LIFETIME_SECONDS,
    NameRefused,
    Wanted,
    ask_signup,
    parse_new_name,
    sign_up,
)
from watchword.base.chance import new_secret
from watchword.base.records import dataclass
from watchword.base.secrets import Secret, digest
from watchword.oauth.errors import Busy
from watchword.server.bodies import read_form
from watchword.server.csrf import FORM_TOKEN
from watchword.server.languages import N_
from watchword.server.pages import fields
from watchword.server.pages.acting import strike_aside
from watchword.server.pages.authorizing.asking import accompanied
from watchword.server.pages.begun_session import BUSY, STALE, device_of, go_on
from watchword.server.pages.choose_passphrase import Faults as PassphraseFaults
from watchword.server.pages.choose_passphrase import compare, dead_link, passphrase_fields
from watchword.server.pages.mail_desk import (
    AddressFault,
    delayed,
    evenly,
    read_address,
    signup_context,
    with_retry,
)
from watchword.server.pages.problem import WayOut
from watchword.server.pages.render import page
from watchword.server.pages.signing_in.address_form import AddressPage
from watchword.server.pages.visit import Visit, refuse_foreign, visit
from watchword.server.pages.way_back import way_back
from watchword.server.runtime import Runtime

__all__ = ["show_signup", "signup"]

TOO_MANY = N_("Too many attempts did not match. Wait a while, then try again.")
NO_NAME = N_("Choose a user name.")
NAME_TAKEN = N_("Somebody has this name. Choose another one.")
NAME_HAS_AT = N_("A user name holds no @. Your address is known already.")
BAD_NAME = N_("A user name has 1 to 128 characters, without spaces.")
_PAGE = AddressPage(
    title=N_("Create an account"),
    lead=N_("It begins with your address: a mail with a link comes there."),
    button=N_("Send the mail"),
    action="/signup",
)
_WAY_OUT = WayOut(
    "/signup",
    N_("Begin again"),
    N_("Have another mail sent to you. If your account is finished already, sign in to it."),
)
_SIGNED_UP = 303
_NAME_FAULTS = {"taken": NAME_TAKEN, "at_sign": NAME_HAS_AT}


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong with the second form."""

    form: str | None = None
    name: str | None = None
    passphrase: PassphraseFaults = field(default_factory=PassphraseFaults)


async def show_signup(request: Request, runtime: Runtime) -> Response:
    """Answer `GET /signup`, with or without a link. Looking at the page spends nothing."""
    link = request.query_params.get("link")
    if link is None:
        back = way_back(request.query_params.get("next"), otherwise="")
        guest = await accompanied(await visit(request, runtime), back, runtime)
        return guest.keep_errand(_PAGE.show(guest, {}), back)
    guest = await visit(request, runtime)
    guest = await accompanied(guest, guest.errand, runtime)
    return await _account_form(guest, {"link": link}, Faults(), runtime)


async def signup(request: Request, runtime: Runtime) -> Response:
    """Answer `POST /signup`: write to the address, or make the account.

    Raises:
        Rejected: the form comes from another site, or is no form.
    """
    refuse_foreign(request, runtime)
    form = await read_form(request)
    guest = await visit(request, runtime)
    guest = await accompanied(guest, guest.errand, runtime)
    is_ours = guest.owns(form.get(FORM_TOKEN))
    if "link" not in form:
        return (
            await _ask(guest, form, runtime)
            if is_ours
            else _PAGE.show(guest, form, problem=STALE, status=403)
        )
    if not is_ours:
        return await _account_form(guest, form, Faults(form=STALE), runtime, status=403)
    response = await _finish(guest, form, device_of(guest, runtime), runtime)
    if guest.errand and response.status_code == _SIGNED_UP:
        response.headers["location"] = guest.errand
        guest.rules.clear(response, guest.rules.errand)
    return response


async def _ask(guest: Visit, form: Mapping[str, str], runtime: Runtime) -> Response:
    address = read_address(form.get("email"))
    if isinstance(address, AddressFault):
        return _PAGE.show(guest, form, error=address.text, status=400)
    context = signup_context(guest.site, runtime)
    try:
        asked = ask_signup(address, guest.site.language.tag, guest.origin, context)
        await evenly(asked, runtime.clock)
    except MailDelayed as error:
        return with_retry(_PAGE.show(guest, form, problem=delayed(error), status=429), error)
    return _sent(guest, address)


async def _finish(
    guest: Visit, form: Mapping[str, str], known_by: Secret, runtime: Runtime
) -> Response:
    faults = Faults(name=None if "username" in form else NO_NAME, passphrase=compare(form))
    if faults != Faults():
        return await _account_form(guest, form, faults, runtime, status=400)
    now = runtime.clock.now()
    cookie = new_secret(runtime.chance)
    session = new_browser_session(
        cookie,
        proofs=(Proof(Method.PASSWORD, now),),
        limits=runtime.settings.session_limits,
        origin=guest.origin,
        now=now,
        chance=runtime.chance,
    )
    session = replace(session, device_hash=digest(known_by))
    context = signup_context(guest.site, runtime)
    try:
        name = parse_new_name(form["username"])
        wanted = Wanted(name, Secret(form["password"]), guest.site.language.tag)
        opened = await sign_up(Secret(form["link"]), wanted, session, context)
    except (NameRefused, PasswordRefused) as refused:
        return await _account_form(guest, form, _refusal(refused), runtime, status=400)
    except LinkNotValid:
        return dead_link(guest, _WAY_OUT)
    except TooManyAttempts as throttled:
        faults = Faults(form=TOO_MANY)
        response = await _account_form(guest, form, faults, runtime, status=429)
        response.headers["retry-after"] = str(throttled.retry_after)
        return response
    except Busy as busy:
        response = await _account_form(guest, form, Faults(form=BUSY), runtime, status=busy.status)
        response.headers.update(dict(busy.headers))
        return response
    if guest.held_session is not None:
        await runtime.store.end_session(guest.held_session.sid, now=now, origin=guest.origin)
    response = go_on(opened, guest.site.path("/"), guest, runtime)
    guest.rules.write(response, guest.rules.session, cookie)
    guest.rules.write(response, guest.rules.form, new_secret(runtime.chance))
    await strike_aside(response, guest, runtime)
    guest.rules.write_device(response, known_by)
    return response


def _refusal(refused: NameRefused | PasswordRefused) -> Faults:
    if isinstance(refused, NameRefused):
        return Faults(name=_NAME_FAULTS.get(refused.why, BAD_NAME))
    texts = " ".join(reason.text for reason in refused.reasons)
    return Faults(passphrase=PassphraseFaults(password=texts))


def _sent(guest: Visit, address: EmailAddress) -> Response:
    values = {
        "address": address.written,
        "minutes": SIGNUP_LIFETIME_SECONDS // 60,
        "again": "/signup",
        "code": None,
        "problem": None,
        "has_errors": False,
        "form_token": guest.form_token,
    }
    return guest.remember(page(guest.site, "sent.html", values))


async def _account_form(
    guest: Visit, form: Mapping[str, str], faults: Faults, runtime: Runtime, *, status: int = 200
) -> Response:
    link = form["link"]
    address = await runtime.store.find_signup(digest(Secret(link)), now=runtime.clock.now())
    if address is None:
        return dead_link(guest, _WAY_OUT)
    name, *passphrase = fields.focused(
        fields.user_name(value=form.get("username"), error=faults.name),
        *passphrase_fields(faults.passphrase),
    )
    values = {
        "address": address.written,
        "link": link,
        "username": name,
        "passphrase": passphrase,
        "problem": faults.form,
        "has_errors": faults != Faults(),
        "characters_min": PASSWORD_CHARACTERS_MIN,
        "offered": new_passphrase(runtime.chance).reveal(),
        "form_token": guest.form_token,
    }
    return guest.remember(page(guest.site, "signup.html", values, status=status))
