"""Asking an issuer about a token: what is asked, and what of the answers is believed.

Source: RFC 7662 sections 2.1 and 2.2; access.md F3, F5.
"""

import json
from base64 import b64decode
from urllib.parse import parse_qs

import pytest

from watchword.base.secrets import Secret
from watchword.net.document import Answer, Document
from watchword.net.errors import BadAnswer
from watchword.net.introspection import RemoteIntrospection

ISSUER = "https://id.example.com"
ENDPOINT = f"{ISSUER}/introspect"


class Issuer:
    """What fetches and sends, without a network."""

    def __init__(self, body, status=200, endpoint=ENDPOINT):
        self.body, self.status = body, status
        self.members = {"issuer": ISSUER, "introspection_endpoint": endpoint}
        self.fetched = 0
        self.sent = []

    def fetch(self, _url, **_bounds):
        self.fetched += 1
        return Document(json.dumps(self.members).encode(), "")

    def send(self, request):
        self.sent.append(request)
        return Answer(self.status, (), self.body)


def remote(issuer, secret="a b:%"):
    return RemoteIntrospection(ISSUER, name="https://a/b", secret=secret, fetcher=issuer)


@pytest.mark.requirement("rfc7662:2.1:guards")
@pytest.mark.parametrize("secret", ["a b:%", Secret("a b:%")])
def test_token_goes_in_the_body_and_the_credentials_in_their_field(secret):
    issuer = Issuer(b'{"active": true, "sub": "a"}')
    asking = remote(issuer, secret)
    for token in ("abc", "a&b"):
        assert asking.ask(token) == {"active": True, "sub": "a"}
    assert issuer.fetched == 1
    first, second = issuer.sent
    assert (first.url, first.method) == (ENDPOINT, "POST")
    assert parse_qs(second.body.decode())["token"] == ["a&b"]
    kind, _, value = first.headers["Authorization"].partition(" ")
    assert (kind, b64decode(value)) == ("Basic", b"https%3A%2F%2Fa%2Fb:a+b%3A%25")
    assert "a b" not in repr(asking)


@pytest.mark.parametrize(
    ("issuer", "said"),
    [
        (Issuer(b"", status=401), "status 401"),
        (Issuer(b"{"), "refused"),
        (Issuer(b"[]"), "no object"),
        (Issuer(b"{}", endpoint=None), "names no introspection_endpoint"),
    ],
)
def test_answer_that_is_none_is_a_failure(issuer, said):
    asking = remote(issuer)
    with pytest.raises(BadAnswer, match=said):
        asking.ask("abc")
    with pytest.raises(BadAnswer):
        asking.ask("abc")
    assert issuer.fetched == (1 if issuer.status == 200 and issuer.body != b"{}" else 2)


def test_own_fetcher_is_used_where_none_is_given():
    assert RemoteIntrospection(ISSUER, name="a", secret="b")
