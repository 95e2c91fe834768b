"""From a header to a person who may still act.

Source: security.md rules 82 to 85, 89 and 90; access.md section 10.
"""

import asyncio

import pytest

from watchword.access import Policy
from watchword.accounts.users import UserStatus
from watchword.guards.authenticator import Authenticator, Sources, subject_of
from watchword.guards.errors import (
    AccountSuspended,
    SessionEnded,
    SubjectsUnavailable,
    TokenOutsideHeader,
)
from watchword.guards.presented import Presented
from watchword.jose import errors
from watchword.jose.jwk.key import Key
from watchword.oauth.bearer import TokenMalformed, TokenMissing, TokenRepeated
from watchword.oauth.families import TokenState

ISSUER, AUDIENCE = "https://id.example.com", "notes"


@pytest.fixture
def guard(mint, clock) -> Authenticator:
    return Authenticator(ISSUER, audience=AUDIENCE, sources=Sources(keys=mint.keys), clock=clock)


@pytest.fixture
def storing(mint, clock, subjects) -> Authenticator:
    return Authenticator(
        ISSUER, audience=AUDIENCE, sources=Sources(keys=mint.keys, subjects=subjects), clock=clock
    )


def run(guard: Authenticator, *headers: str, query: bytes = b""):
    return asyncio.run(guard.authenticate(Presented(headers, query)))


def test_good_token_gives_the_person(guard, mint, clock):
    token = mint.token()
    clock.time += 20
    found = run(guard, f"Bearer {token}")
    user = found.user
    assert user.id.startswith("user_")
    assert user.name == "alice"
    assert user.issuer == ISSUER
    assert user.scopes == {"notes:read"}
    assert user.roles == {"user"}
    assert not user.is_admin
    assert user.expires_at == clock.time + 280
    assert (found.source, found.age, found.version) == ("token", 20, 3)


def test_person_without_a_name_is_called_by_the_id(guard, mint):
    user = run(guard, f"Bearer {mint.token(preferred_username=None)}").user
    assert user.name == user.id


@pytest.mark.requirement("security:83:matrix")
@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"iss": "https://evil.example"}, errors.WrongIssuer),
        ({"iss": ISSUER + "/"}, errors.WrongIssuer),
        ({"aud": ["other"]}, errors.WrongAudience),
        ({"aud": "note"}, errors.WrongAudience),
        ({"aud": None}, errors.ClaimMissing),
        ({"exp": 1}, errors.Expired),
        ({"nbf": 1_900_000_000}, errors.NotYetValid),
        ({"typ": "JWT"}, errors.WrongType),
        ({"typ": "logout+jwt"}, errors.WrongType),
        ({"client_id": None}, errors.ClaimMissing),
        ({"roles": "admin"}, errors.ClaimInvalid),
        ({"roles": [{"display": "admin"}]}, errors.ClaimInvalid),
        ({"ver": "9"}, errors.ClaimInvalid),
    ],
)
def test_token_of_another_policy_is_refused(guard, mint, wrong, error):
    with pytest.raises(error):
        run(guard, f"Bearer {mint.token(**wrong)}")


def test_token_of_another_key_is_refused(guard, mint):
    with pytest.raises(errors.UnknownKey):
        run(guard, f"Bearer {mint.token(key=Key.generate('ES256'))}")
    forged = Key.generate("ES256", kid=mint.key.kid)
    with pytest.raises(errors.SignatureInvalid):
        run(guard, f"Bearer {mint.token(key=forged)}")


def test_token_dies_with_its_second(guard, mint, clock):
    token = mint.token()
    clock.time += 299
    run(guard, f"Bearer {token}")
    clock.time += 1
    with pytest.raises(errors.Expired):
        run(guard, f"Bearer {token}")


@pytest.mark.requirement("security:82:one-header")
def test_header_is_the_only_place_and_holds_one(guard, mint):
    token = mint.token()
    with pytest.raises(TokenMissing):
        run(guard)
    with pytest.raises(TokenMissing):
        run(guard, "Basic dTpw")
    with pytest.raises(TokenMalformed):
        run(guard, "Bearer")
    with pytest.raises(TokenRepeated):
        run(guard, f"Bearer {token}", f"Bearer {token}")
    for query in (b"access_token=x", b"a=1&access_token=", b"access%5ftoken=x"):
        with pytest.raises(TokenOutsideHeader):
            run(guard, query=query)
        with pytest.raises(TokenOutsideHeader):
            run(guard, f"Bearer {token}", query=query)
    for query in (b"a=1", b"q=access_token", b"access_tokens=1", b"&" * 2_000, b"a=1&" * 2_000):
        assert run(guard, f"Bearer {token}", query=query)


def test_store_is_asked_for_exactly_this_login(storing, mint, clock, subjects, make_account):
    subjects.state = TokenState(
        make_account(roles=frozenset({"admin"})), is_live=True, is_replaced=False
    )
    found = run(storing, f"Bearer {mint.token()}")
    (asked,) = subjects.asked
    assert (asked["sid"], asked["family_id"]) == ("sid_1", "fam_1")
    assert asked["generation_id"] == "gen_1"
    assert asked["now"] == clock.time
    assert asked["user_id"] == found.user.id


