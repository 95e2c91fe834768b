"""Whatever was switched off stays off at every door: ways to switch off x endpoints of the table.

The doors come from the route table. A route with a kind of access that nothing here knows to knock
at fails the test, so a new endpoint cannot be forgotten.

Source: security.md C8, rules 41, 42 and 61; OWASP ASVS 5.0 V7.4.1 and V7.4.2.
"""

import re
from base64 import b64encode
from dataclasses import replace
from urllib.parse import quote_plus

import pytest
from tests.pages.account.conftest import Browser, people_in
from tests.server.conftest import PASSWORD, RESOURCE, MovedClock, Started

from watchword.accounts.links import LinkPurpose, NewLink, RedeemLink
from watchword.accounts.origin import NOWHERE
from watchword.accounts.person.deletion import DeleteAccount
from watchword.base.secrets import Secret, digest
from watchword.oauth.clients import Client
from watchword.oauth.connections import Disconnect
from watchword.server.app import AuthServer
from watchword.server.routes import ROUTES
from watchword.server.settings import Settings

CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # RFC 7636 appendix B
SECRET = "the notes ask about their tokens: 8f2c61d0b7"  # of the test alone
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # as above


DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
TV = Client("tv", "TV", is_first_party=False, is_default=False, scopes=None)
TV = replace(TV, grant_types=frozenset({DEVICE, "refresh_token"}))
DEVICE_REFUSALS = {(400, "invalid_grant"), (400, "access_denied"), (400, "expired_token")}


