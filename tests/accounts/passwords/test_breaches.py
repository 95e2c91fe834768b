"""Stolen passwords: asked about by five digits, and never in the way."""

import hashlib

import pytest

from watchword.accounts.errors import PasswordRefused
from watchword.accounts.password_rules import PasswordReason, PasswordRules
from watchword.accounts.passwords.breaches import accept_password
from watchword.base.secrets import Secret

PASSWORD = "a quiet garden at dusk"
NAME = hashlib.sha1(PASSWORD.encode()).hexdigest().upper()


class Service:
    def __init__(self, answer):
        self.answer = answer
        self.asked = []

    async def range(self, prefix):
        self.asked.append(prefix)
        return self.answer


def accepted(run, answer, password=PASSWORD):
    service = Service(answer)
    try:
        run(accept_password(Secret(password), context=(), breaches=service))
    except PasswordRefused as refused:
        return refused.reasons, service.asked
    return (), service.asked


@pytest.mark.requirement("security:32:breached")
def test_stolen_password_is_refused_and_only_five_digits_are_told(run):
    """security.md rule 32; ASVS V6.2.12: k-anonymity."""
    answer = f"{'0' * 35}:4\r\n{NAME[5:]}:17\r\n".encode()
    assert accepted(run, answer) == ((PasswordReason.BREACHED,), [NAME[:5]])


@pytest.mark.requirement("security:32:fails-open")
@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"",
        b"<html>try again later</html>",
        f"{NAME[5:]}:0".encode(),  # padding
        f"{NAME[5:].lower()}:3".encode(),
        f"{NAME[5:]}".encode(),
        f"{NAME[5:-1]}:3".encode(),
        b"0" * 300_000 + f"\n{NAME[5:]}:3".encode(),
    ],
)
def test_no_or_another_answer_stops_nobody(run, answer):
    assert accepted(run, answer) == ((), [NAME[:5]])


def test_nobody_is_asked_about_a_password_that_breaks_a_rule(run):
    assert accepted(run, b"", "password") == ((PasswordReason.TOO_SHORT,), [])


def test_nobody_is_asked_where_no_service_is_set(run):
    run(accept_password(Secret(PASSWORD), context=(), rules=PasswordRules.ALONE))
