"""Device authorization over a socket: a device that polls, a person who types, and strangers.

Source: RFC 8628; oauth.md section 8, N-33 and E-1; security.md rule 73 (DOT #1819, #1734).
"""

import re
from base64 import b64encode
from contextlib import closing
from dataclasses import replace

import pytest
from tests.flows.authorization import SECRET, Browser, client_of
from tests.flows.conftest import PASSWORDS

from watchword.base.secrets import Secret, digest
from watchword.oauth.clients import AuthMethod, ClientOrigin, Resource
from watchword.oauth.registration.document import KeptDocument

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
TV = client_of(
    "tv",
    name="Living room <TV>",
    is_first_party=False,
    redirect_uris=(),
    grant_types=frozenset({GRANT, "refresh_token"}),
)
BOX = replace(
    TV,
    client_id="box",
    auth_methods=frozenset({AuthMethod.CLIENT_SECRET_BASIC}),
    secret_hash=digest(Secret(SECRET)),
)
CHECKED = "Registered by this service"
UNCHECKED = "Nobody here has checked this application"
BASIC = {"authorization": f"Basic {b64encode(f'box:{SECRET}'.encode()).decode()}"}


@pytest.fixture(autouse=True)
def clients(running, settings):
    for client in (TV, BOX, replace(TV, client_id="other")):
        running.store("register_client", client)


@pytest.fixture
def alice(running):
    with closing(Browser(running.url)) as browser:
        browser.sign_in(browser.http.get("/signin"), "alice", PASSWORDS["alice"])
        yield browser


@pytest.fixture
def mallory(running):
    with closing(Browser(running.url)) as browser:
        browser.sign_in(browser.http.get("/signin"), "bob", PASSWORDS["bob"])
        yield browser


