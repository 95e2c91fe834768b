import pytest
from starlette.datastructures import Headers

from watchword.base.secrets import Secret
from watchword.server.csrf import form_token, is_own_form, is_own_origin

ORIGIN = "https://id.example"
FORM, OTHER_FORM = Secret("F" * 43), Secret("G" * 43)
SESSION, OTHER_SESSION = Secret("S" * 43), Secret("T" * 43)


def headers(**named):
    pairs = [(name.replace("_", "-"), value) for name, value in named.items()]
    return Headers(raw=[(name.encode(), value.encode()) for name, value in pairs])


@pytest.mark.parametrize(
    "sent",
    [
        headers(sec_fetch_site="same-origin", origin="null"),
        headers(sec_fetch_site="same-origin", origin=ORIGIN),
        headers(sec_fetch_site="none"),
        headers(origin=ORIGIN),
        headers(),
    ],
)
def test_a_form_of_this_server_or_without_a_browser_passes(sent):
    assert is_own_origin(sent, ORIGIN)


@pytest.mark.requirement("users-pages:forms-of-other-origins-refused")
@pytest.mark.parametrize(
    "sent",
    [
        headers(sec_fetch_site="cross-site", origin="https://evil.example"),
        headers(sec_fetch_site="same-site", origin="https://other.id.example"),
        headers(sec_fetch_site="cross-site", origin="null"),
        headers(sec_fetch_site="same-origin", origin="https://evil.example"),
        headers(sec_fetch_site=""),
        headers(origin="null"),
        headers(origin="https://id.example.evil.example"),
        headers(origin="http://id.example"),
        headers(origin="https://id.example:444"),
        Headers(raw=[(b"origin", ORIGIN.encode())] * 2),
        Headers(raw=[(b"sec-fetch-site", b"same-origin"), (b"sec-fetch-site", b"cross-site")]),
    ],
)
def test_a_form_of_another_origin_is_refused(sent):
    """security.md rule 47; OWASP ASVS 5.0 V3.5.1."""
    assert not is_own_origin(sent, ORIGIN)


def test_the_names_of_this_machine_are_one_origin_on_loopback_only():
    """users.md U27: pages answer on localhost and 127.0.0.1 alike."""
    local = "http://127.0.0.1:8000"
    assert is_own_origin(headers(origin="http://localhost:8000"), local)
    assert not is_own_origin(headers(origin="https://localhost:8000"), local)
    assert not is_own_origin(headers(origin="http://evil.example"), local)
    assert not is_own_origin(headers(origin="http://localhost"), ORIGIN)


def test_a_form_token_belongs_to_one_browser_in_one_session():
    """security.md rule 47: the token is bound to the session."""
    token = form_token(FORM, SESSION)
    assert is_own_form(token, FORM, SESSION)
    assert not is_own_form(token, OTHER_FORM, SESSION)
    assert not is_own_form(token, FORM, OTHER_SESSION)
    assert not is_own_form(token, FORM, None)
    assert not is_own_form(token, None, SESSION)
    assert not is_own_form("", FORM, SESSION)


def test_a_form_token_tells_nothing_of_the_cookies():
    token = form_token(FORM, SESSION)
    assert FORM.reveal() not in token
    assert SESSION.reveal() not in token
