"""Following the feed: from an answer to a refusal, and what happens while there is no answer.

Source: oauth.md F-1 to F-4.
"""

import asyncio
import logging
import os
import queue
import threading
from dataclasses import dataclass, field

import pytest
from tests.guards.conftest import AUDIENCE, ISSUER, USER

from watchword.guards import feed
from watchword.guards.authenticator import Authenticator, Sources
from watchword.guards.errors import (
    AccountSuspended,
    FeedUnavailable,
    RolesChanged,
    SessionEnded,
    SubjectsUnavailable,
)
from watchword.guards.fastapi import Guard
from watchword.guards.feed import Follower
from watchword.guards.presented import Presented
from watchword.guards.versions import FollowedVersions
from watchword.jose.errors import KeysUnavailable, TokenRevoked
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.keyset import KeySet
from watchword.net.errors import Unreachable
from watchword.net.jwks import RemoteKeySet
from watchword.oauth.feed import AccountChange, News, Revocation, RevocationKind

PATIENCE_SECONDS = 60
NOTHING = News((), "1.0")


def news(kind, value, cursor="1.1", at=1_800_000_000, until=1_800_003_600):
    return News((Revocation(0, kind, value, at, until),), cursor)


@dataclass
class Source:
    """A feed that says what a test wants: news, or an error. After that it waits."""

    says: list[object]
    asked: list[tuple[str, int]] = field(default_factory=list)
    more: "queue.Queue[object]" = field(default_factory=queue.Queue)
    held: list[object] = field(default_factory=list)
    idle: threading.Event = field(default_factory=threading.Event)
    closed: threading.Event = field(default_factory=threading.Event)

    def read(self, cursor, *, wait_seconds, stop, held):
        self.asked.append((cursor, wait_seconds))
        self.held.append(held)
        said = self.says.pop(0) if self.says else self.wait(stop)
        if isinstance(said, Exception):
            raise said
        return said

    def wait(self, stop):
        self.idle.set()
        while not stop.is_set():
            try:
                return self.more.get(timeout=0.01)
            except queue.Empty:
                pass
        return NOTHING

    def close(self):
        self.closed.set()


@pytest.fixture
def follow(clock, monkeypatch):
    """Return a follower of what a feed says, when all of it has been said."""
    monkeypatch.setattr(feed, "BACKOFF_SECONDS_MAX", 0.001)
    monkeypatch.setattr(feed, "PAUSE_SECONDS", 0)
    made = []

    def begin(*says, **options):
        source = Source(list(says))
        follower = Follower(source, clock=clock, **options)
        made.append(follower)
        follower.wait()
        assert source.idle.wait(PATIENCE_SECONDS)
        return follower, source

    yield begin
    for follower in made:
        follower.close()


@pytest.fixture
def authenticate(mint, clock):
    def call(follower, *, token=None, subjects=None):
        guard = Authenticator(
            ISSUER,
            audience=AUDIENCE,
            sources=Sources(keys=mint.keys, subjects=subjects, revocations=follower),
            clock=clock,
        )
        sent = Presented([f"Bearer {token or mint.token()}"])
        return asyncio.run(guard.authenticate(sent))

    return call


def changed(version, *, cursor="1.1", is_suspended=False):
    change = AccountChange(USER, version, is_suspended=is_suspended)
    return news(RevocationKind.ACCOUNT, change.to_text(), cursor)


@pytest.fixture
def by_version(mint, clock):
    def ask(follower, version):
        sources = Sources(keys=mint.keys, versions=FollowedVersions(follower), revocations=follower)
        guard = Authenticator(ISSUER, audience=AUDIENCE, sources=sources, clock=clock)
        return guard.authenticate_blocking(Presented([f"Bearer {mint.token(ver=version)}"]))

    return ask


@pytest.mark.requirement("access:F2:feed", "access:F4:next-request")
def test_token_from_before_a_change_is_refused_and_nobody_is_asked(follow, by_version, clock):
    follower, source = follow(NOTHING)
    clock.time += 7
    found = by_version(follower, 3)
    assert (found.source, found.age, found.version) == ("version", 7, 3)
    for said, wanted in (
        (changed(4), RolesChanged),
        (changed(5, is_suspended=True), AccountSuspended),
    ):
        source.idle.clear()
        source.more.put(said)
        assert source.idle.wait(PATIENCE_SECONDS)
        with pytest.raises(wanted):
            by_version(follower, 3)
    source.idle.clear()
    source.more.put(changed(6))
    assert source.idle.wait(PATIENCE_SECONDS)
    with pytest.raises(RolesChanged):
        by_version(follower, 5)
    assert by_version(follower, 6).version == 6
    assert follower.status.entries == 1


