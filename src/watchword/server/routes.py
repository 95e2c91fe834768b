"""All addresses of the server: one row each.

The router, the method and body checks, CORS, caching and the metadata document are made from this
table, so that what is advertised is what is served.

Source: oauth.md section 3; security.md section 2 (`server/routes.py`); ARCHITECTURE section 6.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from watchword.base.records import dataclass
from watchword.oauth.metadata import DISCOVERY, SERVER_METADATA
from watchword.oauth.protected_resource import WELL_KNOWN
from watchword.oauth.registration import register as registration
from watchword.server.administration.scopes import MANAGEMENT
from watchword.server.bodies import FORM_TYPE
from watchword.server.cross_origin import Cors
from watchword.server.endpoints.challenge import challenge
from watchword.server.endpoints.device_authorization import device_authorization
from watchword.server.endpoints.documents import jwks, metadata, own_resource
from watchword.server.endpoints.health import livez, readyz
from watchword.server.endpoints.introspection import introspect, revoke
from watchword.server.endpoints.login import login
from watchword.server.endpoints.logout import logout
from watchword.server.endpoints.me import me
from watchword.server.endpoints.reason import reason
from watchword.server.endpoints.registration import change as change_client
from watchword.server.endpoints.registration import read as read_client
from watchword.server.endpoints.registration import register as register_client
from watchword.server.endpoints.registration import remove as remove_client
from watchword.server.endpoints.revocations import revocations
from watchword.server.endpoints.sessions import end_session, list_sessions, logout_all
from watchword.server.endpoints.tokens import refresh, token
from watchword.server.endpoints.userinfo import userinfo
from watchword.server.failures import Kind
from watchword.server.management.door import management
from watchword.server.pages.account.activity import activity
from watchword.server.pages.account.apps import apps, disconnect_app
from watchword.server.pages.account.confirm import confirm, confirm_options, show_confirm
from watchword.server.pages.account.deletion import delete_account, show_deletion
from watchword.server.pages.account.emails import change_emails, emails
from watchword.server.pages.account.export import download_export, show_export
from watchword.server.pages.account.overview import overview
from watchword.server.pages.account.passkeys import change_passkeys, passkey_options, passkeys
from watchword.server.pages.account.password import change_password, show_password
from watchword.server.pages.account.profile import change_profile, profile
from watchword.server.pages.account.recovery_codes import make_recovery_codes, recovery_codes
from watchword.server.pages.account.sessions import end_sessions, sessions
from watchword.server.pages.account.tokens import tokens
from watchword.server.pages.account.totp import change_totp, totp
from watchword.server.pages.account.user_name import change_user_name, show_user_name
from watchword.server.pages.acting import stop_acting
from watchword.server.pages.authorizing.authorize import authorize, authorize_by_form
from watchword.server.pages.authorizing.device_code import show_device, take_code
from watchword.server.pages.authorizing.interaction import interaction, take_decision
from watchword.server.pages.authorizing.logout import confirm_logout, show_logout
from watchword.server.pages.console.access import change_access, show_access
from watchword.server.pages.console.acting import act_as, show_act_as
from watchword.server.pages.console.app_acts import remove_client as remove_kept_client
from watchword.server.pages.console.app_acts import (
    replace_secret,
    show_other_secret,
    show_removal,
)
from watchword.server.pages.console.app_edit import add_client, show_changes, show_new_client
from watchword.server.pages.console.app_edit import change_client as change_kept_client
from watchword.server.pages.console.apps import change_clients, show_clients
from watchword.server.pages.console.ask import show_question
from watchword.server.pages.console.events import show_events
from watchword.server.pages.console.first_steps import set_first_steps
from watchword.server.pages.console.happenings import LIVE
from watchword.server.pages.console.keys import change_keys, show_keys
from watchword.server.pages.console.live import live_events
from watchword.server.pages.console.log import show_log
from watchword.server.pages.console.new_user import add_user, show_new_user
from watchword.server.pages.console.overview import overview as console_overview
from watchword.server.pages.console.refusals import show_refusals
from watchword.server.pages.console.roles import show_role
from watchword.server.pages.console.rules import show_rules
from watchword.server.pages.console.search import search
from watchword.server.pages.console.sessions import end_one as end_one_session
from watchword.server.pages.console.sessions import show_sessions
from watchword.server.pages.console.settings import show_settings
from watchword.server.pages.console.several_lists import (
    several_apps,
    several_sessions,
    several_users,
)
from watchword.server.pages.console.tools import show_tools
from watchword.server.pages.console.undo import show_undo, undo_change
from watchword.server.pages.console.user import act, change_user, show_act, show_user
from watchword.server.pages.console.users import users
from watchword.server.pages.console.ways_in import make_link, show_link
from watchword.server.pages.home import home
from watchword.server.pages.inspector.page import inspect, show_inspector
from watchword.server.pages.looks import save_preferences
from watchword.server.pages.mailbox import mailbox
from watchword.server.pages.signing_in.forgot import forgot, show_forgot
from watchword.server.pages.signing_in.reset import reset, show_reset
from watchword.server.pages.signing_in.second_factor import factor_options, show_factor, take_factor
from watchword.server.pages.signing_in.setup import setup, show_setup
from watchword.server.pages.signing_in.signin import show_signin, signin, signin_options, signout
from watchword.server.pages.signing_in.signup import show_signup, signup
from watchword.server.pages.signing_in.verify import show_verify, verify
from watchword.server.pages.static import static
from watchword.server.pages.way_back import HERE_CHARACTERS_MAX
from watchword.server.runtime import Runtime
from watchword.server.settings import Settings

__all__ = [
    "DISCOVERY_PATHS",
    "ROUTES",
    "Access",
    "Handler",
    "Route",
    "discovery_route",
    "served_endpoints",
    "served_routes",
]

Handler = Callable[[Request, Runtime], Awaitable[Response]]

LOGIN_BYTES_MAX = 8 * 1024  # oauth.md E-4
TOKEN_BYTES_MAX = 64 * 1024  # oauth.md E-4
AUTHORIZE_BYTES_MAX = 16 * 1024  # it goes on as the query of a GET, among 32 KiB of header fields
REGISTRATION_BYTES_MAX = 32 * 1024  # oauth.md E-4
PAGE_BYTES_MAX = 8 * 1024  # a user name, a passphrase, a CSRF token
HERE_BYTES_MAX = 2 * HERE_CHARACTERS_MAX  # the address of a page, encoded once more
SEVERAL_BYTES_MAX = 64 * 1024  # a hundred ids of applications, of 256 characters that are escaped
INSPECT_BYTES_MAX = 32 * 1024  # a token of the largest accepted size, and one that is too large


# How a caller proves itself. The handler does it; the table says so for everybody else.
Access = Literal[
    "public",
    "credential",  # a user name and a password, or a one-time link
    "refresh_token",
    "client",  # a client that authenticates, or a resource with its secret
    "registration",  # an initial access token or nothing, and then the client's own token
    "bearer",  # an access token of this issuer
    "session",  # the cookie, and for a POST a form of this server
]


def _always(settings: Settings) -> bool:  # noqa: ARG001  # as other rows' conditions
    return True


def _never(request: Request) -> bool:  # noqa: ARG001  # as other rows' conditions
    return False


def _by_link_or_form(request: Request) -> bool:
    """Whether a browser comes by a link, or sends a form."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return request.method in {"GET", "HEAD"} or (
        request.method == "POST" and media_type == FORM_TYPE
    )


