import threading

import pytest
from tests.jose.keys import NOW, FixedClock

from watchword import dpop, jwt


def test_a_proof_is_seen_once():
    memory = dpop.Memory(clock=FixedClock())
    assert not memory.seen(b"a", NOW + 61)
    assert memory.seen(b"a", NOW + 61)
    assert not memory.seen(b"b", NOW + 61)
    assert repr(memory) == "Memory(2 of 100000)"


def test_a_proof_is_remembered_as_long_as_it_is_accepted():
    """Whatever its place in a bucket."""
    for start in range(NOW, NOW + 40):
        clock = FixedClock(start)
        memory = dpop.Memory(clock=clock)
        assert not memory.seen(b"a", start + 71)
        for clock.time in range(start, start + 72):
            assert memory.seen(b"a", start + 71)


@pytest.mark.requirement("rfc9449:11.1:bounded-memory")
def test_what_is_too_old_is_forgotten():
    clock = FixedClock()
    memory = dpop.Memory(clock=clock)
    for second in range(3_600):
        clock.time = NOW + second
        assert not memory.seen(b"%d" % second, clock.time + 61)
        assert len(memory) <= 61 + 2 * 32
        assert len(memory._buckets) <= 4  # all of which every call goes through


def test_two_threads_may_forget_the_same_proofs():
    class Contended(dict):
        """Buckets of which another thread always takes one away first."""

        def pop(self, *asked):
            super().pop(asked[0])
            return super().pop(*asked)

    memory = dpop.Memory(clock=FixedClock(NOW))
    memory._buckets = Contended()
    assert not memory.seen(b"a", NOW + 61)
    memory._clock.time += 200
    assert not memory.seen(b"b", NOW + 261)
    assert len(memory) == 1


@pytest.mark.requirement("rfc9449:11.1:bounded-memory")
def test_a_full_memory_forgets_nothing_and_refuses():
    """Forgetting the oldest would let an attacker make a proof good again."""
    clock = FixedClock()
    memory = dpop.Memory(3, clock=clock)
    for name in (b"a", b"b", b"c"):
        assert not memory.seen(name, NOW + 61)
    for name in (b"a", b"d"):
        with pytest.raises(jwt.ReplayMemoryFull) as caught:
            memory.seen(name, NOW + 61)
    assert isinstance(caught.value, jwt.KeysUnavailable)
    assert caught.value.retry_after == 32
    clock.time += 100
    assert not memory.seen(b"d", clock.time + 61)


def test_of_many_threads_one_is_first():
    memory = dpop.Memory(clock=FixedClock())
    for round_ in range(20):
        barrier = threading.Barrier(8)
        outcomes = []

        def ask(barrier=barrier, name=b"%d" % round_, outcomes=outcomes):
            barrier.wait()
            outcomes.append(memory.seen(name, NOW + 61))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == [False] + [True] * 7