def begin(running, headers=None, **form):
    answer = running.http.post(
        "/device_authorization", data={"client_id": "tv", **form}, headers=headers
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def poll(running, begun, headers=None, **form):
    data = {"grant_type": GRANT, "device_code": begun["device_code"], "client_id": "tv", **form}
    return running.http.post("/token", data=data, headers=headers)


def whose(running, pair):
    header = {"authorization": f"Bearer {pair['access_token']}"}
    return running.http.get("/userinfo", headers=header).json()["sub"]


def type_in(browser, code):
    return browser.send(browser.http.get("/device"), "/device", user_code=code)


@pytest.mark.requirement("rfc8628:3.2:answer", "oauth:8:device")
def test_device_is_told_what_to_show_and_how_often_to_ask(running):
    begun = begin(running, scope="notes:read")
    assert list(begun) == [
        *("device_code", "user_code", "verification_uri", "verification_uri_complete"),
        *("expires_in", "interval"),
    ]
    assert re.fullmatch(r"[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}", begun["user_code"])
    assert begun["verification_uri"] == f"{running.url}/device"
    complete = f"{running.url}/device?user_code={begun['user_code']}"
    assert begun["verification_uri_complete"] == complete
    assert (begun["expires_in"], begun["interval"]) == (600, 5)
    again = begin(running)
    assert again["device_code"] != begun["device_code"]
    assert again["user_code"] != begun["user_code"]


@pytest.mark.requirement("rfc8628:3.5:polling", "oauth:N-33:device", "oauth:8:device")
def test_device_waits_until_its_person_has_allowed_it(running, alice):
    begun = begin(running, scope="notes:read openid")
    waiting = poll(running, begun)
    assert (waiting.status_code, waiting.json()["error"]) == (400, "authorization_pending")
    too_soon = poll(running, begun)
    assert (too_soon.status_code, too_soon.json()["error"]) == (400, "slow_down")
    page = type_in(alice, begun["user_code"].lower().replace("-", " "))
    assert page.status_code == 200
    for words in (
        "Let Living room &lt;TV&gt; in?",
        "Read notes",
        "Know that it is you",
        "Did somebody send you this code",
        begun["user_code"],
        "365 days",
    ):
        assert words in page.text
    done = alice.send(page, "/device", decision="allow")
    assert "is let in" in done.text
    issued = poll(running, begun)
    assert issued.status_code == 200, issued.text
    pair = issued.json()
    assert pair["scope"] == "notes:read openid"
    assert {"access_token", "refresh_token", "id_token"} <= set(pair)
    assert whose(running, pair) == running.users["alice"].id
    again = running.http.post(
        "/token",
        data={
            "grant_type": "refresh_token",
            "refresh_token": pair["refresh_token"],
            "client_id": "tv",
        },
    )
    assert again.status_code == 200
    reused = poll(running, begun)
    assert (reused.status_code, reused.json()["error"]) == (400, "invalid_grant")


@pytest.mark.requirement("rfc8628:3.5:denied")
def test_device_is_told_no(running, alice):
    begun = begin(running)
    done = alice.send(type_in(alice, begun["user_code"]), "/device", decision="deny")
    assert "is not let in" in done.text
    for _ in range(2):
        denied = poll(running, begun)
        assert (denied.status_code, denied.json()["error"]) == (400, "access_denied")


@pytest.mark.requirement("rfc8628:3.5:expired")
def test_code_is_good_for_ten_minutes(running, alice):
    begun = begin(running)
    running.clock.forward(600)
    late = poll(running, begun)
    assert (late.status_code, late.json()["error"]) == (400, "expired_token")
    page = type_in(alice, begun["user_code"])
    assert page.status_code == 400
    assert "No device waits for this code." in page.text


@pytest.mark.requirement("oauth:N-33:bound-to-client")
def test_code_of_another_client_is_unknown_and_untouched(running, alice):
    begun = begin(running)
    alice.send(type_in(alice, begun["user_code"]), "/device", decision="allow")
    foreign = poll(running, begun, client_id="other")
    assert (foreign.status_code, foreign.json()["error"]) == (400, "invalid_grant")
    assert poll(running, {"device_code": "made up"}).json()["error"] == "invalid_grant"
    assert poll(running, begun).status_code == 200


@pytest.mark.requirement("security:73:only-who-typed-it")
def test_second_user_decides_nothing(running, alice, mallory):
    """security.md rule 73: the code is the first one's, as is the decision."""
    begun = begin(running, scope="openid")
    page = type_in(alice, begun["user_code"])
    taken = type_in(mallory, begun["user_code"])
    assert taken.status_code == 400
    assert "No device waits for this code." in taken.text
    forged = mallory.send(
        mallory.http.get("/device"), "/device", user_code=begun["user_code"], decision="allow"
    )
    assert forged.status_code == 400
    assert poll(running, begun).json()["error"] == "authorization_pending"
    alice.send(page, "/device", decision="allow")
    pair = poll(running, begun).json()
    assert whose(running, pair) == running.users["alice"].id


@pytest.mark.requirement("security:73:only-who-typed-it", "rfc8628:5.3:compare")
def test_address_of_the_qr_code_only_fills_the_field_in(running, alice):
    """RFC 8628 section 5.4: a link that somebody sent confirms nothing."""
    begun = begin(running)
    page = alice.http.get(begun["verification_uri_complete"])
    assert f'value="{begun["user_code"]}"' in page.text
    assert "Go on only if your device shows this very code." in page.text
    assert "Living room" not in page.text
    skipped = alice.send(page, "/device", decision="allow")
    assert skipped.status_code == 400
    assert poll(running, begun).json()["error"] == "authorization_pending"


def test_stranger_signs_in_first_and_finds_the_code_again(running):
    begun = begin(running)
    without_code = running.http.get("/device")
    assert without_code.headers["location"] == "/signin?next=/device"
    with closing(Browser(running.url)) as browser:
        page = browser.follow(browser.http.get(begun["verification_uri_complete"]))
        back = browser.sign_in(page, "alice", PASSWORDS["alice"])
        assert f'value="{begun["user_code"]}"' in back.text
    with closing(Browser(running.url)) as browser:
        shown = browser.http.get("/signin")
        sent = browser.send(shown, "/signin", username="alice", password=PASSWORDS["alice"])
        page = browser.http.get("/device")
        browser.http.cookies.clear()
        lost = browser.send(page, "/device", user_code=begun["user_code"])
        assert sent.status_code == 200
        assert "Sign in" in lost.text
    assert poll(running, begun).json()["error"] == "authorization_pending"


@pytest.mark.requirement("security:73:throttled")
def test_guesses_are_throttled_for_the_person_and_right_codes_are_not_counted(running, alice):
    """RFC 8628 section 5.1."""
    begun = begin(running)
    for _ in range(3):
        assert type_in(alice, begun["user_code"]).status_code == 200
    wrong = ("BBBB-BBBB", "no code", "BBBB-BBB", "BBBBBBBBB", "AEIO-UYAE")
    for number in range(10):
        refused = type_in(alice, wrong[number % len(wrong)])
        assert refused.status_code == 400
        assert "No device waits for this code." in refused.text
    delayed = type_in(alice, begun["user_code"])
    assert (delayed.status_code, delayed.headers["retry-after"]) == (429, "60")
    assert "Too many codes did not match." in delayed.text
    running.clock.forward(60)
    assert type_in(alice, begun["user_code"]).status_code == 200
    told = running.store("list_events", running.users["alice"].id)
    kinds = [one.event.kind.value for one in told]
    assert kinds.count("device_code_failed") == 10


def test_forms_of_others_and_empty_ones_do_nothing(running, alice):
    begun = begin(running)
    page = alice.http.get("/device")
    empty = alice.send(page, "/device", user_code="")
    assert empty.status_code == 400
    assert "Type the code that your device shows." in empty.text
    stale = alice.send(page, "/device", user_code=begun["user_code"], form_token="another")
    assert stale.status_code == 403
    foreign = alice.http.post(
        "/device",
        data={"user_code": begun["user_code"]},
        headers={"origin": "https://evil.example"},
    )
    assert foreign.status_code == 403
    assert poll(running, begun).json()["error"] == "authorization_pending"


@pytest.mark.requirement("oauth:8:device")
def test_permission_dies_with_the_session_that_gave_it(running, alice):
    begun = begin(running)
    alice.send(type_in(alice, begun["user_code"]), "/device", decision="allow")
    user = running.users["alice"]
    running.store("end_sessions", user.id, keep=None, now=running.clock.now())
    assert poll(running, begun).json()["error"] == "access_denied"


@pytest.mark.requirement("oauth:8:device")
def test_client_with_a_credential_proves_it_at_each_step(running, alice):
    refused = running.http.post("/device_authorization", data={"client_id": "box"})
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    begun = begin(running, BASIC, client_id="box")
    alice.send(type_in(alice, begun["user_code"]), "/device", decision="allow")
    assert poll(running, begun, client_id="box").json()["error"] == "invalid_client"
    assert poll(running, begun, BASIC, client_id="box").status_code == 200


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"client_id": "own"}, "unauthorized_client"),
        ({"client_id": "nobody"}, "invalid_client"),
        ({"scope": "files:read"}, "invalid_scope"),
        ({"resource": "https://evil.example"}, "invalid_target"),
        ({"scope": 'a"b'}, "invalid_scope"),
    ],
)
def test_request_is_checked_before_anything_is_made(running, form, error):
    running.store("register_client", client_of("own"))
    refused = running.http.post("/device_authorization", data={"client_id": "tv", **form})
    assert refused.json()["error"] == error
    assert refused.headers["cache-control"] == "no-store"


