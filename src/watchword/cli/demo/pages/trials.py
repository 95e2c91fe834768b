"""What each signed-in browser has tried on the start page: its pair of tokens and its answers.

Kept in the demo's memory only, for a bounded number of sessions; whoever falls out is issued
another pair at the next look.
"""

from collections import OrderedDict
from dataclasses import field

from watchword.base.records import dataclass
from watchword.base.secrets import Secret
from watchword.cli.demo.pages.calls import Answer

__all__ = ["SESSIONS_MAX", "Pair", "Trial", "Trials", "Tried"]

SESSIONS_MAX = 64  # a demo has three users


@dataclass(frozen=True, slots=True)
class Pair:
    """What an application keeps after a login."""

    access_token: str = field(repr=False)
    refresh_token: Secret


@dataclass(frozen=True, slots=True)
class Tried:
    """One call that was made: what came back, and what decided it."""

    answer: Answer
    because: str


@dataclass(slots=True)
class Trial:
    """One session's pair, and the last try of each call by its id."""

    pair: Pair
    tried: dict[str, Tried] = field(default_factory=dict)


class Trials:
    """The trials of the sessions seen last."""

    __slots__ = ("_by_sid",)

    def __init__(self) -> None:
        self._by_sid: OrderedDict[str, Trial] = OrderedDict()

    def find(self, sid: str) -> Trial | None:
        """Return the trial of a session, and keep it for longer."""
        trial = self._by_sid.get(sid)
        if trial is not None:
            self._by_sid.move_to_end(sid)
        return trial

    def begin(self, sid: str, pair: Pair) -> Trial:
        """Keep a pair for a session; the session seen longest ago falls out when there are many."""
        trial = self._by_sid[sid] = Trial(pair)
        self._by_sid.move_to_end(sid)
        while len(self._by_sid) > SESSIONS_MAX:
            self._by_sid.popitem(last=False)
        return trial