@pytest.mark.requirement("access:F5:unknown-or-silent-denies")
def test_versions_of_a_feed_that_is_silent_deny(follow, by_version, clock):
    follower, _ = follow(Unreachable("no connection"))
    with pytest.raises(SubjectsUnavailable) as refused:
        by_version(follower, 3)
    assert "no connection" in refused.value.detail
    heard, _ = follow(NOTHING)
    assert by_version(heard, 3).version == 3
    clock.time += feed.BLIND_SECONDS
    with pytest.raises(SubjectsUnavailable):
        by_version(heard, 3)


def test_versions_wait_for_a_first_answer(clock):
    with pytest.raises(SubjectsUnavailable) as refused:
        FollowedVersions(Follower(Source([]), clock=clock)).find(USER)
    assert "no answer yet" in refused.value.detail


@pytest.mark.requirement("access:F2:feed")
def test_restored_database_counts_versions_from_where_it_was(follow, by_version):
    follower, source = follow(changed(9, cursor="1.1"), News((), "1.1"))
    with pytest.raises(RolesChanged):
        by_version(follower, 8)
    source.idle.clear()
    source.more.put(News((), "2.1"))
    assert source.idle.wait(PATIENCE_SECONDS)
    assert by_version(follower, 8).version == 8


def test_versions_of_a_feed_need_a_feed(mint):
    with pytest.raises(ValueError, match="secret= or revocations="):
        Guard(ISSUER, audience=AUDIENCE, keys=mint.keys, versions="feed")


@pytest.mark.requirement("oauth:F-1:guards")
def test_thread_waits_for_the_first_attempt_and_refuses_alike(mint, clock):
    """What is asked for in WSGI, where nothing awaits."""
    ended = Revocation(1, RevocationKind.SESSION, "sid_1", clock.time, clock.time + 300)
    source = Source([News((ended,), "1.1"), NOTHING])
    follower = Follower(source, clock=clock)
    guard = Authenticator(
        ISSUER,
        audience=AUDIENCE,
        sources=Sources(keys=mint.keys, revocations=follower),
        clock=clock,
    )
    try:
        for _ in range(2):
            with pytest.raises(SessionEnded):
                guard.authenticate_blocking(Presented([f"Bearer {mint.token()}"]))
    finally:
        follower.close()


@pytest.mark.requirement("oauth:F-1:guards")
@pytest.mark.parametrize(
    ("kind", "value", "refusal"),
    [
        (RevocationKind.SESSION, "sid_1", SessionEnded),
        (RevocationKind.FAMILY, "fam_1", SessionEnded),
        (RevocationKind.USER, USER, SessionEnded),
        (RevocationKind.CLIENT, "app", TokenRevoked),
        (RevocationKind.TOKEN, "gen_1", TokenRevoked),
        (RevocationKind.ISSUED_BEFORE, "kid", TokenRevoked),
    ],
    ids=lambda value: getattr(value, "value", None),
)
def test_token_of_what_has_ended_is_refused(follow, authenticate, kind, value, refusal):
    follower, _ = follow(news(kind, value), NOTHING)
    with pytest.raises(refusal):
        authenticate(follower)


def test_other_tokens_pass(follow, authenticate):
    follower, _ = follow(news(RevocationKind.SESSION, "sid_2"), NOTHING)
    assert authenticate(follower).user.id == USER


def test_suspended_person_is_told_so_before_the_feed_is_asked(
    follow, authenticate, subjects, make_account
):
    """ARCHITECTURE section 6."""
    follower, _ = follow(news(RevocationKind.SESSION, "sid_1"), NOTHING)
    with pytest.raises(SessionEnded):
        authenticate(follower, subjects=subjects)
    subjects.state = subjects.state.__class__(
        user=make_account(make_account().status.__class__.SUSPENDED),
        is_live=False,
        is_replaced=False,
    )
    with pytest.raises(Exception, match="suspended"):
        authenticate(follower, subjects=subjects)


