import json
import sys

import pytest

from watchword.base.strict_json import MalformedJSON, loads


def read(data: bytes) -> object:
    return loads(data, bytes_max=65_536)


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        '"a"',
        "1",
        "-0.5e3",
        "true",
        "null",
        ' { "a" : [ 1 , {"b":null} ] }\n',
        '"\\u00e9"',
    ],
)
def test_json_is_read(text):
    assert read(text.encode()) == json.loads(text)


@pytest.mark.requirement("rfc7519:4:duplicates-refused", "tokens:J-18:strict-json")
@pytest.mark.requirement("security-a:8:strict")
@pytest.mark.parametrize("text", ['{"a":1,"a":1}', '{"b":{"a":1,"a":2}}', '[{"a":1,"\\u0061":2}]'])
def test_a_member_named_twice_is_refused_at_any_depth(text):
    """RFC 7515 section 4; RFC 7519 section 4."""
    with pytest.raises(MalformedJSON, match="twice"):
        read(text.encode())


@pytest.mark.requirement("rfc8725:3.7:utf8-only", "security-a:8:strict")
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_another_encoding_than_utf8_is_refused(encoding):
    """RFC 8725 section 3.7; the stdlib's reader guesses them."""
    with pytest.raises(MalformedJSON):
        read('{"a":1}'.encode(encoding))


@pytest.mark.parametrize("data", [b'{"a":"\xff"}', b'{"a":"\xed\xa0\x80"}', b'{"a":"\xc0\xaf"}'])
def test_bytes_that_are_no_utf8_are_refused(data):
    with pytest.raises(MalformedJSON, match="UTF-8"):
        read(data)


@pytest.mark.parametrize("text", ['"\\ud800"', '["\\udfff"]', '{"\\uD83D":1}'])
def test_half_of_a_surrogate_pair_is_refused(text):
    """RFC 7493 section 2.1."""
    with pytest.raises(MalformedJSON, match="surrogate"):
        read(text.encode())


def test_a_whole_surrogate_pair_is_read():
    assert read(b'"\\ud83d\\ude00"') == "\U0001f600"


@pytest.mark.requirement("security-a:8:strict")
@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a":-Infinity}', "1e400", "-1e999"])
def test_numbers_that_are_not_finite_are_refused(text):
    """RFC 8259 section 6; tokens.md J-18."""
    with pytest.raises(MalformedJSON):
        read(text.encode())


def test_an_integer_of_more_digits_than_the_interpreter_converts_is_refused():
    assert sys.get_int_max_str_digits() < 20_000
    with pytest.raises(MalformedJSON, match="digits"):
        read(b"9" * 20_000)


@pytest.mark.parametrize(
    "text", ["", " ", "{", "{}{}", "{} x", "{'a':1}", '{"a":1,}', "[1,]", "01", "+1", '"\t"', "tru"]
)
def test_what_is_no_json_is_refused(text):
    with pytest.raises(MalformedJSON):
        read(text.encode())


@pytest.mark.requirement("security-a:8:depth")
def test_depth_is_limited_and_brackets_in_strings_do_not_count():
    """Security.md rule 8."""
    assert read(b"[" * 32 + b"]" * 32) is not None
    with pytest.raises(MalformedJSON, match="deeper"):
        read(b"[" * 33 + b"]" * 33)
    with pytest.raises(MalformedJSON, match="deeper"):
        read(b'{"a":' * 33 + b"1" + b"}" * 33)
    flat = json.dumps({"a": "[" * 40, "b": '\\"{' * 40, "c": [[], []] * 40}).encode()
    assert read(flat) == json.loads(flat)


@pytest.mark.requirement("security-a:8:depth")
def test_depth_is_what_stands_open_at_once():
    """Security.md rule 8: brackets that were closed before make nothing deeper, or shallower."""
    at_the_limit = b"[" * 31 + b"[]" + b",[]" * 9 + b"]" * 31
    assert read(at_the_limit) == json.loads(at_the_limit)
    with pytest.raises(MalformedJSON, match="deeper than 32"):
        read(b"[" * 31 + b"[],[[]]" + b"]" * 31)
    with pytest.raises(MalformedJSON, match="deeper than 32"):
        read(b'{"a":' * 31 + b'[{},{"a":{}}]' + b"}" * 31)


def test_two_hundred_thousand_brackets_are_a_plain_refusal():
    """PyJWT GHSA-8wjv-2p76-3863, joserfc 1.8.0."""
    with pytest.raises(MalformedJSON):
        loads(b"[" * 200_000, bytes_max=1_000_000)


def test_an_unclosed_string_of_quotes_is_refused():
    """The scan for brackets never goes back, so this costs one pass."""
    with pytest.raises(MalformedJSON):
        loads(b"[" * 40 + b'"' + b'\\"' * 30_000, bytes_max=1_000_000)


def test_size_is_checked_first():
    assert loads(b"[" + b" " * 8 + b"]", bytes_max=10) == []
    with pytest.raises(MalformedJSON, match="larger"):
        loads(b" " * 11, bytes_max=10)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b'"\xff"', "JSON is not UTF-8"),
        (b'"\\ud800"', "JSON holds half of a surrogate pair"),
        (b"9" * 20_000, "JSON holds an integer of too many digits"),
        (b'{"a":1,"a":1}', "JSON names a member twice"),
        (b'{"a":}', "not JSON: the fault is at character 5"),
    ],
)
def test_the_error_names_the_fault(data, fault):
    """Callers pass the text on, as "the header is refused: ..."."""
    with pytest.raises(MalformedJSON) as caught:
        read(data)
    assert str(caught.value) == fault


def test_the_error_neither_quotes_nor_carries_the_input():
    """Security.md rule 19: the library's own exception holds the whole document."""
    with pytest.raises(MalformedJSON) as caught:
        read(b'{"password":"canary"')
    assert "canary" not in str(caught.value)
    assert caught.value.__context__ is None
