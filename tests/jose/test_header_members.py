"""What the headers of signed and of encrypted tokens have in common."""

import pytest
from tests.jose.forge import encode

from watchword import jwt
from watchword.base.limits import HEADER_BYTES_MAX, HEADER_MEMBERS_MAX, KID_CHARACTERS_MAX
from watchword.jose import header_members


def encoded(size):
    """Return a header of so many bytes, and what it says."""
    text = '{"x":"' + "y" * (size - 8) + '"}'
    return encode(text).encode(), {"x": "y" * (size - 8)}


def test_a_header_of_the_largest_size_is_read_and_no_larger_one():
    """Tokens.md section 4: 4 KiB, measured before anything is decoded."""
    header_b64u, members = encoded(HEADER_BYTES_MAX)
    assert header_members.decode(header_b64u) == members
    for size in (HEADER_BYTES_MAX + 1, HEADER_BYTES_MAX + 2, 5 * HEADER_BYTES_MAX):
        with pytest.raises(jwt.TokenTooLarge):
            header_members.decode(encoded(size)[0])


@pytest.mark.parametrize("header_b64u", [b"W10", b"e30=", b"e3", b"", b"*"])
def test_what_is_no_encoded_object_is_malformed_and_called_a_header(header_b64u):
    with pytest.raises(jwt.MalformedToken, match="the header is "):
        header_members.decode(header_b64u)


def test_members_and_kid_have_their_limits():
    largest = {str(number): 0 for number in range(HEADER_MEMBERS_MAX - 1)}
    kid = "k" * KID_CHARACTERS_MAX
    header_members.check_types(largest | {"kid": kid}, ("kid",))
    for members in (largest | {"kid": kid, "more": 1}, {"kid": kid + "k"}):
        with pytest.raises(jwt.TokenTooLarge):
            header_members.check_types(members, ("kid",))


@pytest.mark.parametrize("value", [7, None, True, ["x"], {"x": 1}])
def test_only_text_is_text(value):
    assert header_members.text({"typ": value}, "typ") is None
    assert header_members.text({}, "typ") is None
    assert header_members.text({"typ": "x"}, "typ") == "x"
    with pytest.raises(jwt.MalformedToken) as caught:
        header_members.check_types({"typ": value}, ("typ",))
    assert caught.value.claim == "typ"


@pytest.mark.parametrize(
    ("members", "fault"),
    [
        ({"crit": "x", "x": 1}, "not empty"),
        ({"crit": []}, "not empty"),
        ({"crit": [1]}, "each once"),
        ({"crit": ["x", 1], "x": 1}, "each once"),
        ({"crit": ["x", "x"], "x": 1}, "each once"),
        ({"crit": ["typ"], "typ": "x"}, "registered or absent"),
        ({"crit": ["enc"], "enc": "x"}, "registered or absent"),
        ({"crit": ["x", "y"], "x": 1}, "registered or absent"),
    ],
)
def test_a_crit_of_another_form_is_refused_by_name(members, fault):
    """RFC 7515 section 4.1.11."""
    with pytest.raises(jwt.CriticalHeader, match=fault) as caught:
        header_members.critical_names(members)
    assert caught.value.claim == "crit"


def test_crit_lists_what_its_handlers_are_asked_about():
    """RFC 7515 section 4.1.11."""
    assert header_members.critical_names({}) == []
    assert header_members.critical_names({"crit": ["x", "y"], "x": 1, "y": 2}) == ["x", "y"]


def test_an_extension_without_a_handler_is_refused_by_name():
    """RFC 7515 section 4.1.11."""
    with pytest.raises(jwt.CriticalHeader, match="without a handler") as caught:
        header_members.handle_critical("x", {"x": 1}, {"y": print})
    assert caught.value.claim == "crit"


def test_a_handler_refuses_a_value_by_any_value_error():
    """Its text may quote the value, so nothing of it is kept (security.md rule 19)."""

    def refuse(value):
        raise ValueError(value)

    with pytest.raises(jwt.CriticalHeader, match="refuses its value") as caught:
        header_members.handle_critical("x", {"x": "canary"}, {"x": refuse})
    assert caught.value.claim == "crit"
    assert caught.value.__context__ is None
    assert "canary" not in repr(caught.value)


def test_a_handler_that_is_content_refuses_nothing():
    seen = []
    header_members.handle_critical("x", {"x": 7}, {"x": seen.append})
    assert seen == [7]


@pytest.mark.parametrize(
    ("crit", "claim"),
    [
        ("x", "crit"),
        (["x"], "crit"),
        (7, "crit"),
        ({7: print}, "crit"),
        ({"": print}, "crit"),
        ({"b64": print}, "b64"),
        ({"kid": print}, "kid"),
        ({"x": "print"}, "x"),
    ],
    ids=str,
)
def test_a_policy_names_extensions_that_it_can_have_and_a_function_for_each(crit, claim):
    """RFC 7515 section 4.1.11: registered names are never extensions."""
    with pytest.raises(jwt.PolicyRefused) as caught:
        header_members.checked_handlers(crit)
    assert caught.value.claim == claim


def test_the_handlers_of_a_policy_stay_as_they_were_given():
    given = {"x": print}
    handlers = header_members.checked_handlers(given)
    given["y"] = print
    assert handlers == {"x": print}
    assert header_members.checked_handlers(None) == {}
