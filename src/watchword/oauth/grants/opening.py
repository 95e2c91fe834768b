"""What a code buys: a family, and a session for it. What the code itself says, the store puts in.

Source: oauth.md S-4 and R-4.
"""

from watchword.accounts.origin import Origin
from watchword.accounts.sessions import NewSession, new_session
from watchword.base.chance import new_id
from watchword.oauth.clients import Client
from watchword.oauth.families import FAMILY_ID_PREFIX, NewFamily
from watchword.oauth.issue import IssueContext, PairDraft

__all__ = ["opening"]


def opening(
    client: Client, draft: PairDraft, origin: Origin, ctx: IssueContext
) -> tuple[NewFamily, NewSession]:
    """Describe both; resource and scopes of the one and the proofs of the other are the code's."""
    now, limits = ctx.clock.now(), ctx.limits
    family = NewFamily(
        family_id=new_id(ctx.chance, FAMILY_ID_PREFIX),
        client_id=client.client_id,
        resource="",
        scopes=(),
        refresh=draft.stored,
        idle_seconds=limits.idle_seconds,
        expires_at=now + limits.lifetime_seconds,
    )
    session = new_session(
        proofs=(),
        lifetime_seconds=limits.lifetime_seconds,
        origin=origin,
        now=now,
        chance=ctx.chance,
    )
    return family, session
