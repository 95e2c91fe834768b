"""Connected applications: what each may do, when it last did, and the way to let it go.

Source: users.md U39; OWASP ASVS 5.0 V10.7.3; security.md rule 45.
"""

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import Response

from watchword.base.records import dataclass
from watchword.oauth.authorize.consent import Consent
from watchword.oauth.clients import Client, Resource
from watchword.oauth.connections import ConnectedApp, Disconnect, Disconnection, by_client
from watchword.oauth.scopes import TOLD_SCOPES
from watchword.server.device import Device, device_of
from watchword.server.pages.account.frame import (
    Member,
    go,
    notice_in,
    show,
)
from watchword.server.pages.account.step_up import form_at, page_at
from watchword.server.pages.ago import When, ago
from watchword.server.pages.marks import letter_of, tint_of
from watchword.server.pages.problem import not_found_page
from watchword.server.runtime import Runtime

__all__ = ["apps", "disconnect_app"]

PATH = "/account/apps"


@dataclass(frozen=True, slots=True)
class Right:
    """One thing that an application may do: the scope, and its meaning in words."""

    scope: str
    meaning: str  # as whoever runs the API wrote it; the scope itself where nothing is written


@dataclass(frozen=True, slots=True)
class Login:
    """One sign-in of an application; it has a time line of its own."""

    family_id: str
    device: Device
    since: When


@dataclass(frozen=True, slots=True)
class App:
    """A connected application, as its person sees it."""

    client_id: str
    name: str
    is_first_party: bool
    rights: tuple[Right, ...]
    used: When | None  # None: it is not signed in
    device: Device | None
    address: str | None
    logins: tuple[Login, ...]
    allowed: When | None  # a consent that is remembered: it may sign in again without asking

    @property
    def letter(self) -> str:
        """What its mark shows."""
        return letter_of(self.name)

    @property
    def tint(self) -> int:
        """The number of its mark's colour."""
        return tint_of(self.client_id)


async def _show(request: Request, runtime: Runtime, member: Member) -> Response:
    """Answer `GET /account/apps`."""
    families = await runtime.store.list_connections(member.user_id, now=member.now)
    resources = await runtime.store.list_resources()
    given = await runtime.store.list_consents(member.user_id)
    connected = by_client(families)
    allowed = {one.client_id: one.granted_at for one in reversed(given)}
    views = [_view(app, resources, allowed.get(app.client_id), member.now) for app in connected]
    signed_in = {app.client_id for app in connected}
    for client_id in dict.fromkeys(one.client_id for one in given):
        client = await runtime.store.find_client(client_id)
        if client_id not in signed_in and client is not None:
            views.append(_away(client, given, resources, member.now))
    return show(member, "apps.html", {"apps": views, "notice": notice_in(request)}, here=PATH)


async def _disconnect(form: Mapping[str, str], runtime: Runtime, member: Member) -> Response:
    """Answer `POST /account/apps`: revoke every family of an application, or the one named."""
    family_id = form.get("family_id")
    command = Disconnect(
        user_id=member.user_id,
        client_id=form.get("client_id", ""),
        origin=member.origin,
        sid=member.session.sid,
        now=member.now,
        family_id=family_id,
    )
    if await runtime.store.disconnect(command) is Disconnection.NOT_CONNECTED:
        return not_found_page(member.guest.site)
    return go(member, PATH, notice="app-disconnected" if family_id is None else "login-ended")


apps = page_at(PATH, _show)
disconnect_app = form_at(PATH, _disconnect)


def _view(
    app: ConnectedApp, resources: Sequence[Resource], allowed_at: int | None, now: int
) -> App:
    last = app.families[0]
    return App(
        client_id=app.client_id,
        name=app.name,
        is_first_party=app.is_first_party,
        rights=tuple(dict.fromkeys(_right(pair, resources) for pair in app.scopes)),
        used=ago(app.used_at, now),
        device=device_of(last.origin.device),
        address=last.origin.address,
        logins=tuple(
            Login(one.family_id, device_of(one.origin.device), ago(one.created_at, now))
            for one in app.families
        ),
        allowed=None if allowed_at is None else ago(allowed_at, now),
    )


def _away(client: Client, given: Sequence[Consent], resources: Sequence[Resource], now: int) -> App:
    """Describe an application that is not signed in and may sign in again without asking."""
    own = [one for one in given if one.client_id == client.client_id]
    pairs = dict.fromkeys((one.resource, scope) for one in own for scope in one.scopes)
    return App(
        client_id=client.client_id,
        name=client.name,
        is_first_party=client.is_first_party,
        rights=tuple(_right(pair, resources) for pair in pairs),
        used=None,
        device=None,
        address=None,
        logins=(),
        allowed=ago(own[0].granted_at, now),
    )


def _right(pair: tuple[str, str], resources: Sequence[Resource]) -> Right:
    identifier, scope = pair
    meanings = {
        (resource.identifier, name): meaning
        for resource in resources
        for name, meaning in resource.scopes
    }
    words = meanings.get((identifier, scope)) or TOLD_SCOPES.get(scope, scope)
    return Right(scope, words)
