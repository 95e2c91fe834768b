from datetime import timedelta

import pytest

from watchword.base.duration import seconds


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        ("0s", 0),
        ("45s", 45),
        ("15m", 900),
        ("2h", 7200),
        ("7d", 604_800),
        ("4w", 2_419_200),
        (0, 0),
        (90, 90),
        (timedelta(minutes=5), 300),
        (timedelta(days=1, seconds=1), 86_401),
    ],
)
def test_durations_become_seconds(duration, expected):
    assert seconds(duration) == expected


@pytest.mark.parametrize(
    "duration",
    ["", "15", "15 m", "-1s", "1.5h", "1h30m", "m", "15M", "٣m", -1, timedelta(seconds=-1)],
)
def test_other_forms_are_refused(duration):
    with pytest.raises(ValueError, match="duration"):
        seconds(duration)


def test_fractions_of_a_second_are_refused():
    with pytest.raises(ValueError, match="whole"):
        seconds(timedelta(milliseconds=1500))


@pytest.mark.parametrize("duration", [True, None, 1.5, b"15m", []])
def test_other_types_are_refused(duration):
    with pytest.raises(TypeError):
        seconds(duration)
