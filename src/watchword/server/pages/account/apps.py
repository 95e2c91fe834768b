"""Connected applications: what each may do, when it last did, and the way to let it go.

Source: users.md U39; OWASP ASVS 5.0 V10.7.3; security.md rule 45.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from watchword.oauth.clients import Resource
from watchword.oauth.connections import ConnectedApp, Disconnect, Disconnection, by_client
from watchword.oauth.timeline import FamilyLife
from watchword.server.pages.account.frame import (
    Member,
    for_member,
    form_of_member,
    go,
    notice_in,
    show,
)
from watchword.server.pages.ago import When, ago
from watchword.server.pages.device import Device, device_of
from watchword.server.pages.family_timeline import draw_family
from watchword.server.pages.problem import not_found_page
from watchword.server.runtime import Runtime

__all__ = ["apps", "disconnect_app"]

PATH = "/account/apps"
LIVES_MAX = 3  # time lines of one application


@dataclass(frozen=True, slots=True)
class Right:
    """One thing that an application may do: the scope, and its meaning in words."""

    scope: str
    meaning: str  # as whoever runs the API wrote it; the scope itself where nothing is written


@dataclass(frozen=True, slots=True)
class App:
    """A connected application, as its person sees it."""

    client_id: str
    name: str
    is_first_party: bool
    rights: tuple[Right, ...]
    since: When
    used: When
    device: Device
    address: str | None
    lives: tuple[FamilyLife, ...]  # of its newest families


async def _show(request: Request, runtime: Runtime, member: Member) -> Response:
    """Answer `GET /account/apps`."""
    families = await runtime.store.list_connections(member.user_id, now=member.now)
    resources = await runtime.store.list_resources()
    views = []
    for app in by_client(families):
        lives = [
            await runtime.store.read_family_life(member.user_id, family.family_id)
            for family in app.families[:LIVES_MAX]
        ]
        found = tuple(life for life in lives if life is not None)
        views.append(_view(app, resources, found, member.now))
    values = {
        "apps": views,
        "draw": partial(draw_family, now=member.now),  # by the template, in the page's language
        "notice": notice_in(request),
    }
    return show(member, "apps.html", values, here=PATH)


async def _disconnect(form: Mapping[str, str], runtime: Runtime, member: Member) -> Response:
    """Answer `POST /account/apps`: revoke every family of the application that the form names."""
    command = Disconnect(
        user_id=member.user_id,
        client_id=form.get("client_id", ""),
        origin=member.origin,
        sid=member.session.sid,
        now=member.now,
    )
    if await runtime.store.disconnect(command) is Disconnection.NOT_CONNECTED:
        return not_found_page(member.guest.site)
    return go(member, PATH, notice="app-disconnected")


apps = for_member(_show)
disconnect_app = form_of_member(_disconnect)


def _view(
    app: ConnectedApp, resources: Sequence[Resource], lives: tuple[FamilyLife, ...], now: int
) -> App:
    last = app.families[0]
    return App(
        client_id=app.client_id,
        name=app.name,
        is_first_party=app.is_first_party,
        rights=tuple(_right(pair, resources) for pair in app.scopes),
        since=ago(app.since, now),
        used=ago(app.used_at, now),
        device=device_of(last.origin.device),
        address=last.origin.address,
        lives=lives,
    )


def _right(pair: tuple[str, str], resources: Sequence[Resource]) -> Right:
    identifier, scope = pair
    meanings = {
        (resource.identifier, name): meaning
        for resource in resources
        for name, meaning in resource.scopes
    }
    return Right(scope, meanings.get((identifier, scope), scope))
