"""What belongs to another account is answered like what does not exist, byte for byte.

Source: users.md U56; security.md rule 45; OWASP ASVS 5.0 V8.2.2.
"""

import pytest
from tests.accounts.conftest import give_passkey
from tests.pages.account.conftest import Browser

from watchword.accounts.factors.totp import begin_enrolment
from watchword.accounts.mail.addresses import parse_email
from watchword.accounts.mail.verification import claim_address
from watchword.base import base64url
from watchword.server.pages.mail_desk import verification_context
from watchword.server.routes import ROUTES


def session_of(started, user_id):
    now = started.clock.now()
    return started.run(started.runtime.store.list_sessions(user_id, now=now)).listed[0].sid


def client_of(started, user_id):
    now = started.clock.now()
    return started.run(started.runtime.store.list_connections(user_id, now=now))[0].client_id


def totp_of(started, user_id):
    user = started.run(started.runtime.store.find_user("alice"))
    started.run(begin_enrolment(user, "Phone", started.runtime.totp))
    return started.run(started.runtime.store.list_totps(user_id))[0].id


def passkey_of(started, user_id):
    started.run(give_passkey(started.runtime.store, user_id, b"k" * 32))
    return base64url.encode(b"k" * 32)


def address_of(started, _user_id):
    user = started.run(started.runtime.store.find_user("alice"))
    address = parse_email("alice@example.com")
    started.run(claim_address(user, address, verification_context(started.runtime)))
    return address.written


REMOVE = {"action": "remove"}
RENAME = {"action": "rename", "name": "Mine"}
# Every form that names a thing by its id: the field, how to find such a thing of alice's, and what
# else the form says.
NAMING = (
    ("/account/sessions", "sid", session_of, {}),
    ("/account/apps", "client_id", client_of, {}),
    ("/account/emails", "email", address_of, REMOVE),
    ("/account/emails", "email", address_of, {"action": "prefer"}),
    ("/account/passkeys", "id", passkey_of, REMOVE),
    ("/account/passkeys", "id", passkey_of, RENAME),
    ("/account/totp", "id", totp_of, REMOVE),
    ("/account/totp", "id", totp_of, RENAME),
)
# Forms that act on the account of the session and name nothing else.
OF_ONESELF = {
    "/account/confirm",
    "/account/confirm/passkey",
    "/account/delete",
    "/account/export",
    "/account/name",
    "/account/passkeys/options",
    "/account/password",
    "/account/profile",
    "/account/recovery-codes",
}


@pytest.mark.requirement("security:45:foreign-is-absent")
def test_every_form_of_the_account_is_part_of_this_sweep():
    forms = {
        route.path
        for route in ROUTES
        if route.path.startswith("/account/") and "POST" in route.handlers
    }
    assert forms == {path for path, *_ in NAMING} | OF_ONESELF


@pytest.mark.parametrize(("path", "field", "find", "more"), NAMING)
@pytest.mark.requirement("security:45:foreign-is-absent")
def test_a_foreign_id_is_answered_like_none_and_changes_nothing(started, path, field, find, more):
    alice, bob = Browser(started).sign_in(), Browser(started).sign_in("bob")
    pair = started.log_in("alice").json()
    alice_id = started.run(started.runtime.store.find_user("alice")).id
    found = find(started, alice_id)
    before = started.run(started.runtime.store.read_holdings(alice_id))
    token = bob.get("/account/profile").text.partition('name="form_token" value="')[2][:43]
    answers = [
        bob.post(path, form_token=token, **more, **fields)
        for fields in ({field: found}, {field: "nothing"}, {field: found[:-1]}, {})
    ]
    held = started.run(started.runtime.store.read_holdings(alice_id))
    assert held == before
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert len({tuple(answer.headers.items()) for answer in answers}) == 1
    assert alice.get("/account").status_code == 200
    assert started.me(pair["access_token"]).status_code == 200
