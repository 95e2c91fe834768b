"""Consent: what a person allowed a client, and when they are asked again.

A consent is remembered for clients that somebody registered and that prove who they are. Others
could be anybody who knows the client_id, so their person is asked every time; first-party clients
are the server's own and are never asked about.

Source: RFC 6819 section 5.2.3.2; RFC 8252 section 8.6; OWASP ASVS 5.0 V10.7.1, V10.7.2; oauth.md
A-6; security.md rule 69.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import field
from hashlib import sha256
from typing import Protocol

from watchword.base.records import dataclass
from watchword.oauth.authorize.request import AuthorizationRequest
from watchword.oauth.authorize.resource import scopes_of
from watchword.oauth.clients import Client

__all__ = [
    "Consent",
    "ConsentStore",
    "client_state",
    "consents_of",
    "is_consented",
    "is_remembered",
    "told",
]


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person allowed a client of one resource, for good."""

    user_id: str
    client_id: str
    resource: str
    scopes: tuple[str, ...]
    client_state: bytes = field(repr=False)  # what the page said of the client, hashed
    granted_at: int


class ConsentStore(Protocol):
    """What consents need of a store. Each method is one transaction."""

    async def list_consents(
        self, user_id: str, *, client_id: str | None = None
    ) -> tuple[Consent, ...]:
        """Return what a user allowed, all clients or one, the latest first."""
        ...


def is_remembered(client: Client) -> bool:
    """Whether a consent to this client counts the next time."""
    return client.is_registered and client.is_confidential


def is_consented(request: AuthorizationRequest, given: Iterable[Consent]) -> bool:
    """Whether the person need not be asked: the client is our own, or they said yes before."""
    client = request.client
    if client.is_first_party:
        return True
    if not is_remembered(client):
        return False
    state = client_state(client)
    allowed = {one.resource: set(one.scopes) for one in given if one.client_state == state}
    return all(
        resource.identifier in allowed
        and allowed[resource.identifier] >= set(scopes_of(resource, request.scopes))
        for resource in request.resources
    )


def consents_of(
    request: AuthorizationRequest, given: Sequence[Consent], *, user_id: str, now: int
) -> tuple[Consent, ...]:
    """Return what is to be remembered of a yes: what it said, beside what was said before."""
    if not is_remembered(request.client):
        return ()
    state = client_state(request.client)
    before = {one.resource: one.scopes for one in given if one.client_state == state}
    return tuple(
        Consent(
            user_id=user_id,
            client_id=request.client.client_id,
            resource=resource.identifier,
            scopes=tuple(
                dict.fromkeys(
                    (
                        *before.get(resource.identifier, ()),
                        *scopes_of(resource, request.scopes),
                    )
                )
            ),
            client_state=state,
            granted_at=now,
        )
        for resource in request.resources
    )


def told(request: AuthorizationRequest) -> str:
    """Return a hash of what the page tells of a request, so that a yes is a yes to just that.

    A client, or the scopes of a resource, may change while the person reads.
    """
    asked = [[one.identifier, scopes_of(one, request.scopes)] for one in request.resources]
    text = json.dumps([client_state(request.client).hex(), asked])
    return sha256(text.encode()).hexdigest()


def client_state(client: Client) -> bytes:
    """Return a hash of what the person was told of the client; another state is asked about anew.

    Source: oauth.md D-6 (changed addresses, method or keys: consent again).
    """
    told = [
        client.name,
        sorted(client.redirect_uris),
        sorted(method.value for method in client.auth_methods),
        client.jwks,
        client.jwks_uri,
    ]
    return sha256(json.dumps(told).encode()).digest()
