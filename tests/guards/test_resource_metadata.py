"""What a guarded API says of itself, and what its refusals say of that.

Source: RFC 9728 sections 3 and 5; oauth.md section 11 (Resource).
"""

from typing import Annotated

import pytest
from fastapi import APIRouter, Body, FastAPI
from starlette.testclient import TestClient
from tests.guards.conftest import ISSUER

from watchword.guards.fastapi import Guard, User

RESOURCE = "https://api.example.com/mcp"
PLACE = "/.well-known/oauth-protected-resource/mcp"


@pytest.fixture
def guard(mint, clock):
    def make(audience=RESOURCE):
        return Guard(
            ISSUER,
            audience=audience,
            keys=mint.keys,
            scopes={"notes:read": "Read your notes"},
            clock=clock,
        )

    return make


def application(guard):
    app = FastAPI()
    auth = guard.install(app)
    router = APIRouter(dependencies=[auth.require("mcp")])

    @app.get("/open", dependencies=[auth.public])
    def open_to_all() -> str:
        return "open"

    @app.get("/anybody")
    def anybody(user: Annotated[User, auth.user]) -> str:
        return user.id

    @router.post("/notes")
    def write(
        _user: Annotated[User, auth.require("notes:read", "notes:write")],
        _body: Annotated[dict[str, str], Body()],
    ) -> str:
        return "written"

    app.include_router(router)
    return app


@pytest.fixture
def api(guard):
    with TestClient(application(guard()), base_url="https://api.example.com") as client:
        yield client


@pytest.mark.requirement("rfc9728:3:published")
@pytest.mark.requirement("rfc9728:2:document")
def test_guard_publishes_the_document_of_its_api(api):
    answer = api.get(PLACE)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.json() == {
        "resource": RESOURCE,
        "authorization_servers": [ISSUER],
        "bearer_methods_supported": ["header"],
        "scopes_supported": ["mcp", "notes:read", "notes:write"],
        "watchword_scope_texts": {"notes:read": "Read your notes"},
    }


@pytest.mark.requirement("oauth:E-3:resource-document")
def test_pages_of_any_origin_may_read_it(api):
    asked = {"origin": "https://app.example", "access-control-request-method": "GET"}
    preflight = api.options(PLACE, headers=asked)
    assert preflight.status_code == 204
    for answer in (preflight, api.get(PLACE, headers={"origin": "https://app.example"})):
        assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.requirement("rfc9728:5.1:challenge")
@pytest.mark.requirement("oauth:11:scope-in-401")
def test_challenge_leads_to_the_document_and_names_the_scopes(api, mint):
    whole = f'resource_metadata="https://api.example.com{PLACE}"'
    bare = api.post("/notes", json={}).headers["www-authenticate"]
    assert whole in bare
    assert 'scope="notes:read notes:write mcp"' in bare
    assert "error" not in bare
    expired = {"authorization": f"Bearer {mint.token(aud=RESOURCE, exp=1)}"}
    told = api.post("/notes", json={}, headers=expired)
    assert told.status_code == 401
    assert 'error="invalid_token"' in told.headers["www-authenticate"]
    assert 'scope="notes:read notes:write mcp"' in told.headers["www-authenticate"]
    assert whole in told.headers["www-authenticate"]
    unscoped = api.get("/anybody").headers["www-authenticate"]
    assert whole in unscoped
    assert "scope" not in unscoped


@pytest.mark.requirement("oauth:11:insufficient-scope")
def test_step_up_names_all_scopes_of_the_operation(api, mint, bearer):
    answer = api.post("/notes", json={}, headers=bearer(mint.token(aud=RESOURCE, scope="mcp")))
    told = answer.headers["www-authenticate"]
    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in told
    assert "error_description=" in told
    assert 'scope="notes:read notes:write mcp"' in told
    assert f'resource_metadata="https://api.example.com{PLACE}"' in told


def test_api_with_a_name_and_no_address_has_no_document(guard):
    with TestClient(application(guard("notes"))) as client:
        assert client.get(PLACE).status_code == 404
        assert "resource_metadata" not in client.get("/anybody").headers["www-authenticate"]


def test_application_that_mounts_the_api_publishes_for_it(guard):
    inner = guard()
    outer = FastAPI()
    outer.mount("/mcp", application(inner))
    outer.router.routes.extend(inner.well_known())
    with TestClient(outer) as client:
        assert client.get(PLACE).json()["resource"] == RESOURCE
