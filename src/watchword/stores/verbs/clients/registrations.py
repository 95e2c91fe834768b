"""Dynamic registrations: counted, found again by equal metadata, and swept where nobody used them.

Source: oauth.md C-6; RFC 7591 section 3; RFC 7592 section 2.
"""

from sqlalchemy import (
    and_,
    case,
    func,
    insert,
    update,
)

from watchword.oauth.clients import ClientOrigin
from watchword.oauth.registration.administration import ClientChange, KeptClient
from watchword.oauth.registration.records import (
    UNUSED_SECONDS,
    ChangedRegistration,
    NewRegistration,
    NotRegistered,
    Registered,
    RegistrationToken,
)
from watchword.stores.schema import clients, registration_tokens
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.clients.changes import KEPT, kept
from watchword.stores.verbs.clients.endings import end_given_and_tell
from watchword.stores.verbs.clients.records import REGISTERED, client_parameters
from watchword.stores.verbs.clients.strangers import (
    count_of_an_hour,
    hour_before,
    insert_unless_there,
)
from watchword.stores.verbs.terms import (
    NOW,
    RETENTION_SECONDS,
    TENANT,
    blob,
    number,
    text,
)
from watchword.stores.verbs.upkeep.sweep import SWEEP_REGISTRATION_TOKENS, clear, sweep_clients

__all__ = [
    "add_registration_token",
    "change_registration",
    "end_registration",
    "find_registration",
    "register_dynamic",
]


_SPEND_TOKEN = Statement(
    update(registration_tokens)
    .where(
        and_(
            registration_tokens.c.tenant == TENANT,
            registration_tokens.c.token_hash == blob("the_initial"),
            registration_tokens.c.uses_left > 0,
            registration_tokens.c.expires_at > NOW,
        )
    )
    .values(uses_left=registration_tokens.c.uses_left - 1)
    .returning(registration_tokens.c.uses_left)
)
_RETURN_TOKEN = Statement(
    update(registration_tokens)
    .where(
        and_(
            registration_tokens.c.tenant == TENANT,
            registration_tokens.c.token_hash == blob("the_initial"),
        )
    )
    .values(uses_left=registration_tokens.c.uses_left + 1)
    .returning(registration_tokens.c.uses_left)
)
_ADD_TOKEN = Statement(
    insert(registration_tokens).values(
        tenant=TENANT,
        token_hash=blob("the_initial"),
        uses_left=number("uses"),
        created_at=NOW,
        expires_at=number("end"),
    )
)
# Whoever is second may not manage what the first one registered, nor the first the second's.
_SHARE = Statement(
    update(clients)
    .where(and_(clients.c.tenant == TENANT, clients.c.metadata_hash == blob("the_metadata")))
    .values(registration_hash=None)
    .returning(clients.c.client_id, clients.c.created_at, clients.c.is_active)
)
_COUNT = count_of_an_hour(
    ClientOrigin.DYNAMIC,
    func.sum(case((clients.c.software_hash == blob("the_software"), 1), else_=0)),
)
_INSERT = insert_unless_there(
    metadata_hash=blob("the_metadata"),
    registration_hash=blob("the_token"),
    software_hash=blob("the_software"),
)
_MANAGED = and_(
    clients.c.tenant == TENANT,
    clients.c.client_id == text("the_client"),
    clients.c.registration_hash == blob("the_token"),
    clients.c.is_active.is_(True),
)
_FIND = Statement(KEPT.where(_MANAGED))
_CHANGE = Statement(
    update(clients)
    .where(_MANAGED)
    .values(
        name=text("the_name"),
        registration_hash=blob("the_next"),
        metadata_hash=None,  # it is its own from here on, and found by nobody else
        **REGISTERED,
    )
    .returning(clients.c.client_id)
)
_END = Statement(
    update(clients)
    .where(_MANAGED)
    .values(is_active=False, metadata_hash=None, registration_hash=None, expires_at=number("end"))
    .returning(clients.c.client_id)
)