@pytest.mark.requirement("oauth:F-2:snapshot")
def test_everything_is_read_before_a_wait_begins(follow):
    first = news(RevocationKind.SESSION, "sid_1", "1.1")
    second = news(RevocationKind.SESSION, "sid_2", "1.2")
    follower, source = follow(first, second, News((), "1.2"))
    assert source.asked == [("", 0), ("1.1", 0), ("1.2", 0), ("1.2", 25)]
    assert follower.status.entries == 2
    assert follower.status.is_following


def test_first_request_waits_for_the_whole_of_it(mint, clock, authenticate):
    """A guard that starts knows nothing, and lets nobody in meanwhile."""
    source = Source([news(RevocationKind.SESSION, "sid_1")])
    follower = Follower(source, clock=clock)
    source.more.put(News((), "1.1"))
    with pytest.raises(SessionEnded):
        authenticate(follower)
    follower.close()


@pytest.mark.requirement("oauth:F-4:bound")
def test_guard_that_continues_lets_pass_what_it_cannot_check_and_raises_an_alarm(
    follow, authenticate, clock, caplog
):
    with caplog.at_level(logging.WARNING, "watchword.guards.feed"):
        follower, source = follow(NOTHING)
        assert follower.status.is_following
        source.idle.clear()
        source.more.put(Unreachable("no connection", detail="the cable"))
        assert source.idle.wait(PATIENCE_SECONDS)
        assert [record.levelname for record in caplog.records] == ["WARNING"]
        clock.time += 301
        source.idle.clear()
        source.more.put(Unreachable("no connection", detail="the cable"))
        assert source.idle.wait(PATIENCE_SECONDS)
    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR"]
    assert "tokens of ended sessions are accepted" in caplog.records[1].getMessage()
    status = follower.status
    assert (status.is_following, status.silent_seconds, status.failures) == (False, 301, 2)
    assert status.last_failure == "no connection the cable"
    assert authenticate(follower).user.id == USER


@pytest.mark.requirement("oauth:F-4:bound")
def test_guard_that_refuses_answers_503_past_the_bound(follow, authenticate, clock, caplog):
    follower, source = follow(NOTHING, when_blind="refuse", blind_seconds=60)
    clock.time += 59
    authenticate(follower)
    clock.time += 1
    with pytest.raises(FeedUnavailable) as refused:
        authenticate(follower)
    assert (refused.value.status, refused.value.code) == (503, "feed_unavailable")
    source.idle.clear()
    source.more.put(NOTHING)
    assert source.idle.wait(PATIENCE_SECONDS)
    authenticate(follower)


@pytest.mark.requirement("oauth:F-4:bound")
def test_guard_that_never_heard_of_the_feed_follows_its_setting(follow, authenticate, caplog):
    refusing, _ = follow(Unreachable("no connection"), when_blind="refuse")
    assert refusing.status.silent_seconds is None
    with pytest.raises(FeedUnavailable):
        authenticate(refusing)
    assert "every request is refused" in caplog.text
    continuing, _ = follow(Unreachable("no connection"))
    assert authenticate(continuing).user.id == USER


def test_feed_that_answers_again_is_said(follow, caplog):
    follower, _ = follow(Unreachable("no connection"), NOTHING)
    assert "answers again after 1 attempts" in caplog.text
    assert (follower.status.failures, follower.status.last_failure) == (0, "")


def test_fault_of_a_source_is_an_outage_and_no_end(follow, authenticate, caplog):
    follower, _ = follow(RuntimeError("a bug"), news(RevocationKind.SESSION, "sid_1"), NOTHING)
    with pytest.raises(SessionEnded):
        authenticate(follower)
    assert "a bug" in caplog.text


@pytest.mark.requirement("access:F2:feed")
def test_another_feed_says_nothing_before_all_of_it_was_read(follow, by_version):
    """After a restore versions are counted anew; a part of what changed is not how accounts are."""
    follower, source = follow(changed(5), NOTHING)
    with pytest.raises(RolesChanged):
        by_version(follower, 4)
    source.says[:] = [Unreachable("gone")]
    source.idle.clear()
    source.more.put(news(RevocationKind.SESSION, "sid_9", "2.1"))
    assert source.idle.wait(PATIENCE_SECONDS)
    with pytest.raises(SubjectsUnavailable):
        by_version(follower, 4)
    assert source.asked[-1] == ("2.1", 0)
    source.idle.clear()
    source.more.put(News((), "2.1"))
    assert source.idle.wait(PATIENCE_SECONDS)
    assert by_version(follower, 4).version == 4


