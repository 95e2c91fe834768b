from typing import Annotated

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from watchword.fastapi import Guard, User
from watchword.testing import issuer  # a pytest fixture: the same server, in this process

__all__ = ["issuer"]


@pytest.fixture
def client(issuer):
    app = FastAPI()
    auth = Guard(issuer.url, audience=issuer.audience, clock=issuer.clock).install(app)

    @app.get("/notes")
    def notes(user: Annotated[User, auth.require("notes:read")]):
        return {"owner": user.name}

    with TestClient(app) as client:
        yield client


def test_notes_are_for_whom_the_token_names(client, issuer):
    def ask(token):
        return client.get("/notes", headers={"Authorization": f"Bearer {token}"})

    token = issuer.token(sub="ada", scope="notes:read")
    assert ask(token).json() == {"owner": "ada"}
    assert ask(issuer.token(sub="ada", expired=True)).status_code == 401
    issuer.clock.forward("1h")
    assert ask(token).json()["code"] == "token_expired"
    issuer.rotate_keys()
    assert ask(issuer.token(sub="ada", scope="notes:read")).status_code == 200