def _authorizes(settings: Settings) -> bool:
    return settings.authorization_pages


def _has_mail(settings: Settings) -> bool:
    return settings.has_mail


def _registers_clients(settings: Settings) -> bool:
    return settings.client_registration != "off"


def _register(settings: Settings) -> bool:
    return settings.register


def _lets_devices_in(settings: Settings) -> bool:
    return settings.device_authorization


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One address."""

    path: str  # below the issuer
    handlers: Mapping[str, Handler]  # by method; HEAD follows GET, unless that has an effect
    kind: Kind
    access: Access
    body_bytes_max: int = 0
    cors: Cors = Cors.NONE
    is_cacheable: bool = False  # every other answer says no-store
    acts_on_get: bool = False  # a browser that comes by a link changes something: HEAD is refused
    member: str | None = None  # of the metadata document
    is_served: Callable[[Settings], bool] = _always  # by a server of these settings
    is_for_people: Callable[[Request], bool] = _never  # whether an error is a page all the same
    echoed: tuple[str, ...] = ()  # fields of a request that every answer carries back

    def kind_for(self, request: Request) -> Kind:
        """Return what is spoken with whoever sends this request."""
        return Kind.PAGE if self.is_for_people(request) else self.kind

    @property
    def shows_pages(self) -> bool:
        """Whether a browser that comes by a link is shown a page."""
        return self.kind is Kind.PAGE or self.is_for_people is not _never

    @property
    def methods(self) -> str:
        """What `Allow` says."""
        return ", ".join(sorted({*self.handlers, "OPTIONS", *(("HEAD",) if self.has_head else ())}))

    @property
    def has_head(self) -> bool:
        """Whether HEAD is answered as GET is (RFC 9110 section 9.2.1: it is safe)."""
        return "GET" in self.handlers and not self.acts_on_get


DISCOVERY_PATHS = (SERVER_METADATA, DISCOVERY, WELL_KNOWN)


def discovery_route(path: str) -> Route:
    """Return the route of a metadata document at one of its addresses."""
    return Route(
        path=path,
        handlers={"GET": own_resource if path.startswith(WELL_KNOWN) else metadata},
        kind=Kind.PROTOCOL,
        access="public",
        cors=Cors.OPEN,
        is_cacheable=True,
    )


def _keys_route(path: str, member: str | None = None) -> Route:
    return Route(
        path=path,
        handlers={"GET": jwks},
        kind=Kind.PROTOCOL,
        access="public",
        cors=Cors.OPEN,
        is_cacheable=True,
        member=member,
    )


def _bearer_route(path: str, **handlers: Handler) -> Route:
    """Return a row of the login API for callers with an access token."""
    return Route(
        path=path,
        handlers={method.upper(): handler for method, handler in handlers.items()},
        kind=Kind.RESOURCE,
        access="bearer",
        cors=Cors.OPEN,
    )


def _page(path: str, access: Access = "public", **handlers: Handler) -> Route:
    """Return a row of pages; `get=` and `post=` are its handlers."""
    return Route(
        path=path,
        handlers={method.upper(): handler for method, handler in handlers.items()},
        kind=Kind.PAGE,
        access=access,
        body_bytes_max=PAGE_BYTES_MAX,
    )


def _several(path: str, show: Handler, change: Handler) -> Route:
    """Return the row of a page on which several rows of a list are changed."""
    route = _page(path, "session", get=show, post=change)
    return replace(route, body_bytes_max=SEVERAL_BYTES_MAX)


ROUTES: tuple[Route, ...] = (
    Route(
        path="/token",
        handlers={"POST": token},
        kind=Kind.PROTOCOL,
        access="client",  # and what its grant asks for
        body_bytes_max=TOKEN_BYTES_MAX,
        cors=Cors.OPEN,
        member="token_endpoint",
    ),
    Route(
        path="/login",
        handlers={"POST": login},
        kind=Kind.PROTOCOL,
        access="credential",
        body_bytes_max=LOGIN_BYTES_MAX,
        cors=Cors.LISTED,
        member="watchword_login_endpoint",
    ),
    Route(
        path="/authorize-challenge",
        handlers={"POST": challenge},
        kind=Kind.PROTOCOL,
        access="credential",
        body_bytes_max=LOGIN_BYTES_MAX,
        cors=Cors.LISTED,
        member="authorization_challenge_endpoint",
    ),
    Route(
        path="/refresh",
        handlers={"POST": refresh},
        kind=Kind.PROTOCOL,
        access="refresh_token",
        body_bytes_max=LOGIN_BYTES_MAX,
        cors=Cors.LISTED,
    ),
    Route(
        path="/logout",
        handlers={"GET": show_logout, "POST": logout},
        kind=Kind.PROTOCOL,
        access="refresh_token",  # or a bearer header; a browser brings its session, or none
        body_bytes_max=LOGIN_BYTES_MAX,
        cors=Cors.LISTED,
        acts_on_get=True,
        member="end_session_endpoint",
        is_for_people=_by_link_or_form,
    ),
    _page("/logout/confirm", "session", post=confirm_logout),
    _bearer_route("/me", get=me),
    _bearer_route("/me/sessions", get=list_sessions),
    _bearer_route("/me/sessions/{id}", delete=end_session),
    replace(_bearer_route("/logout/all", post=logout_all), body_bytes_max=LOGIN_BYTES_MAX),
    replace(
        _bearer_route("/userinfo", get=userinfo, post=userinfo),
        body_bytes_max=LOGIN_BYTES_MAX,
        member="userinfo_endpoint",
    ),
    Route(
        path="/introspect",
        handlers={"POST": introspect},
        kind=Kind.PROTOCOL,
        access="client",
        body_bytes_max=TOKEN_BYTES_MAX,
        cors=Cors.OPEN,
        member="introspection_endpoint",
    ),
    Route(
        path="/revoke",
        handlers={"POST": revoke},
        kind=Kind.PROTOCOL,
        access="client",
        body_bytes_max=TOKEN_BYTES_MAX,
        cors=Cors.OPEN,
        member="revocation_endpoint",
    ),
    Route(
        path="/revocations",
        handlers={"GET": revocations},
        kind=Kind.PROTOCOL,
        access="client",
        member="watchword_revocations_endpoint",
    ),
    Route(
        path="/device_authorization",
        handlers={"POST": device_authorization},
        kind=Kind.PROTOCOL,
        access="client",
        body_bytes_max=LOGIN_BYTES_MAX,
        cors=Cors.OPEN,
        member="device_authorization_endpoint",
        is_served=_lets_devices_in,
    ),
    Route(
        path=registration.PATH,
        handlers={"POST": register_client},
        kind=Kind.PROTOCOL,
        access="registration",
        body_bytes_max=REGISTRATION_BYTES_MAX,
        cors=Cors.OPEN,
        member="registration_endpoint",
        is_served=_registers_clients,
    ),
    Route(
        path=f"{registration.PATH}/{{client_id}}",
        handlers={"GET": read_client, "PUT": change_client, "DELETE": remove_client},
        kind=Kind.PROTOCOL,
        access="registration",
        body_bytes_max=REGISTRATION_BYTES_MAX,
        cors=Cors.OPEN,
        is_served=_registers_clients,
    ),
    Route(
        path=f"{MANAGEMENT}/{{path:path}}",
        handlers=dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), management),
        kind=Kind.RESOURCE,
        access="bearer",
        body_bytes_max=LOGIN_BYTES_MAX,
        is_served=lambda settings: settings.management_api,
    ),
    _keys_route("/jwks.json", "jwks_uri"),
    _keys_route("/.well-known/jwks.json"),
    *(discovery_route(path) for path in DISCOVERY_PATHS),
    Route(path="/livez", handlers={"GET": livez}, kind=Kind.PROTOCOL, access="public"),
    Route(path="/readyz", handlers={"GET": readyz}, kind=Kind.PROTOCOL, access="public"),
    replace(
        _page("/authorize", get=authorize, post=authorize_by_form),
        body_bytes_max=AUTHORIZE_BYTES_MAX,
        acts_on_get=True,
        member="authorization_endpoint",
        is_served=_authorizes,
    ),
    replace(
        _page("/interaction/{id}", get=interaction, post=take_decision),
        acts_on_get=True,
        is_served=_authorizes,
    ),
    _page("/", get=home),
    _page("/signin", "credential", get=show_signin, post=signin),
    _page("/signin/passkey", post=signin_options),
    _page("/signin/factor", "credential", get=show_factor, post=take_factor),
    _page("/signin/factor/passkey", "credential", post=factor_options),
    replace(
        _page("/device", "session", get=show_device, post=take_code), is_served=_lets_devices_in
    ),
    _page("/signout", "session", post=signout),
    _page("/acting/stop", "session", post=stop_acting),
    _page("/account", "session", get=overview),
    _page("/account/activity", "session", get=activity),
    _page("/account/apps", "session", get=apps, post=disconnect_app),
    _page("/account/apps/{family_id}", "session", get=tokens),
    _page("/account/confirm", "session", get=show_confirm, post=confirm),
    _page("/account/confirm/passkey", "session", post=confirm_options),
    _page("/account/delete", "session", get=show_deletion, post=delete_account),
    _page("/account/emails", "session", get=emails, post=change_emails),
    _page("/account/export", "session", get=show_export, post=download_export),
    _page("/account/name", "session", get=show_user_name, post=change_user_name),
    _page("/account/password", "session", get=show_password, post=change_password),
    _page("/account/sessions", "session", get=sessions, post=end_sessions),
    _page("/account/passkeys", "session", get=passkeys, post=change_passkeys),
    _page("/account/passkeys/options", "session", post=passkey_options),
    _page("/account/totp", "session", get=totp, post=change_totp),
    _page("/account/recovery-codes", "session", get=recovery_codes, post=make_recovery_codes),
    _page("/account/profile", "session", get=profile, post=change_profile),
    *(
        replace(row, is_served=lambda settings: settings.admin_pages)
        for row in (
            _page("/admin", "session", get=console_overview, post=set_first_steps),
            _page("/admin/users", "session", get=users),
            _several("/admin/users/several", *several_users),
            _several("/admin/apps/several", *several_apps),
            _several("/admin/sessions/several", *several_sessions),
            _page("/admin/users/new", "session", get=show_new_user, post=add_user),
            _page("/admin/users/{user_id}", "session", get=show_user, post=change_user),
            _page("/admin/users/{user_id}/act-as", "session", get=show_act_as, post=act_as),
            _page("/admin/users/{user_id}/link", "session", get=show_link, post=make_link),
            _page("/admin/users/{user_id}/{act}", "session", get=show_act, post=act),
            _page("/admin/access", "session", get=show_access, post=change_access),
            _page("/admin/access/ask", "session", get=show_question),
            _page("/admin/access/roles/{role}", "session", get=show_role),
            _page("/admin/access/rules", "session", get=show_rules),
            _page("/admin/apps", "session", get=show_clients, post=change_clients),
            _page("/admin/apps/add", "session", get=show_new_client, post=add_client),
            _page("/admin/apps/change", "session", get=show_changes, post=change_kept_client),
            _page("/admin/apps/secret", "session", get=show_other_secret, post=replace_secret),
            _page("/admin/apps/remove", "session", get=show_removal, post=remove_kept_client),
            _page("/admin/sessions", "session", get=show_sessions, post=end_one_session),
            _page("/admin/keys", "session", get=show_keys, post=change_keys),
            _page("/admin/events", "session", get=show_events),
            _page(LIVE, "session", get=live_events),
            _page("/admin/refusals", "session", get=show_refusals),
            _page("/admin/log", "session", get=show_log),
            _page("/admin/log/{position}/undo", "session", get=show_undo, post=undo_change),
            _page("/admin/tools", "session", get=show_tools),
            _page("/admin/search", "session", get=search),
            _page("/admin/settings", "session", get=show_settings),
        )
    ),
    _page("/setup", "credential", get=show_setup, post=setup),
    replace(_page("/signup", "credential", get=show_signup, post=signup), is_served=_register),
    replace(_page("/forgot", get=show_forgot, post=forgot), is_served=_has_mail),
    replace(_page("/reset", "credential", get=show_reset, post=reset), is_served=_has_mail),
    replace(_page("/verify", "credential", get=show_verify, post=verify), is_served=_has_mail),
    replace(_page("/mailbox", get=mailbox), is_served=lambda settings: settings.shows_mailbox),
    replace(_page("/inspect", get=show_inspector, post=inspect), body_bytes_max=INSPECT_BYTES_MAX),
    replace(_page("/preferences", post=save_preferences), body_bytes_max=HERE_BYTES_MAX),
    _page("/errors/{code}", get=reason),
    replace(_page("/static/{version}/{name}", get=static), is_cacheable=True),
)


def served_routes(settings: Settings) -> tuple[Route, ...]:
    """Return the rows that a server of these settings answers for; the others are not there."""
    return tuple(route for route in ROUTES if route.is_served(settings))


def served_endpoints(settings: Settings) -> Mapping[str, str]:
    """Return the metadata member and the path of each endpoint that is served (oauth.md E-1)."""
    served = served_routes(settings)
    return {route.member: route.path for route in served if route.member is not None}
