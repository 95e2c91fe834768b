"""Reading parameters."""

import pytest

from watchword.oauth.errors import InvalidRequest
from watchword.oauth.parameters import (
    PARAMETER_CHARACTERS_MAX,
    optional_text,
    required_secret,
    required_text,
)


@pytest.mark.parametrize("members", [{}, {"scope": ""}, {"scope": None}])
@pytest.mark.requirement("rfc6749:3.1:empty-is-omitted")
def test_empty_parameter_counts_as_left_out(members):
    """RFC 6749 sections 3.1 and 3.2."""
    assert optional_text(members, "scope") is None
    with pytest.raises(InvalidRequest, match="scope is missing"):
        required_text(members, "scope")


@pytest.mark.parametrize("value", [0, 1, True, False, [], ["a"], {}, {"a": 1}, 1.5])
def test_value_that_is_no_text_is_refused_by_name(value):
    with pytest.raises(InvalidRequest, match="scope must be text"):
        optional_text({"scope": value}, "scope")


def test_length_is_bounded():
    assert required_text({"scope": "a" * PARAMETER_CHARACTERS_MAX}, "scope")
    with pytest.raises(InvalidRequest, match="more than 4096") as refused:
        required_text({"scope": "a" * (PARAMETER_CHARACTERS_MAX + 1)}, "scope")
    assert "aaa" not in str(refused.value)


def test_character_nul_is_refused():
    """RFC 6749 appendix A: no parameter has it; PostgreSQL stores no text with it."""
    with pytest.raises(InvalidRequest, match="redirect_uri holds the character NUL"):
        optional_text({"redirect_uri": "https://app.example/\0"}, "redirect_uri")


def test_secret_is_masked_from_here_on():
    secret = required_secret({"password": "canary"}, "password")
    assert "canary" not in repr(secret)
    assert secret.reveal() == "canary"
