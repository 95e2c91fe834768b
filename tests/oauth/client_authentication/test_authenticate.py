"""Who a client is, by each method, and what is no proof."""

import json
from dataclasses import replace

import pytest
from tests.oauth.client_authentication.test_presented import basic

from watchword import jws
from watchword.base.secrets import digest
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.keyset import KeySet
from watchword.oauth.client_authentication import (
    ClientAuthenticationContext,
    StoredKeys,
    authenticate_client,
)
from watchword.oauth.client_authentication.presented import ASSERTION_TYPE
from watchword.oauth.clients import AuthMethod, Client
from watchword.oauth.errors import InvalidClient, InvalidRequest

ISSUER = "https://id.example"
KEY = Key.generate("ES256", kid="k1")
OTHER_KEY = Key.generate("ES256", kid="k1")
SECRET = "a secret of the client that is long enough"
PUBLIC = Client("app", "App", is_first_party=False, is_default=False, scopes=None)
WEB = replace(
    PUBLIC,
    client_id="web",
    auth_methods=frozenset({AuthMethod.CLIENT_SECRET_BASIC, AuthMethod.CLIENT_SECRET_POST}),
    secret_hash=digest(SECRET),
)
SERVICE = replace(
    PUBLIC,
    client_id="service",
    auth_methods=frozenset({AuthMethod.PRIVATE_KEY_JWT}),
    jwks=json.dumps(KeySet([KEY.public()]).publish()),
)
NOW = 1_800_000_000


class Clock:
    def now(self):
        return NOW

    def monotonic(self):
        return 0.0


class Known:
    """The clients of this test, and what was presented."""

    def __init__(self, *clients):
        self.clients = {client.client_id: client for client in clients}
        self.spent = set()

    async def find_client(self, client_id):
        return self.clients.get(client_id)

    async def default_client(self):
        return None

    async def spend(self, kind, issuer, jti, *, expires_at, now):
        assert expires_at > now
        is_first = (kind, issuer, jti) not in self.spent
        self.spent.add((kind, issuer, jti))
        return is_first


@pytest.fixture
def ctx():
    known = Known(PUBLIC, WEB, SERVICE)
    return ClientAuthenticationContext(ISSUER, known, known, StoredKeys(), Clock())


@pytest.fixture
def authenticate(run, ctx):
    def call(header=(), **form):
        return run(authenticate_client(header, form, ctx))

    return call


def assertion(key=KEY, *, typ="JWT", iss="service", sub="service", **claims):
    said = {"iss": iss, "sub": sub, "aud": ISSUER, "exp": NOW + 60, "jti": "j1", **claims}
    payload = json.dumps({name: value for name, value in said.items() if value is not None})
    text = jws.sign(payload.encode(), key, header={"typ": typ})
    return {"client_assertion": text, "client_assertion_type": ASSERTION_TYPE}


def test_each_method_proves_its_client(authenticate):
    assert authenticate(client_id="app").method is AuthMethod.NONE
    assert authenticate(basic("web", SECRET)).method is AuthMethod.CLIENT_SECRET_BASIC
    by_post = authenticate(client_id="web", client_secret=SECRET)
    assert by_post.method is AuthMethod.CLIENT_SECRET_POST
    signed = authenticate(**assertion())
    assert (signed.client, signed.method) == (SERVICE, AuthMethod.PRIVATE_KEY_JWT)


@pytest.mark.requirement("oauth:C-3:one-answer")
def test_unknown_client_and_wrong_secret_read_the_same(authenticate):
    said = set()
    for header in (basic("web", SECRET + "x"), basic("nobody", SECRET), basic("app", SECRET),
                   basic("service", SECRET), basic("web", "")):  # fmt: skip
        with pytest.raises(InvalidClient) as refused:
            authenticate(header)
        said.add((refused.value.status, refused.value.public, refused.value.headers))
    assert len(said) == 1


@pytest.mark.parametrize("form", [{"client_id": "web"}, {"client_id": "service"}])
def test_confidential_client_cannot_leave_its_proof_out(authenticate, form):
    with pytest.raises(InvalidClient, match="has to authenticate"):
        authenticate(**form)


