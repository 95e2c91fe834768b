"""Authlib, in FastAPI and in Flask. Source: oauth.md section 12."""

from typing import Any

import flask
import pytest
from authlib.integrations.flask_client import OAuth as FlaskOAuth
from authlib.integrations.starlette_client import OAuth
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from starlette.middleware.sessions import SessionMiddleware
from tests.clients.provider import CALLBACK, SECRET

ORIGIN = "https://app.example"
SCOPE = "openid profile email offline_access"


def told(issuer: str, **more: Any) -> dict[str, Any]:
    return {
        "name": "watchword",
        "client_id": "authlib",
        "client_secret": SECRET,
        "server_metadata_url": f"{issuer}/.well-known/openid-configuration",
        "client_kwargs": {"scope": SCOPE, **more},
    }


@pytest.fixture(params=[{}, {"code_challenge_method": "S256"}], ids=["plain", "PKCE"])
def more(request, provider):
    """Authlib sends no PKCE unless told to (oauth.md A-4)."""
    provider.register("authlib", requires_pkce=False)
    return request.param


@pytest.mark.requirement("oauth:W:programs-work-unchanged")
def test_sign_in_to_fastapi(provider, person, more):
    app = FastAPI()
    app.add_middleware(SessionMiddleware, secret_key="session of the application")
    oauth = OAuth()
    oauth.register(**told(provider.issuer, **more))

    @app.get("/login")
    async def login(request: Request):
        return await oauth.watchword.authorize_redirect(request, CALLBACK)

    @app.get("/callback")
    async def callback(request: Request):
        token = await oauth.watchword.authorize_access_token(request)
        info = await oauth.watchword.userinfo(token=token)
        return {"claims": token["userinfo"], "info": info, "refresh": token["refresh_token"]}

    with TestClient(app, base_url=ORIGIN) as client:
        link = client.get("/login", follow_redirects=False).headers["location"]
        answer = client.get(person.answer(link))
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert said["claims"]["iss"] == provider.issuer
    assert said["claims"]["aud"] in ("authlib", ["authlib"])
    assert said["info"]["sub"] == said["claims"]["sub"]
    assert said["info"]["preferred_username"] == "alice"


@pytest.mark.requirement("oauth:W:programs-work-unchanged")
def test_sign_in_to_flask(provider, person, more):
    app = flask.Flask("shop")
    app.secret_key = "session of the application"
    oauth = FlaskOAuth(app)
    oauth.register(**told(provider.issuer, **more))

    @app.get("/login")
    def login():
        return oauth.watchword.authorize_redirect(CALLBACK)

    @app.get("/callback")
    def callback():
        token = oauth.watchword.authorize_access_token()
        fresh = oauth.watchword.fetch_access_token(
            grant_type="refresh_token", refresh_token=token["refresh_token"]
        )
        info = oauth.watchword.userinfo(token=fresh)
        return {"claims": token["userinfo"], "info": info}

    client = app.test_client()
    link = client.get("/login", base_url=ORIGIN).headers["location"]
    answer = client.get(person.answer(link), base_url=ORIGIN)
    assert answer.status_code == 200, answer.text
    said = answer.json
    assert said["info"]["sub"] == said["claims"]["sub"]
    assert said["info"]["preferred_username"] == "alice"
