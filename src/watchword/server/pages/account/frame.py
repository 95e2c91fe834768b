"""What all pages of an account have in common: who is signed in, the menu, forms of this person.

Source: users.md U39, U43; security.md rules 43, 45 and 47.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.origin import Origin
from watchword.accounts.person.profile import Profile
from watchword.accounts.sessions import Session
from watchword.base.records import dataclass
from watchword.server.bodies import read_form
from watchword.server.csrf import FORM_TOKEN
from watchword.server.languages import N_
from watchword.server.pages.acting import shut_page
from watchword.server.pages.authorizing.asking import accompanied
from watchword.server.pages.begun_session import way_up
from watchword.server.pages.notices import NOTICES
from watchword.server.pages.preferences import preferences_of
from watchword.server.pages.problem import not_found_page
from watchword.server.pages.render import page, see_other
from watchword.server.pages.visit import SessionFinder, Visit, in_use, refuse_foreign, visit
from watchword.server.pages.way_back import address, way_back
from watchword.server.pages.who import Who, who_of
from watchword.server.places import Places
from watchword.server.runtime import Runtime

__all__ = [
    "AREAS",
    "Area",
    "Form",
    "Handler",
    "Member",
    "MemberForm",
    "MemberPage",
    "areas_of",
    "by_button",
    "for_member",
    "form_of_member",
    "go",
    "notice_in",
    "place_of",
    "show",
]

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Area:
    """One page of the account, as the menu names it."""

    path: str
    label: str
    icon: str  # a macro of `account/icons.html`


# In the order in which a person looks: who am I, how do I get in, who else is in, what is mine.
AREAS = (
    Area("/account", N_("Overview"), "home"),
    Area("/account/profile", N_("Profile"), "person"),
    Area("/account/emails", N_("E-mail addresses"), "mail"),
    Area("/account/password", N_("Password"), "lock"),
    Area("/account/passkeys", N_("Passkeys"), "key"),
    Area("/account/totp", N_("Authenticator app"), "code"),
    Area("/account/recovery-codes", N_("Recovery codes"), "sheet"),
    Area("/account/sessions", N_("Sessions"), "devices"),
    Area("/account/apps", N_("Applications"), "apps"),
    Area("/account/activity", N_("Activity"), "pulse"),
    Area("/account/export", N_("Export my data"), "download"),
    Area("/account/delete", N_("Delete my account"), "trash"),
)


# Where a person gets a second factor, or shows it: open to a session that lacks one.
WAYS_UP = ("/account/confirm", "/account/passkeys", "/account/totp")


# What whoever acts as the person may look at. All else of the account shows or changes what is the
# person's alone: how they sign in, what is held about them, that there is an account.
OPEN_TO_ACTORS = frozenset(
    {
        "/account",
        "/account/activity",
        "/account/apps",
        "/account/emails",
        "/account/profile",
        "/account/sessions",
    }
)


@dataclass(frozen=True, slots=True)
class Member:
    """The visit of a person who is signed in."""

    guest: Visit
    session: Session
    profile: Profile
    path: str  # of the request, from the root of the host
    back: str  # where the person was going when this page came between, or nothing
    now: int
    undo: str = ""  # the path at which an administrator undoes what they just did, or nothing

    @property
    def origin(self) -> Origin:
        """Where the request came from."""
        return self.guest.origin

    @property
    def user_id(self) -> str:
        """Whose account it is."""
        return self.session.user.id

    @property
    def here(self) -> str:
        """The address of the request, as far as it matters to come back to it."""
        return address(self.path, back=self.back)

    @property
    def who(self) -> Who:
        """What the corner of the page shows."""
        return who_of(self.profile)


MemberPage = Callable[[Request, Runtime, Member], Awaitable[Response]]
MemberForm = Callable[[Form, Runtime, Member], Awaitable[Response]]
Handler = Callable[[Request, Runtime], Awaitable[Response]]


def for_member(shown: MemberPage, *, find: SessionFinder = in_use) -> Handler:
    """Return the handler of a page that only a person who is signed in sees.

    Everybody else is sent to sign in, and comes back.

    Args:
        shown: answers that person.
        find: what the request means to the session.
    """

    async def handler(request: Request, runtime: Runtime) -> Response:
        member = await _member(request, runtime, request.query_params, find=find)
        if isinstance(member, Response):
            return member
        return await shown(request, runtime, member)

    return handler


def form_of_member(sent: MemberForm) -> Handler:
    """Return the handler of a form that a page of the account showed to this person.

    The handler raises Rejected where the form comes from another site, or is no form.
    """

    async def handler(request: Request, runtime: Runtime) -> Response:
        refuse_foreign(request, runtime)
        form = await read_form(request)
        member = await _member(request, runtime, form)
        if isinstance(member, Response):
            return member
        if not member.guest.owns(form.get(FORM_TOKEN)):
            stale = address(member.path, notice="stale-form", back=member.back)
            return see_other(member.guest.site, stale)
        return await sent(form, runtime, member)

    return handler


def by_button(acts: Mapping[str, MemberForm]) -> MemberForm:
    """Return the form whose buttons are named `action`, each with a value that says what to do."""

    async def pressed(form: Form, runtime: Runtime, member: Member) -> Response:
        act = acts.get(form.get("action", ""))
        if act is None:
            return not_found_page(member.guest.site)
        return await act(form, runtime, member)

    return pressed


def show(
    member: Member, template: str, values: Mapping[str, object], *, here: str, status: int = 200
) -> Response:
    """Render a page of the account.

    Args:
        member: who looks at it.
        template: file name below `templates/account`, or below `templates` with its folder.
        values: what it shows, beside what every page of the account shows.
        here: the path of the area that the page belongs to.
        status: HTTP status.
    """
    every: dict[str, object] = {
        "who": member.who,
        "areas": areas_of(member),
        "is_acting": member.session.actor is not None,
        "menu": N_("Your account"),
        "here": here,
        "back": member.back,
        "undo": member.undo,
        "notice": None,
        "problem": None,
        "form_token": member.guest.form_token,
    }
    name = template if "/" in template else f"account/{template}"
    response = page(member.guest.site, name, {**every, **values}, status=status)
    return member.guest.remember(response)


def areas_of(member: Member) -> tuple[Area, ...]:
    """Return the areas that are open in this session."""
    if member.session.actor is None:
        return AREAS
    return tuple(area for area in AREAS if area.path in OPEN_TO_ACTORS)


def go(
    member: Member, path: str, *, after: str = "", notice: str | None = None, undo: str = ""
) -> Response:
    """Answer a form with the page to look at next.

    Args:
        member: who sent it.
        path: of the page.
        after: the entry of a list after which the page begins.
        notice: what it says.
        undo: the entry of the log that it offers to undo.
    """
    site = member.guest.site
    there = address(site.path(path), after=after, notice=notice, back=member.back, undo=undo)
    return see_other(site, there)


def notice_in(request: Request) -> str | None:
    """Return the sentence that the address asks for, if there is one of that name."""
    return NOTICES.get(request.query_params.get("notice", ""))


def place_of(address: str | None, member: Member, places: Places | None) -> str | None:
    """Return where an address is, in the language of the person, as far as it is known."""
    return None if places is None else places.find(address, member.guest.site.language.tag)


async def _member(
    request: Request,
    runtime: Runtime,
    asked: Mapping[str, str],
    *,
    find: SessionFinder = in_use,
) -> Member | Response:
    """Return who is signed in, and where to; otherwise the way to sign in.

    Args:
        request: of a browser.
        runtime: where sessions and people are.
        asked: the query of a page, or the fields of a form.
        find: what the request means to the session.
    """
    guest = await visit(request, runtime, find=find)
    path: str = request.scope["path"]
    back = way_back(asked.get("next"), otherwise="")
    session, profile = guest.session, None
    if guest.weak_session is not None:
        if not _leads_up(path, guest):
            return see_other(guest.site, _way_up(path, back, guest, runtime))
        session = guest.weak_session
    if session is not None:
        profile = await runtime.store.read_profile(session.user.id)
    if session is None or profile is None:  # none: deleted between the two reads
        wish = address(path, back=back)
        return see_other(guest.site, address(guest.site.path("/signin"), back=wish))
    if session.actor is not None and not _is_open_to_actor(request, path, guest):
        return shut_page(guest.site)
    language, _ = preferences_of(request, runtime.settings, locale=profile.locale)
    spoken = replace(guest, site=replace(guest.site, language=language))
    spoken = await accompanied(spoken, back, runtime)
    return Member(spoken, session, profile, path, back, runtime.clock.now())


def _is_open_to_actor(request: Request, path: str, guest: Visit) -> bool:
    """Whether somebody who acts as the person may look at a page; they change nothing."""
    is_look = request.method in {"GET", "HEAD"}
    return is_look and path in map(guest.site.path, OPEN_TO_ACTORS)


def _leads_up(path: str, guest: Visit) -> bool:
    """Whether a page is one of those where a person gets a second factor, or shows it."""
    ways = map(guest.site.path, WAYS_UP)
    return any(path == way or path.startswith(f"{way}/") for way in ways)


def _way_up(path: str, back: str, guest: Visit, runtime: Runtime) -> str:
    wish = address(path, back=back)
    return way_up(wish, guest, runtime.settings.least_level)