def test_client_pinned_to_one_method_is_refused_by_another(run):
    pinned = Known(replace(WEB, auth_methods=frozenset({AuthMethod.CLIENT_SECRET_BASIC})))
    ctx = ClientAuthenticationContext(ISSUER, pinned, pinned, StoredKeys(), Clock())
    with pytest.raises(InvalidClient):
        run(authenticate_client([], {"client_id": "web", "client_secret": SECRET}, ctx))


def test_secret_or_nothing_without_an_id_names_what_is_missing(authenticate):
    for form in ({"client_secret": SECRET}, {}):
        with pytest.raises(InvalidRequest, match="client_id is missing"):
            authenticate(**form)


@pytest.mark.requirement("oauth:C-4:assertion")
@pytest.mark.requirement("oauth:N-27:assertion")
@pytest.mark.parametrize("typ", ["JWT", "client-authentication+jwt"])
def test_assertion_of_either_type_is_accepted(authenticate, typ):
    assert authenticate(**assertion(typ=typ)).client == SERVICE


@pytest.mark.requirement("oauth:C-4:assertion")
@pytest.mark.requirement("oauth:N-27:assertion", "security:64:assertion", "security:65:clock")
@pytest.mark.parametrize(
    "claims",
    [
        {"aud": f"{ISSUER}/token"},
        {"aud": f"{ISSUER}/par"},
        {"aud": f"{ISSUER}/"},
        {"aud": [ISSUER]},
        {"aud": [ISSUER, "https://other.example"]},
        {"aud": None},
        {"iss": "web"},
        {"sub": "app"},
        {"sub": None},
        {"sub": "nobody", "iss": "nobody"},
        {"exp": None},
        {"exp": NOW},
        {"exp": NOW - 300},
        {"exp": NOW + 601},
        {"jti": None},
        {"nbf": NOW + 61},
        {"iat": NOW + 61},
        {"typ": "at+jwt"},
    ],
    ids=str,
)
def test_assertion_that_is_not_for_this_server_now_is_refused(authenticate, claims):
    with pytest.raises((InvalidClient, InvalidRequest)):
        authenticate(**assertion(**claims))


@pytest.mark.requirement("oauth:N-27:clock", "security:65:clock")
def test_assertion_dated_ten_seconds_ahead_is_accepted(authenticate):
    assert authenticate(**assertion(iat=NOW + 10, nbf=NOW + 8)).client == SERVICE


@pytest.mark.requirement("oauth:C-4:assertion")
@pytest.mark.requirement("oauth:N-27:jti-once", "security:64:assertion")
def test_assertion_works_once(authenticate):
    signed = assertion()
    authenticate(**signed)
    with pytest.raises(InvalidClient, match="used before"):
        authenticate(**signed)
    authenticate(**assertion(jti="j2"))


@pytest.mark.requirement("oauth:C-4:assertion")
def test_refusal_names_the_audience_that_is_expected(authenticate):
    with pytest.raises(InvalidClient) as refused:
        authenticate(**assertion(aud=f"{ISSUER}/token"))
    assert ISSUER in refused.value.public


def test_assertion_of_another_key_and_no_assertion_at_all_are_refused(authenticate):
    malformed = {"client_assertion": "a.b.c", "client_assertion_type": ASSERTION_TYPE}
    for form in (assertion(OTHER_KEY), malformed, assertion(iss="web", sub="web")):
        with pytest.raises(InvalidClient):
            authenticate(**form)
    with pytest.raises(InvalidRequest, match="differs"):
        authenticate(client_id="web", **assertion())


@pytest.mark.parametrize("jwks", [None, "no JSON", '{"keys": []}'])
def test_client_whose_keys_are_missing_or_unreadable_is_refused(run, jwks):
    known = Known(replace(SERVICE, jwks=jwks))
    ctx = ClientAuthenticationContext(ISSUER, known, known, StoredKeys(), Clock())
    with pytest.raises(InvalidClient) as refused:
        run(authenticate_client([], assertion(), ctx))
    assert "key" in refused.value.public
