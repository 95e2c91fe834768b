"""The refresh grant: rotation, retry, reuse."""

import asyncio
import random

import pytest
from tests.oauth.asking import open_for, refresh_with
from tests.oauth.conftest import ISSUER

from watchword.accounts.origin import NOWHERE
from watchword.oauth.access_token import access_verifier
from watchword.oauth.clients import Client
from watchword.oauth.errors import (
    InvalidClient,
    InvalidGrant,
    InvalidRequest,
    InvalidScope,
    InvalidTarget,
    OAuthError,
)
from watchword.oauth.login import login

PASSWORD = "a quiet garden at dusk"
MONTH = 30 * 86_400
GRANTED = {
    "https://api.example": ("openid", "notes:read", "notes:write"),
    "files": ("openid", "files:read"),
}


@pytest.fixture
def refresh(server):
    """Refresh with a token; return the next pair."""

    def do(token, **members):
        text = token if isinstance(token, str) else token.refresh_token.reveal()
        return server.run(refresh_with({"refresh_token": text, **members}, server.token))

    return do


@pytest.mark.requirement("rfc6749:6:refresh", "rfc9700:4.14.2:rotation")
def test_refresh_spends_the_token_and_issues_the_next_pair(server, refresh):
    """RFC 6749 section 6; RFC 9700 section 4.14.2."""
    first = server.log_in()
    server.clock.pass_seconds(301)
    second = refresh(first)
    assert second.refresh_token.reveal() != first.refresh_token.reveal()
    before, after = first.facts, second.facts
    assert (after.sid, after.family_id) == (before.sid, before.family_id)
    claims = server.claims(second)
    assert claims.auth_time == before.auth_time  # a refresh is no authentication
    assert claims.jti == after.generation_id != before.generation_id


@pytest.mark.requirement("rfc9700:4.14.2:reuse-revokes", "oauth:5:reuse-revokes")
def test_spent_refresh_token_revokes_its_family(server, refresh):
    """oauth.md section 5: the successor was used, so one of the two presenters is a thief."""
    first = server.log_in()
    second = refresh(first)
    third = refresh(second)
    with pytest.raises(InvalidGrant) as reused:
        refresh(first)
    assert "reused" in reused.value.detail
    with pytest.raises(InvalidGrant):
        refresh(third)


@pytest.mark.requirement("oauth:5:retry-heals")
def test_lost_answer_is_healed_by_asking_again(server, refresh):
    """oauth.md section 5: the successor pair is wholly unused. It dies, another one is made."""
    first = server.log_in()
    lost = refresh(first)
    lost_again = refresh(first)
    found = refresh(first)
    assert refresh(found).expires_in == 300
    for dead in (lost, lost_again):
        with pytest.raises(InvalidGrant):
            refresh(dead)


@pytest.mark.requirement("oauth:5:seen-access-token")
def test_seen_access_token_of_the_successor_makes_a_repeat_a_reuse(server, refresh):
    """oauth.md section 5: an answer whose access token was used cannot have been lost."""
    first = server.log_in()
    second = refresh(first)
    generation_id = server.claims(second).generation_id
    server.run(server.store.mark_access_seen(generation_id, now=server.clock.now()))
    with pytest.raises(InvalidGrant, match="reused"):
        refresh(first)


@pytest.mark.requirement("oauth:R-2:concurrent")
def test_concurrent_presentations_leave_one_live_pair_and_a_working_login(server, refresh):
    """oauth.md R-2; ARCHITECTURE section 6 (refresh race)."""
    members = {"refresh_token": server.log_in().refresh_token.reveal()}

    async def race():
        tries = [refresh_with(members, server.token) for _ in range(50)]
        return await asyncio.gather(*tries)

    pairs = server.run(race())
    assert len({pair.refresh_token.reveal() for pair in pairs}) == 50
    # The store answers in the order of its commits, and each commit kills the pair before it.
    assert refresh(pairs[-1]).expires_in == 300
    with pytest.raises(InvalidGrant):
        refresh(pairs[0])


