import pytest
from tests.jose import forge

from watchword import jwt
from watchword.base import base64url
from watchword.jose.jws.header import check_critical, is_encoded, read


def header_of(members):
    text = members if isinstance(members, str) else forge.dump(members)
    return read(base64url.encode_bytes(text.encode()))


def test_a_header_is_read():
    header = header_of({"alg": "ES256", "kid": "k", "typ": "at+jwt", "cty": "x", "extra": [1]})
    assert (header.alg, header.kid, header.typ, header.cty) == ("ES256", "k", "at+jwt", "x")
    assert header.members["extra"] == [1]
    assert header_of({"alg": "x"}).kid is None


def test_a_header_cannot_be_changed():
    with pytest.raises(TypeError):
        header_of({"alg": "x"}).members["alg"] = "y"


@pytest.mark.parametrize("text", ["", "[]", "1", '"alg"', "{", '{"alg":"a","alg":"b"}', "{}"])
def test_what_is_no_header_is_malformed(text):
    with pytest.raises(jwt.MalformedToken):
        header_of(text)


@pytest.mark.parametrize("name", ["alg", "kid", "typ", "cty"])
@pytest.mark.parametrize("value", [None, 1, True, [], {}, ["ES256"]])
def test_text_members_are_text(name, value):
    """Tokens.md J-19."""
    with pytest.raises(jwt.MalformedToken) as caught:
        header_of({"alg": "ES256", name: value})
    assert caught.value.claim == name


def test_a_header_names_its_algorithm():
    """RFC 7515 section 4.1.1."""
    with pytest.raises(jwt.MalformedToken, match="no algorithm") as caught:
        header_of({"typ": "JWT"})
    assert caught.value.claim == "alg"


@pytest.mark.requirement("rfc7797:7:not-in-a-jwt")
@pytest.mark.parametrize(
    ("members", "handlers"),
    [
        ({"b64": True}, {}),
        ({"b64": False}, {}),
        ({"b64": None}, {}),
        ({"b64": False, "crit": ["b64"]}, {"b64": print}),
        ({}, {"b64": print}),
    ],
)
def test_b64_has_no_place_in_a_jwt(members, handlers):
    """RFC 7797 section 7: neither in its header nor among the handlers."""
    with pytest.raises(jwt.CriticalHeader, match="no place in a JWT") as caught:
        check_critical(header_of({"alg": "x"} | members), handlers)
    assert caught.value.claim == "b64"


@pytest.mark.parametrize(
    ("members", "fault"),
    [
        ({"b64": None, "crit": ["b64"]}, "true or false"),
        ({"b64": 0, "crit": ["b64"]}, "true or false"),
        ({"b64": False}, "listed in crit"),
        ({"b64": False, "crit": ["x"], "x": 1}, "listed in crit"),
    ],
)
def test_another_b64_is_refused_by_name(members, fault):
    """RFC 7797 section 6."""
    with pytest.raises(jwt.CriticalHeader, match=fault) as caught:
        is_encoded(header_of({"alg": "x"} | members), {"x": print})
    assert caught.value.claim == "b64"


@pytest.mark.requirement("rfc7515:4:unknown-members-ignored")
def test_unknown_members_are_ignored():
    """RFC 7515 section 4."""
    assert header_of({"alg": "ES256", "anything": {"at": "all"}}).alg == "ES256"


def test_sizes_are_limited():
    """Tokens.md section 4."""
    many = {f"m{number}": 1 for number in range(63)}
    assert header_of({"alg": "x"} | many)
    with pytest.raises(jwt.TokenTooLarge, match="64"):
        header_of({"alg": "x", "one": "more"} | many)
    with pytest.raises(jwt.TokenTooLarge, match="4096"):
        header_of({"alg": "x", "pad": "a" * 4_200})
    with pytest.raises(jwt.MalformedToken, match="4096"):
        header_of({"alg": "x", "pad": "a" * 4_080})
    assert header_of({"alg": "x", "kid": "k" * 256})
    with pytest.raises(jwt.TokenTooLarge) as caught:
        header_of({"alg": "x", "kid": "k" * 257})
    assert caught.value.claim == "kid"


def test_a_respelt_header_is_malformed():
    with pytest.raises(jwt.MalformedToken, match="canonical"):
        read(b"e30=")


def test_an_understood_extension_is_handed_its_value():
    """RFC 7515 section 4.1.11."""
    seen = []
    header = header_of({"alg": "x", "crit": ["exp2", "other"], "exp2": 7, "other": None})
    check_critical(header, {"exp2": seen.append, "other": seen.append})
    assert seen == [7, None]


def test_a_handler_may_refuse():
    def refuse(value):
        raise jwt.CriticalHeader("not today", claim="ext")

    with pytest.raises(jwt.CriticalHeader, match="not today"):
        check_critical(header_of({"alg": "x", "crit": ["ext"], "ext": 1}), {"ext": refuse})


def test_no_crit_asks_for_nothing():
    check_critical(header_of({"alg": "x", "ext": 1}), {})
