"""What the management API asks of the login behind a change. RFC 9470; security.md rules 43 and 44.

Who only reads is not asked; what the rules forbid stays forbidden, however strong the login.
"""

import json
from base64 import urlsafe_b64decode

import pytest
from tests.server.conftest import MovedClock, Started
from tests.server.management.conftest import BASE, ISSUER, WHY, Caller, caller
from tests.server.management.test_api import OPERATIONS, code

from watchword.oauth.access_token import access_signer
from watchword.server.app import AuthServer
from watchword.server.settings import Settings

CHANGES = [(method, path) for method, path in OPERATIONS if method != "GET"]
ROLE = "/roles/editor"


def caller_with_both(server, name, generator):
    asked = server.log_in(name, resource=f"{ISSUER}{BASE}").json()
    step = {"auth_session": asked["auth_session"], "otp": generator.at(server.clock.now())}
    return Caller(server, server.post("/login", json=step).json()["access_token"])


def asked_of(answer):
    """What a challenge asks for, beside what every challenge says."""
    parameters = dict(
        part.split("=", 1) for part in answer.headers["www-authenticate"][7:].split(", ")
    )
    return {
        name: parameters.get(name, "").strip('"') for name in ("error", "acr_values", "max_age")
    }


def write(call):
    return call("PUT", ROLE, json=WHY)


@pytest.mark.requirement("security:43:administrators")
def test_a_login_of_long_ago_changes_nothing_and_still_looks(managed, boss):
    assert write(boss).status_code == 200
    refreshed = managed.log_in("boss", resource=f"{ISSUER}{BASE}").json()
    managed.clock.seconds += 15 * 60
    form = {"grant_type": "refresh_token", "refresh_token": refreshed["refresh_token"]}
    late = Caller(managed, managed.post("/refresh", json=form).json()["access_token"])
    answer = write(late)
    assert code(answer) == (401, "step_up_required")
    assert asked_of(answer) == {
        "error": "insufficient_user_authentication", "acr_values": "", "max_age": "900"
    }  # fmt: skip
    assert late("GET", "/roles").status_code == 200
    assert write(caller(managed, "boss")).status_code == 200


@pytest.mark.requirement("security:43:administrators")
@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_every_change_asks_for_the_factor_that_an_account_has(managed, method, path):
    weak = caller(managed, "boss")
    generator = managed.add_generator("boss")
    where = path.format(user_id="user_1", role="r", included="i", sid="s", client_id="c", kid="k")
    answer = weak(method, where, params=WHY)
    assert code(answer) == (401, "step_up_required")
    assert asked_of(answer)["acr_values"] == "aal2"
    strong = caller_with_both(managed, "boss", generator)
    assert strong(method, where, params=WHY).status_code in {200, 204, 400, 404}


@pytest.mark.requirement("security:43:administrators")
def test_where_the_settings_ask_for_it_a_factor_is_asked_of_everybody(
    database: str, clock: MovedClock
):
    settings = Settings(
        database=database, signing_alg="ES256", management_api=True, admin_second_factor=True,
        admin_proof_seconds=60,
    )  # fmt: skip
    server = Started(AuthServer(settings, clock=clock), clock)
    server.run(server.auth.startup())
    server.add_user("boss", "admin")
    answer = write(caller(server, "boss"))
    assert code(answer) == (401, "step_up_required")
    assert asked_of(answer)["acr_values"] == "aal2"
    assert write(caller_with_both(server, "boss", server.add_generator("boss"))).status_code == 200
    server.close()


@pytest.mark.requirement("security:43:administrators")
def test_the_password_once_more_renews_no_factor(managed):
    """A token tells when anything was last shown; of two factors, the held one counts."""
    generator = managed.add_generator("boss")
    token = caller_with_both(managed, "boss", generator).headers["authorization"].split()[1]
    managed.clock.seconds += 15 * 60
    now = managed.clock.now()
    claims = json.loads(urlsafe_b64decode(token.split(".")[1] + "=="))
    del claims["iss"]  # the signer's
    times = {"auth_time": now, "iat": now, "exp": now + 300}  # as after a password on a page
    signer = access_signer(
        managed.runtime.ring.signing_key, issuer=ISSUER, clock=managed.runtime.clock
    )
    renewed = Caller(managed, signer.sign_claims(claims | times))
    answer = write(renewed)
    assert code(answer) == (401, "step_up_required")
    assert asked_of(answer)["acr_values"] == "aal2"
    assert renewed("GET", "/roles").status_code == 200


def test_whoever_may_not_is_told_so_and_not_asked(managed):
    managed.add_user("ada", "auditor")
    ada = caller(managed, "ada")
    managed.add_generator("ada")
    assert code(write(ada)) == (403, "not_allowed")