def register_dynamic(
    tenant: str, registration: NewRegistration
) -> Verb[Registered | NotRegistered]:
    """Insert a client, or find the one of equal public metadata.

    What is refused costs the initial token nothing.
    """
    if registration.initial_token_hash is None:
        return (yield from _register(tenant, registration))
    presented: Parameters = {"in_tenant": tenant, "the_initial": registration.initial_token_hash}
    if not (yield Step(_SPEND_TOKEN, {**presented, "at": registration.now})):
        return NotRegistered.NOT_ALLOWED
    registered = yield from _register(tenant, registration)
    if isinstance(registered, NotRegistered):
        yield Step(_RETURN_TOKEN, presented)
    return registered


def find_registration(tenant: str, client_id: str, token_hash: bytes) -> Verb[KeptClient | None]:
    """Read an active client that was given this registration access token."""
    rows = yield Step(_FIND, _where(tenant, client_id, token_hash))
    return kept(rows[0]) if rows else None


def change_registration(tenant: str, changed: ChangedRegistration) -> Verb[ClientChange]:
    """Replace what a client registered, and its token."""
    row: Parameters = {
        **client_parameters(tenant, changed.client, is_declared=False, now=0),
        "the_token": changed.token_hash,
        "the_next": changed.next_token_hash,
    }
    return ClientChange.CHANGED if (yield Step(_CHANGE, row)) else ClientChange.UNKNOWN


def end_registration(
    tenant: str, client_id: str, token_hash: bytes, *, now: int
) -> Verb[ClientChange]:
    """Switch a client off for good, end what it was given, and tell the feed."""
    where = {**_where(tenant, client_id, token_hash), "end": now + RETENTION_SECONDS}
    if not (yield Step(_END, where)):
        return ClientChange.UNKNOWN
    yield from end_given_and_tell(tenant, [client_id], now=now)
    return ClientChange.CHANGED


def add_registration_token(tenant: str, token: RegistrationToken) -> Verb[None]:
    """Keep an initial access token."""
    yield Step(
        _ADD_TOKEN,
        {
            "in_tenant": tenant,
            "the_initial": token.token_hash,
            "uses": token.uses,
            "at": token.created_at,
            "end": token.expires_at,
        },
    )
    yield from clear(tenant, SWEEP_REGISTRATION_TOKENS, now=token.created_at)


def _register(tenant: str, registration: NewRegistration) -> Verb[Registered | NotRegistered]:
    now = registration.now
    known = yield from _find_equal(tenant, registration)
    if known is not None:
        return known
    refused = yield from _count(tenant, registration)
    if refused is not None:
        return refused
    row: Parameters = {
        **client_parameters(tenant, registration.client, is_declared=False, now=now),
        "the_metadata": registration.fingerprint,
        "the_token": registration.token_hash,
        "the_software": registration.software,
        "end": now + UNUSED_SECONDS,
    }
    inserted = yield Step(_INSERT, row)
    yield from sweep_clients(tenant, now=now)
    if inserted:
        return Registered(registration.client.client_id, now, is_shared=False)
    # The same metadata was registered between the look and the insert; ids are never drawn twice.
    found = yield from _find_equal(tenant, registration)
    return found or NotRegistered.TOO_MANY


def _find_equal(
    tenant: str, registration: NewRegistration
) -> Verb[Registered | NotRegistered | None]:
    if registration.fingerprint is None:
        return None
    rows = yield Step(_SHARE, {"in_tenant": tenant, "the_metadata": registration.fingerprint})
    if not rows:
        return None
    client_id, created_at, is_active = rows[0]
    if not is_active:
        return NotRegistered.SWITCHED_OFF
    return Registered(client_id, created_at, is_shared=True)


def _count(tenant: str, registration: NewRegistration) -> Verb[NotRegistered | None]:
    asked = {**hour_before(tenant, registration.now), "the_software": registration.software}
    rows = yield Step(_COUNT, asked)
    count, of_software = rows[0]
    if (of_software or 0) >= registration.limits.of_software:
        return NotRegistered.TOO_MANY_OF_SOFTWARE
    return NotRegistered.TOO_MANY if count >= registration.limits.all else None


def _where(tenant: str, client_id: str, token_hash: bytes) -> Parameters:
    return {"in_tenant": tenant, "the_client": client_id, "the_token": token_hash}