@pytest.mark.requirement("rfc8707:2.2:own-at-refresh")
@pytest.mark.requirement("users:U56:one-text")
def test_every_dead_token_reads_the_same(server, refresh):
    """users.md U56; STYLE section 6."""
    server.add_user("bob")
    bob = server.log_in("bob")
    expired = server.log_in()
    server.clock.pass_seconds(MONTH)
    server.run(server.store.suspend_user("user_bob", now=server.clock.now()))
    foreign = server.log_in(client_id="app")
    spent = server.log_in()
    refresh(refresh(spent))
    other = server.log_in(resource="files")
    errors = []
    for token, members in (
        ("made-up", {}),
        (expired, {}),
        (bob, {}),
        (foreign, {}),
        (foreign, {"client_id": "partner"}),
        (spent, {}),
        (other, {"resource": "https://api.example"}),
    ):
        with pytest.raises(InvalidGrant) as refused:
            refresh(token, **members)
        errors.append(refused.value)
    assert {(e.code, e.status, e.public) for e in errors} == {
        ("invalid_grant", 400, "the refresh token is not valid")
    }
    assert len({e.detail for e in errors}) >= 4


@pytest.mark.requirement("oauth:R-5:bearer-rotates")
@pytest.mark.requirement("rfc6749:6:bound-to-client", "oauth:N-20:bound-to-client")
def test_token_of_another_client_is_refused_and_not_spent(server, refresh):
    """RFC 6749 section 6; oauth.md N-20."""
    first = server.log_in(client_id="app")
    with pytest.raises(InvalidGrant, match="wrong_client"):
        refresh(first)
    assert refresh(first, client_id="app").facts.client_id == "app"


@pytest.mark.requirement("rfc6749:6:scope-narrows", "oauth:R-3:scope-never-widens")
def test_narrower_scope_narrows_this_access_token_only(server, refresh):
    """RFC 6749 section 6; oauth.md R-3."""
    first = server.log_in()
    narrowed = refresh(first, scope="notes:read")
    assert narrowed.scope == ("notes:read",)
    assert server.claims(narrowed).scope == "notes:read"
    assert refresh(narrowed).scope == ("notes:read", "notes:write")


@pytest.mark.parametrize("scope", ["notes:write", "notes:read notes:write", "files:read"])
def test_wider_scope_is_refused_and_spends_nothing(server, refresh, scope):
    first = server.log_in(scope="notes:read")
    with pytest.raises(InvalidScope):
        refresh(first, scope=scope)
    assert refresh(first).scope == ("notes:read",)


def test_scope_beyond_the_client_is_refused(server, refresh):
    first = server.log_in(client_id="app")
    with pytest.raises(InvalidScope):
        refresh(first, client_id="app", scope="notes:write")


@pytest.mark.requirement("oauth:0.8:entitlement-reread")
def test_scope_that_the_client_lost_is_lost_at_the_next_refresh(server, refresh):
    """oauth.md section 0 (8): every party is read again."""
    first = server.log_in()
    client = Client("web", "Web", True, True, frozenset({"notes:read"}))
    server.run(server.store.register_client(client))
    assert refresh(first).scope == ("notes:read",)


@pytest.mark.requirement("rfc8707:2.2:own-at-refresh")
def test_same_resource_may_be_named_and_an_unknown_one_is_a_wrong_target(server, refresh):
    first = server.log_in()
    second = refresh(first, resource="https://api.example/")
    with pytest.raises(InvalidTarget):
        refresh(second, resource="https://evil.example")
    assert refresh(second).facts.resource == "https://api.example"


@pytest.mark.requirement("rfc8707:2.2:others-at-refresh")
def test_refresh_chooses_among_the_resources_of_its_authorization(server, refresh):
    """RFC 8707 section 2.2; the audience and the scopes are those of the one that is named."""
    pair = server.run(open_for(GRANTED, server))
    for named, audience, scope in (
        ("files", "files", "openid files:read"),
        (None, "https://api.example", "openid notes:read notes:write"),
        ("https://api.example", "https://api.example", "openid notes:read notes:write"),
    ):
        pair = refresh(pair, **({"resource": named} if named else {}))
        verifier = access_verifier(
            server.ring.public_keys, issuer=ISSUER, audience=audience, clock=server.clock
        )
        claims = verifier.verify(pair.access_token.reveal()).claims
        assert claims.audiences == (audience, ISSUER)  # the client is first-party
        assert claims.scope == scope == " ".join(pair.scope)
        assert pair.id_token is not None


@pytest.mark.requirement("rfc8707:2.2:others-at-refresh", "oauth:R-3:scope-never-widens")
def test_scope_of_one_resource_is_none_of_another(server, refresh):
    """oauth.md R-3; nothing is spent, and a narrower scope narrows this access token only."""
    pair = server.run(open_for(GRANTED, server))
    for resource, scope in (("files", "notes:read"), ("https://api.example", "files:read")):
        with pytest.raises(InvalidScope):
            refresh(pair, resource=resource, scope=scope)
    narrowed = refresh(pair, resource="files", scope="files:read")
    assert narrowed.scope == ("files:read",)
    assert refresh(narrowed, resource="files").scope == ("openid", "files:read")


