"""What belongs to another account is answered like what does not exist, byte for byte.

Source: users.md U56; security.md rule 45; OWASP ASVS 5.0 V8.2.2.
"""

import pytest
from tests.pages.account.conftest import Browser

from watchword.server.routes import ROUTES


def session_of(started, user_id):
    now = started.clock.now()
    return started.run(started.runtime.store.list_sessions(user_id, now=now))[0].sid


def client_of(started, user_id):
    now = started.clock.now()
    return started.run(started.runtime.store.list_connections(user_id, now=now))[0].client_id


# Every form that names a thing by its id: the field, and how to find such a thing of alice's.
NAMING = {
    "/account/sessions": ("sid", session_of),
    "/account/apps": ("client_id", client_of),
}
# Forms that act on the account of the session and name nothing else.
OF_ONESELF = {
    "/account/confirm",
    "/account/delete",
    "/account/export",
    "/account/password",
    "/account/profile",
}


@pytest.mark.requirement("security:45:foreign-is-absent")
def test_every_form_of_the_account_is_part_of_this_sweep():
    forms = {
        route.path
        for route in ROUTES
        if route.path.startswith("/account/") and "POST" in route.handlers
    }
    assert forms == set(NAMING) | OF_ONESELF


@pytest.mark.parametrize("path", NAMING)
@pytest.mark.requirement("security:45:foreign-is-absent")
def test_a_foreign_id_is_answered_like_none_and_changes_nothing(started, path):
    alice, bob = Browser(started).sign_in(), Browser(started).sign_in("bob")
    pair = started.log_in("alice").json()
    field, find = NAMING[path]
    found = find(started, started.run(started.runtime.store.find_user("alice")).id)
    token = bob.get("/account/profile").text.partition('name="form_token" value="')[2][:43]
    answers = [
        bob.post(path, form_token=token, **fields)
        for fields in ({field: found}, {field: "nothing"}, {field: found[:-1]}, {})
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert len({tuple(answer.headers.items()) for answer in answers}) == 1
    assert alice.get("/account").status_code == 200
    assert started.me(pair["access_token"]).status_code == 200
