"""Authorization requests under way: begun by anybody, answered once.

Source: oauth.md S-4, S-8 and S-9; security.md rule 60.
"""

import json
from collections.abc import Mapping

from sqlalchemy import and_, insert, select, update

from watchword.oauth.authorize.interactions import AnswerInteraction, Interaction
from watchword.oauth.authorize.request import Asked
from watchword.stores.schema import interactions, tenants
from watchword.stores.statement import Statement, Step, Verb
from watchword.stores.verbs.consents import save_consent
from watchword.stores.verbs.terms import NOW, TENANT, blob, number, text
from watchword.stores.verbs.tokens.codes import add_code
from watchword.stores.verbs.upkeep.sweep import SWEEP_INTERACTIONS, clear

__all__ = ["add_interaction", "answer_interaction", "end_interaction", "find_interaction"]

_ADD = Statement(
    insert(interactions).from_select(
        [
            "tenant", "id", "cookie_hash", "client_id", "request", "created_at", "expires_at",
            "epoch",
        ],
        select(
            tenants.c.tenant, text("the_interaction"), blob("the_cookie"), text("the_client"),
            text("the_request"), number("begun"), number("end"), tenants.c.epoch,
        ).where(tenants.c.tenant == TENANT),
    )
)  # fmt: skip
_EPOCH = select(tenants.c.epoch).where(tenants.c.tenant == TENANT).scalar_subquery()
_LIVE = and_(
    interactions.c.tenant == TENANT,
    interactions.c.id == text("the_interaction"),
    interactions.c.ended_at.is_(None),
    interactions.c.expires_at > NOW,
    interactions.c.epoch == _EPOCH,
)
_FIND = Statement(
    select(
        interactions.c.client_id,
        interactions.c.request,
        interactions.c.created_at,
        interactions.c.expires_at,
    ).where(and_(_LIVE, interactions.c.cookie_hash == blob("the_cookie")))
)
_END = Statement(
    update(interactions).where(_LIVE).values(ended_at=NOW).returning(interactions.c.id)
)


def add_interaction(tenant: str, begun: Interaction, *, now: int) -> Verb[None]:
    """Store an interaction, and delete some that are over."""
    yield Step(
        _ADD,
        {
            "in_tenant": tenant,
            "the_interaction": begun.id,
            "the_cookie": begun.cookie_hash,
            "the_client": begun.client_id,
            "the_request": _written(begun),
            "begun": begun.created_at,
            "end": begun.expires_at,
        },
    )
    yield from clear(tenant, SWEEP_INTERACTIONS, now=now)


def find_interaction(
    tenant: str, interaction_id: str, cookie_hash: bytes, *, now: int
) -> Verb[Interaction | None]:
    """Read a live interaction of the browser with this cookie."""
    rows = yield Step(
        _FIND,
        {
            "in_tenant": tenant,
            "the_interaction": interaction_id,
            "the_cookie": cookie_hash,
            "at": now,
        },
    )
    if not rows:
        return None
    client_id, request, created_at, expires_at = rows[0]
    asked, seen = _read(json.loads(request))
    return Interaction(interaction_id, cookie_hash, client_id, asked, seen, created_at, expires_at)


def end_interaction(tenant: str, interaction_id: str, *, now: int) -> Verb[bool]:
    """End an interaction; true for the one caller that ended it."""
    ended = yield Step(_END, {"in_tenant": tenant, "the_interaction": interaction_id, "at": now})
    return bool(ended)


def answer_interaction(tenant: str, command: AnswerInteraction) -> Verb[bool]:
    """End the interaction, if there is one, and store what it led to."""
    if command.interaction_id is not None:
        ended = yield from end_interaction(tenant, command.interaction_id, now=command.now)
        if not ended:
            return False
    for consent in command.consents:
        yield from save_consent(tenant, consent)
    yield from add_code(tenant, command.code)
    return True


def _written(begun: Interaction) -> str:
    return json.dumps(
        {
            "members": dict(begun.asked.members),
            "resources": begun.asked.resources,
            "seen": None if begun.seen is None else begun.seen.hex(),
        }
    )


def _read(document: Mapping[str, object]) -> tuple[Asked, bytes | None]:
    """Read what `_written` wrote: the one writer of the column."""
    members, resources, seen = (document[name] for name in ("members", "resources", "seen"))
    assert isinstance(members, dict)  # noqa: S101  # as written
    assert isinstance(resources, list)  # noqa: S101  # as above
    return (
        Asked(members, tuple(resources)),
        bytes.fromhex(seen) if isinstance(seen, str) else None,
    )
