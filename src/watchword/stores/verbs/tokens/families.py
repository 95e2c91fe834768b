"""Families: opened by a login, or in a session that lives.

The statement that inserts a family takes it from the live session, active user, client and
resource that its WHERE names, so that nothing can be issued beside them.

Source: oauth.md section 4; ARCHITECTURE section 3 (`issue`); security.md rule 61.
"""

from dataclasses import replace

from sqlalchemy import and_, case, insert, select, update

from watchword.accounts.events import Event, EventKind
from watchword.accounts.origin import NOWHERE, Origin
from watchword.accounts.sessions import NewSession
from watchword.base.records import dataclass
from watchword.oauth.claims_request import (
    NOTHING_ASKED,
    ClaimsRequest,
    format_claims,
    parse_claims,
)
from watchword.oauth.families import (
    Facts,
    NewFamily,
    NewRefreshToken,
    OpenFamily,
    OpenFamilyInSession,
    Refused,
)
from watchword.stores.schema import (
    clients,
    families,
    opaque_tokens,
    refresh_tokens,
    resources,
    sessions,
    tenants,
    users,
)
from watchword.stores.statement import Lock, Parameters, Statement, Step, Verb
from watchword.stores.verbs.choices import CHOSEN_RESOURCE, format_choices
from watchword.stores.verbs.events import record
from watchword.stores.verbs.logins.devices import Arrival, meet_device
from watchword.stores.verbs.logins.starting import LOCK_OWNER, signed_in, start_parameters, starting
from watchword.stores.verbs.rows import FACTS, facts
from watchword.stores.verbs.terms import (
    NOW,
    PARTIES_ACTIVE,
    RETENTION_SECONDS,
    SESSION_STANDS,
    TENANT,
    number,
    same_tenant,
    text,
)
from watchword.stores.verbs.tokens.opaque_tokens import add_of_pair
from watchword.stores.verbs.tokens.why_unopened import why_no_family, why_no_login
from watchword.stores.verbs.upkeep.sweep import sweep

__all__ = [
    "INSERT_REFRESH_TOKEN",
    "WITH_PARTIES",
    "SessionUse",
    "give_own_session",
    "new_token",
    "open_family",
    "open_family_in_session",
    "origin_kept",
    "read_claims_request",
    "read_facts",
]

# A family with everyone who has to stand behind it: of its resources, the one that is chosen.
WITH_PARTIES = (
    families.join(sessions, and_(same_tenant(sessions, families), sessions.c.sid == families.c.sid))
    .join(users, and_(same_tenant(users, families), users.c.id == families.c.user_id))
    .join(
        clients,
        and_(same_tenant(clients, families), clients.c.client_id == families.c.client_id),
    )
    .join(
        resources,
        and_(same_tenant(resources, families), resources.c.identifier == CHOSEN_RESOURCE),
    )
    .join(tenants, same_tenant(tenants, families))
)
_BEFORE_FAMILY = (
    sessions.join(users, and_(same_tenant(users, sessions), users.c.id == sessions.c.user_id))
    .join(clients, and_(same_tenant(clients, sessions), clients.c.client_id == text("the_client")))
    .join(
        resources,
        and_(same_tenant(resources, sessions), resources.c.identifier == text("the_resource")),
    )
    .join(tenants, same_tenant(tenants, sessions))
)
_THE_SESSION = and_(sessions.c.tenant == TENANT, sessions.c.sid == text("the_sid"))

