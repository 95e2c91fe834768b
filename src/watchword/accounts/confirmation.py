"""Confirming: whoever is signed in shows once more who they are, before something that could hurt.

The proof is added to those of the session, which gets another cookie for it
(`SessionStore.raise_session`); what counts is the time of the newest recorded proof.

Source: OWASP ASVS 5.0 V7.5.1; security.md rules 43 and 44.
"""

from collections.abc import Collection
from typing import assert_never

from watchword.accounts.levels import Level, Proof, auth_time, factor_time, level

__all__ = ["ACT_SECONDS", "ASK_SECONDS", "is_confirmed", "is_proven"]

ASK_SECONDS = 10 * 60  # a page that could hurt is shown for so long after a proof
ACT_SECONDS = 15 * 60  # and its form is taken for so long, so that nobody writes in vain


def is_confirmed(shown_at: int, *, within_seconds: int, now: int) -> bool:
    """Whether the person showed who they are recently enough.

    Args:
        shown_at: of the proof that counts, such as the newest of the session.
        within_seconds: how long a proof counts.
        now: seconds since the epoch.
    """
    return 0 <= now - shown_at < within_seconds


def is_proven(proofs: Collection[Proof], to: Level, *, within_seconds: int, now: int) -> bool:
    """Whether a session reaches a level by something that was shown recently enough.

    A password that is typed once more is no second factor: of two, it is the one that the person
    holds whose time counts.

    Args:
        proofs: those of the session, at least one.
        to: the level that is asked for.
        within_seconds: how long a proof counts.
        now: seconds since the epoch.
    """
    match to:
        case Level.ONE_FACTOR:
            shown = auth_time(proofs)
        case Level.TWO_FACTORS:
            shown = factor_time(proofs)
        case never:
            assert_never(never)
    is_reached = level(proofs).rank >= to.rank
    return is_reached and is_confirmed(shown, within_seconds=within_seconds, now=now)
