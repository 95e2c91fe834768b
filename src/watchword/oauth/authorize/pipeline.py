"""The table of steps that check an authorization request.

Each step proves something of the request and adds it to the draft. Until client and redirect
address are proved, a refusal is raised and shown on a page; from then on it is sent to the address.
An interaction that goes on later runs its request through the same table again, so that a client,
an address or a scope that was taken away meanwhile is gone.

Source: RFC 6749 sections 3.1 and 4.1.1; RFC 9700 section 4.11.2; OpenID Connect Core section
3.1.2; oauth.md A-1 to A-4, A-9, N-5 to N-9 and N-14.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import field, replace
from enum import Enum

from watchword.base.records import dataclass
from watchword.oauth.authorize.errors import (
    RegistrationNotSupported,
    RequestNotSupported,
    RequestURINotSupported,
    UnknownClient,
    UnsupportedResponseType,
)
from watchword.oauth.authorize.pkce import parse_challenge
from watchword.oauth.authorize.redirects import ValidatedRedirect, validate_redirect
from watchword.oauth.authorize.request import Asked, AuthorizationRequest, Destination, ResponseMode
from watchword.oauth.authorize.resource import choose_resources, wanted_scopes
from watchword.oauth.claims_request import NOTHING_ASKED, ClaimsRequest, parse_claims
from watchword.oauth.clients import Client, Resource
from watchword.oauth.errors import InvalidRequest, OAuthError, UnauthorizedClient
from watchword.oauth.parameters import optional_text, required_text
from watchword.oauth.scopes import OPENID, parse_scope

__all__ = [
    "STEPS",
    "Endpoint",
    "Refusal",
    "Step",
    "run",
]

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# Before these are read, nobody knows where to send a refusal.
_DESTINATION = frozenset({"client_id", "redirect_uri"})


class Endpoint(Enum):
    """Where a request is checked."""

    AUTHORIZE = "authorize"  # as it comes in
    INTERACTION = "interaction"  # as it goes on, after pages


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused request whose client is told by the redirect."""

    destination: Destination
    error: OAuthError


@dataclass(frozen=True, slots=True)
class Draft:
    """A request between two steps."""

    asked: Asked
    known: Sequence[Resource]
    client: Client | None
    redirect: ValidatedRedirect | None = None
    mode: ResponseMode = ResponseMode.QUERY
    resources: tuple[Resource, ...] = ()
    scopes: tuple[str, ...] = ()
    code_challenge: str | None = None
    claims: ClaimsRequest = NOTHING_ASKED

    @property
    def party(self) -> Client:
        """The client, after its step."""
        assert self.client is not None  # noqa: S101  # the order of the table
        return self.client

    @property
    def target(self) -> ValidatedRedirect:
        """The redirect address, after its step."""
        assert self.redirect is not None  # noqa: S101  # the order of the table
        return self.redirect

    @property
    def destination(self) -> Destination:
        """Where a refusal goes, as far as it is known."""
        state = self.asked.members.get("state")
        return Destination(self.target, self.mode, state, is_known=self.party.is_registered)

    def text(self, name: str) -> str | None:
        """Return a parameter. Raises InvalidRequest where it is too long."""
        return optional_text(self.asked.members, name)


