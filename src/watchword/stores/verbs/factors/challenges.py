"""Challenges of passkey ceremonies: stored by their hash, gone with the first answer.

Source: Web Authentication Level 3 section 13.4.3; security.md rule 37, section 3.6, C6 and C7.
"""

from sqlalchemy import and_, delete, insert, or_, select

from watchword.accounts.factors.passkeys import ChallengeOutcome, NewChallenge, SpendChallenge
from watchword.stores.schema import challenges, tenants
from watchword.stores.statement import Statement, Step, Verb
from watchword.stores.verbs.terms import NOW, TENANT, blob, number, text
from watchword.stores.verbs.upkeep.sweep import SWEEP_CHALLENGES, clear

__all__ = ["add_challenge", "spend_challenge"]

_EPOCH = select(tenants.c.epoch).where(tenants.c.tenant == TENANT).scalar_subquery()
_NOBODY = and_(challenges.c.user_id.is_(None), text("the_user").is_(None))
_ADD = Statement(
    insert(challenges).from_select(
        ["tenant", "challenge_hash", "purpose", "user_id", "bound_to", "expires_at", "epoch"],
        select(
            tenants.c.tenant, blob("the_challenge"), text("for_purpose"), text("the_user"),
            blob("the_binding"), number("end"), tenants.c.epoch,
        ).where(tenants.c.tenant == TENANT),
    )
)  # fmt: skip
_SPEND = Statement(
    delete(challenges)
    .where(
        and_(
            challenges.c.tenant == TENANT,
            challenges.c.challenge_hash == blob("the_challenge"),
            challenges.c.purpose == text("for_purpose"),
            or_(challenges.c.user_id == text("the_user"), _NOBODY),
            challenges.c.bound_to == blob("the_binding"),
            challenges.c.expires_at > NOW,
            challenges.c.epoch == _EPOCH,
        )
    )
    .returning(challenges.c.purpose)
)


def add_challenge(tenant: str, challenge: NewChallenge) -> Verb[None]:
    """Store a challenge and forget at most twenty that have expired.

    Whoever asks for challenges and answers none leaves no more rows than six minutes hold.
    """
    yield from clear(tenant, SWEEP_CHALLENGES, now=challenge.created_at)
    yield Step(
        _ADD,
        {
            "in_tenant": tenant,
            "the_challenge": challenge.challenge_hash,
            "for_purpose": challenge.purpose.value,
            "the_user": challenge.user_id,
            "the_binding": challenge.bound_to,
            "end": challenge.expires_at,
        },
    )


def spend_challenge(tenant: str, spend: SpendChallenge) -> Verb[ChallengeOutcome]:
    """Delete a live challenge with these bindings; of concurrent callers one is told SPENT."""
    spent = yield Step(
        _SPEND,
        {
            "in_tenant": tenant,
            "the_challenge": spend.challenge_hash,
            "for_purpose": spend.purpose.value,
            "the_user": spend.user_id,
            "the_binding": spend.bound_to,
            "at": spend.now,
        },
    )
    return ChallengeOutcome.SPENT if spent else ChallengeOutcome.REFUSED