@pytest.mark.requirement("oauth:E-1:device")
def test_metadata_names_the_endpoint_and_its_grant(running):
    document = running.http.get("/.well-known/oauth-authorization-server").json()
    assert document["device_authorization_endpoint"] == f"{running.url}/device_authorization"
    assert GRANT in document["grant_types_supported"]


class TestSwitchedOff:
    """oauth.md E-1: Keycloak CVE-2026-7571 was a flow that was switched off and reachable."""

    @pytest.fixture
    def settings(self):
        return {"device_authorization": False}

    @pytest.mark.requirement("oauth:E-1:device")
    def test_route_member_and_grant_go_together(self, running, alice):
        document = running.http.get("/.well-known/oauth-authorization-server").json()
        assert "device_authorization_endpoint" not in document
        assert GRANT not in document["grant_types_supported"]
        for path in ("/device_authorization", "/device"):
            assert running.http.post(path, data={"client_id": "tv"}).status_code == 404
        assert alice.http.get("/device").status_code == 404
        refused = poll(running, {"device_code": "x"})
        assert (refused.status_code, refused.json()["error"]) == (400, "unsupported_grant_type")


@pytest.mark.requirement("security:69:consent-page")
@pytest.mark.parametrize(
    ("origin", "words"),
    [
        (ClientOrigin.ADMINISTRATOR, CHECKED),
        (ClientOrigin.DYNAMIC, UNCHECKED),
    ],
)
def test_page_says_whether_anybody_checked_the_application(running, alice, origin, words):
    """oauth.md A-6: whoever registers a client chooses its name."""
    running.store("register_client", replace(TV, origin=origin))
    page = type_in(alice, begin(running)["user_code"]).text
    assert [one for one in (CHECKED, UNCHECKED) if one in page] == [words]


