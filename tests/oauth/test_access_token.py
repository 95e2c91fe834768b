"""Access tokens: their claims, and what verifies as one."""

from dataclasses import replace
from types import SimpleNamespace

import msgspec
import pytest

from watchword.jose.errors import ClaimMissing, Expired, UnknownKey, WrongAudience, WrongType
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.keyset import KeySet
from watchword.jose.jwt.peek import peek
from watchword.jose.jwt.signer import Signer
from watchword.keys.live import LiveRing
from watchword.oauth.access_token import AccessClaims, access_signer, access_verifier, sign_access

ISSUER = "https://id.example/auth"
REQUIRED = {"iss": ISSUER, "sub": "user_1", "aud": "a", "client_id": "c", "iat": 1, "exp": 2}


@pytest.mark.requirement("oauth:S-7:not-stored")
@pytest.mark.requirement(
    "rfc9068:2.1:typ",
    "rfc9068:2.2:required-claims",
    "oauth:T-1:claims",
    "rfc9700:2.3:audience",
    "security:62:access-token",
)
def test_token_names_whom_for_whom_by_which_client_and_login(server):
    """RFC 9068 section 2.2; oauth.md T-1; ARCHITECTURE section 6 (the issuer in `aud`)."""
    issued = server.log_in(scope="notes:write notes:read")
    unverified = peek(issued.access_token.reveal())
    assert unverified.header.typ == "at+jwt"
    assert unverified.header.kid == server.ring.signing_key.kid
    assert dict(unverified.claims) == {
        "iss": ISSUER,
        "sub": "user_ada",
        "aud": ["https://api.example", ISSUER],
        "client_id": "web",
        "iat": server.clock.time,
        "exp": server.clock.time + 300,
        "jti": issued.facts.generation_id,
        "scope": "notes:write notes:read",
        "acr": "aal1",
        "auth_time": server.clock.time,
        "amr": ["pwd"],
        "sid": issued.facts.sid,
        "fam": issued.facts.family_id,
        "roles": ["writer"],
        "preferred_username": "ada",
        "ver": issued.facts.user.version,
    }


@pytest.mark.requirement("oauth:T-1:short-life", "security:62:access-token")
def test_token_lives_for_five_minutes(server):
    """oauth.md T-1: 5 to 15 minutes, 5 by default."""
    issued = server.log_in()
    server.clock.pass_seconds(299)
    assert server.claims(issued).sub == "user_ada"
    server.clock.pass_seconds(1)
    with pytest.raises(Expired):
        server.claims(issued)


@pytest.mark.requirement("rfc9068:4:audience")
def test_token_of_another_resource_is_refused(server):
    """RFC 9068 section 4; oauth.md T-2."""
    with pytest.raises(WrongAudience):
        server.claims(server.log_in(resource="files"))


@pytest.mark.requirement("oauth:T-1:own-audience")
def test_issuer_accepts_its_own_tokens_for_every_resource(server):
    """ARCHITECTURE section 6: `/me` asks for the issuer in `aud`."""
    mine = access_verifier(
        server.ring.public_keys, issuer=ISSUER, audience=ISSUER, clock=server.clock
    )
    for resource in ("files", "https://api.example"):
        issued = server.log_in(resource=resource)
        assert mine.verify(issued.access_token.reveal()).claims.sub == "user_ada"


@pytest.mark.requirement("oauth:T-1:own-audience")
def test_token_of_somebody_elses_client_names_its_resource_alone(server):
    facts = replace(server.log_in().facts, is_first_party=False)
    for resource in ("https://api.example", ISSUER):
        text = sign_access(
            access_signer(server.ring.signing_key, issuer=ISSUER, clock=server.clock),
            replace(facts, resource=resource),
            issuer=ISSUER,
            scopes=("notes:read",),
            times=(server.clock.time, server.clock.time + 1),
        )
        assert peek(text).claims["aud"] == resource
        assert "preferred_username" not in peek(text).claims


@pytest.mark.requirement("oauth:T-1:a-scope-or-userinfo-alone")
@pytest.mark.parametrize("scopes", [(), ("openid", "profile"), ("files:read",)])
@pytest.mark.parametrize("resource", ["https://api.example", ISSUER])
def test_without_a_scope_of_the_resource_a_strangers_token_is_for_userinfo(
    server, scopes, resource
):
    """decisions/0159: not even an API whose `aud` is the issuer takes it."""
    facts = replace(server.log_in().facts, is_first_party=False, resource=resource)
    signer = access_signer(server.ring.signing_key, issuer=ISSUER, clock=server.clock)
    times = (server.clock.time, server.clock.time + 1)
    text = sign_access(signer, facts, issuer=ISSUER, scopes=scopes, times=times)
    assert peek(text).claims["aud"] == f"{ISSUER}/userinfo"
    declaring_none = replace(facts, resource_scopes=frozenset())
    text = sign_access(signer, declaring_none, issuer=ISSUER, scopes=scopes, times=times)
    assert peek(text).claims["aud"] == resource


