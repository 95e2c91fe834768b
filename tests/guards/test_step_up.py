"""What a route may ask of a login, and how the refusal says it."""

from typing import Annotated

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.guards.conftest import AUDIENCE, ISSUER

from watchword.fastapi import Guard, User
from watchword.guards.errors import StepUpRequired
from watchword.guards.step_up import Demand, demand

NOW = 1_800_000_000


@pytest.fixture
def ask(mint, clock):
    """Return a function that sends a token to a route with the demand."""

    def send(token, *scopes, **asked):
        app = FastAPI()
        auth = Guard(ISSUER, audience=AUDIENCE, keys=mint.keys, clock=clock).install(app)

        @app.post("/pay")
        def pay(user: Annotated[User, auth.require(*scopes, **asked)]):
            return user.id

        with TestClient(app) as client:
            return client.post("/pay", headers={"authorization": f"Bearer {token}"})

    return send


@pytest.mark.requirement("rfc9470:3:challenge", "users:U52:step-up")
def test_refusal_names_level_and_age(ask, mint, clock):
    """RFC 9470 section 3."""
    weak = mint.token(acr="aal1", auth_time=clock.now())
    answer = ask(weak, acr="aal2", max_age="5m")
    assert (answer.status_code, answer.json()["code"]) == (401, "step_up_required")
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith('Bearer realm="notes", error="insufficient_user_authentication"')
    assert 'acr_values="aal2"' in challenge
    assert 'max_age="300"' in challenge


@pytest.mark.requirement("rfc9470:3:only-what-is-asked")
@pytest.mark.parametrize(
    ("asked", "named", "unnamed"),
    [({"acr": "aal2"}, "acr_values", "max_age"), ({"fresh": "5m"}, "max_age", "acr_values")],
)
def test_only_what_is_asked_is_named(ask, mint, asked, named, unnamed):
    challenge = ask(mint.token(), **asked).headers["www-authenticate"]
    assert named in challenge
    assert unnamed not in challenge


@pytest.mark.parametrize(
    ("claims", "asked", "status"),
    [
        ({"acr": "aal2", "auth_time": NOW - 300}, {"acr": "aal2", "max_age": "5m"}, 200),
        ({"acr": "aal2", "auth_time": NOW - 301}, {"acr": "aal2", "max_age": "5m"}, 401),
        ({"acr": "aal2", "auth_time": NOW}, {"acr": "aal1"}, 200),
        ({"acr": "aal1", "auth_time": NOW}, {"acr": "aal2"}, 401),
        ({"acr": "aal1", "auth_time": NOW}, {"fresh": 0}, 200),
        ({"acr": "phr", "auth_time": NOW}, {"acr": "phr"}, 200),  # another issuer's word
        ({"acr": "phrh", "auth_time": NOW}, {"acr": "phr"}, 401),
        ({}, {"acr": "aal1"}, 401),  # an issuer that says nothing meets nothing
        ({}, {"max_age": "30d"}, 401),
    ],
)
@pytest.mark.requirement("security:44:guards-read-no-request")
def test_login_is_held_against_the_demand(ask, mint, claims, asked, status):
    """The claims decide, to the second."""
    assert ask(mint.token(**claims), **asked).status_code == status


def test_missing_scope_and_another_owner_are_said_before_a_step_up(ask, mint):
    """Nobody logs in again in vain."""
    unscoped = ask(mint.token(), "notes:pay", acr="aal2")
    assert (unscoped.status_code, unscoped.json()["code"]) == (403, "insufficient_scope")
    foreign = ask(mint.token(), owner=lambda: "user_of_somebody_else", acr="aal2")
    assert (foreign.status_code, foreign.json()["code"]) == (403, "not_allowed")


@pytest.mark.parametrize(
    "asked",
    [{"max_age": "5m", "fresh": "5m"}, {"acr": ""}, {"acr": 'aal"2'}, {"fresh": "soon"}],
)
def test_demand_that_means_nothing_is_refused_where_it_is_declared(asked):
    with pytest.raises(ValueError, match=r"max_age|acr|duration"):
        demand(asked.get("acr"), asked.get("max_age"), asked.get("fresh"))


def test_nothing_asked_is_no_demand():
    assert demand(None, None, None) is None
    Demand().check("", 0, now=NOW)
    with pytest.raises(StepUpRequired) as refused:
        Demand(acr="aal2").check("aal1", NOW, now=NOW + 7)
    assert refused.value.detail == "acr=aal1, 7 s old"
