import pytest

from watchword.accounts.confirmation import is_confirmed


@pytest.mark.parametrize(
    ("auth_time", "recent"), [(100, True), (91, True), (90, False), (0, False), (101, False)]
)
def test_a_proof_counts_for_a_while(auth_time, recent):
    """security.md rule 43; a proof of the future is none."""
    assert is_confirmed(auth_time, within_seconds=10, now=100) is recent
