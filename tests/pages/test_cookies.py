import re

import pytest
from starlette.datastructures import Headers
from starlette.responses import Response

from watchword.base.secrets import Secret
from watchword.server.cookies import cookie_rules

VALUE = "A" * 43
OTHER = "B" * 43
HTTPS, LOOPBACK = "https://id.example", "http://127.0.0.1:8000"
SESSION = cookie_rules(LOOPBACK).session


def headers(*cookies):
    return Headers(raw=[(b"cookie", cookie.encode()) for cookie in cookies])


def written(rules):
    response = Response()
    rules.write(response, rules.session, Secret(VALUE))
    return response.headers["set-cookie"]


@pytest.mark.requirement("users-pages:cookie-attributes")
def test_a_cookie_of_an_https_issuer_is_bound_to_its_host():
    """users.md U28; OWASP ASVS 5.0 V3.3."""
    name, _, rest = written(cookie_rules(HTTPS)).partition("=")
    assert re.fullmatch("__Host-watchword-session-[0-9a-f]{8}", name)
    assert rest == f"{VALUE}; HttpOnly; Path=/; SameSite=lax; Secure"


def test_a_cookie_of_a_loopback_issuer_has_a_plain_name_and_is_returned_over_http():
    """users.md U28: Python's cookie jar never returns a Secure cookie over http."""
    name, _, rest = written(cookie_rules(LOOPBACK)).partition("=")
    assert re.fullmatch("watchword-session-[0-9a-f]{8}", name)
    assert rest == f"{VALUE}; HttpOnly; Path=/; SameSite=lax"


@pytest.mark.requirement("oauth:A-8:cookie-names")
def test_servers_on_one_host_leave_the_cookies_of_one_another_alone():
    """A jar ignores ports, and the __Host- prefix ignores paths."""
    neighbours = {LOOPBACK, "http://127.0.0.1:8001", HTTPS, f"{HTTPS}/a", f"{HTTPS}/b"}
    assert len({cookie_rules(issuer).session for issuer in neighbours}) == len(neighbours)
    mine, theirs = cookie_rules(LOOPBACK), cookie_rules("http://127.0.0.1:8001")
    jar = headers(f"{mine.session}={VALUE}; {theirs.session}={OTHER}")
    assert mine.read(jar, mine.session).reveal() == VALUE
    assert theirs.read(jar, theirs.session).reveal() == OTHER


def test_a_cleared_cookie_has_the_attributes_of_the_one_it_ends():
    rules = cookie_rules(HTTPS)
    response = Response()
    rules.clear(response, rules.form)
    cleared = response.headers["set-cookie"]
    assert cleared.startswith(f'{rules.form}="";')
    assert "Max-Age=0" in cleared
    assert cleared.endswith("HttpOnly; Max-Age=0; Path=/; SameSite=lax; Secure")


def test_the_one_cookie_of_a_name_is_read():
    rules = cookie_rules(LOOPBACK)
    found = rules.read(headers(f"a=b; {SESSION}={VALUE}; c"), SESSION)
    assert found is not None
    assert found.reveal() == VALUE


@pytest.mark.parametrize(
    "cookies",
    [
        (),
        ("",),
        (SESSION,),
        (f"{SESSION}=short",),
        (f"{SESSION}={VALUE}!",),
        (f"{SESSION}={VALUE}=",),
        (f"{SESSION}={VALUE}; {SESSION}={OTHER}",),
        (f"{SESSION}={VALUE}", f"{SESSION}={VALUE}"),
        ("a=b; " * 128 + f"{SESSION}={VALUE}",),
    ],
)
def test_a_cookie_that_is_absent_repeated_or_not_of_this_server_is_nothing(cookies):
    """A second cookie of the name was planted by a neighbour: security.md rule 38."""
    assert cookie_rules(LOOPBACK).read(headers(*cookies), SESSION) is None
