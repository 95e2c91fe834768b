"""Resource indicators."""

import pytest

from watchword.base.log_text import one_line
from watchword.oauth.causes import NO_RESOURCE
from watchword.oauth.clients import Resource
from watchword.oauth.errors import InvalidTarget
from watchword.oauth.resources import choose_resource

API = Resource("https://api.example", (), is_default=True)
SLASHED = Resource("https://other.example/", (), is_default=False)
DEEP = Resource("https://api.example/notes", (), is_default=False)
NAME = Resource("notes", (), is_default=False)
ALL = (API, SLASHED, DEEP, NAME)


def test_request_without_a_resource_means_the_default():
    assert choose_resource(ALL, None) is API


@pytest.mark.parametrize("resource", ALL)
def test_resource_is_found_by_its_whole_identifier(resource):
    assert choose_resource(ALL, resource.identifier) is resource


@pytest.mark.requirement("oauth:A-9:origin-slash")
def test_slash_after_an_origin_makes_no_difference():
    """oauth.md A-9."""
    assert choose_resource(ALL, "https://api.example/") is API
    assert choose_resource(ALL, "https://other.example") is SLASHED


@pytest.mark.parametrize(
    "asked",
    [
        "https://api.example/notes/",
        "https://api.example//",
        "https://API.example",
        "https://api.exampl",
        "https://api.example?",
        "https://api.example#f",
        "notes/",
        "Notes",
        "https://evil.example",
        "\x00",
    ],
)
@pytest.mark.requirement("oauth:T-2:unknown-resource", "oauth:W-6:named")
def test_unknown_resource_is_an_invalid_target(asked):
    """RFC 8707 section 2; security.md rule 11."""
    with pytest.raises(InvalidTarget) as refused:
        choose_resource(ALL, asked)
    assert asked not in refused.value.public
    assert refused.value.detail == f"{one_line(asked)}: {NO_RESOURCE}"


def test_missing_default_is_named():
    with pytest.raises(InvalidTarget, match="resource is missing"):
        choose_resource((NAME,), None)
