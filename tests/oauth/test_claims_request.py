"""The `claims` parameter: read strictly, and written to be read again.

Source: OpenID Connect Core sections 5.5 and 5.5.1.
"""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.oauth.claims_request import (
    CLAIMS_BYTES_MAX,
    CLAIMS_MAX,
    NOTHING_ASKED,
    AskedClaim,
    ClaimsRequest,
    format_claims,
    parse_claims,
)
from watchword.oauth.errors import InvalidRequest

# The example of section 5.5, which names a member that nobody knows.
EXAMPLE = {
    "userinfo": {
        "given_name": {"essential": True},
        "nickname": None,
        "http://example.info/claims/groups": None,
    },
    "id_token": {
        "auth_time": {"essential": True},
        "acr": {"values": ["urn:mace:incommon:iap:silver"]},
    },
    "verified": {"nothing": None},
}


def test_wishes_are_read_and_unknown_members_ignored():
    asked = parse_claims(json.dumps(EXAMPLE))
    assert asked.userinfo == {
        "given_name": AskedClaim(is_essential=True),
        "nickname": AskedClaim(),
        "http://example.info/claims/groups": AskedClaim(),
    }
    assert asked.id_token == {
        "auth_time": AskedClaim(is_essential=True),
        "acr": AskedClaim(values=("urn:mace:incommon:iap:silver",)),
    }


def test_nothing_asked_is_nothing_stored():
    assert parse_claims(None) is NOTHING_ASKED
    assert format_claims(parse_claims("{}")) is None


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '"userinfo"',
        '{"userinfo": []}',
        '{"id_token": "sub"}',
        '{"userinfo": {"name": true}}',
        '{"userinfo": {"name": {"values": "x"}}}',
        '{"userinfo": {"name": null, "name": null}}',
        '{"userinfo": {"name": NaN}}',
        json.dumps({"userinfo": {f"c{n}": None for n in range(CLAIMS_MAX + 1)}}),
        " " * CLAIMS_BYTES_MAX + "{}",
        '{"userinfo": {"\ud800": null}}',
    ],
)
def test_what_is_no_wish_is_refused_without_being_repeated(text):
    with pytest.raises(InvalidRequest) as refused:
        parse_claims(text)
    assert "claims" in refused.value.public
    assert refused.value.status == 400


def test_subject_of_either_place_is_whom_the_answer_may_be_about():
    """Core section 5.5.1."""
    asked = parse_claims('{"id_token": {"sub": {"value": "user_1"}}, "userinfo": {"sub": null}}')
    assert asked.subjects == ("user_1",)
    assert NOTHING_ASKED.subjects == ()


def test_only_an_essential_level_has_to_be_reached():
    """Core section 5.5.1.1."""
    wished = '{"id_token": {"acr": {"values": ["aal2"]}}}'
    demanded = '{"id_token": {"acr": {"essential": true, "values": ["aal2", "aal1"]}}}'
    assert parse_claims(wished).essential_acr_values == ()
    assert parse_claims(demanded).essential_acr_values == ("aal2", "aal1")


@pytest.mark.parametrize(
    ("values", "value", "accepted"),
    [
        ((), "anything", True),
        (("a", "b"), "b", True),
        (("a",), "c", False),
        ((1,), True, False),
        (({"x": 1},), {"x": 1}, True),
    ],
)
def test_wanted_values_are_told_apart_by_type(values, value, accepted):
    assert AskedClaim(values=values).accepts(value) is accepted


wishes = st.builds(
    AskedClaim,
    is_essential=st.booleans(),
    values=st.lists(st.text(max_size=5) | st.booleans() | st.integers(), max_size=3).map(tuple),
)
places = st.dictionaries(st.text(st.characters(codec="ascii"), max_size=5), wishes, max_size=4)


@given(st.builds(ClaimsRequest, id_token=places, userinfo=places))
def test_what_is_written_is_read_the_same(asked):
    assert parse_claims(format_claims(asked)) == asked
