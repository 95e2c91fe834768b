"""Reading what a request presents of its client."""

from base64 import b64encode
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.base.secrets import same
from watchword.oauth.client_authentication.presented import (
    ASSERTION_TYPE,
    AssertionProof,
    SecretProof,
    read_presented,
)
from watchword.oauth.errors import InvalidClient, InvalidRequest

ASSERTION = {"client_assertion": "a", "client_assertion_type": ASSERTION_TYPE}


def basic(name, secret, scheme="Basic"):
    text = f"{quote_plus(name)}:{quote_plus(secret)}"
    return [f"{scheme} {b64encode(text.encode()).decode()}"]


@pytest.mark.requirement("oauth:C-2:basic-decoded")
@given(st.text(min_size=1, max_size=20), st.text(max_size=20))
def test_basic_credentials_of_any_characters_come_back(name, secret):
    """RFC 6749 section 2.3.1: form-url-encoded before they are joined."""
    read = read_presented(basic(name, secret), {})
    assert read.client_id == name
    assert isinstance(read.proof, SecretProof)
    assert read.proof.is_basic
    assert same(read.proof.secret, secret)


def test_secret_may_stand_in_the_form_beside_the_id():
    read = read_presented([], {"client_id": "web", "client_secret": "s"})
    assert read.client_id == "web"
    assert isinstance(read.proof, SecretProof)
    assert not read.proof.is_basic


def test_assertion_needs_no_id_and_public_clients_no_proof():
    form = {"client_assertion": "a.b.c", "client_assertion_type": ASSERTION_TYPE}
    assert isinstance(read_presented([], form).proof, AssertionProof)
    assert read_presented([], {"client_id": "app"}).proof is None
    assert read_presented([], {}).client_id is None


def test_id_in_the_body_beside_basic_must_match():
    assert read_presented(basic("web", "s"), {"client_id": "web"}).client_id == "web"
    with pytest.raises(InvalidRequest, match="differs"):
        read_presented(basic("web", "s"), {"client_id": "other"})


@pytest.mark.requirement("oauth:N-21:one-method")
@pytest.mark.parametrize(
    ("header", "form"),
    [
        (basic("web", "s"), {"client_secret": "s"}),
        (basic("web", "s"), ASSERTION),
        ([], {"client_secret": "s", **ASSERTION}),
        ([*basic("web", "s"), *basic("web", "s")], {}),
        ([], {"client_assertion": "a"}),
        ([], {"client_assertion_type": ASSERTION_TYPE}),
        ([], {"client_assertion": "a", "client_assertion_type": "urn:other"}),
    ],
)  # fmt: skip
def test_more_or_less_than_one_method_is_malformed(header, form):
    with pytest.raises(InvalidRequest):
        read_presented(header, form)


@pytest.mark.requirement("oauth:N-18:basic-challenge")
@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer x",
        "Basic",
        "Basic !!",
        "Basic dw",
        "Basic dzo=x",
        "Basic OnM=",
        "Basic JUZGOng=",
    ],
)
def test_malformed_header_is_a_failed_client_and_is_challenged_by_basic(header):
    with pytest.raises(InvalidClient) as refused:
        read_presented([header], {})
    assert refused.value.headers == (("www-authenticate", 'Basic realm="watchword"'),)


def test_scheme_is_read_in_any_letter_case():
    assert read_presented(basic("web", "s", "bAsIc"), {}).client_id == "web"