@pytest.mark.parametrize("settings", [{"client_documents": "open"}])
def test_application_of_a_document_is_shown_with_its_host(running, alice):
    """oauth.md D-5."""
    address = "https://tv.example/client.json"
    described = replace(TV, client_id=address, origin=ClientOrigin.DOCUMENT)
    now = running.clock.now()
    running.store("keep_document", KeptDocument(described, True, now, now + 600))
    page = type_in(alice, begin(running, client_id=address)["user_code"]).text
    assert "<strong>tv.example</strong>" in page
    assert UNCHECKED in page


def test_api_without_scopes_is_used_whole_and_the_page_says_so(running, alice):
    """decisions/0159."""
    running.store("register_resource", Resource("calendar", (), is_default=False))
    page = type_in(alice, begin(running, resource="calendar", scope="openid")["user_code"]).text
    assert "Use calendar as you, everything that you may do there" in page
    assert "and nothing else" not in page


def test_device_that_names_no_client_is_asked_for_it(running):
    """RFC 8628 section 3.1."""
    answer = running.http.post("/device_authorization", data={"scope": "notes:read"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert answer.json()["error_description"] == "client_id is missing"


@pytest.mark.requirement("users-pages:switch-account")
def test_person_goes_on_as_somebody_else(running, alice):
    """The code goes along, and whoever signs in next is who it asks."""
    begun = begin(running, scope="openid")
    page = type_in(alice, begun["user_code"])
    signin = alice.send(page, "/device", decision="switch")
    assert signin.url.path == "/signin"
    back = alice.sign_in(signin, "bob", PASSWORDS["bob"])
    assert f'value="{begun["user_code"]}"' in back.text
    asked = alice.send(back, "/device")
    assert "Use another account" in asked.text
    alice.send(asked, "/device", decision="allow")
    assert whose(running, poll(running, begun).json()) == running.users["bob"].id


def test_change_of_language_keeps_the_code(running, alice):
    begun = begin(running)
    asked = type_in(alice, begun["user_code"])
    german = alice.send(asked, "/preferences", language="de")
    assert 'lang="de"' in german.text
    assert f'value="{begun["user_code"]}"' in german.text
