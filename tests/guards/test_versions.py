"""Versions that are pushed or polled. Source: access.md F2, F3, F5."""

import asyncio

import pytest

from watchword.guards import versions as module
from watchword.guards.authenticator import Authenticator, Sources
from watchword.guards.errors import (
    AccountSuspended,
    RolesChanged,
    SessionEnded,
    SubjectsUnavailable,
)
from watchword.guards.introspected import asked
from watchword.guards.presented import Presented
from watchword.guards.standing import Standing
from watchword.guards.versions import PushedVersions
from watchword.net.errors import BadAnswer

ISSUER, AUDIENCE = "https://id.example.com", "notes"
USER = "user_AAAAAAAAAAAAAAAAAAAAAA"


@pytest.fixture
def versions(clock) -> PushedVersions:
    return PushedVersions(clock=clock)


@pytest.mark.requirement("access:F2:version")
def test_pushed_change_holds_at_the_next_request(mint, clock, versions):
    guard = Authenticator(
        ISSUER, audience=AUDIENCE, sources=Sources(keys=mint.keys, versions=versions), clock=clock
    )
    presented = Presented([f"Bearer {mint.token(ver=3)}"])

    def ask():
        return asyncio.run(guard.authenticate(presented))

    with pytest.raises(SessionEnded):
        ask()
    versions.push(USER, version=3)
    clock.time += 7
    assert ask().age == 7
    versions.push(USER, version=4)
    with pytest.raises(RolesChanged):
        ask()
    versions.push(USER, version=5, is_suspended=True)
    versions.push(USER, version=4)  # what is older changes nothing
    with pytest.raises(AccountSuspended):
        ask()
    versions.forget(USER)
    with pytest.raises(SessionEnded):
        ask()


@pytest.mark.requirement("access:F5:unknown-or-silent-denies")
def test_silence_denies_until_something_is_heard(clock, versions):
    versions.push(USER, version=1)
    clock.time += 300
    assert versions.find(USER) == Standing(1, age=300)
    clock.time += 1
    with pytest.raises(SubjectsUnavailable):
        versions.find(USER)
    versions.heard()
    assert versions.find(USER) == Standing(1)


def test_memory_has_an_end(versions, monkeypatch):
    monkeypatch.setattr(module, "SUBJECTS_MAX", 1)
    versions.push(USER, version=1)
    versions.push(USER, version=2)
    with pytest.raises(ValueError, match="at most 1 subjects"):
        versions.push("user_B", version=1)


def test_issuer_that_does_not_answer_denies():
    class Silent:
        def ask(self, _token):
            raise BadAnswer("status 500", detail="of a proxy")

    with pytest.raises(SubjectsUnavailable) as refused:
        asked(Silent(), "abc")
    assert "of a proxy" in refused.value.detail
