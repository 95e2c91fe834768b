"""How fresh the facts are. Source: access.md section 10 (F2 to F5); security.md 89 and 90."""

import asyncio
import threading
from dataclasses import dataclass, field

import pytest

from watchword.access import Policy
from watchword.guards.authenticator import Authenticator, Sources, subject_of
from watchword.guards.errors import (
    AccountSuspended,
    RolesChanged,
    SessionEnded,
    SubjectsUnavailable,
)
from watchword.guards.presented import Presented
from watchword.guards.standing import Standing
from watchword.jose import errors
from watchword.net.loop import Loop

ISSUER, AUDIENCE = "https://id.example.com", "notes"
USER = "user_AAAAAAAAAAAAAAAAAAAAAA"


@dataclass
class Known:
    """Versions as they were heard; an exception is raised instead."""

    standing: Standing | Exception | None = None
    asked: list[str] = field(default_factory=list)

    def find(self, subject_id: str) -> Standing | None:
        self.asked.append(subject_id)
        if isinstance(self.standing, Exception):
            raise self.standing
        return self.standing


@dataclass
class Issuer:
    """What an issuer says of a token; an exception is raised instead."""

    told: dict[str, object] | Exception
    threads: set[int] = field(default_factory=set)

    def ask(self, _token: str) -> dict[str, object]:
        self.threads.add(threading.get_ident())
        if isinstance(self.told, Exception):
            raise self.told
        return self.told


@pytest.fixture(params=["loop", "thread"])
def ask(request, mint, clock):
    """Ask a guard, as an event loop and as a thread would."""

    def call(token, **sources):
        guard = Authenticator(
            ISSUER, audience=AUDIENCE, sources=Sources(keys=mint.keys, **sources), clock=clock
        )
        presented = Presented([f"Bearer {token}"])
        if request.param == "loop":
            return asyncio.run(guard.authenticate(presented))
        try:
            return guard.authenticate_blocking(presented)
        finally:
            guard._sources.loop.close()

    return call


@pytest.mark.requirement("access:F3:modes")
def test_mode_is_named_with_its_age(ask, mint, clock, subjects):
    token = mint.token()
    clock.time += 20
    claimed = ask(token)
    assert (claimed.source, claimed.age) == ("token", 20)
    stored = ask(token, subjects=subjects)
    assert (stored.source, stored.age) == ("database", 0)
    versioned = ask(token, versions=Known(Standing(3, age=2)))
    assert (versioned.source, versioned.age) == ("version", 2)
    told = {"active": True, "sub": USER, "aud": AUDIENCE, "exp": clock.time + 9, "scope": "a"}
    introspected = ask("opaque", introspection=Issuer(told))
    assert (introspected.source, introspected.age) == ("introspect", 0)
    # The record of a decision has both from the subject.
    assert subject_of(introspected, Policy()).source == "introspect"


def test_one_mode_at_a_time(subjects):
    with pytest.raises(ValueError, match="three modes"):
        Sources(subjects=subjects, versions=Known())


@pytest.mark.requirement("access:F2:version")
def test_token_older_than_the_account_is_refused(ask, mint):
    token = mint.token(ver=3)
    assert ask(token, versions=Known(Standing(3))).roles == {"user"}
    assert ask(token, versions=Known(Standing(2))).version == 3  # the feed is behind the issuer
    with pytest.raises(RolesChanged):
        ask(token, versions=Known(Standing(4)))
    with pytest.raises(AccountSuspended):
        ask(token, versions=Known(Standing(3, is_suspended=True)))


@pytest.mark.requirement("access:F5:unknown-or-silent-denies")
def test_unknown_subject_and_silent_source_deny(ask, mint):
    token = mint.token()
    with pytest.raises(SessionEnded):
        ask(token, versions=Known(None))
    silent = SubjectsUnavailable(retry_after=3)
    with pytest.raises(SubjectsUnavailable):
        ask(token, versions=Known(silent))
    with pytest.raises(SubjectsUnavailable):
        ask(token, introspection=Issuer(silent))


