from xml.etree import ElementTree as ET

import pytest

from watchword.server.pages.inspector.timeline import Lifetime, draw_lifetime, summary
from watchword.server.pages.times import clock_time, moment, span

NOW = 1_795_406_128


@pytest.mark.parametrize(
    ("life", "words"),
    [
        (Lifetime(NOW, NOW + 300, NOW), "5 minutes left of 5 minutes"),
        (Lifetime(NOW - 299, NOW + 1, NOW), "1 second left of 5 minutes"),
        (Lifetime(NOW - 300, NOW, NOW), "expired 0 seconds ago"),
        (Lifetime(NOW - 4000, NOW - 3700, NOW), "expired 1 hour 1 minute ago"),
    ],
)
def test_the_summary_says_where_in_its_life_a_token_stands(life, words):
    """RFC 7519 section 4.1.4: a token whose exp is the current second has expired."""
    assert summary(life) == words
    assert life.is_over is words.startswith("expired")


@pytest.mark.requirement("users-pages:pictures-are-text")
@pytest.mark.parametrize("now", [NOW - 5, NOW, NOW + 20, NOW + 150, NOW + 290, NOW + 900])
def test_a_drawing_is_well_formed_named_and_the_same_each_time(now):
    """users.md U90: role, title and description, currentColor, deterministic text, 20 kB."""
    life = Lifetime(NOW, NOW + 300, now)
    text = str(draw_lifetime(life))
    root = ET.fromstring(text)
    assert root.get("role") == "img"
    assert {root[0].tag, root[1].tag} == {"title", "desc"}
    assert "style=" not in text
    assert len(text) < 20_000
    assert text == draw_lifetime(life)
    points = [float(node.get("x").rstrip("%")) for node in root.iter("text")]
    assert all(0 <= point <= 100 for point in points)


def test_a_token_without_a_life_is_drawn_too():
    assert "expires" in draw_lifetime(Lifetime(NOW, NOW, NOW))


def test_times_are_written_for_people_and_machines():
    assert moment(NOW).machine == "2026-11-23T03:55:28Z"
    assert moment(NOW).words == "23 November 2026, 03:55:28 UTC"
    assert clock_time(NOW) == "03:55:28"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (-61, "1 minute 1 second"),
        (7200, "2 hours"),
        (90_061, "1 day 1 hour"),
    ],
)
def test_a_span_is_told_in_its_two_largest_units(seconds, words):
    assert span(seconds) == words