_START = starting(
    users.join(
        clients, and_(same_tenant(clients, users), clients.c.client_id == text("the_client"))
    ).join(
        resources,
        and_(same_tenant(resources, users), resources.c.identifier == text("the_resource")),
    ),
    PARTIES_ACTIVE,
)
_LOCK_SESSION = Lock(select(sessions.c.sid).where(_THE_SESSION).with_for_update(read=True))
# What somebody does as another user outlives the session by nothing, an access token included.
_END = case(
    (
        and_(sessions.c.actor_sid.is_not(None), sessions.c.expires_at < number("end")),
        sessions.c.expires_at,
    ),
    else_=number("end"),
)
_OPEN = Statement(
    insert(families)
    .from_select(
        [
            "tenant", "id", "sid", "user_id", "client_id", "resource", "scopes", "idle_seconds",
            "idle_expires_at", "expires_at", "generation", "created_at", "purge_at", "epoch",
            "proofs", "claims", "choices",
        ],
        select(
            sessions.c.tenant, text("the_family"), sessions.c.sid, users.c.id,
            clients.c.client_id, resources.c.identifier, text("the_scopes"), number("idle"),
            number("idle_end"), _END, number("first"), NOW, number("purge"),
            tenants.c.epoch, sessions.c.proofs, text("the_claims"), text("the_choices"),
        )
        .select_from(_BEFORE_FAMILY)
        .where(and_(_THE_SESSION, SESSION_STANDS, PARTIES_ACTIVE)),
    )
    .returning(families.c.id)
)  # fmt: skip
INSERT_REFRESH_TOKEN = Statement(insert(refresh_tokens))
_FACTS = Statement(
    select(*FACTS, sessions.c.used_at, sessions.c.idle_seconds, sessions.c.expires_at)
    .select_from(WITH_PARTIES)
    .where(and_(families.c.tenant == TENANT, families.c.id == text("the_family")))
)
_MOVE = Statement(
    update(families)
    .where(and_(families.c.tenant == TENANT, families.c.id == text("the_family")))
    .values(sid=text("own"))
)
_MOVE_TOKENS = Statement(
    update(opaque_tokens)
    .where(
        and_(
            opaque_tokens.c.tenant == TENANT,
            opaque_tokens.c.user_id == text("the_user"),  # of whom there is an index
            opaque_tokens.c.family_id == text("the_family"),
        )
    )
    .values(sid=text("own"))
)
_CLAIMS = Statement(
    select(families.c.claims).where(
        and_(families.c.tenant == TENANT, families.c.id == text("the_family"))
    )
)


@dataclass(frozen=True, slots=True)
class SessionUse:
    """When a family's session was last used, and how long it may rest."""

    used_at: int
    idle_seconds: int
    expires_at: int


def open_family(tenant: str, command: OpenFamily) -> Verb[Facts | Refused]:
    """Open session and family if user, client and resource are active and the hash is the same."""
    yield Step(LOCK_OWNER, {"in_tenant": tenant, "the_user": command.user_id})
    parameters = start_parameters(
        tenant,
        command.session,
        user_id=command.user_id,
        password_hash=command.password_hash,
        now=command.now,
    )
    parties = {"the_client": command.family.client_id, "the_resource": command.family.resource}
    if not (yield Step(_START, {**parameters, **parties})):
        return Refused((yield from why_no_login(tenant, command)))
    session, now = command.session, command.now
    opened = yield from _open(
        tenant, command.family, sid=session.sid, origin=session.origin, now=now
    )
    if isinstance(opened, Refused):
        raise ValueError("the session to be opened is over already")  # rolls everything back
    met = Arrival(command.user_id, session.sid, session.device_hash, session.origin)
    yield from meet_device(tenant, met, now=now)
    yield from record(
        tenant,
        signed_in(
            session,
            command.user_id,
            client_id=command.family.client_id,
            family_id=command.family.family_id,
            now=now,
        ),
    )
    return opened


def open_family_in_session(tenant: str, command: OpenFamilyInSession) -> Verb[Facts | Refused]:
    """Open a family on a live session."""
    yield Step(_LOCK_SESSION, {"in_tenant": tenant, "the_sid": command.sid})
    opened = yield from _open(
        tenant, command.family, sid=command.sid, origin=command.origin, now=command.now
    )
    if isinstance(opened, Facts):
        event = Event(
            EventKind.FAMILY_OPENED,
            command.now,
            user_id=opened.user.id,
            origin=origin_kept(opened, command.origin),
            actor=opened.actor,
            client_id=opened.client_id,
            sid=opened.sid,
            family_id=opened.family_id,
        )
        yield from record(tenant, event)
    return opened


