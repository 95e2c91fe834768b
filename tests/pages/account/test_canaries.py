"""No secret of any kind in a page, an answer, a log or the database, whatever a person does.

Source: security.md rules 96 and 99; OWASP ASVS 5.0 V6.4.6 and V16.2.5.
"""

import base64
import logging
from urllib.parse import quote

import pytest
from tests.pages.account.conftest import Browser, people_in
from tests.server.conftest import PASSWORD, RESOURCE, MovedClock, Started

from watchword.base.chance import SYSTEM
from watchword.server.app import AuthServer
from watchword.server.cookies import cookie_rules
from watchword.server.log import LineFormatter
from watchword.server.pages.account.frame import AREAS
from watchword.server.settings import Settings

NEW = "canary: seven quiet herons"
WRONG = "canary: a wrong password"
SECRET_BYTES = 32


class Marking:
    """Chance that remembers every secret it made."""

    def __init__(self):
        self.secrets = []

    def token_bytes(self, count):
        made = SYSTEM.token_bytes(count)
        if count == SECRET_BYTES:
            self.secrets.append(made)
        return made


class Listening(Browser):
    """A browser whose every answer is written down, but for the cookies that it is given."""

    def __init__(self, started):
        super().__init__(started)
        self.heard = []

    def hear(self, answer):
        headers = [f"{name}: {value}" for name, value in answer.headers.items()
                   if name != "set-cookie"]  # fmt: skip
        self.heard.append("\n".join([*headers, answer.text]))
        return answer

    def get(self, path, **options):
        return self.hear(super().get(path, **options))

    def post(self, path, **fields):
        return self.hear(super().post(path, **fields))


def encodings(data):
    """Return eight ways in which a secret could be written."""
    text = data.decode("latin-1")
    url = base64.urlsafe_b64encode(data).decode().rstrip("=")
    return {
        text,
        text[::-1],
        quote(data),
        data.hex(),
        data.hex().upper(),
        url,
        base64.b64encode(data).decode().rstrip("="),
        base64.b32encode(data).decode().rstrip("="),
        *encodings_of_text(url),
    }


def encodings_of_text(text):
    data = text.encode()
    return {text[::-1], data.hex(), base64.b64encode(data).decode().rstrip("=")}


@pytest.fixture
def chance():
    return Marking()


@pytest.fixture
def started(tmp_path, chance):
    database = f"sqlite:///{tmp_path}/watchword.db"
    settings = Settings(database=database, signing_alg="ES256")
    clock = MovedClock()
    auth = AuthServer(settings, clock=clock, chance=chance)
    auth.resource(RESOURCE, scopes={"notes:read": "Read"})
    with people_in(Started(auth, clock)) as running:
        yield running


@pytest.mark.requirement("security:96:canaries")
def test_no_secret_is_shown_logged_or_stored(started, chance, tmp_path, caplog, capfd):
    caplog.set_level(logging.WARNING, "httpx2")  # the test's own client prints its queries
    caplog.set_level(logging.DEBUG)
    alice = Listening(started)
    pair = started.log_in("alice").json()
    alice.send("/signin", username="alice", password=WRONG)
    alice.sign_in()
    cookies = [alice.cookie(), alice.http.cookies.get(cookie_rules(started.auth.issuer).form)]
    for area in AREAS:
        alice.get(area.path)
    alice.send("/account/confirm", password=WRONG)
    alice.send("/account/confirm", password=PASSWORD)
    alice.send("/account/password", password=WRONG, repeated=NEW)
    alice.send("/account/password", password=NEW, repeated=NEW)
    cookies.append(alice.cookie())
    alice.send("/account/export")
    alice.send("/account/profile", name="Alice", locale="de")
    alice.send("/account/sessions", others="yes")
    alice.post("/account/sessions", form_token=WRONG)
    for area in AREAS:
        alice.get(area.path)
    alice.send("/account/delete", name="bob")

    logged = "\n".join(LineFormatter().format(record) for record in caplog.records)
    shown = "\n".join(alice.heard) + logged + "".join(capfd.readouterr())
    written = shown + repr(started.runtime) + stored(started, tmp_path)
    secrets = [*chance.secrets, *(text.encode() for text in (PASSWORD, NEW, WRONG))]
    secrets += [base64.urlsafe_b64decode(cookie + "=") for cookie in cookies]
    secrets += [pair[name].encode() for name in ("access_token", "refresh_token")]
    assert len(chance.secrets) >= 6  # the sealing key, cookies, refresh tokens
    for secret in secrets:
        assert not any(form in written for form in encodings(secret)), secret[:8]
    assert "$argon2id$" not in shown
    assert "password_hash" not in shown


def stored(started, tmp_path):
    """Return everything that the database holds, as text."""
    files = sorted(tmp_path.glob("watchword.db*"))
    assert files
    return "".join(file.read_bytes().decode("latin-1") for file in files)


def test_the_search_would_find_a_secret():
    """A canary that sings proves the search."""
    for form in encodings(b"x" * SECRET_BYTES):
        assert any(one in f"<p>{form}</p>" for one in encodings(b"x" * SECRET_BYTES))
