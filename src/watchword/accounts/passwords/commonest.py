"""The passwords that most people choose.

The list is the one of zxcvbn: 30,000 passwords of real accounts, the commonest first; 11,600 have
eight characters or more. It is read when the first password is chosen, because it takes 14 MiB.

Source: NIST SP 800-63B-4 section 3.1.1.2; OWASP ASVS 5.0 V6.2.4; security.md rule 32.
"""

from functools import cache
from importlib import import_module

__all__ = ["is_common"]


def is_common(password: str) -> bool:
    """Tell whether a password, in small letters, is among the commonest."""
    return password in _common()


@cache
def _common() -> frozenset[str]:
    # By name, because a process that only compares passwords must not carry the list.
    lists = import_module("zxcvbn.frequency_lists").FREQUENCY_LISTS
    return frozenset(lists["passwords"])
