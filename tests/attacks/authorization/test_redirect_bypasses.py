"""Attack: an answer is led to an address of somebody else.

Source: Keycloak CVE-2026-3872 (`..;/`), CVE-2026-7504 (many `@`), CVE-2026-9086 (`JavaScript:`),
CVE-2024-8883; authentik CVE-2024-52289; Pocket ID CVE-2026-28512; oauth2-proxy CVE-2021-21291;
security.md rule 51 and class C5; RFC 9700 section 4.1.1.
"""

from dataclasses import replace
from itertools import product

import pytest
from tests.oauth.authorize.requests import WEB

from watchword.oauth.authorize.errors import RedirectMismatch
from watchword.oauth.authorize.redirect_rules import RedirectRefused, check_redirect_uri
from watchword.oauth.authorize.redirects import validate_redirect

REGISTERED = (
    "https://app.example/cb",
    "https://app.example/cb?tenant=1",
    "http://127.0.0.1/cb",
    "http://[::1]:8080/cb",
    "http://localhost:3000/",
    "com.example.app:/cb",
)
EVIL = "evil.example"
TAILS = (
    "/", "//", "/.", "/..", "/..;/", "/%2e%2e", "/../evil", "\\", "%5c", ";", "%00", "%20", " ",
    "\t", "\n", "\r\n", "#", "#@evil.example", "?", "&", "?code=1", "&state=1", "%23",
    "@evil.example", ".evil.example", ":evil", "\u0000", "\u00a0", "\u2215", "*",
)  # fmt: skip
HOSTS = (
    f"{EVIL}", f"{EVIL}@{{}}", f"{{}}@{EVIL}", f"{{}}:x@{EVIL}", f"a@b@{EVIL}", f"{{}}.{EVIL}",
    f"{EVIL}#{{}}", f"{EVIL}?{{}}", f"{EVIL}\\@{{}}", f"{EVIL}%2f{{}}", f"{{}}%2e{EVIL}",
    f"{{}}%00.{EVIL}", "{}.", "{}:443", "{}:80", "{}:0", "{}:", "{}:99999", "0x7f.1", "2130706433",
    "127.1", "127.0.0.2", "0.0.0.0", "[::]", "[::ffff:127.0.0.1]", "LOCALHOST",
    "\u24db\u24debalhost",
)  # fmt: skip
SCHEMES = (
    "http", "https", "HTTPS", "javascript", "JavaScript", "data", "vbscript", "file", "ftp", "ws",
    "com.example.evil", "",
)  # fmt: skip


def host_of(uri):
    return uri.partition("//")[2].partition("/")[0] or "app.example"


def mutations(uri):
    """Yield what is not the registered text, nor its loopback port."""
    _, _, rest = uri.partition(":")
    for tail in TAILS:
        yield uri + tail
        yield tail + uri
    for host in HOSTS:
        yield uri.replace(host_of(uri), host.format(host_of(uri)), 1)
    for other in SCHEMES:
        yield f"{other}:{rest}"
    yield uri.upper()
    yield uri.replace("/cb", "/CB")
    yield uri.replace("/", "//")
    yield uri.replace("//", "/")
    yield uri.replace("//", "///")
    yield uri.replace(":", "%3a")
    yield from (uri[:-number] for number in range(1, 6))
    yield from (f"{uri} {other}" for other in REGISTERED)
    yield from (f"{first}{uri[1:]}" for first in ("\u0440", "\uff48") if not uri.startswith(first))


def is_same_but_for_the_port(uri, mutated):
    """The one freedom there is, told in another way than the code tells it."""
    for host in ("http://127.0.0.1", "http://[::1]", "http://localhost"):
        if uri.startswith(host) and mutated.startswith(host):
            ports = [text.removeprefix(host).partition("/") for text in (uri, mutated)]
            (_, _, ours), (port, _, theirs) = ports
            digits = port.removeprefix(":")
            is_port = port == "" or (digits.isdecimal() and 0 < int(digits) < 65_536)
            return is_port and ours == theirs
    return False


CASES = sorted(
    {
        (uri, mutated)
        for uri in REGISTERED
        for mutated in mutations(uri)
        if mutated not in REGISTERED and not is_same_but_for_the_port(uri, mutated)
    }
)


@pytest.mark.requirement("security:51:mutations")
def test_no_mutation_of_a_registered_address_is_answered_at():
    assert len(CASES) > 300
    client = replace(WEB, redirect_uris=REGISTERED)
    accepted = []
    for is_openid, (_, mutated) in product((True, False), CASES):
        try:
            found = validate_redirect(client, mutated, is_openid=is_openid)
        except RedirectMismatch:
            continue
        # Other loopback entries are registered too: their ports are free as well.
        if not any(is_same_but_for_the_port(uri, found.uri) for uri in REGISTERED):
            accepted.append(mutated)
    assert accepted == []


@pytest.mark.requirement("security:51:mutations")
@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "https://app.example/cb#x",
        "https://user@app.example/cb",
        "https://a@b@app.example/cb",
        "https://*.app.example/cb",
        "https://app.example/*",
        "http://app.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "//app.example/cb",
        "/cb",
        "https://app.example/cb?code=1",
        "https://app.example/cb?a=1&state=2",
        "https://app.example/cb?iss=x",
        "https://app.example/cb?error=x",
        "https://app.example/%zz",
        "https://app.example/a/../b",
        "https://app.example/..;/b",
        "https://app.example\\@evil.example",
        "myapp:/cb",
        "",
    ],
)
def test_address_that_could_mislead_is_not_registered(uri):
    """Keycloak CVE-2026-9689, CVE-2026-18209; security.md rules 51 and 68."""
    with pytest.raises(RedirectRefused):
        check_redirect_uri(uri)
