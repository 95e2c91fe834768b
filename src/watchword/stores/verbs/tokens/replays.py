"""What may be presented once: an insert that a row of before makes do nothing.

Source: oauth.md S-6; fosite CVE-2020-15222.
"""

from hashlib import sha256

from watchword.stores.schema import replays
from watchword.stores.statement import Statement, Step, Verb
from watchword.stores.verbs.terms import TENANT, blob, number, text
from watchword.stores.verbs.upkeep.sweep import SWEEP_REPLAYS, clear
from watchword.stores.verbs.upsert import insert

__all__ = ["spend"]

# Both databases spell the clause alike, and each compiles the expression of the other's dialect.
_SPEND = Statement(
    insert(replays)
    .values(
        tenant=TENANT,
        kind=text("the_kind"),
        issuer=text("the_issuer"),
        jti_hash=blob("the_jti"),
        expires_at=number("end"),
    )
    .on_conflict_do_nothing()
    .returning(replays.c.kind)
)


def spend(
    tenant: str, kind: str, issuer: str, jti: str, *, expires_at: int, now: int
) -> Verb[bool]:
    """Remember an identifier; say whether this call is the first with it."""
    rows = yield Step(
        _SPEND,
        {
            "in_tenant": tenant,
            "the_kind": kind,
            "the_issuer": issuer,
            "the_jti": sha256(jti.encode("utf-8", "surrogatepass")).digest(),
            "end": expires_at,
        },
    )
    yield from clear(tenant, SWEEP_REPLAYS, now=now)
    return bool(rows)
