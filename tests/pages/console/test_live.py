"""Events as they happen: who may wait for them, for how long, and that waiting keeps nothing open.

users.md U41; security.md rules 43 and 95; decisions/0288.
"""

import asyncio

import pytest
from tests.pages.account.conftest import Browser, words

from watchword.server import feed_watch
from watchword.server.live_events import mark_of
from watchword.server.pages.console.happenings import LIVE

pytestmark = pytest.mark.requirement("users:U41:live")


def seen_on(page):
    """Return the mark that a page carries."""
    return page.text.partition('data-seen="')[2].partition('"')[0]


async def until_waiting(runtime, readers=1):
    while runtime.live._readers < readers:  # noqa: ASYNC110  # the server has no such event
        await asyncio.sleep(0)


@pytest.fixture
def wait(started, ada):
    """Return a function that has ada wait while something else is done, and returns her answer."""

    def waiting(work, query=""):
        async def both():
            seen = seen_on(await ada.http.get("/admin/events"))
            answer = asyncio.create_task(ada.http.get(f"{LIVE}?seen={seen}{query}"))
            await until_waiting(started.runtime)
            await work()
            return await answer

        return started.run(both())

    return waiting


def suspend_bob(started):
    async def work():
        store = started.runtime.store
        bob = await store.find_user("bob")
        await store.suspend_user(bob.id, now=started.clock.seconds)

    return work


@pytest.mark.parametrize("path", ["/admin", "/admin/events", "/admin/events?show=sign-ins"])
def test_the_newest_page_of_a_list_says_how_it_goes_on(started, ada, path):
    page = ada.get(path)
    newest = started.run(started.runtime.store.page_events())
    assert seen_on(page) == mark_of(newest)
    assert f'data-live="{LIVE}' in page.text
    assert "Look again" in words(page)
    assert "live.js" in page.text


def test_an_older_page_stands_still(ada):
    assert "data-live=" not in ada.get("/admin/events?before=5-x").text


def test_an_event_is_answered_as_it_happens(started, wait):
    answer = wait(suspend_bob(started))
    assert "The account was suspended" in words(answer)
    assert "bob" in words(answer)
    assert seen_on(answer) == mark_of(started.run(started.runtime.store.page_events()))
    assert answer.headers["cache-control"] == "no-store"


def test_the_list_that_was_asked_for_comes_again(started, ada, wait):
    answer = wait(suspend_bob(started), "&show=sign-ins")
    assert "The account was suspended" not in words(answer)
    assert "show=sign-ins" in answer.text
    assert "<h3>" in ada.get(f"{LIVE}?of=overview").text
    assert "<h2>" in ada.get(LIVE).text
    assert "Nothing has happened yet" in words(ada.get(f"{LIVE}?q=nobody"))


def test_a_page_that_has_not_seen_the_newest_does_not_wait(ada):
    for query in ("", "?seen=anything", "?seen=" + "x" * 100):
        assert ada.get(LIVE + query).status_code == 200


def test_the_events_end_with_the_session(started, ada, wait):
    """Looked up once more when there is something to tell."""

    async def end():
        (mine,) = (await started.runtime.store.page_sessions(now=started.clock.seconds))[:1]
        await started.runtime.store.end_session(mine.session.sid, now=started.clock.seconds)

    answer = wait(end)
    assert answer.headers["location"].startswith("/signin")
    assert "data-live" not in answer.text


def test_the_events_end_with_the_right_to_look(started, ada, wait):
    started.add_user("otto", "admin")

    async def demote():
        store = started.runtime.store
        me = await store.find_user("ada")
        await store.remove_role(me.id, "admin", now=started.clock.seconds)

    assert wait(demote).status_code == 404


def test_whoever_may_not_look_does_not_wait(started, ada):
    seen = seen_on(ada.get("/admin/events"))
    bob = Browser(started).sign_in("bob")
    assert bob.get(f"{LIVE}?seen={seen}").status_code == 404
    stranger = Browser(started).get(f"{LIVE}?seen={seen}")
    assert stranger.headers["location"].startswith("/signin")


def test_a_page_that_is_open_keeps_no_session_open(started, ada):
    store, now = started.runtime.store, started.clock

    def idle():
        (mine,) = started.run(store.page_sessions(now=now.seconds))
        return mine.session.used_at

    before = idle()
    now.seconds += 600
    assert ada.get(LIVE).status_code == 200
    assert idle() == before
    assert ada.get("/admin/events").status_code == 200
    assert idle() == before + 600


def test_beyond_the_bound_nobody_waits(started, ada, wait, monkeypatch):
    monkeypatch.setattr(started.runtime.live, "readers_max", 1)

    async def another():
        seen = seen_on(await ada.http.get("/admin/events"))
        assert (await ada.http.get(f"{LIVE}?seen={seen}")).status_code == 200
        await suspend_bob(started)()

    assert "The account was suspended" in words(wait(another))


def test_a_server_that_stops_sends_away_who_waits(started, wait):
    async def stop():
        started.auth.drain()

    assert wait(stop).status_code == 200


def test_a_wait_that_brings_nothing_ends(started, ada, monkeypatch):
    monkeypatch.setattr("watchword.server.pages.console.live.WAIT_SECONDS_MAX", 0)
    seen = seen_on(ada.get("/admin/events"))
    assert seen_on(ada.get(f"{LIVE}?seen={seen}")) == seen


def test_whoever_waits_looks_together(started, ada, monkeypatch):
    """One look at the database for all of them, whatever each has asked for."""
    looks = []
    store, read = started.runtime.live.store, type(started.runtime.live.store).read_feed
    monkeypatch.setattr(feed_watch, "POLL_SECONDS", 0)

    async def read_feed(self, cursor, *, now):
        looks.append(asyncio.current_task().get_name())
        return await read(self, cursor, now=now)

    monkeypatch.setattr(type(store), "read_feed", read_feed)

    async def several():
        seen = seen_on(await ada.http.get("/admin/events"))
        waiting = [asyncio.create_task(ada.http.get(f"{LIVE}?seen={seen}")) for _ in range(3)]
        await until_waiting(started.runtime, 3)
        await suspend_bob(started)()
        return [words(answer) for answer in await asyncio.gather(*waiting)]

    assert all("The account was suspended" in told for told in started.run(several()))
    assert "watchword feed" in looks


def test_a_browser_that_goes_is_forgotten(started, ada):
    async def go():
        seen = seen_on(await ada.http.get("/admin/events"))
        waiting = asyncio.create_task(ada.http.get(f"{LIVE}?seen={seen}"))
        await until_waiting(started.runtime)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        return started.runtime.live._readers

    assert started.run(go()) == 0
    assert ada.get(LIVE).status_code == 200
