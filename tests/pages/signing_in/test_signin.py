"""The sign-in page over HTTP, without a browser."""

import re

import pytest

from watchword.base.secrets import Secret, digest
from watchword.server.cookies import cookie_rules

PASSPHRASE = "{} walks seven brown dogs"
TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


@pytest.fixture
def http(server):
    with server.http() as http:
        yield http


def send(http, path, **form):
    page = http.get("/signin")
    return http.post(path, data={"form_token": TOKEN.search(page.text)[1], **form})


def sign_in(http, name="alice", password=None, **form):
    return send(
        http, "/signin", username=name, password=password or PASSPHRASE.format(name), **form
    )


def test_the_right_password_opens_a_session_and_leads_on_with_303(http):
    """RFC 9700 section 4.12."""
    answer = sign_in(http)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    home = http.get("/").text
    assert "Signed in as" in home
    assert "alice" in home
    assert "editor" in home


@pytest.mark.parametrize("name", [" alice", "alice ", "\u3000Alice\t"])
def test_space_around_a_name_is_no_part_of_it(http, name):
    """Keyboards add it after a word that they complete."""
    assert sign_in(http, name, PASSPHRASE.format("alice")).status_code == 303
    login = {"username": name, "password": PASSPHRASE.format("alice")}
    assert http.post("/login", json=login).status_code == 200


def test_the_form_says_that_an_address_signs_in_too(http):
    assert "User name or e-mail address</label>" in http.get("/signin").text


def test_the_start_page_of_a_stranger_says_what_the_server_is(http):
    home = http.get("/").text
    assert "This server checks who you are" in home
    assert 'href="/signin"' in home


@pytest.mark.requirement("users-pages:one-page-for-every-refusal")
def test_wrong_user_wrong_password_and_suspended_give_the_same_page(server):
    """users.md U34; OWASP ASVS 5.0 V6.3.8. The name that was typed is the only difference."""
    server.add_user("mallory")
    runtime = server.auth.runtime
    now = runtime.clock.now()
    server.run(runtime.store.suspend_user(server.user("mallory").id, now=now))
    pages = []
    with server.http() as http:
        for name, password in [
            ("alice", "wrong"),
            ("nobody", "wrong"),
            ("mallory", PASSPHRASE.format("mallory")),
            ("not a name", "wrong"),
        ]:
            answer = sign_in(http, name, password)
            text = answer.text.replace(f'value="{name}"', 'value="NAME"')
            headers = {**answer.headers, "date": "", "content-length": ""}
            pages.append((answer.status_code, text, headers))
    assert pages[0][0] == 400
    assert pages == [pages[0]] * 4
    assert "do not match an account here" in pages[0][1]


@pytest.mark.requirement("users-pages:errors-beside-their-field")
@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"username": "", "password": "x"}, "username"),
        ({"username": "alice", "password": ""}, "password"),
        ({"username": "alice", "password": "wrong"}, "password"),
    ],
)
def test_an_error_stands_beside_its_field_which_has_the_focus(http, form, field):
    """WCAG 2.2 criteria 3.3.1 and 4.1.3; users.md U36."""
    answer = send(http, "/signin", **form)
    assert answer.status_code == 400
    assert "<title>Error: Sign in" in answer.text
    [invalid] = re.findall(r"<input[^>]*aria-invalid[^>]*>", answer.text)
    assert f'id="{field}"' in invalid
    assert f'aria-describedby="{field}-error"' in invalid
    assert "autofocus" in invalid
    assert f'id="{field}-error" role="alert"' in answer.text


def test_the_name_comes_back_and_the_password_does_not(http):
    """WCAG 2.2 criterion 3.3.7."""
    answer = sign_in(http, 'al"ice<', "a wrong one")
    assert 'value="al&#34;ice&lt;"' in answer.text
    assert "a wrong one" not in answer.text


@pytest.mark.requirement("users-pages:session-is-new-at-sign-in")
def test_a_planted_session_cookie_is_replaced_at_sign_in(server):
    """security.md rule 38: fixation with a pre-set cookie."""
    planted = "P" * 43
    with server.http(cookies={cookie_rules(server.url).session: planted}) as http:
        answer = sign_in(http)
        [fresh] = re.findall(r"watchword-session-\w+=([^;]+)", answer.headers["set-cookie"])
    assert fresh != planted
    store, now = server.auth.runtime.store, server.auth.runtime.clock.now()
    assert server.run(store.find_session(digest(Secret(planted)), now=now)) is None
    assert server.run(store.find_session(digest(Secret(fresh)), now=now)) is not None


