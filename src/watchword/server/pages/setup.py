"""The page behind a one-time link: a person chooses a passphrase that nobody else ever sees.

A link that is used, replaced, too old or made up gives one and the same page.

Source: users.md U8, U24, U37 and U47; security.md rules 30 to 32, 46 and 50.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.errors import LinkNotValid, PasswordRefused
from watchword.accounts.links import LinkContext, LinkPurpose, set_password
from watchword.accounts.password_rules import PASSWORD_CHARACTERS_MIN
from watchword.accounts.passwords import new_passphrase
from watchword.base.secrets import Secret, digest, same
from watchword.oauth.errors import Busy
from watchword.server.bodies import read_form
from watchword.server.csrf import FORM_TOKEN
from watchword.server.languages import N_
from watchword.server.pages import fields
from watchword.server.pages.problem import problem_page
from watchword.server.pages.render import page, see_other
from watchword.server.pages.signin import BUSY, STALE
from watchword.server.pages.visit import Visit, refuse_foreign, visit
from watchword.server.runtime import Runtime

__all__ = ["setup", "show_setup"]

NO_PASSPHRASE = N_("Enter a passphrase.")  # a sentence
DIFFERENT = N_("The two are not the same. Type the passphrase again.")


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong with a form: with the whole, and with each field."""

    form: str | None = None
    password: str | None = None
    repeated: str | None = None


async def show_setup(request: Request, runtime: Runtime) -> Response:
    """Answer `GET /setup?link=...`. Looking at the page does not spend the link."""
    guest = await visit(request, runtime)
    return await _form(guest, request.query_params.get("link", ""), Faults(), runtime)


async def setup(request: Request, runtime: Runtime) -> Response:
    """Answer `POST /setup`: set the passphrase, or show the form with what is wrong.

    Raises:
        Rejected: the form comes from another site, or is no form.
    """
    refuse_foreign(request, runtime)
    form = await read_form(request)
    guest = await visit(request, runtime)
    link = form.get("link", "")
    if not guest.owns(form.get(FORM_TOKEN)):
        return await _form(guest, link, Faults(form=STALE), runtime, status=403)
    faults = _compare(form)
    if faults != Faults():
        return await _form(guest, link, faults, runtime, status=400)
    try:
        await set_password(Secret(link), Secret(form["password"]), _context(guest, runtime))
    except LinkNotValid:
        return _dead_link(guest)
    except PasswordRefused as refused:
        faults = Faults(password=" ".join(reason.text for reason in refused.reasons))
        return await _form(guest, link, faults, runtime, status=400)
    except Busy as busy:
        response = await _form(guest, link, Faults(form=BUSY), runtime, status=busy.status)
        response.headers.update(dict(busy.headers))
        return response
    return see_other(guest.site, f"{guest.site.path('/signin')}?notice=passphrase-set")


def _compare(form: Mapping[str, str]) -> Faults:
    if "password" not in form:
        return Faults(password=NO_PASSPHRASE)
    if not same(form["password"], form.get("repeated", "")):
        return Faults(repeated=DIFFERENT)
    return Faults()


def _context(guest: Visit, runtime: Runtime) -> LinkContext:
    return LinkContext(
        store=runtime.store,
        hasher=runtime.hasher,
        clock=runtime.clock,
        service_name=guest.site.name,
        parameters=runtime.credentials.parameters,
        breaches=runtime.breaches,
    )


async def _form(
    guest: Visit, link: str, faults: Faults, runtime: Runtime, *, status: int = 200
) -> Response:
    user = await runtime.store.find_link(
        digest(Secret(link)), LinkPurpose.SET_PASSWORD, now=runtime.clock.now()
    )
    if user is None:
        return _dead_link(guest)
    password, repeated = fields.focused(
        fields.new_passphrase("password", N_("Passphrase"), error=faults.password),
        fields.new_passphrase("repeated", N_("The same once more"), error=faults.repeated),
    )
    response = page(
        guest.site,
        "setup.html",
        {
            "user_name": user.name,
            "link": link,
            "password": password,
            "repeated": repeated,
            "problem": faults.form,
            "has_errors": faults != Faults(),
            "characters_min": PASSWORD_CHARACTERS_MIN,
            "offered": new_passphrase(runtime.chance).reveal(),
            "form_token": guest.form_token,
        },
        status=status,
    )
    return guest.remember(response)


def _dead_link(guest: Visit) -> Response:
    return problem_page("link_not_valid", guest.site, status=410)
