"""A browser and a client of the authorization server, over HTTP and without a script."""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2

from watchword.base.secrets import Secret, digest
from watchword.oauth.clients import AuthMethod, Client, ClientOrigin

CALLBACK = "https://app.example/cb?from=watchword"
SECRET = "s" * 43
STATE = "st&te=1 +%"
CODE_GRANTS = frozenset({"authorization_code", "refresh_token"})


def client_of(client_id: str, **members: Any) -> Client:
    """Return a public first-party client with one redirect address, unless told otherwise."""
    made: dict[str, Any] = {
        "name": client_id.title(),
        "is_first_party": True,
        "is_default": False,
        "scopes": None,
        "grant_types": CODE_GRANTS,
        "redirect_uris": (CALLBACK,),
        **members,
    }
    return Client(client_id, **made)


OWN = client_of("own")
# A confidential client of somebody else that uses OpenID Connect and no PKCE: the Basic plan's.
SHOP = client_of(
    "shop",
    is_first_party=False,
    auth_methods=frozenset({AuthMethod.CLIENT_SECRET_BASIC, AuthMethod.CLIENT_SECRET_POST}),
    secret_hash=digest(Secret(SECRET)),
    requires_pkce=False,
)
NATIVE = client_of(
    "native", is_first_party=False, redirect_uris=("http://127.0.0.1/cb", "com.example.app:/cb")
)
DYNAMIC = client_of("dynamic", is_first_party=False, origin=ClientOrigin.DYNAMIC)
CLIENTS = (OWN, SHOP, NATIVE, DYNAMIC)


@dataclass
class Form:
    """A form of a page: where it goes, and what it carries."""

    action: str
    values: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag == "form":
            self.forms.append(Form(known.get("action") or ""))
        elif tag == "input" and self.forms and known.get("name"):
            self.forms[-1].values[known["name"] or ""] = known.get("value") or ""


def forms_of(page: httpx2.Response) -> list[Form]:
    """Return the forms of a page."""
    parser = _Forms()
    parser.feed(page.text)
    return parser.forms


@dataclass
class Pkce:
    """A verifier and its challenge."""

    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    @property
    def members(self) -> dict[str, str]:
        hashed = hashlib.sha256(self.verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
        return {"code_challenge": challenge, "code_challenge_method": "S256"}


class Browser:
    """One person's browser. It follows redirects on the server and stops before it leaves it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx2.Client(base_url=url, timeout=30)

    def close(self) -> None:
        self.http.close()

    def authorize(self, members: Any = (), **more: str) -> httpx2.Response:
        """Open the authorization endpoint, and go on to a page or to the answer."""
        pairs = [*(members.items() if isinstance(members, dict) else members), *more.items()]
        return self.follow(self.http.get("/authorize", params=pairs))

    def follow(self, answer: httpx2.Response) -> httpx2.Response:
        for _ in range(10):
            if answer.status_code not in {302, 303} or not is_ours(answer, self.url):
                return answer
            answer = self.http.get(answer.headers["location"])
        raise AssertionError("redirected in a circle")

    def send(self, page: httpx2.Response, path: str, /, **values: str) -> httpx2.Response:
        """Fill in the first form of a page that goes to a path, and send it."""
        form = next(form for form in forms_of(page) if path in form.action)
        return self.follow(self.http.post(form.action, data={**form.values, **values}))

    def sign_in(self, page: httpx2.Response, name: str, password: str) -> httpx2.Response:
        return self.send(page, "/signin", username=name, password=password)

    def pass_by(self, page: httpx2.Response, name: str, password: str) -> httpx2.Response:
        """Do what the pages ask for, until there is an answer."""
        for _ in range(5):
            actions = [form.action for form in forms_of(page)] if page.status_code == 200 else []
            if any(action.endswith("/signin") for action in actions):
                page = self.sign_in(page, name, password)
            elif any(action.endswith("/confirm") for action in actions):
                page = self.send(page, "/confirm", password=password)
            elif any("/interaction/" in action for action in actions):
                page = self.decide(page, "allow")
            else:
                return page
        raise AssertionError("asked in a circle")

    def decide(self, page: httpx2.Response, decision: str) -> httpx2.Response:
        """Press a button of the last form of an interaction's page, which has them all."""
        form = [form for form in forms_of(page) if "/interaction/" in form.action][-1]
        return self.follow(self.http.post(form.action, data={**form.values, "decision": decision}))


def is_ours(answer: httpx2.Response, url: str) -> bool:
    location = answer.headers["location"]
    return location.startswith(("/", url))


def answered(answer: httpx2.Response) -> dict[str, str]:
    """Return the parameters of an answer, in the query or in a form with a button."""
    if answer.status_code == 200:
        form = forms_of(answer)[0]
        assert form.action == CALLBACK, answer.text
        return form.values
    assert answer.status_code == 303, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query, strict_parsing=True))


def assert_says_all(page: httpx2.Response) -> None:
    """What happened, whose fault it is, what to do, and an id that the log and the trace have.

    Source: users.md U58.
    """
    assert page.headers["content-type"].startswith("text/html")
    for heading in ("Whose fault", "What to do", "Reference"):
        assert f"<dt>{heading}</dt>" in page.text, page.text
    reference = re.search(r'id="reference">(failure_[\w-]+)<', page.text)
    assert reference is not None
    assert page.headers.get("watchword-trace") == reference[1]


def request_of(client: Client, pkce: Pkce | None = None, **more: str) -> dict[str, str]:
    """Return an authorization request; a member that is given as "" is left out by the server."""
    return {
        "client_id": client.client_id,
        "response_type": "code",
        "redirect_uri": client.redirect_uris[0],
        "scope": "notes:read",
        "state": STATE,
        **({} if pkce is None else pkce.members),
        **more,
    }
