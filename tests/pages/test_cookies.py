import pytest
from starlette.datastructures import Headers
from starlette.responses import Response

from watchword.base.secrets import Secret
from watchword.server.cookies import cookie_rules

VALUE = "A" * 43
OTHER = "B" * 43


def headers(*cookies):
    return Headers(raw=[(b"cookie", cookie.encode()) for cookie in cookies])


def written(rules):
    response = Response()
    rules.write(response, rules.session, Secret(VALUE))
    return response.headers["set-cookie"]


@pytest.mark.requirement("users-pages:cookie-attributes")
def test_a_cookie_of_an_https_issuer_is_bound_to_its_host():
    """users.md U28; OWASP ASVS 5.0 V3.3."""
    assert written(cookie_rules(is_https=True)) == (
        f"__Host-watchword-session={VALUE}; HttpOnly; Path=/; SameSite=lax; Secure"
    )


def test_a_cookie_of_a_loopback_issuer_has_a_plain_name_and_is_returned_over_http():
    """users.md U28: Python's cookie jar never returns a Secure cookie over http."""
    assert written(cookie_rules(is_https=False)) == (
        f"watchword-session={VALUE}; HttpOnly; Path=/; SameSite=lax"
    )


def test_a_cleared_cookie_has_the_attributes_of_the_one_it_ends():
    rules = cookie_rules(is_https=True)
    response = Response()
    rules.clear(response, rules.form)
    cleared = response.headers["set-cookie"]
    assert cleared.startswith('__Host-watchword-form="";')
    assert "Max-Age=0" in cleared
    assert cleared.endswith("HttpOnly; Max-Age=0; Path=/; SameSite=lax; Secure")


def test_the_one_cookie_of_a_name_is_read():
    rules = cookie_rules(is_https=False)
    found = rules.read(headers(f"a=b; watchword-session={VALUE}; c"), "watchword-session")
    assert found is not None
    assert found.reveal() == VALUE


@pytest.mark.parametrize(
    "cookies",
    [
        (),
        ("",),
        ("watchword-session",),
        ("watchword-session=short",),
        (f"watchword-session={VALUE}!",),
        (f"watchword-session={VALUE}=",),
        (f"watchword-session={VALUE}; watchword-session={OTHER}",),
        (f"watchword-session={VALUE}", f"watchword-session={VALUE}"),
        ("a=b; " * 128 + f"watchword-session={VALUE}",),
    ],
)
def test_a_cookie_that_is_absent_repeated_or_not_of_this_server_is_nothing(cookies):
    """A second cookie of the name was planted by a neighbour: security.md rule 38."""
    assert cookie_rules(is_https=False).read(headers(*cookies), "watchword-session") is None
