"""One request of one browser: which site it sees, whose session it brings, which forms are its own.

Source: security.md rules 38 and 47; users.md U35 (the state of a login lives in the database).
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeAlias
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.factors.ceremonies import RelyingParty
from watchword.accounts.origin import Origin
from watchword.accounts.sessions import Session, reaches
from watchword.base.chance import new_secret
from watchword.base.records import dataclass
from watchword.base.secrets import Secret, digest
from watchword.server.cookies import CookieRules, cookie_rules
from watchword.server.csrf import form_token, is_own_form, is_own_origin
from watchword.server.errors import Rejected
from watchword.server.pages.banner import banner_of
from watchword.server.pages.render import Site, site_for
from watchword.server.pages.way_back import way_back
from watchword.server.peer import origin_of
from watchword.server.runtime import Runtime
from watchword.stores import Store

__all__ = [
    "Asking",
    "ForeignForm",
    "SessionFinder",
    "Visit",
    "in_use",
    "looked_at",
    "refuse_foreign",
    "visit",
]


class ForeignForm(Rejected):
    """A page of another site tries to act as this browser's person."""

    status = 403
    code = "foreign_form"


@dataclass(frozen=True, slots=True)
class Asking:
    """The application that a person is on the way to."""

    name: str
    login_hint: str | None
    logo: str | None = None  # as a data: address


@dataclass(frozen=True, slots=True)
class Visit:
    """What is known of a browser before a page is made for it."""

    site: Site
    origin: Origin
    rules: CookieRules
    form_cookie: Secret | None  # as it came
    form_secret: Secret  # the same, or a fresh one for a browser without
    session_cookie: Secret | None
    aside_cookie: Secret | None  # of whoever acts as a user, for when they stop
    session: Session | None  # live, of an active user, at the level that every login has to reach
    weak_session: Session | None  # live, and below that level: it opens nothing but the way there
    interaction_cookie: Secret | None  # what its authorization requests are bound to
    errand: str  # where its person was going when they asked for a mail, or nothing
    device: Secret | None  # what this browser was given when somebody signed in with it
    party: RelyingParty  # whom passkeys are made for
    asking: Asking | None = None  # None: the person came by themselves

    @property
    def cookie_hash(self) -> bytes | None:
        """What finds the session in the store."""
        return None if self.session_cookie is None else digest(self.session_cookie)

    @property
    def held_session(self) -> Session | None:
        """The session of this browser, whatever its level."""
        return self.session or self.weak_session

    @property
    def form_token(self) -> str:
        """What the forms on this browser's pages carry."""
        return form_token(self.form_secret, self.session_cookie)

    def owns(self, presented: str | None) -> bool:
        """Whether a form with this token was shown to this browser in this session."""
        return is_own_form(presented or "", self.form_cookie, self.session_cookie)

    @property
    def bound_to(self) -> bytes:
        """What the challenges of this browser's ceremonies are bound to."""
        return digest(self.form_secret)

    def keep_errand(self, response: Response, back: str) -> Response:
        """Have the browser remember where its person is going, while they wait for a mail."""
        if back:
            self.rules.write_errand(response, quote(back, safe=""))
        return response

    def remember(self, response: Response) -> Response:
        """Give a browser the cookie that its forms are bound to, if it has none."""
        if self.form_cookie is None:
            self.rules.write(response, self.rules.form, self.form_secret)
        return response


SessionFinder: TypeAlias = Callable[[Store, bytes, int, Origin], Awaitable[Session | None]]


async def in_use(store: Store, cookie_hash: bytes, now: int, origin: Origin) -> Session | None:
    """Find the session of a person who does something: it stays open for longer."""
    return await store.find_session(cookie_hash, now=now, origin=origin)


async def looked_at(store: Store, cookie_hash: bytes, now: int, origin: Origin) -> Session | None:  # noqa: ARG001  # as above
    """Find the session whose page asks by itself: a page that is left open keeps none open."""
    return await store.glance_session(cookie_hash, now=now)


async def visit(
    request: Request, runtime: Runtime, *, site: Site | None = None, find: SessionFinder = in_use
) -> Visit:
    """Read the cookies of a request and find the session.

    Args:
        request: of a browser.
        runtime: where sessions are.
        site: what the page looks like; the server's own unless given.
        find: what the request means to the session.
    """
    rules = cookie_rules(runtime.settings.issuer)
    origin = origin_of(request, runtime.proxies)
    session_cookie = rules.read(request.headers, rules.session)
    form_cookie = rules.read(request.headers, rules.form)
    errand = rules.read_text(request.headers, rules.errand)
    session = None
    if session_cookie is not None:
        session = await find(runtime.store, digest(session_cookie), runtime.clock.now(), origin)
    form_secret = new_secret(runtime.chance) if form_cookie is None else form_cookie
    aside_cookie = rules.read(request.headers, rules.aside)
    banner = banner_of(
        session,
        is_aside=aside_cookie is not None,
        token=form_token(form_secret, session_cookie),
    )
    is_weak = session is not None and not reaches(session, runtime.settings.least_level)
    return Visit(
        site=replace(site or site_for(request, runtime.settings), acting=banner),
        origin=origin,
        rules=rules,
        form_cookie=form_cookie,
        form_secret=form_secret,
        session_cookie=session_cookie,
        aside_cookie=aside_cookie,
        session=None if is_weak else session,
        weak_session=session if is_weak else None,
        interaction_cookie=rules.read(request.headers, rules.interaction),
        errand=way_back(unquote(errand or ""), otherwise=""),
        device=rules.read(request.headers, rules.device),
        party=runtime.passkeys.party,
    )


def refuse_foreign(request: Request, runtime: Runtime) -> None:
    """Refuse a form that a page of another site sent.

    Raises:
        ForeignForm: the browser says so.
    """
    if not is_own_origin(request.headers, runtime.settings.origin):
        raise ForeignForm("this form was sent by a page of another site")
