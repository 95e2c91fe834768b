"""Random rules about rows, other rows and shares: Cedar decides what is exported as the check does.

The ordinary run compares a thousand cases; `make nightly` a million.

Source: access.md section 6 (4), section 9 (T1).
"""

import os
from random import Random

import pytest
from tests.access.library import DECLARED, Note
from tests.access.reference import build
from tests.access.world import rule

from watchword.access import Policy, PolicyError

pytest.importorskip("cedarpy", reason="the extra cedar is not installed")
from watchword.testing.cedar import cedar_laws

CASES = int(os.environ.get("WATCHWORD_CEDAR_CASES", "1000"))
SEED = os.environ.get("WATCHWORD_SEED", "0")
PEOPLE, ROWS = 3, 10


def policy_of(allow: tuple, deny: tuple) -> Policy:
    policy = Policy(**DECLARED)

    @policy.allow("read", "update", on=Note)
    def allowing(me, note):
        """Allow."""
        return build(allow, me, note)

    @policy.deny("read", on=Note)
    def denying(me, note):
        """Deny."""
        return build(deny, me, note)

    return policy


@pytest.mark.requirement("access:6.4:cedar-agrees")
def test_random_rules_are_decided_alike_by_cedar():
    chance, done, refused = Random(f"cedar {SEED}"), 0, 0
    while done < CASES:
        policy = policy_of(rule(chance), rule(chance))
        try:
            done += cedar_laws(policy, seed=chance.randrange(2**32), subjects=PEOPLE, rows=ROWS)
        except PolicyError as problem:
            if "Cedar has no order of" not in str(problem):
                raise
            refused += 1
    assert refused < CASES  # most rules can be written
