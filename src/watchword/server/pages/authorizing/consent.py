"""The consent page, and the choice of an account: who asks, for what, for how long, and as whom.

What a client says of itself is shown as text, never as a link: whoever registers a client chooses
these words.

Source: oauth.md A-6, D-5; users.md U38; OWASP ASVS 5.0 V10.7.1 and V10.7.2; security.md rules 69
and 70.
"""

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlsplit

from starlette.responses import Response

from watchword.base.records import dataclass
from watchword.oauth.authorize.consent import is_remembered, told
from watchword.oauth.authorize.interactions import Interaction
from watchword.oauth.authorize.redirects import is_loopback_redirect
from watchword.oauth.authorize.request import AuthorizationRequest
from watchword.oauth.authorize.resource import scopes_of
from watchword.oauth.clients import Client, ClientOrigin, Resource
from watchword.oauth.scopes import IDENTITY_SCOPES, OFFLINE_ACCESS, TOLD_SCOPES
from watchword.oidc.prompt import Need
from watchword.server.languages import Message, ngettext
from watchword.server.pages.authorizing.answering import Standpoint
from watchword.server.pages.marks import Mark, mark_of
from watchword.server.pages.render import page
from watchword.server.pages.visit import Visit
from watchword.server.pages.who import read_who
from watchword.server.runtime import Runtime

__all__ = [
    "Right",
    "consent_page",
    "document_host_of",
    "is_used_whole",
    "lifetime_of",
    "own_rights_of",
]

MINUTE, HOUR, DAY = 60, 3_600, 86_400


@dataclass(frozen=True, slots=True)
class Right:
    """One thing that the application may do."""

    meaning: str
    is_risky: bool = False


@dataclass(frozen=True, slots=True)
class API:
    """What of one resource is asked for."""

    identifier: str
    rights: tuple[Right, ...]  # none: it declares no scopes, so that it is used whole


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who asks."""

    name: str
    mark: Mark
    host: str  # where the answer goes
    document_host: str | None  # of a client_id that is an address
    is_local: bool  # the answer goes to a program on this machine
    is_known: bool  # somebody who runs this server registered it
    terms: str | None  # addresses that it gives, shown as text
    privacy: str | None


async def consent_page(
    point: Standpoint,
    begun: Interaction,
    guest: Visit,
    runtime: Runtime,
    *,
    problem: str | None = None,
) -> Response:
    """Ask whether the client may; or, where only that is open, as whom to go on."""
    request, session = point.request, point.person
    target = request.destination.redirect.form_target
    values = {
        "interaction": begun.id,
        "applicant": applicant_of(request, await mark_of(request.client, runtime)),
        "apis": apis_of(request, runtime.settings.issuer),
        "own_rights": own_rights_of(request.scopes),
        "lifetime": lifetime_of(request.client, runtime),
        "is_remembered": session.actor is None and is_remembered(request.client),
        "who": await read_who(session, runtime),
        "asks_consent": point.need is Need.CONSENT,
        "told": told(request) if point.need is Need.CONSENT else "",
        "problem": problem,
        "form_token": guest.form_token,
    }
    site = replace(guest.site, form_target=target)
    status = 200 if problem is None else 403
    return guest.remember(page(site, "consent.html", values, status=status))


def applicant_of(request: AuthorizationRequest, mark: Mark) -> Applicant:
    """Describe the client and where its answer goes."""
    client, uri = request.client, request.destination.redirect.uri
    return Applicant(
        name=client.name,
        mark=mark,
        host=request.destination.redirect.host,
        document_host=document_host_of(client),
        is_local=is_loopback_redirect(uri),
        is_known=client.is_registered,
        terms=client.details.get("tos_uri"),
        privacy=client.details.get("policy_uri"),
    )


def document_host_of(client: Client) -> str | None:
    """Return the host that describes a client whose id is an address; None for others (D-5)."""
    is_document = client.origin is ClientOrigin.DOCUMENT
    return urlsplit(client.client_id).hostname if is_document else None


def own_rights_of(scopes: Iterable[str]) -> tuple[Right, ...]:
    """Return what is asked for of the account itself."""
    return tuple(
        Right(TOLD_SCOPES[scope], is_risky=scope == OFFLINE_ACCESS)
        for scope in scopes
        if scope in TOLD_SCOPES
    )


def is_used_whole(resource: Resource, issuer: str) -> bool:
    """Whether nothing narrows what a token for the resource may do; the account's own is shut."""
    return not resource.is_narrowed and resource.identifier != issuer


def apis_of(request: AuthorizationRequest, issuer: str) -> tuple[API, ...]:
    """Return what is asked for of each API, in the words of whoever runs it."""
    found = []
    for resource in request.resources:
        meanings = dict(resource.scopes)
        rights = tuple(
            Right(meanings[scope] or scope)
            for scope in scopes_of(resource, request.scopes)
            if scope not in IDENTITY_SCOPES
        )
        if rights or is_used_whole(resource, issuer):
            found.append(API(resource.identifier, rights))
    return tuple(found)


def lifetime_of(client: Client, runtime: Runtime) -> Message:
    """Return how long the permission lasts at most."""
    settings = runtime.settings
    can_stay = "refresh_token" in client.grant_types
    seconds = settings.refresh_lifetime_seconds if can_stay else settings.access_lifetime_seconds
    if seconds >= DAY:
        return ngettext("%(count)s day", "%(count)s days", seconds // DAY)
    if seconds >= HOUR:
        return ngettext("%(count)s hour", "%(count)s hours", seconds // HOUR)
    return ngettext("%(count)s minute", "%(count)s minutes", max(1, seconds // MINUTE))
