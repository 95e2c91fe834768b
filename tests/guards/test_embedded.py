"""A guard beside its issuer. Source: access.md section 10; security.md rule 89."""

import asyncio

import pytest

from watchword.guards.embedded import KeptRecords, RingKeys, StoreSubjects
from watchword.guards.errors import SubjectsUnavailable
from watchword.jose.errors import KeysUnavailable, UnknownKey
from watchword.net.loop import Loop
from watchword.stores.errors import StoreBusy, StoreUnavailable

QUESTION = {"user_id": "user_1", "sid": "sid_1", "family_id": "fam_1"}
QUESTION |= {"generation_id": "gen_1", "now": 1}
OF_CLIENT = {"client_id": "app", "token_id": "tok_1", "issued_at": 1, "now": 2}


def test_keys_are_those_of_the_ring_when_they_are_needed(mint):
    opened = []
    keys = RingKeys(lambda: opened[-1], alg="ES256")
    assert keys.algorithms == {"ES256"}
    opened.append(mint.keys)
    assert keys.find("ES256", mint.key.kid).kid == mint.key.kid
    with pytest.raises(UnknownKey):
        keys.find("ES256", "other")


def test_store_answers(subjects):
    state = asyncio.run(StoreSubjects(lambda: subjects).read_token_state(**QUESTION))
    assert state.is_live
    assert subjects.asked == [QUESTION]


def test_store_answers_for_clients(subjects):
    store = StoreSubjects(lambda: subjects)
    assert asyncio.run(store.is_client_token_live(**OF_CLIENT)) is True
    assert subjects.asked == [OF_CLIENT]


@pytest.mark.parametrize("outage", [StoreUnavailable, StoreBusy])
def test_store_that_fails_is_unavailable_with_the_cause_for_the_log(subjects, outage):
    subjects.state = outage("disk is full", fix="make room")
    with pytest.raises(SubjectsUnavailable) as refused:
        asyncio.run(StoreSubjects(lambda: subjects).read_token_state(**QUESTION))
    with pytest.raises(SubjectsUnavailable):
        asyncio.run(StoreSubjects(lambda: subjects).is_client_token_live(**OF_CLIENT))
    assert refused.value.retry_after == 1
    assert "disk is full; make room" in refused.value.detail
    assert "disk" not in refused.value.public


@pytest.mark.requirement("guards:issuer-not-started")
def test_server_that_does_not_run_is_an_outage_that_names_the_fix(subjects):
    def not_started():
        raise RuntimeError("the server has not started: start it")

    with pytest.raises(KeysUnavailable, match="has not started: start it"):
        RingKeys(not_started, alg="ES256").find("ES256", "kid")
    with pytest.raises(SubjectsUnavailable) as refused:
        asyncio.run(StoreSubjects(not_started).read_token_state(**QUESTION))
    assert "start it" in refused.value.detail
    assert "start it" not in refused.value.public


def test_record_of_a_guard_beside_a_server_that_does_not_run_stands_in_the_log_alone():
    kept: list[object] = []

    class Traces:
        def add(self, trace: object) -> None:
            kept.append(trace)

    def stopped() -> Traces:
        raise RuntimeError("the server has not started")

    KeptRecords(stopped)("refused")
    KeptRecords(Traces)("refused")
    assert kept == ["refused"]


def test_store_is_asked_in_the_loop_that_its_server_runs_in(subjects):
    """A loop for each request would open connections for each (users.md U9)."""
    loop, loops = Loop(), []

    class Store:
        async def read_token_state(self, **what):
            loops.append(asyncio.get_running_loop())
            return await subjects.read_token_state(**what)

    reader = StoreSubjects(Store, loop=loop)
    for _ in range(2):
        assert asyncio.run(reader.read_token_state(**QUESTION)).is_live
    loop.close()
    assert len(set(loops)) == 1