class Person:
    """Alice, signed in with a browser and a program; a code and a device of hers wait."""

    def __init__(self, started):
        self.started = started
        self.browser = Browser(started).sign_in()
        self.pair = started.log_in().json()
        used = started.post("/refresh", json={"refresh_token": self.pair["refresh_token"]})
        self.pair = used.json()
        form = {
            "username": "alice", "password": PASSWORD, "response_type": "code",
            "client_id": self.client_id, "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }  # fmt: skip
        answer = started.post("/authorize-challenge", data=form)
        self.code = answer.json()["authorization_code"]
        self.user = started.run(started.runtime.store.find_user("alice"))
        self.call("register_client", TV)
        asked = started.post("/device_authorization", data={"client_id": "tv"}).json()
        self.device_code = asked["device_code"]
        typed = {"user_code": asked["user_code"]}
        shown = self.browser.get("/device").text
        token = re.search(r'name="form_token" value="([^"]+)"', shown)[1]
        for decision in ({}, {"decision": "allow"}):
            answer = self.browser.post("/device", form_token=token, **typed, **decision)
            assert answer.status_code == 200, answer.text

    @property
    def client_id(self):
        return self.started.run(self.started.runtime.store.default_client()).client_id

    def call(self, verb, *arguments, **named):
        method = getattr(self.started.runtime.store, verb)
        return self.started.run(method(*arguments, **named))

    @property
    def now(self):
        return self.started.clock.now()


def suspend(person):
    person.call("suspend_user", person.user.id, now=person.now)


def suspend_and_restore(person):
    suspend(person)
    person.call("restore_user", person.user.id, now=person.now)


def delete(person):
    person.call("delete_account", DeleteAccount(person.user.id, None, person.now))


def log_out_everywhere(person):
    header = {"authorization": f"Bearer {person.pair['access_token']}"}
    assert person.started.post("/logout/all", headers=header).status_code == 204


def end_all_sessions(person):
    person.call("end_sessions", person.user.id, keep=None, now=person.now)


def set_password_by_link(person):
    hashed, purpose = digest("a link"), LinkPurpose.SET_PASSWORD
    link = NewLink(hashed, purpose, person.user.id, person.now, person.now + 60)
    person.call("add_link", link)
    phc = person.call("find_credential", "alice").password_hash
    person.call("redeem_link", RedeemLink(hashed, purpose, f"{phc[:-2]}AA", person.now))


def begin_epoch(person):
    person.call("bump_epoch", now=person.now)


def disconnect(person):
    command = Disconnect(person.user.id, person.client_id, NOWHERE, "sid_1", person.now)
    person.call("disconnect", command)


def take_role(person):
    person.call("remove_role", person.user.id, "editor", now=person.now)


# What is over afterwards, by the kinds of access of the table.
EVERYTHING = frozenset({"bearer", "client", "session", "refresh_token", "code"})
WAYS = {
    suspend: EVERYTHING | {"credential"},
    suspend_and_restore: EVERYTHING,
    delete: EVERYTHING | {"credential"},
    log_out_everywhere: EVERYTHING,
    end_all_sessions: EVERYTHING,
    set_password_by_link: EVERYTHING | {"credential"},
    begin_epoch: EVERYTHING,
    disconnect: frozenset({"bearer", "client", "refresh_token"}),
    take_role: frozenset({"bearer", "client", "refresh_token"}),
}


def knock_with_token(person, route, method):
    header = {"authorization": f"Bearer {person.pair['access_token']}"}
    path = route.path.replace("{id}", "sid_" + "A" * 22).replace("{path:path}", "users")
    answer = person.started.request(method, path, headers=header)
    assert answer.status_code in {401, 403}, answer.text
    assert answer.headers["www-authenticate"].startswith("Bearer ")


def knock_with_cookie(person, route, method):
    path = route.path.replace("{family_id}", "fam_" + "A" * 22)
    path = (
        path.replace("{user_id}", "user_0").replace("{act}", "suspend").replace("{role}", "admin")
    )
    if method == "GET":
        answer = person.browser.get(path)
        assert answer.status_code in {303, 401}, answer.text
        assert "/signin" in answer.headers.get("location", "/signin")
    else:
        answer = person.browser.post(path, form_token="x")
        assert answer.status_code in {303, 401, 403}, answer.text


def knock_with_refresh_token(person, route, method):
    members = {"refresh_token": person.pair["refresh_token"]}
    if route.path == "/token":
        form = {**members, "grant_type": "refresh_token"}
        answer = person.started.request(method, route.path, data=form)
    else:
        answer = person.started.request(method, route.path, json=members)
    if route.path == "/logout" and method == "GET":
        assert "form_token" not in answer.text  # a page that has nobody to ask
    elif route.path == "/logout":
        assert (answer.status_code, answer.content) == (204, b"")  # it gives nothing
    else:
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def knock_with_password(person, route, method):
    who = {"username": "alice", "password": PASSWORD}
    if route.path == "/login":
        answer = person.started.post("/login", json=who)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_credentials")
    elif route.path == "/authorize-challenge":
        form = {**who, "response_type": "code", "client_id": person.client_id}
        answer = person.started.post(route.path, data=form)
        assert answer.status_code == 400
        assert "authorization_code" not in answer.json()
    elif method == "POST" and route.path == "/signin":
        guest = Browser(person.started)
        answer = guest.send("/signin", **who)
        assert answer.status_code == 400
        assert guest.cookie() is None


def knock_as_holder(person, route, method):
    """Whoever asks about the tokens, or gives them back, is told nothing of them."""
    if route.path == "/token":
        knock_with_refresh_token(person, route, method)
        return
    if route.path == "/device_authorization":
        return  # it begins with nobody; its person decides at /device, with a session
    if route.path == "/revocations":
        return  # it takes no token, and tells guards what is over
    for name in ("access_token", "refresh_token"):
        token = person.pair[name]
        if route.path == "/revoke":
            form = {"token": token, "client_id": person.client_id}
            answer = person.started.request(method, route.path, data=form)
            assert (answer.status_code, answer.content) == (200, b"")
        else:
            answer = ask_about(person, route.path, token)
            assert (answer.status_code, answer.json()) == (200, {"active": False})


def ask_about(person, path, token):
    proof = b64encode(f"{quote_plus(RESOURCE)}:{quote_plus(SECRET)}".encode()).decode()
    headers = {"authorization": f"Basic {proof}"}
    return person.started.post(path, data={"token": token}, headers=headers)


KNOCKS = {
    "client": knock_as_holder,
    "bearer": knock_with_token,
    "session": knock_with_cookie,
    "refresh_token": knock_with_refresh_token,
    "credential": knock_with_password,
}


def redeem(person):
    form = {
        "grant_type": "authorization_code",
        "code": person.code,
        "client_id": person.client_id,
        "code_verifier": VERIFIER,
    }
    return person.started.post("/token", data=form)


def poll(person):
    form = {"grant_type": DEVICE, "device_code": person.device_code, "client_id": "tv"}
    return person.started.post("/token", data=form)


@pytest.fixture
def person(tmp_path):
    database = f"sqlite:///{tmp_path}/watchword.db"
    settings = Settings(database=database, signing_alg="ES256", management_api=True)
    clock = MovedClock()
    auth = AuthServer(settings, clock=clock)
    auth.resource(RESOURCE, scopes={"notes:read": "Read"}, secret=Secret(SECRET))
    with people_in(Started(auth, clock)) as started:
        yield Person(started)


@pytest.mark.requirement("security:42:matrix", "security:61:matrix")
@pytest.mark.parametrize("switch_off", WAYS, ids=lambda way: way.__name__)
def test_what_was_switched_off_stays_off_at_every_door(person, switch_off):
    assert person.started.me(person.pair["access_token"]).status_code == 200
    assert person.browser.get("/account").status_code == 200
    switch_off(person)
    over = WAYS[switch_off]
    for route in ROUTES:
        if route.access == "public" or route.access not in over:
            continue
        for method in route.handlers:
            KNOCKS[route.access](person, route, method)
    if "code" in over:
        answer = redeem(person)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
        answer = poll(person)
        assert (answer.status_code, answer.json()["error"]) in DEVICE_REFUSALS


def test_doors_are_open_before(person):
    """Or the matrix would prove nothing."""
    asked = ask_about(person, "/introspect", person.pair["access_token"])
    assert asked.json()["active"] is True
    for answer in (redeem(person), poll(person)):
        assert answer.status_code == 200, answer.text
    members = {"refresh_token": person.pair["refresh_token"]}
    refreshed = person.started.post("/refresh", json=members)
    assert refreshed.status_code == 200
    assert person.started.log_in().status_code == 200


def test_every_kind_of_access_of_the_table_is_known_here():
    """C8: the matrix is generated from the router. What clients register is no person's."""
    assert {route.access for route in ROUTES} <= KNOCKS.keys() | {"public", "registration"}