@pytest.mark.requirement("oauth:F-2:bounded")
def test_feed_without_an_end_is_refused(follow, monkeypatch):
    monkeypatch.setattr(feed, "ENTRIES_MAX", 1)
    follower, _ = follow(
        News((), "1.0"),
        news(RevocationKind.SESSION, "sid_0", "1.0", until=1),
        news(RevocationKind.SESSION, "sid_1", "1.1"),
        news(RevocationKind.SESSION, "sid_2", "1.2"),
    )
    assert "more than 1 things" in follower.status.last_failure


@pytest.mark.requirement("oauth:F-2:bounded")
def test_what_is_over_is_swept(follow, clock):
    follower, source = follow(news(RevocationKind.SESSION, "sid_1"), NOTHING)
    clock.time += 3601
    source.idle.clear()
    source.more.put(NOTHING)
    assert source.idle.wait(PATIENCE_SECONDS)
    assert follower.status.entries == 0


def test_closed_follower_lets_go_and_begins_again_when_it_is_needed(follow, authenticate):
    follower, source = follow(NOTHING)
    follower.close()
    assert source.closed.wait(PATIENCE_SECONDS)
    source.says[:] = [news(RevocationKind.SESSION, "sid_1"), NOTHING]
    with pytest.raises(SessionEnded):
        authenticate(follower)


def test_bound_below_the_silences_of_a_feed_is_refused(clock):
    with pytest.raises(ValueError, match="at least 60"):
        Follower(Source([]), clock=clock, blind_seconds=59)


def test_first_request_does_not_wait_for_ever(clock, monkeypatch):
    monkeypatch.setattr(feed, "FIRST_SECONDS_MAX", 0.01)
    follower = Follower(Source([]), clock=clock)
    follower.wait()
    asyncio.run(follower.arrival())
    assert not follower.is_begun
    follower.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process cannot be forked here")
def test_forked_process_follows_by_itself(follow):
    """A server that loads the application before it forks its workers."""
    follower, source = follow(NOTHING)
    parents = follower._stop
    source.says.append(NOTHING)
    feed._after_fork()
    assert not follower.is_begun
    follower.wait()
    assert follower.is_begun
    parents.set()


class Keys:
    """A key set that is fetched when it is asked for a key that it does not hold."""

    algorithms = frozenset({"ES256"})

    def __init__(self, *keys):
        self.held = None
        self.arriving = list(keys)
        self.fetched = 0

    def find_or_pending(self, _alg, _kid):
        self.fetched += 1
        self.held = self.arriving.pop(0) if self.arriving else self.held
        raise KeysUnavailable("a fetch is under way")


@pytest.mark.requirement("oauth:K-4:readers")
def test_announced_key_is_fetched_before_a_token_asks_for_it(clock, monkeypatch):
    """A guard without traffic would otherwise keep the rotation waiting."""
    one, two = (Key.generate("ES256", kid=kid).public() for kid in ("k1", "k2"))
    keys = Keys(KeySet([one]), KeySet([one, two]))
    source = Source([News((), "1.0", ("k1",)), News((), "1.0", ("k1", "k2")), News((), "1.0")])
    monkeypatch.setattr(feed, "PAUSE_SECONDS", 0)
    follower = Follower(source, clock=clock)
    follower.watch(keys)
    follower.wait()
    assert source.idle.wait(PATIENCE_SECONDS)
    follower.close()
    # At first nothing is announced; then k1 is at hand; then k2 is missing, and comes.
    assert source.held[:3] == [(), ("k1",), ("k1",)]
    assert keys.fetched == 2
    assert keys.held.find("ES256", "k2").kid == "k2"


def test_guard_with_keys_of_its_own_says_nothing_of_them(follow):
    _, source = follow(NOTHING)
    assert set(source.held) == {None}


@pytest.mark.requirement("oauth:K-4:readers")
def test_guard_that_fetches_keys_has_its_follower_watch_them(clock):
    follower = Follower(Source([]), clock=clock)
    Authenticator(ISSUER, audience=AUDIENCE, sources=Sources(revocations=follower), clock=clock)
    assert isinstance(follower._keys, RemoteKeySet)
