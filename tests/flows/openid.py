"""A relying party of the OpenID plans: a confidential client that reads ID tokens by itself."""

from base64 import b64encode
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlsplit

import httpx2
import jwt
from tests.flows.conftest import PASSWORDS, RunningServer

from watchword.accounts.mail.addresses import EmailAddress
from watchword.accounts.origin import NOWHERE
from watchword.accounts.person.profile import UpdateProfile
from watchword.base.secrets import digest
from watchword.oauth.clients import AuthMethod, Client
from watchword.testing.store_conformance.emails import answering, claiming

SECRET = "the secret of a relying party, long enough"
PARTY = Client(
    "party",
    "The relying party",
    is_first_party=True,
    is_default=False,
    scopes=None,
    auth_methods=frozenset({AuthMethod.CLIENT_SECRET_BASIC, AuthMethod.CLIENT_SECRET_POST}),
    secret_hash=digest(SECRET),
    redirect_uris=("https://party.example/cb",),
    requires_pkce=False,  # the plans send none
    post_logout_redirect_uris=("https://party.example/bye", "https://party.example/bye?from=id"),
)


@dataclass
class RelyingParty:
    """Asks for codes, redeems them, and reads what comes."""

    server: RunningServer
    client: Client = PARTY
    nonce: str = field(default="n-0S6_WzA2Mj", init=False)

    def __post_init__(self) -> None:
        self.server.store("register_client", self.client)

    @property
    def discovery(self) -> dict[str, Any]:
        found: dict[str, Any] = self.server.http.get("/.well-known/openid-configuration").json()
        return found

    def code(self, scope: str = "openid", **members: str) -> str:
        """Sign alice in to this client, and return the code."""
        form = {"username": "alice", "password": PASSWORDS["alice"], "scope": scope}
        asked = self.server.http.post(
            "/authorize-challenge",
            data={**form, "nonce": self.nonce, **members},
            headers=self.basic(),
        )
        assert asked.status_code == 200, asked.text
        code: str = asked.json()["authorization_code"]
        return code

    def authorize(self, browser: httpx2.Client, **members: str) -> dict[str, str]:
        """Send a browser to the authorization endpoint, and return what it brings back."""
        request = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": self.client.redirect_uris[0],
            "scope": "openid",
            **members,
        }
        answer = browser.get("/authorize", params=request)
        assert answer.status_code == 303, answer.text
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    def redeem(self, code: str, **members: str) -> httpx2.Response:
        return self.token(grant_type="authorization_code", code=code, **members)

    def refresh(self, refresh_token: str, **members: str) -> httpx2.Response:
        return self.token(grant_type="refresh_token", refresh_token=refresh_token, **members)

    def token(self, **form: str) -> httpx2.Response:
        return self.server.http.post("/token", data=form, headers=self.basic())

    def tokens(self, scope: str = "openid", **members: str) -> dict[str, Any]:
        answer = self.redeem(self.code(scope, **members))
        assert answer.status_code == 200, answer.text
        pair: dict[str, Any] = answer.json()
        return pair

    def basic(self) -> dict[str, str]:
        text = f"{quote_plus(self.client.client_id)}:{quote_plus(SECRET)}"
        return {"authorization": f"Basic {b64encode(text.encode()).decode()}"}

    def read(self, id_token: str) -> dict[str, Any]:
        """Verify an ID token by the published keys, as a library of others does."""
        keys = jwt.PyJWKSet.from_dict(self.server.http.get("/jwks.json").json())
        header = jwt.get_unverified_header(id_token)
        found: dict[str, Any] = jwt.decode(
            id_token,
            keys[header["kid"]],
            algorithms=[header["alg"]],
            audience=self.client.client_id,
            issuer=self.discovery["issuer"],
            options={"verify_exp": False, "verify_iat": False},  # the clock is the test's
        )
        return found

    def userinfo(self, access_token: str, method: str = "GET") -> httpx2.Response:
        headers = {"authorization": f"Bearer {access_token}"}
        return self.server.http.request(method, "/userinfo", headers=headers)

    def told(self, scope: str, **members: str) -> dict[str, Any]:
        """Return what userinfo says to a token of these scopes."""
        answer = self.userinfo(self.tokens(scope, **members)["access_token"])
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        found: dict[str, Any] = answer.json()
        return found


def describe(server: RunningServer, name: str = "alice") -> None:
    """Give a person a name, a language and a verified address."""
    user, now = server.users[name], server.clock.now()
    profile = UpdateProfile(user.id, "Alice Liddell", "de", NOWHERE, "sid_1", now)
    server.store("update_profile", profile)
    claim = claiming(user.id, EmailAddress("Alice@example.com"))
    server.store("claim_address", claim)
    server.store("confirm_address", answering(claim, now=now))


def public(client: Client = PARTY) -> Client:
    """Return the same client without a secret."""
    return replace(client, auth_methods=frozenset({AuthMethod.NONE}), secret_hash=None)
