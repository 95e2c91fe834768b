"""The mark of an application on a page. Source: users.md U38; oauth.md D-5; decisions/0194."""

import pytest

from watchword.server.pages.marks import TINTS, letter_of, tint_of


@pytest.mark.parametrize(
    ("name", "letter"),
    [("notes", "N"), ("  «Šop»", "Š"), ("📺 TV", "T"), ("日記", "日"), ("…", "?")],
)
def test_letter_is_the_first_one_of_the_name(name, letter):
    assert letter_of(name) == letter


def test_colour_is_the_clients_own():
    tints = [tint_of(f"client-{number}") for number in range(200)]
    assert set(tints) == set(range(TINTS))
    assert tints == [tint_of(f"client-{number}") for number in range(200)]
