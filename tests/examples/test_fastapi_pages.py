"""The example of pages, signed in to as its README says."""

import importlib.util
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.guards.browser import HTML, ORIGIN, Browser, add_user

EXAMPLE = Path(__file__).parents[2] / "examples" / "fastapi_pages" / "app.py"


@pytest.mark.requirement("guards:session:user-and-subject")
def test_page_form_and_step_up_of_the_example(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WATCHWORD_URL", raising=False)
    spec = importlib.util.spec_from_file_location("pages_example", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with TestClient(module.app, base_url=ORIGIN) as client:
        browser = Browser(client, module.auth)
        add_user(browser)
        sent = client.get("/profile", headers=HTML, follow_redirects=False)
        assert sent.headers["location"].startswith("/auth/signin")
        browser.sign_in()
        assert client.post("/wave", data={"form_token": browser.token()}).json() == {
            "waved": "alice"
        }
        assert client.post("/wave").status_code == 403
        assert client.get("/payout").json()["code"] == "step_up_required"
        assert client.get("/api/me").status_code == 401