@pytest.mark.requirement("rfc8707:2.2:others-at-refresh", "oauth:0.8:entitlement-reread")
def test_scope_that_the_client_lost_is_lost_for_every_resource(server, refresh):
    pair = server.run(open_for(GRANTED, server))
    client = Client("web", "Web", True, True, frozenset({"notes:read"}))
    server.run(server.store.register_client(client))
    pair = refresh(pair, resource="files")
    assert pair.scope == ("openid",)
    assert refresh(pair).scope == ("openid", "notes:read")


@pytest.mark.requirement("security:42:suspension", "security:59:revocation-wins")
def test_deliberate_end_beats_the_grace_of_a_retry(server, refresh):
    """security.md section 3.1 step 2 (DOT #1816): no second answer after a suspension."""
    first = server.log_in()
    refresh(first)
    server.run(server.store.suspend_user("user_ada", now=server.clock.now()))
    with pytest.raises(InvalidGrant):
        refresh(first)
    server.run(server.store.restore_user("user_ada", now=server.clock.now()))
    with pytest.raises(InvalidGrant):
        refresh(first)


def test_roles_and_version_are_those_of_the_transaction(server, refresh):
    first = server.log_in()
    server.run(server.store.assign_role("user_ada", "admin", now=server.clock.now()))
    claims = server.claims(refresh(first))
    assert claims.roles == ("admin", "writer")
    assert claims.ver > first.facts.user.version


@pytest.mark.requirement("oauth:R-4:idle-limit")
def test_month_without_a_refresh_ends_the_login(server, refresh):
    """oauth.md R-4."""
    pair = server.log_in()
    server.clock.pass_seconds(MONTH - 1)
    pair = refresh(pair)
    server.clock.pass_seconds(MONTH - 1)
    pair = refresh(pair)
    server.clock.pass_seconds(MONTH)
    with pytest.raises(InvalidGrant, match="expired"):
        refresh(pair)


@pytest.mark.requirement("oauth:R-4:absolute-limit")
def test_year_ends_the_login_however_often_it_was_refreshed(server, refresh):
    """oauth.md R-4."""
    pair = server.log_in()
    for _ in range(18):
        server.clock.pass_seconds(20 * 86_400)
        pair = refresh(pair)
    server.clock.pass_seconds(5 * 86_400)
    with pytest.raises(InvalidGrant):
        refresh(pair)


def test_unknown_client_is_refused_before_the_token_is_looked_at(server, refresh):
    first = server.log_in()
    with pytest.raises(InvalidClient):
        refresh(first, client_id="nobody")
    assert refresh(first)


@pytest.mark.parametrize(
    ("members", "text"),
    [({}, "refresh_token is missing"), ({"refresh_token": 7}, "refresh_token must be text")],
)
def test_malformed_request_is_named(server, members, text):
    with pytest.raises(InvalidRequest, match=text):
        server.run(refresh_with(members, server.token))


@pytest.mark.requirement("oauth:R-1:simulation")
def test_lost_answers_log_nobody_out_and_a_thief_is_seen_within_two_refreshes(server):
    """oauth.md R-1, at a size for every run: 25 families, 20 refreshes, 5 % lost answers."""
    dice = random.Random(2)

    async def honest(pair):
        for _ in range(20):
            server.clock.pass_seconds(600)
            answer = await refresh_with({"refresh_token": pair}, server.token)
            if dice.random() >= 0.05:
                pair = answer.refresh_token.reveal()
        return pair

    async def robbed(stolen):
        """The thief refreshes first; then the two take turns until one is refused."""
        presents = {"thief": stolen, "owner": stolen}
        for turns in range(1, 10):
            for who, token in tuple(presents.items()):
                try:
                    answer = await refresh_with({"refresh_token": token}, server.token)
                except InvalidGrant:
                    return turns
                presents[who] = answer.refresh_token.reveal()
        return 10

    async def simulate():
        document = {"username": "ada", "password": PASSWORD}
        for _ in range(25):
            issued = (await login((), document, NOWHERE, server.login)).issued
            last = await honest(issued.refresh_token.reveal())
            assert await robbed(last) <= 2
            with pytest.raises(OAuthError):
                await refresh_with({"refresh_token": last}, server.token)

    server.run(simulate())
