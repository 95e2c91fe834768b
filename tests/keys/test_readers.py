"""Which verifiers the announced key waits for.

Source: oauth.md K-4.
"""

from dataclasses import replace

import pytest

from watchword.keys.readers import KeyReader, holding_old
from watchword.keys.record import KeyState, SigningKeyRecord

NOW = 1_800_000_000
ACTIVE = SigningKeyRecord("k1", "RS256", "{}", b"", KeyState.ACTIVE, NOW - 100)
PENDING = replace(ACTIVE, kid="k2", state=KeyState.PENDING, created_at=NOW, activates_at=NOW + 9)
OLD, SAME, NEW = KeyReader("a", 0, NOW), KeyReader("b", NOW, NOW), KeyReader("c", NOW + 1, NOW + 1)


@pytest.mark.requirement("oauth:K-4:rotation-waits")
def test_verifier_that_has_not_read_the_announced_key_is_waited_for():
    assert holding_old((ACTIVE, PENDING), (OLD, SAME, NEW), alg="RS256") == (OLD, SAME)


def test_nobody_is_waited_for_where_no_key_is_announced():
    assert holding_old((ACTIVE,), (OLD,), alg="RS256") == ()
    assert holding_old((ACTIVE, PENDING), (OLD,), alg="ES256") == ()
