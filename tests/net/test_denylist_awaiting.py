"""Status lists that an event loop awaits, and those that nobody waits for.

Source: tokens.md J-49 and section 1 (decision 5); decision 0103.
"""

import asyncio
import threading

import pytest
from tests.jose.keys import NOW, FixedClock, verifier
from tests.jose.statuslist.lists import URI, list_verifier, published, referring
from tests.net.hostile import hostile, says
from tests.net.test_denylist import Issuer

from watchword import jwt, statuslist

FOLDER = "https://id.example/statuslists/"


@pytest.mark.requirement("tokens:J-49:awaited")
def test_a_slow_issuer_does_not_hold_up_the_event_loop():
    """The server answers only after the loop has gone on: a loop that waited would never see it."""
    gate = threading.Event()
    lists: dict[str, str] = {}

    def slowly(connection):
        gate.wait(60)
        says(lists["text"].encode())(connection)

    async def program(policy, taken_back, good):
        asked = [asyncio.create_task(policy.averify(text)) for text in (taken_back, good, good)]
        for _ in range(100):
            await asyncio.sleep(0)
        assert not any(task.done() for task in asked)
        gate.set()
        return await asyncio.gather(*asked, return_exceptions=True)

    with hostile(slowly) as server:
        uri = f"http://127.0.0.1:{server.port}/statuslists/1"
        lists["text"] = published({7: statuslist.INVALID}, uri=uri)
        denylist = statuslist.Denylist(
            list_verifier(), fetch=statuslist.fetch, allow=[uri], clock=FixedClock()
        )
        policy = verifier("ES256", denylist=denylist)
        refused, *proved = asyncio.run(
            program(policy, referring(uri, idx=7), referring(uri, idx=6))
        )
    assert isinstance(refused, jwt.TokenRevoked)
    assert [each.claims.sub for each in proved] == ["alice", "alice"]
    assert len(server.requests) == 1


@pytest.mark.requirement("tokens:J-49:awaited")
def test_a_list_at_hand_is_answered_from_without_awaiting():
    issuer = Issuer({7: statuslist.INVALID})
    policy = issuer.verifier()
    asyncio.run(policy.averify(referring(idx=6)))
    with pytest.raises(StopIteration) as ended:
        policy.averify(referring(idx=6)).send(None)
    assert ended.value.value.claims.sub == "alice"
    with pytest.raises(jwt.TokenRevoked):
        policy.averify(referring(idx=7)).send(None)
    assert issuer.asked == [URI]


@pytest.mark.requirement("tokens:J-49:awaited", "tokens:J-49:one-fetch-in-flight")
def test_who_notices_that_a_list_runs_out_awaits_the_next_and_others_do_not():
    issuer = Issuer({7: statuslist.INVALID})
    policy = issuer.verifier()

    async def program():
        await policy.averify(referring(idx=6))
        issuer.statuses = {6: statuslist.INVALID}
        issuer.clock.time += 300
        issuer.gate.clear()
        first = asyncio.create_task(policy.averify(referring(idx=6)))
        await asyncio.sleep(0)
        assert (await policy.averify(referring(idx=6))).claims.sub == "alice"
        assert not first.done()
        issuer.gate.set()
        with pytest.raises(jwt.TokenRevoked):
            await first

    asyncio.run(program())
    assert issuer.asked == [URI, URI]


@pytest.mark.requirement("tokens:J-49:one-fetch-in-flight")
def test_threads_and_an_event_loop_share_one_fetch():
    issuer = Issuer()
    policy = issuer.verifier()
    issuer.gate.clear()

    async def program():
        in_a_thread = asyncio.create_task(asyncio.to_thread(policy.verify, referring(idx=6)))
        await asyncio.to_thread(issuer.arrived.wait, 60)
        awaited = asyncio.create_task(policy.averify(referring(idx=6)))
        await asyncio.sleep(0)
        issuer.gate.set()
        return await asyncio.gather(in_a_thread, awaited)

    assert [each.claims.sub for each in asyncio.run(program())] == ["alice", "alice"]
    assert issuer.asked == [URI]


