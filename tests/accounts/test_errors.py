"""The tree of account errors."""

import pytest

from watchword.accounts import errors
from watchword.accounts.password_rules import PasswordReason


def test_every_error_has_its_own_code_and_a_text_for_the_peer():
    named = [getattr(errors, name) for name in errors.__all__]
    classes = [each for each in named if issubclass(each, errors.AccountError)]
    assert [each for each in named if each not in classes] == [errors.Flaw]
    assert len({each.code for each in classes}) == len(classes)
    assert all(each.public for each in classes)


@pytest.mark.parametrize(
    ("detail", "text"), [("why", "hash_malformed: why"), ("", "hash_malformed")]
)
def test_text_holds_code_and_detail(detail, text):
    assert str(errors.MalformedHash(detail)) == text


def test_refused_password_names_its_reasons():
    refused = errors.PasswordRefused((PasswordReason.TOO_SHORT, PasswordReason.CONTEXT))
    assert refused.reasons == (PasswordReason.TOO_SHORT, PasswordReason.CONTEXT)
    assert str(refused) == "password_refused: too_short, context"
