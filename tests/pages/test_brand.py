"""A branded server, over HTTP and in a browser."""

import re

import pytest
from tests.pages.chromium import NARROW, check, opened
from tests.pages.conftest import make_auth, serving

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z"/></svg>'


@pytest.fixture(scope="module")
def branded(tmp_path_factory):
    directory = tmp_path_factory.mktemp("branded")
    (directory / "acme.svg").write_text(SVG)
    auth, sock = make_auth(
        directory,
        brand_name="Acme & sons",
        brand_accent="#5b2be0",
        brand_background="#fbf8ff #15121c",
        brand_radius="4px",
        brand_logo=str(directory / "acme.svg"),
    )
    with serving(auth, auth, sock) as running:
        yield running


def asset(http, ending):
    [path] = re.findall(rf'(?:href|src)="(/static/\w+/{ending})"', http.get("/signin").text)[:1]
    return http.get(path)


@pytest.mark.requirement("users-pages:brand-is-a-stylesheet")
def test_the_brand_is_a_stylesheet_of_its_own_that_comes_last(branded):
    with branded.http() as http:
        text = http.get("/signin").text
        sheet = asset(http, "brand.css")
    assert re.findall(r'rel="stylesheet" href="/static/\w+/(\S+)"', text)[-1] == "brand.css"
    assert sheet.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in sheet.headers["cache-control"]
    assert "--accent: light-dark(#5b2be0, #" in sheet.text
    assert "style=" not in text


def test_the_name_stands_in_every_title_and_at_the_top(branded):
    with branded.http() as http:
        text = http.get("/signin").text
    assert " · Acme &amp; sons</title>" in text
    assert "watchword" not in re.search(r"<header.*?</header>", text, re.DOTALL)[0]


@pytest.mark.requirement("users-pages:logo-runs-nothing")
def test_a_logo_that_is_opened_by_its_address_can_run_nothing(branded):
    """A picture with a script in it would otherwise be a page of this origin."""
    with branded.http() as http:
        logo = asset(http, "logo.svg")
    assert logo.text == SVG
    assert logo.headers["content-type"] == "image/svg+xml"
    assert logo.headers["content-security-policy"].startswith("default-src 'none';")
    assert "sandbox" in logo.headers["content-security-policy"]


def test_a_server_without_a_brand_sends_nothing_for_it(server):
    with server.http() as http:
        assert "brand.css" not in http.get("/signin").text


@pytest.mark.browser
def test_a_branded_page_has_no_accessibility_violation(chromium, branded):
    with opened(chromium, branded.url, **NARROW) as page:
        page.goto("/signin")
        check(page)
