"""The start page: what it shows, and the two buttons on it.

Everything real goes through the doors that any program uses: the page's calls are HTTP requests to
the demo's own application, made in process, with the token in their header.

Source: issue 2 (7); users.md U22 and U35; oauth.md section 0 (8).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Protocol

import httpx2
from jinja2 import PackageLoader
from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.users import User
from watchword.base.records import dataclass
from watchword.base.secrets import Secret
from watchword.cli.demo.pages.anatomy import TokenView, take_apart
from watchword.cli.demo.pages.calls import (
    Answer,
    Call,
    Notes,
    calls_for,
    curl_line,
    login_curl,
    read_answer,
)
from watchword.cli.demo.pages.issuing import example_token, issue_pair
from watchword.cli.demo.pages.lawbook import LAWBOOK
from watchword.cli.demo.pages.trials import Pair, Trial, Trials, Tried
from watchword.oauth.resources import choose_resource
from watchword.server.bodies import read_form
from watchword.server.csrf import FORM_TOKEN
from watchword.server.pages import fields
from watchword.server.pages.assets import Asset, load_assets, own_assets
from watchword.server.pages.home import view_session
from watchword.server.pages.notices import NOTICES
from watchword.server.pages.render import page, see_other, site_for, templates
from watchword.server.pages.static import serve_asset
from watchword.server.pages.visit import Visit, refuse_foreign, visit
from watchword.server.runtime import Runtime

__all__ = ["Explainer", "StartPage"]

CALL_SECONDS_MAX = 10.0  # an answer of the same process
# The request never came before the policy: malformed, without a good token, or unavailable.
BEFORE_THE_POLICY = frozenset({400, 401, 405, 413, 415, 422, 503})


class Explainer(Protocol):
    """Where the page learns which rule decided: the operator's view, not the caller's."""

    async def __call__(self, user: User, action: str, note: int | None) -> str:
        """Return the deciding rule and its reason in words."""
        ...


@dataclass(frozen=True, slots=True)
class CallView:
    """A call as the page shows it."""

    call: Call
    curl: str
    answer: Answer | None


@dataclass(frozen=True, slots=True)
class Example:
    """The token of nobody, and when another is made."""

    token: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of the table of answers."""

    call_id: str
    title: str
    status: int
    text: str


