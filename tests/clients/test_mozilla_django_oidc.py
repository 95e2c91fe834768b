"""mozilla-django-oidc in a Django site of its own. Source: oauth.md section 12, C-1, A-4."""

import sys
from pathlib import Path

import httpx2
import pytest
from tests.clients.processes import answering
from tests.clients.provider import SECRET
from tests.flows.notes_services import bind

SITE = Path(__file__).parent / "django_shop" / "site.py"


@pytest.mark.requirement("oauth:W:programs-work-unchanged")
def test_sign_in_to_a_site(provider, person, tmp_path):
    """It posts its secret, sends no PKCE, and knows people by their address."""
    provider.give_email("alice", "alice@example.com")
    listening, site = bind()
    provider.register("django", redirect_uris=(f"{site}/oidc/callback/",), requires_pkce=False)
    command = [sys.executable, str(SITE), provider.issuer, "django", SECRET]
    with (
        listening,
        answering(command, f"{site}/who", log=tmp_path / "log", stdin=listening, cwd=tmp_path),
        httpx2.Client(base_url=site) as browser,
    ):
        link = browser.get("/oidc/authenticate/").headers["location"]
        answer = browser.get(person.answer(link))
        assert answer.headers["location"] == "/who", answer.text
        assert browser.get("/who").json() == {"known": True, "email": "alice@example.com"}
