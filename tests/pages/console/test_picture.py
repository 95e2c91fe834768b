"""The picture of the roles: who includes stands above, at any width, and no circle hangs it.

users.md U40; access.md P8.
"""

import itertools

import pytest

from watchword.server.pages.console.picture import (
    BOX_WIDTH,
    NARROW,
    ROLES_DRAWN_MAX,
    WIDE,
    Inclusion,
    draw,
)

pytestmark = pytest.mark.requirement("users:U40:roles-drawn")

TEAM = (
    Inclusion("chief", "editor"),
    Inclusion("chief", "translator"),
    Inclusion("editor", "reader"),
    Inclusion("translator", "reader"),
    Inclusion("chief", "reader"),
)
NAMES = ("chief", "editor", "lonely", "reader", "translator")


def boxes(picture):
    return {box.role: box for box in picture.boxes}


@pytest.mark.parametrize("columns", [NARROW, WIDE])
def test_whoever_includes_stands_above_and_every_inclusion_has_an_arrow(columns):
    picture = draw(NAMES, TEAM, columns=columns)
    at = boxes(picture)
    assert sorted(at) == list(NAMES)
    assert all(at[one.role].y < at[one.included].y for one in TEAM)
    assert len(picture.arrows) == len(TEAM)
    assert at["lonely"].y == max(box.y for box in picture.boxes)


@pytest.mark.parametrize("columns", [NARROW, WIDE])
def test_boxes_stand_apart_and_within_the_picture(columns):
    many = [f"role-{number}" for number in range(11)]
    picture = draw(many, [Inclusion("role-0", name) for name in many[1:]], columns=columns)
    places = sorted((box.y, box.x) for box in picture.boxes)
    assert len(set(places)) == len(many)
    for (y, x), (below, right) in itertools.pairwise(places):
        assert below > y or right >= x + BOX_WIDTH
    assert all(box.x > 0 and box.x + BOX_WIDTH < picture.width for box in picture.boxes)
    assert all(box.y > 0 and box.y + 48 < picture.height for box in picture.boxes)
    assert max(sum(y == other for other, _ in places) for y, _ in places) == columns


def test_the_arrow_of_a_rule_is_told_from_one_that_is_stored():
    rules = Inclusion("admin", "auditor", is_in_rules=True)
    picture = draw(["admin", "auditor"], [rules], columns=WIDE)
    assert [arrow.is_in_rules for arrow in picture.arrows] == [True]


def test_a_circle_of_stored_and_written_inclusions_is_drawn_all_the_same():
    circle = [Inclusion("auditor", "admin"), Inclusion("admin", "auditor", is_in_rules=True)]
    picture = draw(["admin", "auditor"], circle, columns=WIDE)
    assert len(picture.boxes) == len(picture.arrows) == 2


def test_long_names_are_cut_and_too_many_roles_are_left_out():
    name = "a" * 64
    (box,) = draw([name], [], columns=WIDE).boxes
    assert box.short == "a" * 16 + "…"
    crowd = [f"role-{number:03}" for number in range(ROLES_DRAWN_MAX + 5)]
    last = Inclusion(crowd[-1], crowd[-2])
    picture = draw(crowd, [last, Inclusion("nobody", crowd[0])], columns=WIDE)
    assert len(picture.boxes) == ROLES_DRAWN_MAX
    assert {last.role, last.included} <= set(boxes(picture))
    assert len(picture.arrows) == 1
