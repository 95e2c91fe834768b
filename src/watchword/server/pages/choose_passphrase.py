"""The page behind a link that sets a password: a person chooses one that nobody else ever sees.

A link that is used, replaced, too old or made up gives one and the same page.

Source: users.md U8, U24, U37 and U47; security.md rules 30 to 32, 46 and 50.
"""

from collections.abc import Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.attempts import Caller
from watchword.accounts.credentials import forgive
from watchword.accounts.errors import LinkNotValid, PasswordRefused
from watchword.accounts.links import LinkContext, LinkPurpose, set_password
from watchword.accounts.password_rules import PASSWORD_CHARACTERS_MIN
from watchword.accounts.passwords.acceptance import new_passphrase
from watchword.base.records import dataclass
from watchword.base.secrets import Secret, digest, same
from watchword.oauth.errors import Busy
from watchword.server.csrf import FORM_TOKEN
from watchword.server.languages import N_, say, speaking
from watchword.server.pages import fields
from watchword.server.pages.begun_session import BUSY, STALE, device_of
from watchword.server.pages.problem import WAY_HOME, WayOut, problem_page
from watchword.server.pages.render import page, see_other
from watchword.server.pages.visit import Visit, visit
from watchword.server.pages.way_back import address
from watchword.server.runtime import Runtime

__all__ = [
    "DIFFERENT",
    "NO_PASSPHRASE",
    "Door",
    "Faults",
    "choose",
    "compare",
    "dead_link",
    "passphrase_fields",
    "show_choice",
]

NO_PASSPHRASE = N_("Enter a password.")  # a sentence
DIFFERENT = N_("The two are not the same. Type the password again.")


@dataclass(frozen=True, slots=True)
class Door:
    """An address at which passwords are chosen, and the links that open it."""

    path: str
    purpose: LinkPurpose
    way_out: WayOut = WAY_HOME  # of whoever comes with a link that does nothing


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong with a form: with the whole, and with each field."""

    form: str | None = None
    password: str | None = None
    repeated: str | None = None


async def show_choice(request: Request, runtime: Runtime, door: Door) -> Response:
    """Answer `GET ...?link=...`. Looking at the page does not spend the link."""
    guest = await visit(request, runtime)
    return await _form(guest, door, request.query_params.get("link", ""), Faults(), runtime)


async def choose(guest: Visit, form: Mapping[str, str], runtime: Runtime, door: Door) -> Response:
    """Set the passphrase that a form brings, or show the form with what is wrong."""
    link = form.get("link", "")
    if not guest.owns(form.get(FORM_TOKEN)):
        return await _form(guest, door, link, Faults(form=STALE), runtime, status=403)
    faults = compare(form)
    if faults != Faults():
        return await _form(guest, door, link, faults, runtime, status=400)
    device = device_of(guest, runtime)
    context = replace(_context(guest, runtime, door), device=device)
    try:
        user = await set_password(Secret(link), Secret(form["password"]), context)
    except LinkNotValid:
        return dead_link(guest, door.way_out)
    except PasswordRefused as refused:
        with speaking(guest.site.language):
            told = " ".join(say(reason.text) for reason in refused.reasons)
        faults = Faults(password=told)
        return await _form(guest, door, link, faults, runtime, status=400)
    except Busy as busy:
        response = await _form(guest, door, link, Faults(form=BUSY), runtime, status=busy.status)
        response.headers.update(dict(busy.headers))
        return response
    there = address(guest.site.path("/signin"), notice="password-set", back=guest.errand)
    response = see_other(guest.site, there)
    # Whoever could read the mail is let in again, whatever strangers have tried meanwhile; beside
    # a second factor as a known device, since forgetting would buy guesses of codes.
    standing = await runtime.store.read_standing(user.id)
    if standing is not None and standing.seconds:
        guest.rules.write_device(response, device)
    else:
        await forgive(user.id, Caller(guest.origin), runtime.credentials)
    return response


def compare(form: Mapping[str, str]) -> Faults:
    """Say what is wrong with two fields that should hold the same passphrase."""
    if "password" not in form:
        return Faults(password=NO_PASSPHRASE)
    if not same(form["password"], form.get("repeated", "")):
        return Faults(repeated=DIFFERENT)
    return Faults()


def _context(guest: Visit, runtime: Runtime, door: Door) -> LinkContext:
    return LinkContext(
        store=runtime.store,
        hasher=runtime.hasher,
        clock=runtime.clock,
        service_name=guest.site.name,
        parameters=runtime.credentials.parameters,
        breaches=runtime.breaches,
        purpose=door.purpose,
        origin=guest.origin,
    )


def passphrase_fields(faults: Faults) -> tuple[fields.Field, ...]:
    """Return the two fields of a passphrase that is being chosen."""
    return fields.focused(
        fields.new_passphrase("password", N_("Password"), error=faults.password),
        fields.new_passphrase("repeated", N_("The same once more"), error=faults.repeated),
    )


async def _form(  # each is a part of the page
    guest: Visit,
    door: Door,
    link: str,
    faults: Faults,
    runtime: Runtime,
    *,
    status: int = 200,
) -> Response:
    user = await runtime.store.find_link(
        digest(Secret(link)), door.purpose, now=runtime.clock.now()
    )
    if user is None:
        return dead_link(guest, door.way_out)
    password, repeated = passphrase_fields(faults)
    response = page(
        guest.site,
        "setup.html",
        {
            "user_name": user.name,
            "action": door.path,
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


def dead_link(guest: Visit, way_out: WayOut) -> Response:
    """Return the one page of all links to an address that do nothing."""
    return problem_page("link_not_valid", guest.site, status=410, way_out=way_out)
