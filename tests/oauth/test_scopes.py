"""Scopes: the parameter, and what is granted."""

import pytest

from watchword.oauth.causes import NO_SCOPE, fix_of
from watchword.oauth.clients import Client, Resource
from watchword.oauth.errors import InvalidScope
from watchword.oauth.scopes import IDENTITY_SCOPES, SCOPES_MAX, grant_scopes, parse_scope

NOTES = Resource("notes", (("read", "Read"), ("write", "Write")), is_default=True)
WEB = Client("web", "Web", is_first_party=True, is_default=True, scopes=None)
READER = Client("r", "R", True, False, frozenset({"read", "elsewhere"}))


@pytest.mark.parametrize(
    ("text", "scopes"),
    [
        (None, None),
        (" ", None),
        ("read", ("read",)),
        ("write read", ("write", "read")),
        ("read write read", ("read", "write")),
        (" read ", ("read",)),
    ],
)
@pytest.mark.requirement("rfc6749:3.3:scope-syntax")
def test_scopes_are_kept_in_the_order_asked_each_once(text, scopes):
    """RFC 6749 section 3.3; oauth.md N-7 and T-3."""
    assert parse_scope(text) == scopes


@pytest.mark.parametrize("text", ["a  b", "a\tb", 'a"b', "a\\b", "é", "a\x00"])
def test_malformed_scope_is_refused_without_being_repeated(text):
    with pytest.raises(InvalidScope) as refused:
        parse_scope(text)
    assert text not in str(refused.value)


def test_number_of_scopes_is_bounded():
    many = [f"s{n}" for n in range(SCOPES_MAX + 1)]
    assert len(parse_scope(" ".join(many[:-1]))) == SCOPES_MAX
    with pytest.raises(InvalidScope):
        parse_scope(" ".join(many))


@pytest.mark.requirement("oauth:L-13:default-scopes")
def test_missing_scope_gets_all_that_the_client_may_have():
    """oauth.md L-13."""
    assert grant_scopes(None, WEB, NOTES) == ("read", "write")
    assert grant_scopes(None, READER, NOTES) == ("read",)


def test_scopes_of_identity_come_to_whoever_asks_and_to_nobody_else():
    """OpenID Connect Core sections 5.4 and 11: they belong to no resource and no entitlement."""
    asked = ("openid", "profile", "read", "email", "address", "phone", "offline_access")
    assert grant_scopes(asked, READER, NOTES) == asked
    assert not IDENTITY_SCOPES.intersection(grant_scopes(None, WEB, NOTES))


@pytest.mark.requirement("oauth:W-6:named")
@pytest.mark.parametrize(("client", "scope"), [(WEB, "raed"), (READER, "write")])
def test_scope_that_is_not_to_be_had_is_named(client, scope):
    """Whether it exists is said to nobody; the peer reads back what it sent."""
    with pytest.raises(InvalidScope) as refused:
        grant_scopes(("read", scope, "other"), client, NOTES)
    told = f"the scope {scope} is unknown or more than may be granted"
    assert refused.value.public == told
    assert refused.value.detail == f"{client.client_id} at notes: {scope} other: {NO_SCOPE}"
    assert "--scope" in fix_of(refused.value.detail)


def test_what_is_named_of_long_scopes_is_bounded():
    with pytest.raises(InvalidScope) as refused:
        grant_scopes(("x" * 5_000,) * 3, WEB, NOTES)
    assert len(refused.value.public) < 200
    assert len(refused.value.detail) < 400


def test_granted_scopes_are_those_asked_for():
    assert grant_scopes(("write",), WEB, NOTES) == ("write",)


@pytest.mark.parametrize(
    ("client", "asked"), [(WEB, "admin"), (READER, "write"), (READER, "elsewhere")]
)
@pytest.mark.requirement("oauth:L-13:entitlement")
def test_scope_beyond_resource_or_client_is_refused(client, asked):
    """oauth.md L-13."""
    with pytest.raises(InvalidScope):
        grant_scopes(("read", asked), client, NOTES)
