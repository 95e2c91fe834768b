"""Confirming: whoever is signed in shows once more who they are, before something that could hurt.

The proof is added to those of the session, which gets another cookie for it
(`SessionStore.raise_session`); what counts is the time of the newest recorded proof.

Source: OWASP ASVS 5.0 V7.5.1; security.md rules 43 and 44.
"""

__all__ = ["ACT_SECONDS", "ASK_SECONDS", "is_confirmed"]

ASK_SECONDS = 10 * 60  # a page that could hurt is shown for so long after a proof
ACT_SECONDS = 15 * 60  # and its form is taken for so long, so that nobody writes in vain


def is_confirmed(auth_time: int, *, within_seconds: int, now: int) -> bool:
    """Whether the person showed who they are recently enough.

    Args:
        auth_time: of the session: its newest recorded proof.
        within_seconds: how long a proof counts.
        now: seconds since the epoch.
    """
    return 0 <= now - auth_time < within_seconds
