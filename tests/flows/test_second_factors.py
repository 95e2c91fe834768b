"""Second factors at the login API, from the page where they are added to the token that names them.

Source: issue 4; oauth.md section 6; RFC 8176; security.md rules 37 and 44.
"""

import json
import re

import pyotp
import pytest
from tests.accounts.authenticator import PRESENT, Authenticator
from tests.pages.account.conftest import Browser
from tests.pages.account.test_factors import add_app, add_passkey, post
from tests.server.conftest import PASSWORD, RESOURCE, MovedClock, Started

from watchword.accounts import steps
from watchword.accounts.origin import NOWHERE
from watchword.base import base64url
from watchword.server.app import AuthServer
from watchword.server.settings import Settings


@pytest.fixture
def started(tmp_path):
    clock = MovedClock()
    database = f"sqlite:///{tmp_path}/watchword.db"
    auth = AuthServer(Settings(database=database, signing_alg="ES256"), clock=clock)
    auth.resource(RESOURCE, scopes={"notes:read": "Read", "notes:write": "Write"})
    running = Started(auth, clock)
    running.run(auth.startup())
    running.add_user("alice")
    running.add_user("bob")
    yield running
    running.close()


@pytest.fixture
def alice(started):
    return Browser(started).sign_in()


@pytest.fixture
def device(alice):
    made = Authenticator()
    assert add_passkey(alice, made).status_code == 303
    return made


def login(started, **members):
    return started.post("/login", json=members)


def begin(started):
    """Show the password and return what is wanted next."""
    answer = login(started, username="alice", password=PASSWORD)
    assert answer.status_code == 401
    document = answer.json()
    assert document["error"] == "second_factor_required"
    return document


def offer(document, kind):
    return next(one for one in document["next"] if one["type"] == kind)


def claims(answer):
    assert answer.status_code == 200, answer.text
    return json.loads(base64url.decode(answer.json()["access_token"].split(".")[1]))


@pytest.mark.requirement("oauth:6:passkey-member")
def test_a_passkey_is_the_second_factor_of_a_program(started, device):
    wanted = begin(started)
    options = offer(wanted, "passkey")["options"]
    assert len(options["allowCredentials"]) == 1
    device.flags = PRESENT
    answer = login(
        started, auth_session=wanted["auth_session"], passkey=json.dumps(device.get(options))
    )
    proved = claims(answer)
    assert (proved["acr"], proved["amr"]) == ("aal2", ["pwd", "hwk", "mfa"])


@pytest.mark.requirement("oauth:6:passkey-alone")
def test_a_passkey_alone_is_a_whole_login(started, device):
    answer = login(started, passkey="begin")
    assert answer.status_code == 401
    wanted = answer.json()
    assert wanted["error"] == "passkey_required"
    shown = device.get(offer(wanted, "passkey")["options"])
    proved = claims(login(started, auth_session=wanted["auth_session"], passkey=json.dumps(shown)))
    assert (proved["acr"], proved["amr"]) == ("aal2", ["hwk", "user", "mfa"])


def test_an_answer_belongs_to_the_login_that_asked(started, device):
    """security.md C6."""
    first, second = begin(started), begin(started)
    shown = json.dumps(device.get(offer(first, "passkey")["options"]))
    foreign = login(started, auth_session=second["auth_session"], passkey=shown)
    assert foreign.status_code == 401
    assert foreign.json()["error"] == "invalid_credentials"
    again = foreign.json()
    own = json.dumps(device.get(offer(again, "passkey")["options"]))
    assert login(started, auth_session=again["auth_session"], passkey=own).status_code == 200


def test_a_passkey_that_begins_a_login_cannot_finish_anothers(started, device):
    """A neighbour's password, and a passkey of one's own."""
    mallory = Authenticator(credential_id=b"\x05" * 32)
    add_passkey(Browser(started).sign_in("bob"), mallory)
    wanted = begin(started)
    shown = json.dumps(mallory.get(offer(wanted, "passkey")["options"]))
    assert login(started, auth_session=wanted["auth_session"], passkey=shown).status_code == 401


@pytest.mark.requirement("oauth:6:totp-and-recovery-code")
def test_codes_of_app_and_sheet_each_work_once(started, alice):
    """security.md rule 37."""
    post(alice, "/account/totp", action="begin", name="Phone")
    page = alice.get("/account/totp").text
    generator = pyotp.parse_uri(re.search(r'href="(otpauth:[^"]+)"', page)[1].replace("&amp;", "&"))
    code = generator.at(started.clock.now())
    post(alice, "/account/totp", action="confirm", code=code)
    sheet = post(alice, "/account/recovery-codes").text
    recovery = re.findall(r"<code>([0-9a-z-]{19})</code>", sheet)

    def show(**answer):
        return login(started, auth_session=begin(started)["auth_session"], **answer)

    assert show(otp=code).json()["error"] == "invalid_credentials"  # enrolment used it
    started.clock.seconds += 30
    code = generator.at(started.clock.now())
    assert claims(show(otp=code))["amr"] == ["pwd", "otp", "mfa"]
    assert show(otp=code).json()["error"] == "invalid_credentials"
    assert claims(show(recovery_code=recovery[3].upper()))["acr"] == "aal2"
    assert show(recovery_code=recovery[3]).json()["error"] == "invalid_credentials"
    assert "A recovery code was used" in alice.get("/account/activity").text


def test_after_the_last_factor_the_password_is_enough_again(started, alice, device):
    assert begin(started)
    (passkey, *_) = re.findall(r'name="id" value="([^"]+)"', alice.get("/account/passkeys").text)
    post(alice, "/account/passkeys", action="remove", id=passkey)
    answer = login(started, username="alice", password=PASSWORD)
    assert claims(answer)["acr"] == "aal1"


def test_every_factor_is_offered_the_easiest_first(started, alice):
    for number in range(3):
        add_passkey(alice, Authenticator(credential_id=bytes([number]) * 64))
    assert len(offer(begin(started), "passkey")["options"]["allowCredentials"]) == 3
    add_app(alice, started)
    assert [one["type"] for one in begin(started)["next"]] == ["passkey", "totp"]


@pytest.mark.requirement("security:42:logins-under-way")
def test_login_that_is_ended_during_its_last_step_is_over(started, alice, monkeypatch):
    """Whoever ends every login ends the one that is being completed as well."""
    post(alice, "/account/totp", action="begin", name="Phone")
    uri = re.search(r'href="(otpauth:[^"]+)"', alice.get("/account/totp").text)[1]
    generator = pyotp.parse_uri(uri.replace("&amp;", "&"))
    first = generator.at(started.clock.now())
    assert post(alice, "/account/totp", action="confirm", code=first).status_code == 303
    started.clock.seconds += 60
    begun = begin(started)
    verify = steps.verify_credential

    async def end_meanwhile(attempt, caller, context):
        verified = await verify(attempt, caller, context)
        at = context.clock.now()
        await context.store.end_sessions(verified.user_id, keep=None, now=at, origin=NOWHERE)
        return verified

    monkeypatch.setattr(steps, "verify_credential", end_meanwhile)
    code = generator.at(started.clock.now())
    answer = login(started, auth_session=begun["auth_session"], otp=code)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_session")
