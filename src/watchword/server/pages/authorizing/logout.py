"""`/logout` for browsers: an application sends its person here to end the login.

`POST /logout` with JSON is the login API's. A form is answered as the same request by GET: browsers
leave the session's cookie out of a form that another site sends, and bring it with the redirect.

Source: OpenID Connect RP-Initiated Logout 1.0; oauth.md N-24, F-5; ARCHITECTURE section 6
(`POST /logout`); users.md U31; security.md rules 41, 53 and 75; decisions/0158.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.sessions import Session
from watchword.base.reasons import REASONS
from watchword.oauth.connections import ConnectedApp, Disconnect, by_client
from watchword.oauth.errors import InvalidRequest
from watchword.oauth.scopes import OFFLINE_ACCESS
from watchword.oidc.logout import (
    PARAMETERS,
    LogoutFault,
    LogoutRequest,
    Understood,
    parse,
    understand,
)
from watchword.server.bodies import query_pairs, read_form
from watchword.server.csrf import FORM_TOKEN
from watchword.server.errors import MalformedBody
from watchword.server.languages import N_
from watchword.server.pages.begun_session import STALE
from watchword.server.pages.render import Site, page, see_other
from watchword.server.pages.visit import Visit, refuse_foreign, visit
from watchword.server.pages.way_back import HERE_CHARACTERS_MAX
from watchword.server.runtime import Runtime
from watchword.server.tracing import note, noted_id

__all__ = ["confirm_logout", "logout_by_form", "show_logout"]

PATH = "/logout"
END_LASTING = "end_lasting"

PROBLEMS: Mapping[LogoutFault, str] = MappingProxyType(
    {
        LogoutFault.HINT: N_(
            "The application that sent you here did not prove that it knows you, "
            "so you are not led back to it."
        ),
        LogoutFault.OTHER_CLIENT: N_(
            "The application that sent you here goes by another one's name, "
            "so you are not led back to it."
        ),
        LogoutFault.NO_HINT: N_(
            "The application that sent you here did not say who it is, "
            "so you are not led back to it."
        ),
        LogoutFault.ADDRESS: N_(
            "The application that sent you here wants you to go on to an address that it never "
            "named before, so you are not led there."
        ),
    }
)


async def show_logout(request: Request, runtime: Runtime) -> Response:
    """Answer `GET /logout`: sign out at once, ask, or say that nobody is signed in.

    Raises:
        Rejected: a parameter is repeated.
        InvalidRequest: a parameter is too long.
    """
    asked = parse(_once(query_pairs(request)))
    understood = await _understand(asked, runtime)
    guest = _held(await visit(request, runtime))
    if guest.session is None:
        return _nobody(guest, asked, understood)
    if not understood.names(guest.session.user.id):
        return await _ask(guest, asked, understood, runtime)
    return await _end(guest, understood, runtime)


async def logout_by_form(request: Request, runtime: Runtime) -> Response:
    """Answer `POST /logout` with a form, which an application's page sends.

    Raises:
        Rejected: no form.
        InvalidRequest: a parameter is too long.
    """
    asked = parse(await read_form(request))
    guest = await visit(request, runtime)
    return see_other(guest.site, _address(guest, _members(asked)))


async def confirm_logout(request: Request, runtime: Runtime) -> Response:
    """Answer `POST /logout/confirm`: the person said yes.

    Raises:
        Rejected: the form comes from another site, or is no form.
        InvalidRequest: a parameter is too long.
    """
    refuse_foreign(request, runtime)
    form = await read_form(request)
    asked = parse(form)
    understood = await _understand(asked, runtime)
    guest = _held(await visit(request, runtime))
    if guest.session is None:
        return _gone(guest, understood)
    if not guest.owns(form.get(FORM_TOKEN)):
        return await _ask(guest, asked, understood, runtime, problem=STALE, status=403)
    if form.get(END_LASTING) == "yes":
        for app in await _lasting(guest.session, runtime):
            command = Disconnect(
                user_id=guest.session.user.id,
                client_id=app.client_id,
                origin=guest.origin,
                sid=guest.session.sid,
                now=runtime.clock.now(),
            )
            await runtime.store.disconnect(command)
    return await _end(guest, understood, runtime)


def _held(guest: Visit) -> Visit:
    """Return the visit with whatever session there is: nobody needs a second factor to sign out."""
    return replace(guest, session=guest.held_session)


async def _understand(asked: LogoutRequest, runtime: Runtime) -> Understood:
    """Return what a request amounts to. A fault is written down for who runs the application."""
    understood = await understand(asked, runtime.store, read_hint=runtime.read_hint)
    if understood.fault is not None:
        client = None if understood.client is None else understood.client.client_id
        note(InvalidRequest(understood.fault.value, detail=f"logout, client {client}"))
    return understood


async def _ask(
    guest: Visit,
    asked: LogoutRequest,
    understood: Understood,
    runtime: Runtime,
    *,
    problem: str | None = None,
    status: int | None = None,
) -> Response:
    """Show the question. What could not be proved goes no further than this page."""
    session = guest.session
    if session is None:
        return _nobody(guest, asked, understood)
    fault = None if understood.fault is None else PROBLEMS[understood.fault]
    site = _kept(guest, asked, understood)
    if understood.back is not None:
        site = replace(site, form_target=understood.back.form_target)
    client = understood.client
    response = page(
        site,
        "logout.html",
        {
            "name": session.user.name,
            "application": None if client is None or fault else client.name,
            "is_other": understood.sub not in (None, session.user.id),
            "problem": problem or fault,
            **_blame(understood),
            "members": {} if fault else _members(asked),
            "lasting": [app.name for app in await _lasting(session, runtime)],
            "form_token": guest.form_token,
        },
        status=status or (400 if fault else 200),
    )
    return guest.remember(response)


async def _end(guest: Visit, understood: Understood, runtime: Runtime) -> Response:
    """End the session of this browser with all that hangs on it."""
    if guest.session is not None:
        await runtime.store.end_session(
            guest.session.sid, now=runtime.clock.now(), origin=guest.origin
        )
    response = _gone(guest, understood)
    if guest.session is None or guest.session.actor is None:
        guest.rules.clear(response, guest.rules.session)
        guest.rules.clear(response, guest.rules.form)
    # Otherwise they are what the way back to the own session goes by (`pages/acting.py`).
    return response


def _gone(guest: Visit, understood: Understood) -> Response:
    """Lead a browser on in which nobody is signed in any more."""
    back = understood.back
    return see_other(guest.site, _address(guest, {}) if back is None else back.location)


def _nobody(guest: Visit, asked: LogoutRequest, understood: Understood) -> Response:
    """Say that nobody is signed in, or lead on at once where the server knows the application.

    Whoever registers a client chooses its addresses, and nobody here has pressed a button, so a
    stranger's address is only offered.

    Source: RFC 9700 section 4.11 (no open redirector).
    """
    client, back = understood.client, understood.back
    if back is not None and client is not None and client.is_registered:
        return _gone(guest, understood)
    fault = understood.fault
    values = {
        "problem": None if fault is None else PROBLEMS[fault],
        **_blame(understood),
        "onward": None if back is None else back.location,
        "host": None if back is None else back.host,
    }
    return page(
        _kept(guest, asked, understood), "signed_out.html", values, status=400 if fault else 200
    )


def _blame(understood: Understood) -> dict[str, str | None]:
    """Return whose fault it is, and the id under which that is found."""
    fault = None if understood.fault is None else REASONS[InvalidRequest.code].fault
    return {"fault": fault, "id": noted_id()}


async def _lasting(session: Session, runtime: Runtime) -> list[ConnectedApp]:
    """Return the applications that go on while their person is signed out of a session.

    None for whoever acts as the person: what the person has allowed is theirs to end.
    """
    if session.actor is not None:
        return []
    families = await runtime.store.list_connections(session.user.id, now=runtime.clock.now())
    others = (one for one in families if one.sid != session.sid)
    return list(by_client(one for one in others if OFFLINE_ACCESS in one.scopes))


def _once(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the parameters of a query, each of which may come once (RFC 6749 section 3.1)."""
    members: dict[str, str] = {}
    for name, value in pairs:
        if name in members:
            raise MalformedBody("a parameter is repeated")
        members[name] = value
    return members


def _members(asked: LogoutRequest) -> dict[str, str]:
    """Return what `parse` reads as the same request."""
    members = {name: getattr(asked, name) for name in PARAMETERS}
    return {name: value for name, value in members.items() if value is not None}


def _kept(guest: Visit, asked: LogoutRequest, understood: Understood) -> Site:
    """Return the site whose page comes back whole after a change of language.

    What could not be proved is left behind.
    """
    if understood.fault is not None:
        return guest.site
    here = _address(guest, _members(asked))
    return replace(guest.site, here=here if len(here) <= HERE_CHARACTERS_MAX else "")


def _address(guest: Visit, members: Mapping[str, str]) -> str:
    path = guest.site.path(PATH)
    return f"{path}?{urlencode(members)}" if members else path
