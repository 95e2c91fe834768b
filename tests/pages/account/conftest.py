"""A server in process, and people who look after their accounts with a browser without script."""

import contextlib
import re
from html.parser import HTMLParser

import httpx2
import pytest
from tests.server.conftest import PASSWORD, RESOURCE, MovedClock, Started

from watchword.server.app import AuthServer
from watchword.server.cookies import cookie_rules
from watchword.server.settings import Settings

COOKIES = cookie_rules("http://127.0.0.1:8000")  # the issuer of `started`
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"


PEOPLE = {"alice": ("editor",), "bob": (), "ada": ("admin",)}


class Forms(HTMLParser):
    """Gathers the hidden values of the forms of a page, by action."""

    def __init__(self):
        super().__init__()
        self.forms = {}
        self.fields = None

    def handle_starttag(self, tag, attributes):
        said = dict(attributes)
        if tag == "form":
            self.fields = self.forms.setdefault(said.get("action"), {})
        elif tag == "input" and said.get("type") == "hidden" and self.fields is not None:
            self.fields[said["name"]] = said.get("value", "")


class Browser:
    """A person's browser: keeps cookies, fills in forms, follows nothing by itself."""

    def __init__(self, started, agent=FIREFOX):
        self.started = started
        transport = httpx2.ASGITransport(app=started.auth, raise_app_exceptions=False)
        self.http = httpx2.AsyncClient(
            transport=transport, base_url="http://127.0.0.1:8000", headers={"user-agent": agent}
        )

    def get(self, path, **options):
        return self.started.run(self.http.get(path, **options))

    def post(self, path, **fields):
        return self.started.run(self.http.post(path, data=fields))

    def send(self, path, *, at=None, **fields):
        """Send the form of a page, with what it carries and what the person fills in."""
        shown = self.get(at or path)
        assert shown.status_code == 200, shown.text
        parser = Forms()
        parser.feed(shown.text)
        return self.post(path, **{**parser.forms[path], **fields})

    def sign_in(self, name="alice", password=PASSWORD):
        answer = self.send("/signin", username=name, password=password)
        assert answer.status_code == 303, answer.text
        return self

    def cookie(self):
        return self.http.cookies.get(COOKIES.session)


@pytest.fixture
def clock():
    return MovedClock()


@contextlib.contextmanager
def people_in(running):
    """Start a server and add its people."""
    running.run(running.auth.startup())
    for name, roles in PEOPLE.items():
        running.add_user(name, *roles)
    yield running
    running.close()


@pytest.fixture
def started(tmp_path, clock):
    """Run a server with its people."""
    database = f"sqlite:///{tmp_path}/watchword.db"
    auth = AuthServer(Settings(database=database, signing_alg="ES256"), clock=clock)
    auth.resource(RESOURCE, scopes={"notes:read": "Read", "notes:write": "Write"})
    with people_in(Started(auth, clock)) as running:
        yield running


@pytest.fixture
def alice(started):
    return Browser(started).sign_in()


@pytest.fixture
def bob(started):
    return Browser(started).sign_in("bob")


@pytest.fixture
def guest(started):
    return Browser(started)


def words(answer):
    """Return the text of a page as a person reads it."""
    return " ".join(re.sub(r"<[^>]*>", " ", answer.text).split())
