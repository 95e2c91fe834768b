"""The drawing of a family's life."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from watchword.accounts.events import Event, EventKind
from watchword.accounts.origin import Origin
from watchword.oauth.families import RevokedBecause
from watchword.oauth.timeline import FamilyLife, MomentKind, PairLife, moments
from watchword.server.pages.account.family_timeline import (
    CAUSES,
    SENTENCES,
    SHAPES,
    draw_family,
    rows,
)

NOW = 1_800_000_000
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"
HOME = Origin("192.0.2.7", FIREFOX)
AWAY = Origin("203.0.113.9", "curl/8")
LIVE = FamilyLife(
    family_id="fam_1",
    client_id="web",
    client_name="<b>Web & Co",
    scopes=("notes:read",),
    created_at=NOW,
    ends_at=NOW + 10_000,
    revoked_at=None,
    revoked_because=None,
    pairs=tuple(PairLife(n, NOW + n * 60, None, None, None, HOME) for n in range(1, 9)),
    events=(),
)
STOLEN = replace(
    LIVE,
    revoked_at=NOW + 700,
    revoked_because=RevokedBecause.REFRESH_REUSED,
    events=(
        Event(EventKind.REFRESH_RETRIED, NOW + 300, origin=HOME),
        Event(EventKind.REFRESH_REUSED, NOW + 700, origin=AWAY),
    ),
)
LONG = replace(
    STOLEN,
    pairs=tuple(
        PairLife(n, NOW + n, None, None, None, Origin("192.0.2.7", "x" * n)) for n in range(1, 101)
    ),
)


def parsed(story):
    return ET.fromstring(str(draw_family(story, now=NOW + 800)))


@pytest.mark.requirement("oauth:R-6:picture", "users-pages:pictures-are-text")
@pytest.mark.parametrize("story", [LIVE, STOLEN, LONG])
def test_drawing_is_well_formed_named_bounded_and_the_same_each_time(story):
    """users.md U90."""
    text = str(draw_family(story, now=NOW + 800))
    root = ET.fromstring(text)
    assert root.get("role") == "img"
    assert [root[0].tag, root[1].tag] == ["title", "desc"]
    assert root.get("aria-labelledby") == f"{root[0].get('id')} {root[1].get('id')}"
    assert "style=" not in text
    assert len(text.encode()) <= 20_000
    assert text == draw_family(story, now=NOW + 800)
    assert all(float(node.get("y")) <= float(root.get("height")) for node in root.iter("text"))


def test_description_tells_everything_that_the_drawing_shows():
    """WCAG 1.1.1."""
    root = parsed(STOLEN)
    assert root[0].text == "The tokens of <b>Web & Co"
    told = root[1].text
    assert "Renewed its access 4 times (Firefox on Linux, 192.0.2.7)" in told
    assert "Asked again, and was answered (The answer before it was never used, 192.0.2.7)" in told
    assert "A used token came back (Its successor was in use: two hold it, 203.0.113.9)" in told
    assert told.endswith("Signed out (Because a used token came back). It is over.")
    assert parsed(LIVE)[1].text.endswith("It can still be used.")


def test_every_kind_has_a_sentence_and_a_shape_of_its_own():
    """WCAG 1.4.1: nothing is told by colour alone."""
    assert set(SENTENCES) == set(SHAPES) == set(MomentKind)
    assert len(set(SHAPES.values())) == len(MomentKind)
    assert set(CAUSES) == set(RevokedBecause)


def test_refreshes_of_one_device_in_a_row_are_one_row():
    shown = rows(moments(STOLEN, now=NOW + 800))
    assert [(row.moment.kind.value, row.count) for row in shown] == [
        ("issued", 1),
        ("refreshed", 4),
        ("accepted_again", 1),
        ("refreshed", 3),
        ("reused", 1),
        ("revoked", 1),
    ]
    assert len(rows(moments(LONG, now=NOW + 800))) > 100
