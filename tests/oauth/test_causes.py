"""What an operator is told to do. Source: oauth.md S-3 and section 17."""

import pytest

from watchword.oauth.causes import NO_CLIENT, WRONG_SECRET, fix_of
from watchword.oauth.families import Refusal


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (Refusal.VERIFIER_MISSING, "Send code_verifier"),
        (Refusal.VERIFIER_WRONG, "the very request"),
        (Refusal.REDIRECT_URI_DIFFERS, "to the letter"),
        (Refusal.WRONG_CLIENT, "issued to"),
        (Refusal.WRONG_RESOURCE, "Send a resource"),
        (Refusal.EXPIRED, "Begin again"),
        (Refusal.REUSED, "sent again"),
    ],
)
def test_each_binding_of_a_code_has_advice_of_its_own(reason, said):
    assert said in fix_of(f"refused in the transaction: {reason.value}")


def test_wrong_secret_and_unknown_client_are_told_apart():
    assert "watchword app secret" in fix_of(f"'shop' by client_secret_basic: {WRONG_SECRET}")
    assert "watchword app list" in fix_of(f"'shop' by client_secret_basic: {NO_CLIENT}")


def test_what_names_no_cause_has_the_advice_of_its_code():
    assert fix_of("something else") is None
    assert fix_of("") is None
