"""The circumstances of a request that a guard knows by itself: the time.

Shares end, so a policy whose rules ask for one declares `now`.

Source: access.md section 4 (P8) and section 2 (`now` comes in the context).
"""

from watchword.access import Context, Policy
from watchword.access.rules import NOW
from watchword.base.clock import Clock

__all__ = ["circumstances"]


def circumstances(policy: Policy, clock: Clock) -> Context | None:
    """Return the time, for policies that declare nothing else of a request; else None."""
    if dict(policy.words.context) != {"now": NOW}:
        return None
    return policy.context(now=clock.now())