class StartPage:
    """The demo's page at `/` and its two buttons.

    Args:
        users: names of the demo's users, in the order in which the page tells them.
        notes: what the demo starts with.
        explain: tells which rule decided; None leaves the answers' own words.
    """

    __slots__ = ("_environment", "_example", "_explain", "_notes", "_trials", "_users")

    def __init__(
        self, users: Sequence[str], notes: Notes, *, explain: Explainer | None = None
    ) -> None:
        self._users = tuple(users)
        self._notes = notes
        self._explain = explain
        self._trials = Trials()
        self._example: Example | None = None
        self._environment = templates(PackageLoader("watchword.cli.demo.pages"))

    async def show(self, request: Request, runtime: Runtime) -> Response:
        """Answer `GET /`."""
        guest = await self._visit(request, runtime)
        trial = await self._trial(guest, runtime)
        name, password = fields.user_name(), fields.password()
        values = {
            "user_names": self._users,
            "username": name,
            "password": password,
            "person": None if guest.session is None else view_session(guest.session),
            "form_token": guest.form_token,
            "login_curl": login_curl(self._users[0], runtime.settings.origin),
            "token": await self._token(trial, runtime),
            "calls": self._calls(guest, trial),
            "rules": LAWBOOK,
            "notice": NOTICES.get(request.query_params.get("notice", "")),
            "reasons": self._reasons(guest, trial),
        }
        response = page(guest.site, "start.html", values, environment=self._environment)
        return guest.remember(response)

    async def call(self, request: Request, runtime: Runtime) -> Response:
        """Answer `POST /try/call`: make one call with the session's token, keep the answer."""
        form, guest = await self._pressed(request, runtime)
        trial = await self._trial(guest, runtime)
        found = [c for c in self._example_calls(guest) if c.id == form.get("call")]
        if trial is None or guest.session is None or not found:
            return see_other(guest.site, guest.site.path("/#signin"))
        [call] = found
        explained = await self._explained(call, guest.session.user)
        response = await _send(
            request,
            call.method,
            call.path,
            headers={"authorization": f"Bearer {trial.pair.access_token}"},
            body=call.body,
        )
        answer = read_answer(response.status_code, response.headers.multi_items(), response.content)
        trial.tried[call.id] = Tried(answer, _because(answer, explained))
        return see_other(guest.site, guest.site.path(f"/#call-{call.id}"))

    async def refresh(self, request: Request, runtime: Runtime) -> Response:
        """Answer `POST /try/refresh`: spend the refresh token for the next pair."""
        _, guest = await self._pressed(request, runtime)
        trial = await self._trial(guest, runtime)
        if trial is None or guest.session is None:
            return see_other(guest.site, guest.site.path("/#signin"))
        spent = trial.pair.refresh_token.reveal()
        response = await _send(
            request, "POST", f"{guest.site.prefix}/refresh", body={"refresh_token": spent}
        )
        if response.is_success:
            document = response.json()
            trial.pair = Pair(document["access_token"], Secret(document["refresh_token"]))
        elif (another := await issue_pair(guest.session.sid, guest.origin, runtime)) is not None:
            trial.pair = another  # it was spent elsewhere; the session is still good
        return see_other(guest.site, guest.site.path("/#token"))

    async def static(self, request: Request, runtime: Runtime) -> Response:
        """Answer `GET /static/{version}/{name}`, for the server's own files as well."""
        return serve_asset(request, demo_assets(), runtime.settings)

    async def _visit(self, request: Request, runtime: Runtime) -> Visit:
        site = site_for(request, runtime.settings, demo_assets())
        return await visit(request, runtime, site=site)

    async def _pressed(self, request: Request, runtime: Runtime) -> tuple[Mapping[str, str], Visit]:
        """Return the form of a button, and who pressed it: nobody, if the form is not theirs.

        Raises:
            Rejected: a page of another site sent it.
        """
        refuse_foreign(request, runtime)
        form = await read_form(request)
        guest = await self._visit(request, runtime)
        # A form from before a sign-in: the page has another by then.
        return form, guest if guest.owns(form.get(FORM_TOKEN)) else replace(guest, session=None)

    async def _trial(self, guest: Visit, runtime: Runtime) -> Trial | None:
        """Return the session's trial, with a pair issued for it if it has none."""
        if guest.session is None:
            return None
        sid = guest.session.sid
        if (found := self._trials.find(sid)) is not None:
            return found
        pair = await issue_pair(sid, guest.origin, runtime)
        return None if pair is None else self._trials.begin(sid, pair)

    async def _token(self, trial: Trial | None, runtime: Runtime) -> TokenView:
        """Take the session's token apart, or the example of a browser without a session."""
        now = runtime.clock.now()
        shown = await self._example_at(now, runtime) if trial is None else trial.pair.access_token
        resource = choose_resource(await runtime.store.list_resources(), None)
        return take_apart(
            shown,
            runtime.ring,
            issuer=runtime.settings.issuer,
            audience=resource.identifier,
            now=now,
            is_example=trial is None,
        )

    async def _example_at(self, now: int, runtime: Runtime) -> str:
        if self._example is None or self._example.expires_at <= now:
            lifetime = runtime.issue.access_lifetime_seconds
            self._example = Example(await example_token(runtime), now + lifetime)
        return self._example.token

    def _example_calls(self, guest: Visit) -> tuple[Call, ...]:
        return calls_for(None if guest.session is None else guest.session.user.name, self._notes)

    def _calls(self, guest: Visit, trial: Trial | None) -> list[CallView]:
        tried = {} if trial is None else trial.tried
        return [
            CallView(
                call,
                curl_line(call, guest.site.origin),
                tried[call.id].answer if call.id in tried else None,
            )
            for call in self._example_calls(guest)
        ]

    def _reasons(self, guest: Visit, trial: Trial | None) -> list[Reason]:
        """Tell of each answer what decided it."""
        tried = {} if trial is None else trial.tried
        return [
            Reason(call.id, call.title, one.answer.status, one.because)
            for call in self._example_calls(guest)
            if (one := tried.get(call.id))
        ]

    async def _explained(self, call: Call, user: User) -> str | None:
        """Ask the policy before the call is made: a deletion leaves nothing to explain."""
        if self._explain is None:
            return None
        return await self._explain(user, call.action, call.note)


@cache
def demo_assets() -> Mapping[str, Asset]:
    """Return the server's static files and those of this page, read once."""
    own = load_assets(files("watchword.cli.demo.pages").joinpath("static"))
    return MappingProxyType({**own_assets(), **own})


async def _send(
    request: Request,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: Mapping[str, object] | None = None,
) -> httpx2.Response:
    """Make a request of the application that serves this page, in process."""
    transport = httpx2.ASGITransport(app=request.app)
    origin = f"{request.url.scheme}://{request.url.netloc}"
    async with httpx2.AsyncClient(
        transport=transport, base_url=origin, timeout=CALL_SECONDS_MAX
    ) as http:
        return await http.request(method, path, headers=headers, json=body)


def _because(answer: Answer, explained: str | None) -> str:
    if explained is None or answer.status in BEFORE_THE_POLICY:
        return answer.reason or "Allowed."
    return explained
