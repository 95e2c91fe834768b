"""What the reference page says of each setting."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from watchword.server.settings import RANGES, Settings
from watchword.server.settings_meanings import MEANINGS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"
UNITS = {"seconds": "Seconds", "bytes_max": "Bytes", "threads": "Threads"}


def test_every_setting_has_a_meaning_and_nothing_else_has():
    assert list(MEANINGS) == [each.name for each in fields(Settings)]


@pytest.mark.parametrize("name", MEANINGS)
def test_a_meaning_is_whole_sentences_for_operators(name):
    """users.md U65. The pages of the design are nothing that an operator has."""
    text = MEANINGS[name]
    assert text[0].isupper()
    assert text.endswith(".")
    assert not re.search(r"\w\.md\b|\b[A-Z]-\d|\|", text)


@pytest.mark.parametrize("name", RANGES)
def test_the_page_tells_unit_default_and_limits_of_every_number(name):
    unit = next((word for ending, word in UNITS.items() if name.endswith(ending)), "")
    assert MEANINGS[name].startswith(unit)
    [row] = [line for line in PAGE.read_text().splitlines() if line.startswith(f"| `{name}` |")]
    _, _, _, default, limits, _, _ = row.split("|")
    least, most = RANGES[name]
    assert default.strip() == f"`{getattr(Settings(), name)}`"
    assert limits.replace(",", "").strip() == f"{least} to {most}"
