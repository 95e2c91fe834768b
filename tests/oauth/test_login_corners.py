"""Corners of logins of several steps."""

from dataclasses import replace

import pytest
from sqlalchemy import true, update
from tests.oauth.conftest import ISSUER
from tests.oauth.people import Person

from watchword.accounts.attempts import Caller, Compared, Factors, PasswordAttempt
from watchword.accounts.flow import Begun, Bindings, FlowPurpose, Wish
from watchword.accounts.levels import Method
from watchword.accounts.origin import NOWHERE
from watchword.accounts.sessions import new_browser_session
from watchword.accounts.steps import begin
from watchword.base.chance import new_secret
from watchword.base.secrets import Secret
from watchword.oauth.authentication import Accepted
from watchword.oauth.errors import OAuthError
from watchword.oauth.families import FAMILY_LIMITS, OpenFamilyInSession
from watchword.oauth.issue import draft_pair, issue
from watchword.oauth.login import login, new_family
from watchword.oauth.login_errors import (
    InvalidCredentials,
    InvalidSession,
    ReauthenticationRequired,
    RedirectToWeb,
    SecondFactorRequired,
)
from watchword.stores.schema import users
from watchword.stores.statement import Statement, Step

PASSWORD = "a quiet garden at dusk"


@pytest.fixture
def step(server):
    def taken(**members):
        try:
            return server.run(login((), members, NOWHERE, server.login))
        except OAuthError as error:
            return error

    return taken


def test_password_that_has_to_be_changed_leads_to_the_pages(server, step):
    """And does not keep anybody from the pages where it can be."""

    def verb():
        yield Step(Statement(update(users).values(must_change_password=true())), {})

    server.run(server.store._driver.write(verb))
    refused = step(username="ada", password=PASSWORD)
    assert isinstance(refused, RedirectToWeb)
    assert refused.members == {
        "reason": "password_change",
        "continue_at": f"{ISSUER}/account/password",
    }
    begun = Begun(Bindings(FlowPurpose.PAGE), Wish())
    attempt = PasswordAttempt("ada", Secret(PASSWORD))
    completed = server.run(begin(attempt, Caller(NOWHERE), begun, server.flow))
    assert completed.user_id == "user_ada"


def test_newer_password_may_still_lack_the_second_factor(server, step):
    """What was proved at a step is kept for the next one."""
    token = step(username="ada", password=PASSWORD).issued.refresh_token.reveal()
    ada = Person(server, "ada")
    server.clock.pass_seconds(600)
    asked = step(refresh_token=token, client_id="web", max_age=60)
    assert isinstance(asked, ReauthenticationRequired)
    assert [offer["type"] for offer in asked.members["next"]] == ["password", "totp"]
    more = step(auth_session=asked.members["auth_session"], password=PASSWORD)
    assert isinstance(more, SecondFactorRequired)
    raised = step(auth_session=more.members["auth_session"], otp=ada.code()).issued
    assert server.claims(raised).acr == "aal2"


def test_factor_of_somebody_else_is_a_wrong_one(server, step):
    """A second fence behind the comparison of each factor."""
    Person(server, "ada")

    class Confused:
        async def compare(self, _attempt, *, origin, now):
            assert (origin, bool(now)) == (NOWHERE, True)
            return Compared("user_eve", Method.TOTP)

    asked = step(username="ada", password=PASSWORD)
    credentials = replace(server.flow.credentials, factors=Factors(totp=Confused()))
    flow = replace(server.flow, credentials=credentials)
    authentication = replace(server.login.authentication, flow=flow)
    ctx = replace(server.login, authentication=authentication)
    members = {"auth_session": asked.members["auth_session"], "otp": "123456"}
    with pytest.raises(InvalidCredentials):
        server.run(login((), members, NOWHERE, ctx))


def test_server_without_a_factor_refuses_its_codes(server, step):
    Person(server, "ada")
    asked = step(username="ada", password=PASSWORD)
    credentials = replace(server.flow.credentials, factors=Factors())
    flow = replace(server.flow, credentials=credentials)
    ctx = replace(server.login, authentication=replace(server.login.authentication, flow=flow))
    members = {"auth_session": asked.members["auth_session"], "otp": "123456"}
    with pytest.raises(InvalidCredentials):
        server.run(login((), members, NOWHERE, ctx))


def test_session_of_a_browser_is_raised_by_its_cookie_alone(server, step):
    """A token of it proves that the client is in, not that the person is at the browser."""
    proofs = server.run(server.store.find_credential("ada"))
    facts = step(username="ada", password=PASSWORD).issued.facts
    now = server.clock.now()
    session = new_browser_session(
        new_secret(server.chance),
        proofs=facts.proofs,
        limits=FAMILY_LIMITS,
        origin=NOWHERE,
        now=now,
        chance=server.chance,
    )
    opened = server.run(
        server.store.open_session(
            session, user_id="user_ada", password_hash=proofs.password_hash, now=now
        )
    )
    draft = draft_pair(server.issue)
    client = server.run(server.store.find_client("web"))
    (resource, *_) = server.run(server.store.list_resources())
    family = new_family(Accepted(client, resource, ()), draft, server.issue)
    command = OpenFamilyInSession(opened.sid, family, NOWHERE, now)
    issued = server.run(issue(command, draft, server.issue))
    token = issued.refresh_token.reveal()
    assert isinstance(step(refresh_token=token, client_id="web"), InvalidSession)