def test_client_of_its_own_has_no_version(ask, mint):
    token = mint.token(sub="app", client_id="app", roles=None)
    assert ask(token, versions=Known(None)).source == "token"


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"active": False}, errors.TokenRevoked),
        ({"active": "true"}, errors.TokenRevoked),
        ({"iss": "https://evil.example"}, errors.WrongIssuer),
        ({"aud": "other"}, errors.WrongAudience),
        ({"exp": 1}, errors.Expired),
        ({"sub": 7}, errors.ClaimInvalid),
        ({"cnf": {"kid": "x"}}, None),
    ],
)
def test_introspected_token_is_checked_like_any_other(ask, clock, wrong, error):
    told = {"active": True, "sub": USER, "aud": [AUDIENCE], "exp": clock.time + 9}
    with pytest.raises(error or Exception):
        ask("opaque", introspection=Issuer(told | wrong))


def test_introspection_without_an_audience_is_for_nobody(ask, clock):
    told = {"active": True, "sub": USER, "exp": clock.time + 9}
    with pytest.raises(errors.ClaimInvalid):
        ask("opaque", introspection=Issuer(told))


def test_event_loop_does_not_wait_for_the_issuer(mint, clock):
    issuer = Issuer({"active": False})
    guard = Authenticator(
        ISSUER, audience=AUDIENCE, sources=Sources(introspection=issuer), clock=clock
    )
    with pytest.raises(errors.TokenRevoked):
        asyncio.run(guard.authenticate(Presented(["Bearer x"])))
    assert threading.get_ident() not in issuer.threads


def test_threads_await_a_store_in_one_loop(mint, clock):
    loop = Loop()
    try:
        first, second = (loop.run(_running()) for _ in range(2))
        assert first is second
        with pytest.raises(TimeoutError):
            loop.run(asyncio.sleep(60), seconds=0.01)
    finally:
        loop.close()
    third = loop.run(_running())
    loop.close()
    loop.close()
    assert third is not first


async def _running() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


def test_store_that_takes_too_long_denies(mint, clock, subjects, monkeypatch):
    guard = Authenticator(
        ISSUER,
        audience=AUDIENCE,
        sources=Sources(keys=mint.keys, subjects=subjects),
        clock=clock,
    )

    def late(_self: Loop, work, **_: object):
        work.close()
        raise TimeoutError

    monkeypatch.setattr(Loop, "run", late)
    with pytest.raises(SubjectsUnavailable):
        guard.authenticate_blocking(Presented([f"Bearer {mint.token()}"]))


@pytest.mark.requirement("access:S11:intermediaries")
def test_actor_is_an_attribute_and_the_rights_are_the_subjects(ask, mint):
    """ASVS 5.0 8.3.3; RFC 8693 section 4.1."""
    act = {"sub": "service-b", "act": {"sub": "service-a"}}
    found = ask(mint.token(act=act, groups=["staff", {"value": "ops"}], acr="aal2", tenant="t1"))
    policy = Policy(subject={"groups": frozenset[str]})
    me = subject_of(found, policy)
    assert me.id == USER
    assert me.roles == {"user"}
    assert (me.act, me.acr, me.tenant) == ("service-b", "aal2", "t1")
    assert me.attributes == {"groups": frozenset({"staff", "ops"})}
    assert found.user.actors == ("service-b", "service-a")
    assert subject_of(ask(mint.token()), policy).act is None
    assert subject_of(found, Policy()).attributes == {}
    with pytest.raises(errors.ClaimInvalid):
        subject_of(ask(mint.token(tenant=7)), policy)
    for wrong in ({}, {"sub": ""}, {"sub": "a", "act": "b"}):
        with pytest.raises(errors.ClaimInvalid):
            subject_of(ask(mint.token(act=wrong)), policy)


def test_chain_of_actors_has_an_end(ask, mint):
    act: dict[str, object] = {"sub": "service"}
    for _ in range(8):
        act = {"sub": "service", "act": act}
    with pytest.raises(errors.ClaimInvalid):
        _ = ask(mint.token(act=act)).user


@pytest.mark.requirement("access:F1:scim-values")
def test_roles_are_texts_or_values_of_scim(ask, mint):
    roles = ["user", {"value": "admin", "display": "Administrators"}]
    assert ask(mint.token(roles=roles)).roles == {"user", "admin"}
