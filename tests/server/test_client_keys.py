"""The keys of clients, stored and fetched. oauth.md C-4, C-7."""

import json
import time

import pytest

from watchword.base.chance import SYSTEM, new_id
from watchword.jose.errors import InvalidKey
from watchword.jose.jwk.key import Key
from watchword.jose.jwt.signer import Signer
from watchword.net.document import Document
from watchword.oauth.clients import AuthMethod, Client, ClientOrigin
from watchword.server.app import AuthServer
from watchword.server.client_keys import SETS_MAX, FetchedClientKeys
from watchword.server.settings import Settings

URI = "https://app.example/jwks.json"
KEY = Key.generate("ES256")
JWKS = {"keys": [KEY.public().to_jwk()]}


class Site:
    def __init__(self):
        self.asked = []

    def fetch(self, url, *, bytes_max):
        self.asked.append(url)
        return Document(json.dumps(JWKS).encode()[:bytes_max], "max-age=600")


def client_of(uri=URI, *, origin=ClientOrigin.DOCUMENT, jwks=None):
    methods = frozenset({AuthMethod.PRIVATE_KEY_JWT})
    return Client(
        "c", "C", False, False, None, origin, auth_methods=methods, jwks_uri=uri, jwks=jwks
    )


def test_stored_keys_are_read_and_fetched_ones_are_kept(clock):
    site = Site()
    keys = FetchedClientKeys(site, clock)
    stored = keys.of(client_of(None, jwks=json.dumps(JWKS)))
    assert stored.find("ES256", KEY.kid).kid == KEY.kid
    assert keys.of(client_of(None)) is None
    remote = keys.of(client_of())
    assert remote is keys.of(client_of())
    assert remote.find("ES256", KEY.kid).kid == KEY.kid
    assert site.asked == [URI]


def test_the_latest_few_are_kept(clock):
    keys = FetchedClientKeys(Site(), clock)
    first = keys.of(client_of())
    for number in range(SETS_MAX - 1):
        keys.of(client_of(f"{URI}?{number}"))
    assert keys.of(client_of()) is first
    for number in range(SETS_MAX):
        keys.of(client_of(f"{URI}?again={number}"))
    assert keys.of(client_of()) is not first


@pytest.mark.requirement("oauth:C-7:one-fetcher")
def test_an_operators_address_and_a_strangers_share_nothing(clock):
    """Only the operator's may be on the machine itself."""
    site = Site()
    keys = FetchedClientKeys(site, clock)
    known = keys.of(client_of(origin=ClientOrigin.ADMINISTRATOR))
    assert known is not keys.of(client_of())
    assert site.asked == []
    with pytest.raises(InvalidKey, match="may not be fetched"):
        keys.of(client_of("ftp://app.example/jwks.json"))


@pytest.mark.requirement("oauth:C-7:one-fetcher")
def test_a_client_proves_itself_by_keys_behind_its_address(tmp_path, clock, started_in):
    clock.seconds = int(time.time())
    settings = Settings(database=f"sqlite:///{tmp_path}/w.db", signing_alg="ES256")
    auth = AuthServer(settings, clock=clock)
    with started_in(auth, auth) as server:
        site = Site()
        server.runtime.token.authentication.keys._fetcher = site
        client = client_of(origin=ClientOrigin.DYNAMIC)
        server.run(server.runtime.store.register_client(client))
        signer = Signer(
            KEY, issuer="c", audience=settings.issuer, lifetime=60, typ="JWT", clock=clock
        )
        form = {
            "grant_type": "refresh_token",
            "refresh_token": "x",
            "client_assertion": signer.sign(sub="c", jti=new_id(SYSTEM, "jti")),
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        }
        answer = server.post("/token", data=form)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
        assert site.asked == [URI]
