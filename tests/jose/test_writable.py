"""What may be written into a token. Source: RFC 8259 section 4; tokens.md J-28."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword import jwt
from watchword.base.limits import JSON_DEPTH_MAX
from watchword.jose.writable import check_members


def nested(depth):
    return json.loads("[" * depth + "]" * depth)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (object(), "text, a number, a list or a dict"),
        (b"bytes", "text, a number, a list or a dict"),
        ({1, 2}, "text, a number, a list or a dict"),
        ([["x", (object(),)]], "text, a number, a list or a dict"),
        ({1: 2}, "names in an object"),
        ({"x": [{None: 2}]}, "names in an object"),
        (float("nan"), "finite"),
        ([float("-inf")], "finite"),
        (nested(JSON_DEPTH_MAX), "deeper"),
        ({"x": nested(JSON_DEPTH_MAX - 1)}, "deeper"),
    ],
    ids=lambda each: repr(each)[:20],
)
def test_what_is_no_json_is_refused_and_its_member_named(value, says):
    with pytest.raises(jwt.PolicyRefused, match=says) as caught:
        check_members({"good": 1, "m": value})
    assert caught.value.claim == "m"


@pytest.mark.parametrize("name", [1, None, b"x", ("x",)])
def test_names_are_text(name):
    with pytest.raises(jwt.PolicyRefused, match="is text"):
        check_members({name: 1})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)  # fmt: skip


@given(members=st.dictionaries(st.text(), JSON))
def test_json_is_writable(members):
    check_members(members)


def test_the_deepest_value_that_a_reader_takes_is_writable():
    check_members({"m": nested(JSON_DEPTH_MAX - 1), "n": (1, [2], {"x": None})})