@pytest.mark.requirement("security:90:stored-roles")
def test_stored_roles_replace_those_of_the_token(storing, mint, subjects, make_account):
    """A role taken away or given holds at the next request (access.md F4)."""
    subjects.state = TokenState(make_account(roles=frozenset()), is_live=True, is_replaced=False)
    found = run(storing, f"Bearer {mint.token(roles=['admin'])}")
    assert found.roles == frozenset()
    assert (found.source, found.age, found.version) == ("database", 0, 9)


def test_ended_login_and_unknown_account_are_401(storing, mint, subjects, make_account):
    """ARCHITECTURE section 6; access.md F5."""
    for account in (make_account(), None):
        subjects.state = TokenState(account, is_live=False, is_replaced=False)
        with pytest.raises(SessionEnded):
            run(storing, f"Bearer {mint.token()}")


@pytest.mark.requirement("security:3.1:killed-pair-at-guards")
def test_access_token_of_a_killed_pair_is_401(storing, mint, subjects, make_account):
    subjects.state = TokenState(make_account(), is_live=True, is_replaced=True)
    with pytest.raises(errors.TokenRevoked):
        run(storing, f"Bearer {mint.token()}")


OF_CLIENT = {
    "sub": "app",
    "aud": AUDIENCE,
    "jti": "tok_1",
    **dict.fromkeys(("sid", "fam", "roles", "preferred_username", "ver")),
}


@pytest.mark.requirement("guards:client-token")
def test_client_that_acts_for_itself_has_scopes_and_no_roles(guard, storing, mint, clock, subjects):
    """RFC 9068 section 2.2; RFC 9700 section 4.15."""
    token = mint.token(**OF_CLIENT)
    for found in (run(guard, f"Bearer {token}"), run(storing, f"Bearer {token}")):
        assert (found.claims.sub, found.roles, found.version) == ("app", frozenset(), 0)
        assert found.user.scopes == {"notes:read"}
        assert subject_of(found, None).id == "app"
    (asked,) = subjects.asked
    now = clock.time
    assert asked == {"client_id": "app", "token_id": "tok_1", "issued_at": now, "now": now}


@pytest.mark.requirement("guards:client-token")
def test_token_of_a_client_that_is_gone_is_401(storing, mint, subjects):
    subjects.state = TokenState(None, is_live=False, is_replaced=False)
    with pytest.raises(errors.TokenRevoked):
        run(storing, f"Bearer {mint.token(**OF_CLIENT)}")


@pytest.mark.parametrize("is_live", [True, False])
def test_suspended_account_is_told_so_before_its_ended_session(
    storing, mint, subjects, make_account, is_live
):
    subjects.state = TokenState(
        make_account(UserStatus.SUSPENDED), is_live=is_live, is_replaced=False
    )
    with pytest.raises(AccountSuspended) as refused:
        run(storing, f"Bearer {mint.token()}")
    assert "*.suspended" in refused.value.detail


@pytest.mark.requirement("security:89:store-down-denies")
def test_store_that_does_not_answer_denies(storing, mint, subjects):
    for outage in (SubjectsUnavailable(retry_after=1), OSError("gone")):
        subjects.state = outage
        with pytest.raises(type(outage)):
            run(storing, f"Bearer {mint.token()}")


def test_bad_token_never_reaches_the_store(storing, mint, subjects):
    with pytest.raises(errors.Expired):
        run(storing, f"Bearer {mint.token(exp=1)}")
    assert subjects.asked == []


class Arriving:
    """A source whose keys come after some fetches."""

    algorithms = frozenset({"ES256"})

    def __init__(self, key: Key, fetches: int) -> None:
        self.key = key.public()
        self.fetches = fetches

    def find(self, *_: object) -> Key:
        if self.fetches:
            self.fetches -= 1
            raise errors.KeysPending(self.arrive)
        return self.key

    async def arrive(self) -> None:
        """Return at once: the fetch is over."""


def test_keys_on_their_way_are_awaited(mint, clock):
    guard = Authenticator(
        ISSUER, audience=AUDIENCE, sources=Sources(keys=Arriving(mint.key, 2)), clock=clock
    )
    assert run(guard, f"Bearer {mint.token()}").user.name == "alice"


def test_keys_that_never_settle_are_unavailable(mint, clock):
    guard = Authenticator(
        ISSUER, audience=AUDIENCE, sources=Sources(keys=Arriving(mint.key, 99)), clock=clock
    )
    with pytest.raises(errors.KeysUnavailable):
        run(guard, f"Bearer {mint.token()}")


def test_issuer_in_clear_text_elsewhere_is_refused_when_the_guard_is_built():
    with pytest.raises(Exception, match="https"):
        Authenticator("http://id.example.com", audience=AUDIENCE)


def test_subject_has_the_roles_that_the_policy_inherits(guard, mint):
    found = run(guard, f"Bearer {mint.token(roles=['admin'])}")
    me = subject_of(found, Policy(roles={"admin": ["user"]}))
    assert me.roles == {"admin", "user"}
    assert me.scopes == {"notes:read"}
    assert me.source == "token"
    assert subject_of(found, None).roles == {"admin"}


def test_claim_that_no_subject_may_have_is_the_tokens_fault(guard, mint):
    found = run(guard, f"Bearer {mint.token(roles=['a' + chr(0)])}")
    with pytest.raises(errors.ClaimInvalid):
        subject_of(found, None)
