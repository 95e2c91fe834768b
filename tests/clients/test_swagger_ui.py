"""Swagger UI, as FastAPI serves it at /docs of an application with the server inside.

Source: users.md U2 and U12; oauth.md section 12.
"""

import re
import socket
import subprocess
from pathlib import Path
from typing import Annotated

import pytest
from bench.environments import node_packages
from fastapi import FastAPI
from playwright.sync_api import expect
from tests.pages.conftest import chromium, serving

from watchword.fastapi import Auth, User

__all__ = ["chromium"]

pytestmark = pytest.mark.browser
PEER = Path(__file__).parent / "peers" / "swagger_ui_dist"
FILES = re.compile(r".*/swagger-ui-dist@[0-9.]+/(swagger-ui(?:-bundle)?\.(?:js|css))$")


@pytest.fixture(scope="module")
def packages() -> Path:
    try:
        return node_packages(PEER) / "swagger-ui-dist"
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"swagger-ui-dist cannot be installed here: {error}")


@pytest.fixture(scope="module")
def application(tmp_path_factory):
    """Serve a small API of the quickstart's shape, which knows alice."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    app = FastAPI()
    url = f"http://127.0.0.1:{sock.getsockname()[1]}"
    database = f"sqlite:///{tmp_path_factory.mktemp('api')}/app.db"
    auth = Auth(database, url=url, scopes={"notes:read": "Read your notes"}).mount(app)

    @app.get("/notes")
    def notes(user: Annotated[User, auth.require("notes:read")]):
        return {"owner": user.id}

    with serving(app, auth.server, sock) as running:
        running.add_user("alice")
        yield running


@pytest.fixture
def docs(application, chromium, packages):
    """Open /docs. What it loads from elsewhere comes from the package instead."""
    context = chromium.new_context(base_url=application.url)

    def from_package(route):
        found = FILES.match(route.request.url)
        if found:
            route.fulfill(path=packages / found[1])
        else:
            route.abort()

    context.route(lambda url: not url.startswith(application.url), from_package)
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto("/docs")
    yield page
    context.close()


def answer_of(page):
    """Press Try it out and Execute, and return the status and the body of the answer."""
    page.get_by_role("button", name="GET /notes").first.click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute", exact=True).click()
    row = page.locator(".live-responses-table tbody tr.response")
    expect(row).to_be_visible()
    return row.locator(".response-col_status").inner_text(), row.inner_text()


def sign_in(window, application):
    window.get_by_label("User name").fill("alice")
    window.get_by_label("Password", exact=True).fill(application.passphrases["alice"])
    window.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()


@pytest.mark.requirement("users:U12:swagger-signs-in")
@pytest.mark.requirement("oauth:W:programs-work-unchanged")
def test_authorize_button_signs_in_by_code_and_pkce(application, docs):
    """The window that it opens comes back, although the pages keep strangers' windows apart."""
    docs.get_by_role("button", name="Authorize").first.click()
    dialog = docs.locator(".dialog-ux")
    expect(dialog.get_by_label("client_id")).to_have_value("docs")
    expect(dialog.get_by_text("password", exact=False)).to_have_count(0)
    dialog.locator("label").filter(has_text="notes:read").click()
    with docs.expect_popup() as opened:
        dialog.get_by_role("button", name="Apply given OAuth2 credentials").click()
    window = opened.value
    window.set_default_timeout(15_000)
    assert "code_challenge_method=S256" in window.url or "/signin" in window.url
    sign_in(window, application)
    window.get_by_role("heading", name="Allow API documentation?").wait_for()
    with window.expect_event("close"):
        window.get_by_role("button", name="Allow", exact=True).click()
    expect(dialog.get_by_role("button", name="Remove authorization")).to_be_visible()
    dialog.get_by_role("button", name="Close").first.click()
    status, body = answer_of(docs)
    assert status == "200"
    assert application.user("alice").id in body


@pytest.mark.requirement("users:U12:swagger-signs-in")
def test_refusal_comes_back_in_words(application, docs):
    docs.get_by_role("button", name="Authorize").first.click()
    dialog = docs.locator(".dialog-ux")
    with docs.expect_popup() as opened:
        dialog.get_by_role("button", name="Apply given OAuth2 credentials").click()
    window = opened.value
    window.set_default_timeout(15_000)
    sign_in(window, application)
    with window.expect_event("close"):
        window.get_by_role("button", name="Do not allow").click()
    expect(dialog.get_by_text("access_denied")).to_be_visible()


@pytest.mark.requirement("users:U12:swagger-bearer-box")
def test_token_can_be_pasted_into_a_box_beside_it(application, docs):
    with application.http() as http:
        login = {"username": "alice", "password": application.passphrases["alice"]}
        token = http.post("/auth/login", json=login).json()["access_token"]
    docs.get_by_role("button", name="Authorize").first.click()
    box = docs.locator(".auth-container").filter(has_text="bearer")
    box.get_by_role("textbox").fill(token)
    box.get_by_role("button", name="Apply credentials").click()
    docs.locator(".dialog-ux").get_by_role("button", name="Close").first.click()
    status, body = answer_of(docs)
    assert status == "200"
    assert application.user("alice").id in body
