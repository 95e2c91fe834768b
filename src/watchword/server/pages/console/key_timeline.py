"""The lives of the signing keys to one scale, as they were and as they are planned.

The stretches are drawn by the template in shares of the width; each state has a look of its own
beside its colour, and the same moments stand below in words.

Source: users.md U41 and U90; oauth.md K-4.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from watchword.base.records import dataclass
from watchword.keys.record import KeyState, SigningKeyRecord
from watchword.keys.rotation import RotationPolicy, foreseen, phases
from watchword.server.languages import N_
from watchword.server.pages.times import Moment, moment

__all__ = ["KeyLife", "KeyTimeline", "timeline"]

STATES: Mapping[KeyState, str] = MappingProxyType(
    {
        KeyState.PENDING: N_("announced"),
        KeyState.ACTIVE: N_("signs"),
        KeyState.RETIRED: N_("still published"),
    }
)
BEGINS: Mapping[KeyState, str] = MappingProxyType(
    {
        KeyState.PENDING: N_("announced on"),
        KeyState.ACTIVE: N_("signs from"),
        KeyState.RETIRED: N_("signs until"),
    }
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A phase of a key, in per cent of the width."""

    state: str
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class KeyLife:
    """One key."""

    kid: str
    alg: str
    state: str  # in words
    signs: bool
    stretches: tuple[Stretch, ...]
    moments: tuple[tuple[str, Moment], ...]  # what begins, and when
    published_until: Moment


@dataclass(frozen=True, slots=True)
class KeyTimeline:
    """All keys, the oldest first."""

    keys: tuple[KeyLife, ...]
    now: float  # in per cent of the width


def timeline(
    records: Sequence[SigningKeyRecord], policy: RotationPolicy, *, now: int
) -> KeyTimeline:
    """Return the plan as it is drawn."""
    lives = [(record, phases(record, policy)) for record in foreseen(records)]
    starts = min([now, *(life[0].begins for _, life in lives)])
    ends = max([now + 1, *(life[-1].ends for _, life in lives)])

    def place(at: int) -> float:
        return round(100 * (at - starts) / (ends - starts), 2)

    keys = tuple(
        KeyLife(
            record.kid,
            record.alg,
            STATES[record.state],
            record.state is KeyState.ACTIVE,
            tuple(
                Stretch(one.state.value, place(one.begins), place(one.ends) - place(one.begins))
                for one in life
            ),
            tuple((BEGINS[one.state], moment(one.begins)) for one in life),
            moment(life[-1].ends),
        )
        for record, life in lives
    )
    return KeyTimeline(keys, place(now))
