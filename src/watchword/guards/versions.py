"""The authorization versions of subjects, as they are pushed or polled: mode `version`.

Source: access.md F2, F3, F5; security.md rules 89 and 90.
"""

import threading

from watchword.base.clock import SYSTEM, Clock
from watchword.guards.errors import SubjectsUnavailable
from watchword.guards.feed import Follower
from watchword.guards.standing import Standing

__all__ = ["SILENT_SECONDS", "FollowedVersions", "PushedVersions"]

SILENT_SECONDS = 300  # as long as a guard goes on without its revocation feed
SUBJECTS_MAX = 1_000_000
RETRY_AFTER_SECONDS = 5


class PushedVersions:
    """Holds what was last heard of each subject. A Versions; shareable between threads.

    Whoever feeds it calls `push` for what changes, and `heard` where a poll or a heartbeat brings
    nothing: after a silence nobody can say that nothing has changed.

    Args:
        silent_seconds: how long nothing may be heard.
        clock: the time; a test moves it.
    """

    def __init__(self, *, silent_seconds: int = SILENT_SECONDS, clock: Clock = SYSTEM) -> None:
        self._silent_seconds = silent_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, tuple[int, bool]] = {}
        self._heard_at = clock.monotonic()

    def push(self, subject_id: str, *, version: int, is_suspended: bool = False) -> None:
        """Take in what holds of a subject; what is older than what is known changes nothing.

        Raises:
            ValueError: more subjects than are kept.
        """
        with self._lock:
            known = self._known.get(subject_id)
            if known is None and len(self._known) >= SUBJECTS_MAX:
                raise ValueError(f"at most {SUBJECTS_MAX} subjects are kept")
            if known is None or version >= known[0]:
                self._known[subject_id] = version, is_suspended
            self._heard_at = self._clock.monotonic()

    def forget(self, subject_id: str) -> None:
        """Take in that a subject is gone: its tokens are refused."""
        with self._lock:
            self._known.pop(subject_id, None)
            self._heard_at = self._clock.monotonic()

    def heard(self) -> None:
        """Take in that nothing has changed."""
        self._heard_at = self._clock.monotonic()

    def find(self, subject_id: str) -> Standing | None:
        """Return what is known of a subject; None where it is unknown, which denies.

        Raises:
            SubjectsUnavailable: nothing was heard for longer than the bound.
        """
        age = int(self._clock.monotonic() - self._heard_at)
        if age > self._silent_seconds:
            raise SubjectsUnavailable(
                retry_after=RETRY_AFTER_SECONDS, detail=f"no version was heard of for {age} s"
            )
        known = self._known.get(subject_id)
        return None if known is None else Standing(*known, age=age)


class FollowedVersions:
    """The versions that the issuer's revocation feed tells of. A Versions.

    A change is on the feed from the moment of its commit, and stays there for as long as a token
    from before it can live: an account that the feed does not name is as its tokens say.

    Args:
        follower: of the feed; the same one that the guard follows.
    """

    def __init__(self, follower: Follower) -> None:
        self._follower = follower

    def find(self, subject_id: str) -> Standing:
        """Return how a subject stands: the oldest version that holds.

        Raises:
            SubjectsUnavailable: the feed was not read yet, or not for longer than its bound.
        """
        silence = self._follower.silence
        if silence is None:
            failure = self._follower.status.last_failure or "no answer yet"
            raise SubjectsUnavailable(
                retry_after=RETRY_AFTER_SECONDS, detail=f"the feed cannot be read: {failure}"
            )
        change = self._follower.accounts.find(subject_id)
        if change is None:
            return Standing(0, age=silence)
        return Standing(change.version, change.is_suspended, age=silence)