@pytest.mark.requirement("oauth:T-1:lost-scopes")
def test_resource_that_lost_its_scopes_is_not_a_strangers(server):
    """decisions/0185: nobody was told that it is everything."""
    facts = replace(server.log_in().facts, resource_scopes=frozenset(), resource_lost_scopes=True)
    signer = access_signer(server.ring.signing_key, issuer=ISSUER, clock=server.clock)
    times = (server.clock.time, server.clock.time + 1)
    strangers = replace(facts, is_first_party=False)
    text = sign_access(signer, strangers, issuer=ISSUER, scopes=("notes:read",), times=times)
    assert peek(text).claims["aud"] == f"{ISSUER}/userinfo"
    text = sign_access(signer, facts, issuer=ISSUER, scopes=(), times=times)
    assert facts.resource in peek(text).claims["aud"]


def test_token_of_somebody_elses_client_tells_the_name_where_profile_was_allowed(server):
    """oauth.md A-6: a client can read its tokens, and learns no more than the person allowed."""
    facts = replace(server.log_in().facts, is_first_party=False)
    signer = access_signer(server.ring.signing_key, issuer=ISSUER, clock=server.clock)
    times = (server.clock.time, server.clock.time + 1)
    text = sign_access(signer, facts, issuer=ISSUER, scopes=("openid", "profile"), times=times)
    assert peek(text).claims["preferred_username"] == "ada"


@pytest.mark.parametrize("typ", ["JWT", "logout+jwt", "at+jwtx"])
@pytest.mark.requirement("rfc9068:4:typ")
def test_another_kind_of_token_is_refused(server, typ):
    """RFC 9068 section 4: `typ` keeps ID tokens and others out."""
    signer = Signer(
        server.ring.signing_key,
        issuer=ISSUER,
        audience="https://api.example",
        lifetime="5m",
        typ=typ,
        clock=server.clock,
    )
    with pytest.raises(WrongType):
        server.verifier.verify(signer.sign(sub="user_ada", client_id="web"))


@pytest.mark.parametrize("name", ["sub", "client_id", "jti"])
def test_token_without_a_required_claim_is_refused(server, name):
    signer = Signer(
        server.ring.signing_key,
        issuer=ISSUER,
        audience="https://api.example",
        lifetime="5m",
        typ="at+jwt",
        clock=server.clock,
    )
    claims = {"sub": "user_ada", "client_id": "web", "jti": "gen_1"}
    claims[name] = None
    claims = {key: value for key, value in claims.items() if value or key == "jti"}
    with pytest.raises(ClaimMissing) as refused:
        server.verifier.verify(signer.sign(**claims))
    assert refused.value.claim == name


def test_token_whose_resource_is_the_issuer_names_it_once(server):
    at_home = replace(server.log_in().facts, resource=ISSUER)
    now = server.clock.time
    times = (now, now + 1)
    text = sign_access(server.issue.signer, at_home, issuer=ISSUER, scopes=(), times=times)
    assert peek(text).claims["aud"] == ISSUER
    assert "scope" not in peek(text).claims


def test_claims_of_another_issuer_are_empty_where_it_says_nothing():
    claims = msgspec.convert({**REQUIRED, "jti": "j"}, AccessClaims)
    assert claims.scopes == frozenset()
    assert (claims.sid, claims.roles, claims.amr, claims.audiences) == ("", (), (), ("a",))


def test_claims_give_scopes_audiences_and_generation():
    claims = msgspec.convert(
        {**REQUIRED, "jti": "gen_1", "aud": ["a", "b"], "scope": "read write"}, AccessClaims
    )
    assert claims.scopes == {"read", "write"}
    assert claims.audiences == ("a", "b")
    assert claims.generation_id == "gen_1"
    assert repr(claims) == "AccessClaims(sub='user_1', jti='gen_1')"


@pytest.mark.requirement("tokens:7:cache")
def test_a_remembered_token_dies_with_its_key(server):
    """oauth.md K-6: an emergency rotation withdraws keys while the server runs."""
    live = LiveRing(server.ring)
    mine = access_verifier(live, issuer=ISSUER, audience=ISSUER, clock=server.clock, cache=9)
    token = server.log_in().access_token.reveal()
    assert mine.verify(token).claims is mine.verify(token).claims
    other = Key.generate("ES256")
    live.replace(SimpleNamespace(public_keys=KeySet([other.public()])))
    with pytest.raises(UnknownKey):
        mine.verify(token)
