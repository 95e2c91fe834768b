import pytest

from watchword.server.languages import LANGUAGES, say, speaking
from watchword.server.pages.ago import DAY, HOUR, MINUTE, ago, day_of

NOW = 1_800_000_000  # 2027-01-15T08:00:00Z


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "just now"),
        (0, "just now"),
        (59, "just now"),
        (MINUTE, "1 minute ago"),
        (59 * MINUTE + 59, "59 minutes ago"),
        (HOUR, "1 hour ago"),
        (DAY - 1, "23 hours ago"),
        (DAY, "yesterday"),
        (DAY + 8 * HOUR, "yesterday"),
        (DAY + 8 * HOUR + 1, "2 days ago"),
        (2 * DAY, "2 days ago"),
        (29 * DAY + 8 * HOUR, "29 days ago"),
        (30 * DAY, "1 month ago"),
        (364 * DAY, "12 months ago"),
        (365 * DAY, "1 year ago"),
        (900 * DAY, "2 years ago"),
    ],
)
@pytest.mark.requirement("users:U43:relative-times")
def test_a_moment_is_told_as_a_distance(seconds, text):
    assert say(ago(NOW - seconds, NOW).distance) == text


@pytest.mark.requirement("users:U43:relative-times")
def test_a_moment_keeps_its_exact_time_beside_the_distance():
    when = ago(NOW, NOW)
    assert (when.machine, when.words) == ("2027-01-15T08:00:00Z", "15 January 2027, 08:00:00 UTC")


def test_a_day_begins_at_midnight():
    assert day_of(NOW, NOW) == day_of(NOW - 8 * HOUR, NOW) == "Today"
    assert day_of(NOW - 8 * HOUR - 1, NOW) == "Yesterday"
    assert say(day_of(NOW - 2 * DAY, NOW)) == "13 January 2027"
    assert day_of(NOW - 2 * DAY, NOW) == day_of(NOW - 2 * DAY - 8 * HOUR, NOW)


def test_the_day_of_a_heading_is_said_in_the_language_of_the_page():
    heading = day_of(NOW - 2 * DAY, NOW)
    with speaking(LANGUAGES["pl"]):
        assert say(heading) == "13 stycznia 2027"


def test_the_exact_time_is_said_in_the_language_of_the_page():
    when = ago(NOW, NOW)
    with speaking(LANGUAGES["de"]):
        assert when.words == "15. Januar 2027, 08:00:00 UTC"
        assert when.machine == "2027-01-15T08:00:00Z"
