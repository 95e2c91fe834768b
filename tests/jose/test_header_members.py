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
