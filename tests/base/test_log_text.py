"""Text on its way into a log. Source: OWASP ASVS 5.0 V16.4.1."""

from hypothesis import given
from hypothesis import strategies as st

from watchword.base.log_text import LINE_CHARACTERS_MAX, one_line


def test_usual_text_stays():
    assert one_line("/notes/7 it\\s") == "/notes/7 it\\s"


def test_what_could_forge_a_line_or_move_a_cursor_is_escaped():
    assert one_line("a\nb\r\x1b[2J\u2028\u202e\x7f\u00e9") == (
        "a\\nb\\r\\x1b[2J\\u2028\\u202e\\x7f\\xe9"
    )


@given(st.text())
def test_line_is_printable_ascii_and_stays_so(text):
    line = one_line(text)
    assert line.isascii()
    assert line.isprintable()
    assert one_line(line[:LINE_CHARACTERS_MAX]) == line[:LINE_CHARACTERS_MAX]


def test_long_text_is_cut():
    assert len(one_line("x" * 10_000)) == LINE_CHARACTERS_MAX