_EVERYWHERE = frozenset(Endpoint)


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table."""

    name: str
    check: Callable[[Draft], Draft]
    source: str
    endpoints: frozenset[Endpoint] = field(default=_EVERYWHERE)
    is_told_by_redirect: bool = True  # otherwise by a page


def run(
    endpoint: Endpoint, asked: Asked, *, client: Client | None, resources: Sequence[Resource]
) -> AuthorizationRequest | Refusal:
    """Check a request.

    Args:
        endpoint: where it is; chooses the steps.
        asked: its parameters.
        client: whom its `client_id` names; None where nobody has it.
        resources: the active ones.

    Raises:
        OAuthError: client or redirect address are not proved; the person sees a page.
    """
    draft = Draft(asked, resources, client)
    for step in STEPS:
        if endpoint not in step.endpoints:
            continue
        try:
            draft = step.check(draft)
        except OAuthError as error:
            if not step.is_told_by_redirect:
                raise
            return Refusal(draft.destination, error)
    return AuthorizationRequest(
        client=draft.party,
        destination=draft.destination,
        redirect_uri=asked.members.get("redirect_uri"),
        resources=draft.resources,
        scopes=draft.scopes,
        code_challenge=draft.code_challenge,
        nonce=asked.members.get("nonce"),
        claims=draft.claims,
        members=asked.members,
    )


def _destination_once(draft: Draft) -> Draft:
    repeated = sorted(draft.asked.repeated & _DESTINATION)
    if repeated:
        raise InvalidRequest(f"{repeated[0]} is repeated")
    return draft


def _client(draft: Draft) -> Draft:
    required_text(draft.asked.members, "client_id")
    if draft.client is None:
        raise UnknownClient
    return draft


def _redirect_uri(draft: Draft) -> Draft:
    is_openid = OPENID in draft.asked.members.get("scope", "").split(" ")
    redirect = validate_redirect(draft.party, draft.text("redirect_uri"), is_openid=is_openid)
    return replace(draft, redirect=redirect)


def _response_mode(draft: Draft) -> Draft:
    asked = draft.text("response_mode")
    if asked is None:
        return draft
    mode = next((mode for mode in ResponseMode if mode.value == asked), None)
    if mode is None:
        raise InvalidRequest("the response_mode must be query or form_post")
    return replace(draft, mode=mode)


def _each_once(draft: Draft) -> Draft:
    if draft.asked.repeated:
        raise InvalidRequest(f"{min(draft.asked.repeated)} is repeated")
    return draft


def _texts(draft: Draft) -> Draft:
    """Hold every value to a length, and to text without control characters (appendix A.5)."""
    resources = (("resource", value) for value in draft.asked.resources)
    for name, value in (*draft.asked.members.items(), *resources):
        optional_text({name: value}, name)
        if _CONTROL.search(value):
            raise InvalidRequest(f"{name} has a control character")
    return draft


def _request_objects(draft: Draft) -> Draft:
    members = draft.asked.members
    if "request" in members:
        raise RequestNotSupported
    if "request_uri" in members:
        raise RequestURINotSupported
    if "registration" in members:
        raise RegistrationNotSupported
    return draft


def _response_type(draft: Draft) -> Draft:
    if required_text(draft.asked.members, "response_type") != "code":
        raise UnsupportedResponseType
    return draft


def _grant(draft: Draft) -> Draft:
    if "authorization_code" not in draft.party.grant_types:
        raise UnauthorizedClient("the client may not use authorization codes")
    return draft


def _pkce(draft: Draft) -> Draft:
    challenge = parse_challenge(draft.text("code_challenge"), draft.text("code_challenge_method"))
    if challenge is None and _needs_pkce(draft):
        raise InvalidRequest("code_challenge is missing; this client has to use PKCE")
    return replace(draft, code_challenge=challenge)


def _needs_pkce(draft: Draft) -> bool:
    """Whether the request has to bring a challenge: all but OpenID requests of known clients."""
    client = draft.party
    may_omit = client.is_registered and client.is_confidential and not client.requires_pkce
    is_openid = OPENID in (parse_scope(draft.text("scope")) or ())
    return not (may_omit and is_openid)


def _resource(draft: Draft) -> Draft:
    return replace(draft, resources=choose_resources(draft.known, draft.asked.resources))


def _scope(draft: Draft) -> Draft:
    asked = parse_scope(draft.text("scope"))
    return replace(draft, scopes=wanted_scopes(asked, draft.party, draft.resources))


def _claims(draft: Draft) -> Draft:
    return replace(draft, claims=parse_claims(draft.text("claims")))


_INCOMING = frozenset({Endpoint.AUTHORIZE})

STEPS: tuple[Step, ...] = (
    Step(
        "destination once",
        _destination_once,
        "RFC 6749 section 3.1",
        _INCOMING,
        is_told_by_redirect=False,
    ),
    Step("client", _client, "RFC 6749 section 4.1.2.1", is_told_by_redirect=False),
    Step("redirect_uri", _redirect_uri, "RFC 9700 section 4.1.3", is_told_by_redirect=False),
    Step("response_mode", _response_mode, "OAuth 2.0 Form Post Response Mode section 2"),
    Step("each parameter once", _each_once, "RFC 6749 section 3.1", _INCOMING),
    Step("texts", _texts, "RFC 6749 appendix A", _INCOMING),
    Step("request objects", _request_objects, "OpenID Connect Core section 6.1", _INCOMING),
    Step("response_type", _response_type, "RFC 6749 section 3.1.1"),
    Step("grant", _grant, "RFC 6749 section 4.1.2.1"),
    Step("pkce", _pkce, "RFC 9700 section 2.1.1"),
    Step("resource", _resource, "RFC 8707 section 2.1"),
    Step("scope", _scope, "RFC 6749 section 3.3"),
    Step("claims", _claims, "OpenID Connect Core section 5.5"),
)