def test_signing_in_again_ends_the_session_that_the_browser_had(server):
    with server.http() as http:
        first = sign_in(http).headers["set-cookie"]
        sign_in(http, "bob")
        assert "bob" in http.get("/").text
    cookie = re.search(r"watchword-session-\w+=([^;]+)", first)[1]
    with server.http(cookies={cookie_rules(server.url).session: cookie}) as http:
        assert "Signed in as" not in http.get("/").text


@pytest.mark.requirement("users-pages:sign-out-ends-the-session")
def test_signing_out_ends_the_session_at_the_server(server):
    """security.md rule 41: the old cookie fails on the next request."""
    with server.http() as http:
        answer = sign_in(http)
        cookie = re.search(r"watchword-session-\w+=([^;]+)", answer.headers["set-cookie"])[1]
        token = TOKEN.search(http.get("/").text)[1]
        out = http.post("/signout", data={"form_token": token})
        assert out.status_code == 303
        assert out.headers["location"] == "/?notice=signed-out"
        assert "You are signed out." in http.get(out.headers["location"]).text
    with server.http(cookies={cookie_rules(server.url).session: cookie}) as http:
        assert "Signed in as" not in http.get("/").text


def test_signing_out_without_a_session_is_no_error(http):
    assert http.post("/signout", data={"form_token": "x"}).status_code == 303


def test_signing_out_with_another_browsers_form_does_nothing(http):
    sign_in(http)
    assert http.post("/signout", data={"form_token": "x"}).headers["location"] == "/"
    assert "Signed in as" in http.get("/").text


@pytest.mark.requirement("users-pages:forms-of-other-origins-refused")
@pytest.mark.parametrize("path", ["/signin", "/signout", "/setup"])
@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
)
def test_a_form_from_another_site_is_answered_with_a_page_that_says_so(http, path, headers):
    """security.md rule 47: the token alone is not asked."""
    token = TOKEN.search(http.get("/signin").text)[1]
    form = {"form_token": token, "username": "alice", "password": PASSPHRASE.format("alice")}
    answer = http.post(path, data=form, headers=headers)
    assert answer.status_code == 403
    assert "The form came from another site" in answer.text
    assert "session" not in answer.headers.get("set-cookie", "")


@pytest.mark.requirement("users-pages:form-token")
def test_a_form_without_this_browsers_token_is_shown_again_with_the_reason(server):
    """security.md rule 47: sign-in included; decision 0041."""
    with server.http() as other:
        foreign = TOKEN.search(other.get("/signin").text)[1]
    with server.http() as http:
        http.get("/signin")
        for token in (foreign, "", "x"):
            form = {
                "form_token": token,
                "username": "alice",
                "password": PASSPHRASE.format("alice"),
            }
            answer = http.post("/signin", data=form)
            assert answer.status_code == 403
            assert "Please send it again" in answer.text
            assert "watchword-session" not in answer.headers.get("set-cookie", "")


@pytest.mark.requirement("users-pages:next-stays-on-this-origin")
@pytest.mark.parametrize(
    ("wish", "place"),
    [
        ("/errors/busy?a=b", "/errors/busy?a=b"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\r\nSet-Cookie: a=b", "/"),
    ],
)
def test_next_leads_to_a_path_of_this_server_only(http, wish, place):
    assert sign_in(http, next=wish).headers["location"] == place


def test_the_wish_of_the_address_becomes_part_of_the_form(http):
    assert 'name="next" value="/a"' in http.get("/signin?next=/a").text
    assert 'name="next"' not in http.get("/signin?next=//evil.example").text


def test_a_notice_is_named_by_the_address_and_never_written_by_it(http):
    assert "Your password is set" in http.get("/signin?notice=password-set").text
    assert "evil" not in http.get("/signin?notice=evil").text


def test_a_repeated_field_is_refused(http):
    """security.md rule 67."""
    answer = http.post(
        "/signin",
        content="username=a&username=b",
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 400
    assert "The request has a fault" in answer.text


@pytest.mark.requirement("users-pages:login-api-sets-no-cookie")
def test_the_login_api_sets_no_cookie_and_reads_none(http):
    """ARCHITECTURE section 6."""
    document = {"username": "alice", "password": PASSPHRASE.format("alice")}
    answer = http.post("/login", json=document)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
