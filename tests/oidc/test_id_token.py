"""ID tokens and hints of them.

Source: OpenID Connect Core sections 2, 3.1.3.6 and 12.2; oauth.md T-4, N-15, N-20 and N-24.
"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.oauth.asking import ask

from watchword.accounts.origin import NOWHERE
from watchword.base.secrets import Secret
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.keyset import KeySet
from watchword.jose.jwt.expected import PLAIN
from watchword.jose.jwt.signer import Signer
from watchword.jose.jwt.verifier import Verifier
from watchword.keys.ring import KeyRing
from watchword.oauth.challenge import challenge
from watchword.oauth.clients import Client
from watchword.oauth.issue import IssueContext
from watchword.oauth.login_errors import InsufficientAuthorization, RedirectToWeb
from watchword.oidc.id_token import IDTokenIssuer, at_hash, hint_reader

ISSUER = "https://id.example/auth"
PASSWORD = "a quiet garden at dusk"
# OpenID Connect Core section A.3: an access token and its `at_hash` under RS256.
EXAMPLE_TOKEN = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
EXAMPLE_HASH = "77QmUPtjPfzWtF2AnpK9RQ"


@pytest.fixture
def redeem(server):
    """A code of the challenge endpoint, redeemed."""

    def redeemed(scope="openid notes:read", client_id="web", **members):
        members = {"username": "ada", "password": PASSWORD, "scope": scope, **members}
        members["client_id"] = client_id
        granted = server.run(challenge((), members, NOWHERE, server.challenge))
        form = {"grant_type": "authorization_code", "code": granted.code.reveal()}
        return server.run(ask({**form, "client_id": client_id}, server.token))

    return redeemed


@pytest.fixture
def claims(server):
    def read(issued, audience="web"):
        verifier = Verifier(
            server.ring.public_keys,
            issuer=ISSUER,
            audience=audience,
            typ=PLAIN,
            clock=server.clock,
        )
        return dict(verifier.verify(issued.id_token.reveal()).claims)

    return read


def refresh(server, issued, **members):
    form = {"grant_type": "refresh_token", "refresh_token": issued.refresh_token.reveal()}
    return server.run(ask({**form, **members}, server.token))


@pytest.mark.requirement("oauth:T-4:id-token", "oauth:N-15:id-token")
def test_id_token_says_what_the_standard_requires_and_nothing_else(server, redeem, claims):
    issued = redeem(nonce="n-0S6_WzA2Mj")
    access = server.claims(issued)
    assert claims(issued) == {
        "iss": ISSUER,
        "sub": access.sub,
        "aud": "web",
        "exp": access.exp,
        "iat": server.clock.now(),
        "auth_time": access.auth_time,
        "nonce": "n-0S6_WzA2Mj",
        "acr": "aal1",
        "amr": ["pwd"],
        "sid": access.sid,
        "at_hash": at_hash(issued.access_token.reveal(), "ES256"),
    }


@pytest.mark.requirement("oauth:L-2:id-token")
def test_login_that_asks_for_openid_is_given_one(server, claims):
    """oauth.md L-2."""
    issued = server.log_in(scope="openid")
    assert claims(issued)["sub"] == "user_ada"
    assert issued.scope == ("openid",)


def test_login_that_does_not_ask_gets_none(server):
    assert server.log_in().id_token is None


def test_server_without_openid_connect_signs_none(server):
    bare = IssueContext(ISSUER, server.issue.ring, server.store, server.clock, server.chance)
    server.login = replace(server.login, issue=bare)
    assert server.log_in(scope="openid").id_token is None


@pytest.mark.requirement("oauth:N-20:id-token-stable")
def test_refreshed_id_token_keeps_who_and_when_and_has_a_later_iat(server, redeem, claims):
    """OpenID Connect Core section 12.2; the nonce belongs to the answer that carried it."""
    first = redeem(nonce="n1")
    server.clock.pass_seconds(100)
    before, after = claims(first), claims(refresh(server, first))
    kept = ("iss", "sub", "aud", "auth_time", "acr", "sid")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert after["iat"] == before["iat"] + 100
    assert not after.keys() & {"nonce", "azp"}


def test_refresh_narrowed_beyond_openid_gets_none(server, redeem):
    assert refresh(server, redeem(), scope="notes:read").id_token is None


def test_entitlement_of_a_client_leaves_the_scopes_of_identity(server, redeem):
    """A client that may only read is told who signs in, also after a refresh."""
    issued = redeem("openid email notes:read", client_id="app")
    assert refresh(server, issued, client_id="app").scope == ("openid", "email", "notes:read")


@pytest.mark.requirement("oauth:T-4:claims-parameter")
def test_claims_parameter_puts_what_is_known_into_the_id_token(server, redeem, claims):
    """OpenID Connect Core section 5.5; kept for the refresh."""
    wish = (
        '{"id_token": {"preferred_username": {"essential": true}, "email": null, "nickname": null}}'
    )
    issued = redeem(claims=wish)
    for one in (issued, refresh(server, issued)):
        told = claims(one)
        assert told["preferred_username"] == "ada"
        assert not told.keys() & {"email", "nickname", "name"}


def test_claim_with_another_value_than_the_wanted_one_is_left_out(redeem, claims):
    issued = redeem(claims='{"id_token": {"preferred_username": {"value": "eve"}, "name": null}}')
    assert "preferred_username" not in claims(issued)
    assert claims(issued)["name"] == "ada"


def test_request_about_somebody_else_is_refused_after_the_password(server):
    """OpenID Connect Core section 5.5.1: no answer about another person than the one meant."""
    members = {"username": "ada", "password": PASSWORD, "scope": "openid"}
    members["claims"] = '{"id_token": {"sub": {"value": "user_eve"}}}'
    with pytest.raises(InsufficientAuthorization) as refused:
        server.run(challenge((), members, NOWHERE, server.challenge))
    assert refused.value.members["reason"] == "invalid_credentials"


def test_level_that_is_essential_has_to_be_reached(server):
    """OpenID Connect Core section 5.5.1.1: an account without a second factor cannot."""
    members = {"username": "ada", "password": PASSWORD, "scope": "openid"}
    members["claims"] = '{"id_token": {"acr": {"essential": true, "value": "aal2"}}}'
    with pytest.raises(RedirectToWeb):
        server.run(challenge((), members, NOWHERE, server.challenge))


def test_no_claim_of_a_person_replaces_one_of_the_token(redeem, claims):
    issued = redeem(claims='{"id_token": {"sub": {"value": "user_ada"}, "iss": {"value": "x"}}}')
    assert claims(issued)["sub"] == "user_ada"


@pytest.mark.requirement("oauth:W-4:at-hash")
def test_at_hash_is_the_standards_example():
    """OpenID Connect Core appendix A.3."""
    assert at_hash(EXAMPLE_TOKEN, "RS256") == EXAMPLE_HASH
    assert len(at_hash(EXAMPLE_TOKEN, "Ed25519")) == 43  # half of SHA-512, in base64url


@pytest.mark.requirement("oauth:T-4:algorithm")
def test_client_chooses_the_algorithm_of_its_id_tokens(server, redeem):
    chosen = Key.generate("Ed25519", kid="auto")
    ring = KeyRing(
        server.ring.signing_key,
        {"ES256": server.ring.signing_key, "Ed25519": chosen},
        server.ring.public_keys,
    )
    server.id_tokens.keys.ring = ring
    client = Client("web", "Web", True, True, None, id_token_alg="Ed25519")
    server.run(server.store.register_client(client))
    for issued in (redeem(), redeem()):
        verified = Verifier(chosen, issuer=ISSUER, audience="web", typ=PLAIN, clock=server.clock)
        assert verified.verify(issued.id_token.reveal()).header.kid == chosen.kid


def test_signers_of_keys_that_went_are_let_go(server):
    """Rotation after rotation: what is kept is bounded."""
    facts = server.log_in().facts
    for _ in range(6):
        server.id_tokens.keys.ring = replace(
            server.ring, signing_key=Key.generate("ES256", kid="auto")
        )
        times = (server.clock.now(), server.clock.now() + 60)
        server.run(server.id_tokens.sign(facts, "token", times=times))
    assert len(server.id_tokens._signers) <= 4


class TestHint:
    """What `id_token_hint` is worth.

    Source: OpenID Connect Core section 3.1.2.1; RP-Initiated Logout 1.0 section 4; oauth.md N-24.
    """

    @pytest.fixture
    def read(self, server):
        return hint_reader(server.issue.ring, issuer=ISSUER)

    @pytest.mark.requirement("oauth:N-24:hint-verified")
    def test_own_id_token_is_read_however_old_it_is(self, server, redeem, read):
        issued = redeem()
        server.clock.pass_seconds(40 * 86_400)
        hint = read(issued.id_token.reveal())
        assert (hint.sub, hint.client_id) == ("user_ada", "web")
        assert hint.sid == issued.facts.sid

    @pytest.mark.requirement("oauth:N-24:hint-verified")
    def test_what_this_server_did_not_sign_is_no_hint(self, server, redeem, read):
        issued = redeem()
        token = issued.id_token.reveal()
        header, payload, signature = token.split(".")
        none = "eyJhbGciOiJub25lIn0"
        stranger = Signer(
            Key.generate("ES256", kid=server.ring.signing_key.kid),
            issuer=ISSUER,
            audience="web",
            lifetime=60,
            typ=PLAIN,
        ).sign(sub="user_ada")
        refused = [
            f"{none}.{payload}.",
            f"{none}.{payload}.{signature}",
            f"{header}.{payload}.",
            stranger,
            issued.access_token.reveal(),
            "",
            "a.b.c",
            "no token",
        ]
        assert [read(text) for text in refused] == [None] * len(refused)

    def test_other_things_that_this_key_signs_are_no_hint(self, server, read):
        def signed(issuer=ISSUER, **claims):
            key = server.ring.signing_key
            return Signer(key, issuer=issuer, audience=None, lifetime=60, typ=PLAIN).sign(**claims)

        assert read(signed(issuer="https://other.example", sub="user_ada", aud="web")) is None
        assert read(signed(sub="user_ada", aud=["web", "other"])) is None
        assert read(signed(aud="web")) is None
        assert read(signed(sub="user_ada", aud="web")).sid is None


READ = hint_reader(KeySet([Key.generate("ES256", kid="auto")]), issuer=ISSUER)
parts = st.text(st.characters(codec="ascii"), max_size=40) | st.just("eyJhbGciOiJFUzI1NiJ9")


@given(st.lists(parts, max_size=5).map(".".join) | st.text(max_size=60))
@pytest.mark.requirement("oauth:N-24:hint-verified")
def test_no_text_makes_the_reader_of_hints_fall(text):
    """RFC 9110: what a browser brings in an address may be anything."""
    assert READ(text) is None


def test_tokens_are_masked_in_what_was_issued(redeem):
    issued = redeem()
    assert isinstance(issued.id_token, Secret)
    assert issued.id_token.reveal() not in repr(issued)


def test_id_tokens_issuer_holds_no_secret_in_its_repr(server):
    assert "_signers" not in repr(IDTokenIssuer(ISSUER, server.id_tokens.keys, None, None))
