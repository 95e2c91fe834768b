"""Bearer tokens in HTTP: the header in, the challenge out."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.oauth import bearer
from watchword.oauth.bearer import (
    BearerError,
    TokenMalformed,
    TokenMissing,
    TokenRepeated,
    access_credentials,
    bearer_token,
    challenge,
)

TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ1c2VyIn0.c2ln-_~+/=="
DESCRIPTION = re.compile(r"[\x20\x21\x23-\x5B\x5D-\x7E]*")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
@pytest.mark.requirement("rfc6750:2.1:header", "oauth:N-31:scheme-case")
def test_token_is_read_from_the_header(scheme):
    """RFC 6750 section 2.1; RFC 9110 section 11.1: scheme names are case-insensitive."""
    assert bearer_token([f"{scheme} {TOKEN}"]) == TOKEN
    assert bearer_token([f"{scheme}   {TOKEN}\t"]) == TOKEN


@pytest.mark.parametrize("scheme", ["DPoP", "dpop", "Bearer"])
def test_access_token_may_come_under_the_scheme_of_proofs(scheme):
    """RFC 9449 section 7.1."""
    found = access_credentials([f"{scheme} {TOKEN}"])
    assert (found.is_dpop, found.token) == (scheme != "Bearer", TOKEN)
    assert TOKEN not in repr(found)
    with pytest.raises(TokenMissing):
        access_credentials(["Basic dXNlcjpwYXNz"])


@pytest.mark.parametrize(
    "values", [[], [""], ["Basic dXNlcjpwYXNz"], ["Bearertoken"], [TOKEN], ["DPoP abc"]]
)
def test_nothing_of_our_scheme_is_a_missing_token(values):
    with pytest.raises(TokenMissing) as missing:
        bearer_token(values)
    assert (missing.value.status, missing.value.error) == (401, None)


@pytest.mark.parametrize(
    "values",
    [
        [f"Bearer {TOKEN}", f"Bearer {TOKEN}"],
        ["Basic dXNlcjpwYXNz", f"Bearer {TOKEN}"],
        [f"Bearer {TOKEN}, Bearer {TOKEN}"],
        [f"Bearer {TOKEN},{TOKEN}"],
    ],
)
@pytest.mark.requirement("rfc6750:2:one-method")
def test_two_credentials_are_a_bad_request(values):
    """RFC 6750 section 3.1 (invalid_request); users.md U51."""
    with pytest.raises(TokenRepeated) as repeated:
        bearer_token(values)
    assert (repeated.value.status, repeated.value.error) == (400, "invalid_request")


@pytest.mark.parametrize(
    "text", ["", " ", "a b", "a=b", "é", 'a"', "a\x00", "a\n", "%2E", "=", "a\u0661"]
)
def test_text_that_no_token_is_made_of_is_malformed(text):
    with pytest.raises(TokenMalformed) as malformed:
        bearer_token([f"Bearer {text}"])
    assert (malformed.value.status, malformed.value.error) == (401, "invalid_token")


@given(st.lists(st.text(max_size=80), max_size=3))
def test_every_header_gets_an_answer_that_does_not_repeat_it(values):
    try:
        answer = bearer_token(values)
    except BearerError as error:
        answer = error.code
    assert re.fullmatch(r"[A-Za-z0-9\-._~+/]+=*", answer)


@pytest.mark.requirement("rfc6750:3.1:no-error-without-token")
def test_challenge_without_a_token_names_no_error():
    """RFC 6750 section 3.1; users.md U52."""
    assert challenge(realm="notes") == 'Bearer realm="notes"'


@pytest.mark.requirement("rfc6750:3:challenge")
def test_challenge_names_error_reason_page_and_scopes_in_order():
    """RFC 6750 section 3."""
    assert challenge(
        realm="notes",
        error="insufficient_scope",
        error_description="The token may do less than this.",
        error_uri="https://id.example/errors/insufficient_scope",
        scope=("notes:read", "notes:write"),
    ) == (
        'Bearer realm="notes", error="insufficient_scope",'
        ' error_description="The token may do less than this.",'
        ' error_uri="https://id.example/errors/insufficient_scope",'
        ' scope="notes:read notes:write"'
    )


@pytest.mark.requirement("rfc9728:5.1:challenge")
def test_challenge_says_where_the_metadata_of_the_api_is():
    """RFC 9728 section 5.1."""
    url = "https://api.example/.well-known/oauth-protected-resource/mcp"
    assert challenge(realm="notes", resource_metadata=url) == (
        f'Bearer realm="notes", resource_metadata="{url}"'
    )


@pytest.mark.parametrize("text", ['a"b', "a\\b", "a\r\nSet-Cookie: x", "é", "\x7f", "\x00"])
@pytest.mark.parametrize(
    "name", ["realm", "error", "error_description", "error_uri", "resource_metadata"]
)
@pytest.mark.requirement("rfc6750:3:characters")
def test_no_text_can_write_a_parameter_of_its_own(name, text):
    """RFC 6750 section 3; users.md U54."""
    with pytest.raises(ValueError, match="a character that a challenge may not have"):
        challenge(**{"realm": "notes", name: text})


@pytest.mark.parametrize("scope", ["", "a b", 'a"', "a\\", "é"])
def test_malformed_scope_stays_out_of_the_challenge(scope):
    with pytest.raises(ValueError, match="scope holds a character"):
        challenge(realm="notes", scope=(scope,))


def _is_error(found: object) -> bool:
    return isinstance(found, type) and issubclass(found, BearerError)


def test_public_texts_may_be_sent_as_descriptions():
    errors = [each for each in vars(bearer).values() if _is_error(each)]
    assert len(errors) == 7
    for error in errors:
        assert DESCRIPTION.fullmatch(error.public)
        assert str(error()) == f"{error.code}: {error.public}"
