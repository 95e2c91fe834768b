"""Which language a person is spoken to in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.server.languages import ENGLISH, LANGUAGES, choose_language, find_language


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        ("de", "de"), ("de-AT", "de"), ("DE_ch", "de"), ("pt", "pt-BR"), ("pt-PT", "pt-BR"),
        ("zh-CN", "zh-Hans"), ("zh-Hans", "zh-Hans"), ("ar-EG", "ar"), ("en-GB", "en"),
        ("tlh", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_a_tag_finds_its_language(tag: str | None, found: str | None) -> None:
    language = find_language(tag)
    assert (language.tag if language else None) == found


def test_the_most_deliberate_wish_wins() -> None:
    assert choose_language("tlh fr", "de", accept_language="pl").tag == "fr"
    assert choose_language(None, "", accept_language="xx, de;q=0.5, pl;q=0.8, *").tag == "pl"
    assert choose_language(accept_language="de;q=0, it;q=x, ja;q=2, es;z=1, ar") is LANGUAGES["ar"]
    assert choose_language() is ENGLISH


@given(st.text())
def test_any_header_chooses_some_language(header: str) -> None:
    assert choose_language(header, accept_language=header).tag in LANGUAGES