def test_who_is_cancelled_takes_no_fetch_along():
    issuer = Issuer()
    policy = issuer.verifier()
    issuer.gate.clear()

    async def program():
        impatient = asyncio.create_task(policy.averify(referring(idx=6)))
        await asyncio.to_thread(issuer.arrived.wait, 60)
        impatient.cancel()
        with pytest.raises(asyncio.CancelledError):
            await impatient
        patient = asyncio.create_task(policy.averify(referring(idx=6)))
        await asyncio.sleep(0)
        issuer.gate.set()
        return await patient

    assert asyncio.run(program()).claims.sub == "alice"
    assert issuer.asked == [URI]


@pytest.mark.requirement("tokens:J-49:unavailable")
def test_a_list_that_cannot_be_had_is_unavailable_and_an_old_one_serves():
    issuer = Issuer()
    issuer.is_down = True
    policy = issuer.verifier()
    for _ in range(2):
        with pytest.raises(jwt.StatusUnavailable) as caught:
            asyncio.run(policy.averify(referring(idx=6)))
        assert (caught.value.retry_after, "down" in caught.value.detail) == (1, True)
    assert issuer.asked == [URI]
    issuer.is_down = False
    issuer.clock.time += 1
    assert asyncio.run(policy.averify(referring(idx=6)))
    issuer.is_down = True
    issuer.clock.time += 300
    assert asyncio.run(policy.averify(referring(idx=6, exp=NOW + 10**6)))
    assert len(issuer.asked) == 3


def test_where_no_thread_can_start_the_list_is_missing(monkeypatch):
    def refuse(_thread):
        raise RuntimeError("no more threads")

    issuer = Issuer()
    policy = issuer.verifier()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(jwt.StatusUnavailable) as caught:
            asyncio.run(policy.averify(referring()))
    assert caught.value.detail == "the fetch could not start: no more threads"
    issuer.clock.time += 1
    assert asyncio.run(policy.averify(referring()))


@pytest.mark.requirement("tokens:J-49:unavailable")
def test_the_await_of_a_fetch_has_an_end(monkeypatch):
    monkeypatch.setattr("watchword.net.waiting.WAIT_SECONDS_MAX", 0)
    issuer = Issuer()
    policy = issuer.verifier()
    issuer.gate.clear()
    with pytest.raises(jwt.StatusUnavailable, match="in time"):
        asyncio.run(policy.averify(referring()))
    issuer.gate.set()


@pytest.mark.requirement("tokens:J-49:at-hand")
def test_without_waiting_only_a_fresh_list_answers_and_nothing_is_fetched():
    issuer = Issuer({7: statuslist.INVALID})
    policy = issuer.verifier()
    with pytest.raises(jwt.StatusUnavailable, match="at hand"):
        policy.verify_nowait(referring(idx=6))
    assert issuer.asked == []
    policy.verify(referring(idx=6))
    assert policy.verify_nowait(referring(idx=6)).claims.sub == "alice"
    with pytest.raises(jwt.TokenRevoked):
        policy.verify_nowait(referring(idx=7))
    issuer.clock.time += 300
    with pytest.raises(jwt.StatusUnavailable, match="at hand"):
        policy.verify_nowait(referring(idx=6))
    assert issuer.asked == [URI]
    issuer.is_down = True
    policy.verify(referring(idx=6))
    assert policy.verify_nowait(referring(idx=6)).claims.sub == "alice"
    assert issuer.asked == [URI, URI]


@pytest.mark.requirement("tokens:J-49:at-hand")
def test_asking_what_is_at_hand_remembers_no_list():
    denylist = Issuer().denylist([FOLDER])
    policy = verifier("ES256", denylist=denylist)
    for number in range(3):
        with pytest.raises(jwt.StatusUnavailable):
            policy.verify_nowait(referring(f"{FOLDER}{number}"))
    assert repr(denylist) == "Denylist(0 lists)"
