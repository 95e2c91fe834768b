"""PyJWT and the door judge the same claims under the same arguments, and agree.

Where the door is stricter, the claims stand in `STRICTER` with the row of the page that says so;
then it may refuse what PyJWT takes, and never the other way round.
"""

import datetime as dt

import pytest
from tests.jose.pyjwt.peers import NOW, SECRET, both, same, token

import watchword.pyjwt as door

CLAIMS: dict[str, dict[str, object]] = {
    "nothing": {},
    "ends later": {"exp": NOW + 1000},
    "ended": {"exp": NOW - 1000},
    "ended at the epoch": {"exp": 0},
    "ends later, fraction": {"exp": NOW + 1000.5},
    "begins later": {"nbf": NOW + 1000},
    "began": {"nbf": NOW - 1000, "iat": NOW - 1000},
    "issued later": {"iat": NOW + 1000},
    "ended and begins later": {"exp": NOW - 1000, "nbf": NOW + 1000, "iss": "x", "aud": "x"},
    "issuer": {"iss": "https://i.example"},
    "other issuer": {"iss": "https://i.example/"},
    "audience": {"aud": "a"},
    "audiences": {"aud": ["a", "b"]},
    "one audience in a list": {"aud": ["a"]},
    "other audience": {"aud": "A"},
    "subject": {"sub": "alice"},
    "subject is a number": {"sub": 1},
    "subject is null": {"sub": None},
    "name": {"jti": "n"},
    "name is a number": {"jti": 5},
    "everything": {
        "iss": "https://i.example",
        "aud": ["a"],
        "sub": "alice",
        "jti": "n",
        "iat": NOW - 5,
        "nbf": NOW - 5,
        "exp": NOW + 1000,
        "scope": "read",
        "roles": ["x"],
    },
    "audience with a number": {"aud": ["a", 1]},
    "audience is an object": {"aud": {"a": 1}},
    "exp is a word": {"exp": "soon"},
    "exp is null": {"exp": None},
    "exp is a list": {"exp": [NOW + 1000]},
    "nbf is a word": {"nbf": "soon"},
    "iat is a word": {"iat": "soon"},
    # Stricter here:
    "exp is text": {"exp": str(NOW + 1000)},
    "exp is true": {"exp": True},
    "exp is in milliseconds": {"exp": (NOW + 1000) * 1000},
    "exp is negative": {"exp": -1},
    "nbf is text": {"nbf": str(NOW - 1000)},
    "nbf is true": {"nbf": True},
    "iat is text": {"iat": str(NOW - 1000)},
    "iat is 0": {"iat": 0},
    "audience is empty": {"aud": ""},
    "no audiences": {"aud": []},
    "audience is null": {"aud": None},
    "audience is a number": {"aud": 5},
    "issuer is a number": {"iss": 5},
    "issuer is null": {"iss": None},
    "scope is a list": {"scope": ["read"]},
    "client is a number": {"client_id": 7},
}
DATES, AUD, ISS, OAUTH = "a date", "`aud`", "`iss`", "`scope` and `client_id`"
STRICTER = {
    "exp is text": DATES,
    "exp is true": DATES,
    "exp is in milliseconds": DATES,
    "exp is negative": DATES,
    "nbf is text": DATES,
    "nbf is true": DATES,
    "iat is text": DATES,
    "iat is 0": DATES,
    "audience is empty": AUD,
    "no audiences": AUD,
    "audience is null": AUD,
    "audience is a number": AUD,
    "issuer is a number": ISS,
    "issuer is null": ISS,
    "scope is a list": OAUTH,
    "client is a number": OAUTH,
}
ARGUMENTS: dict[str, dict[str, object]] = {
    "plain": {},
    "audience": {"audience": "a"},
    "audiences": {"audience": ["x", "a"]},
    "audiences as a set": {"audience": {"a", "b"}},
    "no audiences in a tuple": {"audience": ()},
    "no audiences": {"audience": []},
    "another audience": {"audience": "x"},
    "audience is a number": {"audience": 5},
    "strict audience": {"audience": "a", "options": {"strict_aud": True}},
    "strict audiences": {"audience": ["a"], "options": {"strict_aud": True}},
    "issuer": {"issuer": "https://i.example"},
    "empty issuer": {"issuer": ""},
    "issuers": {"issuer": ["https://j.example", "https://i.example"]},
    "issuers as a set": {"issuer": {"https://j.example"}},
    "issuer is a number": {"issuer": 5},
    "subject": {"subject": "alice"},
    "another subject": {"subject": "bob"},
    "leeway": {"leeway": 2000},
    "leeway as a fraction": {"leeway": 2000.5},
    "leeway as a timedelta": {"leeway": dt.timedelta(hours=1)},
    "required": {"options": {"require": ["exp", "iat", "nbf"]}},
    "custom required": {"options": {"require": ["roles"]}},
    "unsigned": {"options": {"verify_signature": False}},
    "unsigned but in time": {"options": {"verify_signature": False, "verify_exp": True}},
    "unsigned, for an audience": {
        "audience": "a",
        "options": {"verify_signature": False, "verify_aud": True},
    },
    "everything": {
        "audience": "a",
        "issuer": "https://i.example",
        "subject": "alice",
        "leeway": 5,
        "options": {"require": ["exp"]},
    },
} | {
    f"without {name}": {"options": {f"verify_{name}": False}}
    for name in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")
}


@pytest.mark.requirement("tokens:P-3:policy-defaults", "tokens:P-5:differential")
@pytest.mark.parametrize("name", CLAIMS)
def test_the_same_claims_get_the_same_verdict(name):
    """Every claims set against every way of asking; tokens.md P-3."""
    text = token(CLAIMS[name])
    for asked, arguments in ARGUMENTS.items():
        theirs, ours = both(
            lambda m, kw=arguments: m.decode(text, SECRET, algorithms=["HS256"], **kw)
        )
        stricter = name in STRICTER and isinstance(ours.error, door.InvalidTokenError)
        assert same(theirs, ours) or stricter, f"{asked}: {theirs} there, {ours} here"


@pytest.mark.parametrize("name", STRICTER)
def test_what_is_listed_as_stricter_is_refused_by_default(name):
    """A row that is not true any more is taken out."""
    text = token(CLAIMS[name])
    theirs, ours = both(lambda m: m.decode(text, SECRET, algorithms=["HS256"]))
    assert isinstance(ours.error, Exception)
    assert not same(theirs, ours) or name == "audience is a number"


@pytest.mark.requirement("tokens:P-3:policy-defaults")
def test_decode_complete_gives_header_claims_and_signature():
    text = token(CLAIMS["everything"], {"kid": "k", "x": [1, {"y": None}]})
    for options in (None, {"verify_signature": False}):
        theirs, ours = both(
            lambda m, o=options: m.decode_complete(
                text, SECRET, ["HS256"], o, None, None, "a", "https://i.example", "alice", 3
            )
        )
        assert same(theirs, ours)
        assert isinstance(ours.value, dict)
        assert set(ours.value) == {"payload", "header", "signature"}


def test_positional_arguments_mean_the_same():
    """`decode` and `decode_complete` order `subject` and `issuer` differently, as PyJWT does."""
    text = token(CLAIMS["everything"])
    theirs, ours = both(
        lambda m: m.decode(
            text, SECRET, ["HS256"], None, None, None, "a", "alice", "https://i.example", 3
        )
    )
    assert same(theirs, ours)
    assert ours.value == CLAIMS["everything"]
