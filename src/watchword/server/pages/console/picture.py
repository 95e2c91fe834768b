"""The roles as a picture: a box each, and an arrow from a role to every one that it includes.

Whoever includes stands above what is included. The same roles are laid out twice, for wide and for
narrow screens, because a picture that is only made smaller cannot be read.

Source: users.md U40, U94; access.md P8.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from watchword.base.records import dataclass

__all__ = ["NARROW", "WIDE", "Arrow", "Box", "Inclusion", "Picture", "draw"]

WIDE: Final = 4  # boxes in a row
NARROW: Final = 2
BOX_WIDTH: Final = 144
BOX_HEIGHT: Final = 48
GAP: Final = 14  # between the boxes of a row
RISE: Final = 40  # between rows
MARGIN: Final = 2  # for the strokes
CHARACTERS_MAX: Final = 17  # of a name in its box
ROLES_DRAWN_MAX: Final = 60  # more are no picture; the list beneath has all of them


@dataclass(frozen=True, slots=True, order=True)
class Inclusion:
    """Whoever holds `role` holds `included`.

    Attributes:
        is_in_rules: a policy says so, which is code; else it is stored and can be changed here.
    """

    role: str
    included: str
    is_in_rules: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """A role, and where it stands."""

    role: str
    short: str  # the name as far as it fits
    x: int
    y: int

    @property
    def middle(self) -> int:
        """Where arrows begin and end, and text stands."""
        return self.x + BOX_WIDTH // 2


@dataclass(frozen=True, slots=True)
class Arrow:
    """A line from the lower edge of one box to the upper edge of another."""

    line: str
    head: str
    is_in_rules: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn, in the user units of its view box."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def draw(roles: Iterable[str], inclusions: Iterable[Inclusion], *, columns: int) -> Picture:
    """Lay roles out in rows.

    Args:
        roles: all of them, at least one; who takes part in no inclusion stands in the last rows.
        inclusions: between them.
        columns: how many boxes stand in a row.
    """
    known = sorted(set(roles))
    pairs = sorted({one for one in inclusions if one.role in known and one.included in known})
    drawn = _drawn(known, pairs)
    pairs = [one for one in pairs if one.role in drawn and one.included in drawn]
    rows = _rows(drawn, pairs, columns)
    boxes = _placed(rows)
    arrows = tuple(_arrow(boxes[one.role], boxes[one.included], one) for one in pairs)
    return Picture(
        width=max(map(len, rows)) * (BOX_WIDTH + GAP) - GAP + 2 * MARGIN,
        height=len(rows) * (BOX_HEIGHT + RISE) - RISE + 2 * MARGIN,
        boxes=tuple(boxes.values()),
        arrows=arrows,
    )


def _drawn(roles: Sequence[str], pairs: Iterable[Inclusion]) -> list[str]:
    """Return the roles that are drawn: those with arrows come before those without."""
    tied = {name for one in pairs for name in (one.role, one.included)}
    return sorted(roles, key=lambda role: (role not in tied, role))[:ROLES_DRAWN_MAX]


def _rows(roles: Sequence[str], pairs: Sequence[Inclusion], columns: int) -> list[list[str]]:
    """Return the names row by row: each level, cut where a row is full."""
    tied = {name for one in pairs for name in (one.role, one.included)}
    levels: defaultdict[int, list[str]] = defaultdict(list)
    depths = _depths(roles, pairs)
    alone = 1 + max(depths.values())
    for role in roles:
        levels[depths[role] if role in tied else alone].append(role)
    rows: list[list[str]] = []
    place: dict[str, float] = {}
    for _, level in sorted(levels.items()):
        level.sort(key=lambda role: (_beneath(role, pairs, place), role))
        for start in range(0, len(level), columns):
            row = level[start : start + columns]
            place |= {role: number - (len(row) - 1) / 2 for number, role in enumerate(row)}
            rows.append(row)
    return rows


def _depths(roles: Sequence[str], pairs: Sequence[Inclusion]) -> Mapping[str, int]:
    """Return how many roles stand above each. Stored and written inclusions may close a circle."""
    depths = dict.fromkeys(roles, 0)
    for _ in roles:  # the longest way passes each role once
        moved = False
        for one in pairs:
            if len(roles) > depths[one.role] >= depths[one.included]:
                depths[one.included] = depths[one.role] + 1
                moved = True
        if not moved:
            break
    return depths


def _beneath(role: str, pairs: Iterable[Inclusion], place: Mapping[str, float]) -> float:
    """Return the middle of those that include a role, so that arrows cross less often."""
    above = [place[one.role] for one in pairs if one.included == role and one.role in place]
    return sum(above) / len(above) if above else 0.0


def _placed(rows: Sequence[Sequence[str]]) -> dict[str, Box]:
    widest = max(map(len, rows))
    boxes = {}
    for number, row in enumerate(rows):
        indent = (widest - len(row)) * (BOX_WIDTH + GAP) // 2
        for place, role in enumerate(row):
            x = MARGIN + indent + place * (BOX_WIDTH + GAP)
            boxes[role] = Box(role, _short(role), x, MARGIN + number * (BOX_HEIGHT + RISE))
    return boxes


def _short(role: str) -> str:
    return role if len(role) <= CHARACTERS_MAX else f"{role[: CHARACTERS_MAX - 1]}…"


def _arrow(above: Box, below: Box, inclusion: Inclusion) -> Arrow:
    start, end = above.y + BOX_HEIGHT, below.y - 1
    bend = RISE // 2
    tip = f"{below.middle - 4} {end - 7}L{below.middle} {end}L{below.middle + 4} {end - 7}"
    return Arrow(
        f"M{above.middle} {start}C{above.middle} {start + bend} {below.middle} {end - bend} "
        f"{below.middle} {end}",
        f"M{tip}",
        inclusion.is_in_rules,
    )
