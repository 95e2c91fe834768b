"""All addresses of the server: one row each.

The router, the method and body checks, CORS, caching and the metadata document are made from this
table, so that what is advertised is what is served.

Source: oauth.md section 3; security.md section 2 (`server/routes.py`); ARCHITECTURE section 6.
"""

from collections.abc import Mapping
from dataclasses import replace

from starlette.requests import Request

from watchword.oauth.metadata import DISCOVERY, SERVER_METADATA
from watchword.oauth.protected_resource import WELL_KNOWN
from watchword.oauth.registration import register as registration
from watchword.server.admin_routes import ADMIN_ROUTES
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
from watchword.server.route import Handler, Route, page
from watchword.server.settings import Settings

__all__ = [
    "DISCOVERY_PATHS",
    "ROUTES",
    "discovery_route",
    "served_endpoints",
    "served_routes",
]

LOGIN_BYTES_MAX = 8 * 1024  # oauth.md E-4
TOKEN_BYTES_MAX = 64 * 1024  # oauth.md E-4
AUTHORIZE_BYTES_MAX = 16 * 1024  # it goes on as the query of a GET, among 32 KiB of header fields
REGISTRATION_BYTES_MAX = 32 * 1024  # oauth.md E-4
HERE_BYTES_MAX = 2 * HERE_CHARACTERS_MAX  # the address of a page, encoded once more
INSPECT_BYTES_MAX = 32 * 1024  # a token of the largest accepted size, and one that is too large


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
    page("/logout/confirm", "session", post=confirm_logout),
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
        page("/authorize", get=authorize, post=authorize_by_form),
        body_bytes_max=AUTHORIZE_BYTES_MAX,
        acts_on_get=True,
        member="authorization_endpoint",
        is_served=_authorizes,
    ),
    replace(
        page("/interaction/{id}", get=interaction, post=take_decision),
        acts_on_get=True,
        is_served=_authorizes,
    ),
    page("/", get=home),
    page("/signin", "credential", get=show_signin, post=signin),
    page("/signin/passkey", post=signin_options),
    page("/signin/factor", "credential", get=show_factor, post=take_factor),
    page("/signin/factor/passkey", "credential", post=factor_options),
    replace(
        page("/device", "session", get=show_device, post=take_code), is_served=_lets_devices_in
    ),
    page("/signout", "session", post=signout),
    page("/acting/stop", "session", post=stop_acting),
    page("/account", "session", get=overview),
    page("/account/activity", "session", get=activity),
    page("/account/apps", "session", get=apps, post=disconnect_app),
    page("/account/apps/{family_id}", "session", get=tokens),
    page("/account/confirm", "session", get=show_confirm, post=confirm),
    page("/account/confirm/passkey", "session", post=confirm_options),
    page("/account/delete", "session", get=show_deletion, post=delete_account),
    page("/account/emails", "session", get=emails, post=change_emails),
    page("/account/export", "session", get=show_export, post=download_export),
    page("/account/name", "session", get=show_user_name, post=change_user_name),
    page("/account/password", "session", get=show_password, post=change_password),
    page("/account/sessions", "session", get=sessions, post=end_sessions),
    page("/account/passkeys", "session", get=passkeys, post=change_passkeys),
    page("/account/passkeys/options", "session", post=passkey_options),
    page("/account/totp", "session", get=totp, post=change_totp),
    page("/account/recovery-codes", "session", get=recovery_codes, post=make_recovery_codes),
    page("/account/profile", "session", get=profile, post=change_profile),
    *ADMIN_ROUTES,
    page("/setup", "credential", get=show_setup, post=setup),
    replace(page("/signup", "credential", get=show_signup, post=signup), is_served=_register),
    replace(page("/forgot", get=show_forgot, post=forgot), is_served=_has_mail),
    replace(page("/reset", "credential", get=show_reset, post=reset), is_served=_has_mail),
    replace(page("/verify", "credential", get=show_verify, post=verify), is_served=_has_mail),
    replace(page("/mailbox", get=mailbox), is_served=lambda settings: settings.shows_mailbox),
    replace(page("/inspect", get=show_inspector, post=inspect), body_bytes_max=INSPECT_BYTES_MAX),
    replace(page("/preferences", post=save_preferences), body_bytes_max=HERE_BYTES_MAX),
    page("/errors/{code}", get=reason),
    replace(page("/static/{version}/{name}", get=static), is_cacheable=True),
)


def served_routes(settings: Settings) -> tuple[Route, ...]:
    """Return the rows that a server of these settings answers for; the others are not there."""
    return tuple(route for route in ROUTES if route.is_served(settings))


def served_endpoints(settings: Settings) -> Mapping[str, str]:
    """Return the metadata member and the path of each endpoint that is served (oauth.md E-1)."""
    served = served_routes(settings)
    return {route.member: route.path for route in served if route.member is not None}