def origin_kept(facts: Facts, origin: Origin) -> Origin:
    """Return what is kept of a place: from where somebody acts as the user is not for the user."""
    return origin if facts.actor is None else NOWHERE


def give_own_session(tenant: str, facts: Facts, new: NewSession, *, now: int) -> Verb[Facts]:
    """Take a family out of its session into one that nothing else hangs on, of the same proofs."""
    own = start_parameters(
        tenant,
        replace(new, proofs=facts.proofs),
        user_id=facts.user.id,
        password_hash=None,
        now=now,
    )
    yield Step(_START, {**own, "the_client": facts.client_id, "the_resource": facts.resource})
    where: Parameters = {
        "in_tenant": tenant,
        "the_family": facts.family_id,
        "the_user": facts.user.id,
        "own": new.sid,
    }
    yield Step(_MOVE, where)
    yield Step(_MOVE_TOKENS, where)
    return replace(facts, sid=new.sid)


def read_facts(
    tenant: str, family_id: str, *, generation_id: str, resource: str | None = None
) -> Verb[tuple[Facts, SessionUse]]:
    """Read what the issuing transaction saw, as a part of it; of the family's own resource, or one.

    Args:
        tenant: whose family it is.
        family_id: it stands.
        generation_id: of the pair that is minted.
        resource: which of the family's is meant; None: the first.
    """
    where: Parameters = {"in_tenant": tenant, "the_family": family_id, "the_resource": resource}
    rows = yield Step(_FACTS, where)
    *columns, used_at, idle_seconds, expires_at = rows[0]
    use = SessionUse(used_at, idle_seconds, expires_at)
    return facts(columns, generation_id=generation_id), use


def read_claims_request(tenant: str, family_id: str) -> Verb[ClaimsRequest]:
    """Read what a family's client asked for by name; nothing where the family is forgotten."""
    rows = yield Step(_CLAIMS, {"in_tenant": tenant, "the_family": family_id})
    return parse_claims(rows[0][0]) if rows else NOTHING_ASKED


def new_token(  # a row of its own
    tenant: str,
    family_id: str,
    token: NewRefreshToken,
    *,
    generation: int,
    origin: Origin,
    now: int,
) -> Step:
    """Return the step that stores a live refresh token."""
    return Step(
        INSERT_REFRESH_TOKEN,
        {
            "tenant": tenant,
            "token_hash": token.token_hash,
            "family_id": family_id,
            "generation": generation,
            "generation_id": token.generation_id,
            "successor_hash": None,
            "created_at": now,
            "consumed_at": None,
            "killed_at": None,
            "access_seen_at": None,
            "address": origin.address,
            "device": origin.device,
        },
    )


def _open(
    tenant: str, family: NewFamily, *, sid: str, origin: Origin, now: int
) -> Verb[Facts | Refused]:
    idle_end = min(now + family.idle_seconds, family.expires_at)
    opened = yield Step(
        _OPEN,
        {
            "in_tenant": tenant,
            "the_sid": sid,
            "the_family": family.family_id,
            "the_client": family.client_id,
            "the_resource": family.resource,
            "the_scopes": " ".join(family.scopes),
            "the_claims": format_claims(family.claims),
            "the_choices": format_choices(family.choices),
            "idle": family.idle_seconds,
            "idle_end": idle_end,
            "end": family.expires_at,
            "first": 1,
            "at": now,
            "purge": idle_end + RETENTION_SECONDS,
        },
    )
    if not opened:
        return Refused((yield from why_no_family(tenant, family, sid=sid, now=now)))
    seen, _ = yield from read_facts(
        tenant, family.family_id, generation_id=family.refresh.generation_id
    )
    origin = origin_kept(seen, origin)
    yield new_token(tenant, family.family_id, family.refresh, generation=1, origin=origin, now=now)
    yield from add_of_pair(tenant, family.refresh, seen, now=now)
    yield from sweep(tenant, chosen_by=family.refresh.token_hash, now=now)
    return seen
