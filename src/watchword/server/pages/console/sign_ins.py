"""How sign-ins went in a week: bars of eight hours each, and the applications that were used.

The bars are drawn by the template, in shares of the width, so that words and numbers beside them
keep their size on any screen. Whatever is counted is bounded (`SIGN_INS_MAX`).

Source: users.md U41.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from watchword.accounts.administration.figures import DAY_SECONDS, SIGN_INS_MAX, SignIns
from watchword.accounts.events import EventKind
from watchword.base.records import dataclass
from watchword.server.pages.times import Moment, moment

__all__ = ["STRETCH_SECONDS", "WEEK_SECONDS", "Bar", "Week", "week_of"]

STRETCH_SECONDS = 8 * 3_600
WEEK_SECONDS = 7 * DAY_SECONDS
STRETCHES = WEEK_SECONDS // STRETCH_SECONDS
STRETCHES_OF_A_DAY = DAY_SECONDS // STRETCH_SECONDS
APPS_SHOWN = 8
HEIGHT_PIXELS = 112
LEAST_PIXELS = 3  # one sign-in among thousands is still seen
REFUSED = frozenset({EventKind.SIGN_IN_FAILED, EventKind.SECOND_FACTOR_FAILED})


@dataclass(frozen=True, slots=True)
class Bar:
    """Eight hours."""

    begins: Moment
    granted: int
    refused: int
    left: float  # per cent of the width
    granted_pixels: int
    refused_pixels: int


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days, up to this moment."""

    bars: tuple[Bar, ...]
    granted: int
    refused: int
    most: int  # of eight hours
    granted_today: int  # of the last 24 hours
    refused_today: int
    apps: tuple[tuple[str, int], ...]  # client ids and their sign-ins, the most used first
    is_partial: bool  # older ones were not looked at


def week_of(counted: Sequence[SignIns], *, since: int) -> Week:
    """Return the week that begins at `since`."""
    granted, refused = Counter[int](), Counter[int]()
    for one in counted:
        if one.kind is EventKind.SIGNED_IN:
            granted[one.stretch] += one.count
        elif one.kind in REFUSED:
            refused[one.stretch] += one.count
    together = granted + refused
    most = max(together.values(), default=0)
    today = range(STRETCHES - STRETCHES_OF_A_DAY, STRETCHES)
    return Week(
        tuple(
            _bar(number, granted[number], refused[number], most=most, since=since)
            for number in range(STRETCHES)
        ),
        granted.total(),
        refused.total(),
        most,
        sum(granted[number] for number in today),
        sum(refused[number] for number in today),
        _apps(counted),
        sum(one.count for one in counted) >= SIGN_INS_MAX,
    )


def _bar(number: int, granted: int, refused: int, *, most: int, since: int) -> Bar:
    return Bar(
        moment(since + number * STRETCH_SECONDS),
        granted,
        refused,
        round(100 * number / STRETCHES + 0.6, 2),
        _pixels(granted, most),
        _pixels(refused, most),
    )


def _pixels(count: int, most: int) -> int:
    return max(LEAST_PIXELS, round(HEIGHT_PIXELS * count / most)) if count else 0


def _apps(counted: Iterable[SignIns]) -> tuple[tuple[str, int], ...]:
    used = Counter[str]()
    for one in counted:
        if one.client_id is not None and one.kind not in REFUSED:
            used[one.client_id] += one.count
    return tuple(used.most_common(APPS_SHOWN))
