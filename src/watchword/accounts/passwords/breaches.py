"""Whether a password was found in stolen data, asked without telling which password it is.

The question is the first five digits of its SHA-1: about a thousand stolen passwords share them,
and the answer lists the rest of each. Whoever answers learns no more than those five digits.

A service that does not answer stops nobody from choosing a password: the rules that need nobody's
answer have been asked before, and the failure is reported.

Source: NIST SP 800-63B-4 section 3.1.1.2; OWASP ASVS 5.0 V6.2.12; security.md rule 32.
"""

import hashlib
import re
from collections.abc import Iterable
from typing import Protocol

from watchword.accounts.errors import PasswordRefused
from watchword.accounts.password_rules import PasswordReason, PasswordRules
from watchword.accounts.passwords.acceptance import check_password
from watchword.base.secrets import Secret

__all__ = ["ANSWER_BYTES_MAX", "PREFIX_DIGITS", "BreachedPasswords", "accept_password"]

PREFIX_DIGITS = 5
ANSWER_BYTES_MAX = 256 * 1024  # the longest of the public service has under 64 KiB
_LINE = re.compile(rb"([0-9A-F]{35}):([0-9]{1,12})")


class BreachedPasswords(Protocol):
    """Somebody who knows stolen passwords."""

    async def range(self, prefix: str) -> bytes | None:
        """Return the answer for five hexadecimal digits in capitals, or None if there is none.

        It takes five seconds at most, never raises, and reports the failures itself.
        """
        ...


async def accept_password(
    password: Secret,
    *,
    context: Iterable[str],
    rules: PasswordRules = PasswordRules.ALONE,
    breaches: BreachedPasswords | None = None,
) -> None:
    """Accept a password that somebody wants to have, as `check_password` does, then ask about it.

    Args:
        password: as typed.
        context: words that a guesser knows.
        rules: whether the account has a second factor that it cannot sign in without.
        breaches: who is asked; None: nobody.

    Raises:
        PasswordRefused: breaks a rule, or was stolen somewhere.
    """
    check_password(password, context=context, rules=rules)
    if breaches is None:
        return
    spelled = password.reveal().encode("utf-8", "surrogatepass")
    name = hashlib.sha1(spelled, usedforsecurity=False).hexdigest().upper()
    answer = await breaches.range(name[:PREFIX_DIGITS])
    if answer is not None and _lists(answer, name[PREFIX_DIGITS:].encode("ascii")):
        raise PasswordRefused((PasswordReason.BREACHED,))


def _lists(answer: bytes, rest: bytes) -> bool:
    """Tell whether an answer names the rest of a hash. Lines with the count 0 are padding."""
    for line in answer[:ANSWER_BYTES_MAX].splitlines():
        found = _LINE.fullmatch(line)
        if found is not None and found[1] == rest and int(found[2]) > 0:
            return True
    return False
