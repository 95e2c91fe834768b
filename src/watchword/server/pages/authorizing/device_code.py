"""`/device`: a person types the code that a device shows, sees who asks, and decides.

The address that a device shows as a QR code fills the field in; the person still compares the code
and sends the form, and the next page warns of codes that somebody else has sent.

Source: RFC 8628 sections 3.3, 5.3 and 5.4; oauth.md section 8; security.md rules 47, 69 and 73.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.errors import TooManyAttempts
from watchword.accounts.sessions import Session
from watchword.oauth.device_authorization import (
    UserCodeUnknown,
    WaitingFor,
    decide,
    let_go,
    type_code,
)
from watchword.oauth.device_codes import TYPED_CHARACTERS_MAX, Decision, read_user_code
from watchword.oauth.scopes import IDENTITY_SCOPES
from watchword.server.bodies import read_form
from watchword.server.csrf import FORM_TOKEN
from watchword.server.languages import N_
from watchword.server.pages import fields
from watchword.server.pages.acting import shut_page
from watchword.server.pages.ago import ago
from watchword.server.pages.authorizing.consent import (
    Right,
    document_host_of,
    is_used_whole,
    lifetime_of,
    own_rights_of,
)
from watchword.server.pages.begun_session import STALE
from watchword.server.pages.marks import mark_of
from watchword.server.pages.render import page, see_other
from watchword.server.pages.visit import Visit, refuse_foreign, visit
from watchword.server.pages.way_back import address
from watchword.server.pages.who import read_who
from watchword.server.runtime import Runtime

__all__ = ["show_device", "take_code"]

NO_CODE = N_("Type the code that your device shows.")
UNKNOWN = N_(
    "No device waits for this code. It may be mistyped, too old, or typed elsewhere already."
)
TOO_MANY = N_("Too many codes did not match. Wait a few minutes, then type the code again.")
_DECISIONS: Mapping[str, Decision] = MappingProxyType(
    {"allow": Decision.ALLOWED, "deny": Decision.DENIED}
)


async def show_device(request: Request, runtime: Runtime) -> Response:
    """Answer `GET /device`: the form, with the code of the address filled in."""
    guest = await visit(request, runtime)
    typed = request.query_params.get("user_code", "")[:TYPED_CHARACTERS_MAX]
    if guest.session is None or guest.session.actor is not None:
        return _keep_out(guest, typed)
    return _form(guest, typed)


async def take_code(request: Request, runtime: Runtime) -> Response:
    """Answer `POST /device`: show who asks, or write what the person decided.

    Raises:
        Rejected: the form comes from another site, or is no form.
    """
    refuse_foreign(request, runtime)
    form = await read_form(request)
    guest = await visit(request, runtime)
    typed = form.get("user_code", "")[:TYPED_CHARACTERS_MAX]
    if guest.session is None or guest.session.actor is not None:
        return _keep_out(guest, typed)
    if not guest.owns(form.get(FORM_TOKEN)):
        return _form(guest, typed, problem=STALE, status=403)
    if not typed:
        return _form(guest, typed, error=NO_CODE, status=400)
    try:
        return await _take(typed, form.get("decision", ""), guest.session, guest, runtime)
    except UserCodeUnknown:
        return _form(guest, typed, error=UNKNOWN, status=400)
    except TooManyAttempts as throttled:
        response = _form(guest, typed, problem=TOO_MANY, status=429)
        response.headers["retry-after"] = str(throttled.retry_after)
        return response


def _keep_out(guest: Visit, typed: str) -> Response:
    """Have a person sign in first; who acts as one lets no device in, which would stay in."""
    return _sign_in_first(guest, typed) if guest.session is None else shut_page(guest.site)


async def _take(
    typed: str, pressed: str, session: Session, guest: Visit, runtime: Runtime
) -> Response:
    """Do what the button says; without one, show who asks. Raises UserCodeUnknown, as `decide`."""
    if pressed == "switch":
        await let_go(typed, session, runtime.devices)
        return _sign_in_first(guest, typed)
    decision = _DECISIONS.get(pressed)
    if decision is None:
        waiting = await type_code(typed, session, guest.origin, runtime.devices)
        return await _ask(typed, waiting, session, guest, runtime)
    waiting = await decide(typed, decision, session, runtime.devices)
    values = {
        "stage": "done",
        "is_allowed": decision is Decision.ALLOWED,
        "name": waiting.client.name,
    }
    return _page(guest, values)


async def _ask(
    typed: str, waiting: WaitingFor, session: Session, guest: Visit, runtime: Runtime
) -> Response:
    code = read_user_code(typed)
    values = {
        "stage": "ask",
        "name": waiting.client.name,
        "mark": await mark_of(waiting.client, runtime),
        "is_known": waiting.client.is_registered,
        "document_host": document_host_of(waiting.client),
        "code": "" if code is None else code.reveal(),
        "own_rights": own_rights_of(waiting.scopes),
        "rights": _rights(waiting),
        "whole": _whole(waiting, runtime),
        "lifetime": lifetime_of(waiting.client, runtime),
        "asked": ago(waiting.created_at, runtime.clock.now()),
        "who": await read_who(session, runtime),
    }
    return _page(guest, values, typed)


def _rights(waiting: WaitingFor) -> tuple[Right, ...]:
    """Return what is asked for of the API, in the words of whoever runs it."""
    meanings = dict(waiting.resource.scopes)
    return tuple(
        Right(meanings.get(scope) or scope)
        for scope in waiting.scopes
        if scope not in IDENTITY_SCOPES
    )


def _whole(waiting: WaitingFor, runtime: Runtime) -> str | None:
    """Return the name of an API that is used whole, because it declares no scopes."""
    is_whole = is_used_whole(waiting.resource, runtime.settings.issuer)
    return waiting.resource.identifier if is_whole else None


def _sign_in_first(guest: Visit, typed: str) -> Response:
    return see_other(guest.site, address(guest.site.path("/signin"), back=_here(guest, typed)))


def _here(guest: Visit, typed: str) -> str:
    """Return the address of the form with a code in it, to come back to."""
    here = guest.site.path("/device")
    return f"{here}?{urlencode({'user_code': typed})}" if typed else here


def _form(
    guest: Visit,
    typed: str,
    *,
    error: str | None = None,
    problem: str | None = None,
    status: int = 200,
) -> Response:
    (code,) = fields.focused(fields.user_code(value=typed, error=error))
    values = {
        "stage": "type",
        "user_code": code,
        "is_filled": bool(typed) and error is None,
        "problem": problem,
        "has_errors": error is not None or problem is not None,
    }
    return _page(guest, values, typed, status=status)


def _page(
    guest: Visit, values: Mapping[str, object], typed: str = "", *, status: int = 200
) -> Response:
    every = {"problem": None, "has_errors": False, "form_token": guest.form_token}
    site = replace(guest.site, here=_here(guest, typed))
    return guest.remember(page(site, "device.html", {**every, **values}, status=status))
