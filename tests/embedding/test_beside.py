"""A server beside threads and loops. Source: users.md U9; PEP 3333."""

import asyncio
import os
import threading

import pytest

from watchword.embedding import beside as beside_module
from watchword.embedding.beside import Beside
from watchword.net.loop import Loop
from watchword.stores.sqlite.writer import CLOSE_SECONDS_MAX, WAIT_SECONDS_MAX


class Server:
    """Counts its starts and stops; the first `failures` starts fail."""

    def __init__(self, failures: int = 0) -> None:
        self.failures, self.starts, self.stops = failures, 0, 0
        self.loops: set[object] = set()
        self.drained = False

    async def startup(self) -> None:
        self.loops.add(asyncio.get_running_loop())
        if self.failures:
            self.failures -= 1
            raise OSError("no room")
        self.starts += 1

    def drain(self) -> None:
        self.drained = self.stops == 0

    async def shutdown(self) -> None:
        self.loops.add(asyncio.get_running_loop())
        self.stops += 1


@pytest.fixture
def made():
    server, declared = Server(), []
    beside = Beside(server, Loop(), declare=lambda: declared.append(server.starts))
    yield beside, server, declared
    beside.close()


@pytest.mark.requirement("users:U9:server-under-wsgi")
def test_many_first_requests_start_one_server_in_one_loop(made):
    beside, server, declared = made
    barrier = threading.Barrier(8)

    def ask() -> None:
        barrier.wait()
        beside.start()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    beside.close()
    beside.close()
    assert (server.starts, server.stops, declared, len(server.loops)) == (1, 1, [0], 1)
    assert server.drained
    beside.start()  # the next request starts it again
    assert server.starts == 2


def test_event_loop_goes_on_while_the_server_starts(made):
    beside, server, _ = made

    async def ask() -> None:
        await asyncio.gather(*(beside.astart() for _ in range(3)))
        await beside.astart()
        assert asyncio.get_running_loop() not in server.loops

    asyncio.run(ask())
    assert server.starts == 1


def test_start_that_failed_is_tried_again_by_the_next_request():
    server = Server(failures=1)
    beside = Beside(server, Loop(), declare=lambda: None)
    with pytest.raises(OSError, match="no room"):
        beside.start()
    beside.start()
    assert server.starts == 1
    beside.close()


class Slow(Server):
    """A stop that does not come to its end."""

    async def shutdown(self) -> None:
        await asyncio.Event().wait()


def test_stop_has_the_time_that_its_parts_may_take(monkeypatch):
    """Each part of it has a bound of its own, and what waits is written first."""
    assert beside_module.STOP_SECONDS_MAX >= WAIT_SECONDS_MAX + CLOSE_SECONDS_MAX
    monkeypatch.setattr(beside_module, "STOP_SECONDS_MAX", 0.01)
    loop = Loop()
    beside = Beside(Slow(), loop, declare=lambda: None)
    beside.start()
    with pytest.raises(TimeoutError):
        beside.close()
    assert loop._loop is None
    beside.close()  # there is nothing left to stop


def test_forked_process_does_not_share_the_server(made, monkeypatch):
    """A store file that two processes have inherited would lose its locks."""
    beside, server, _ = made
    beside.start()
    here = os.getpid()
    with monkeypatch.context() as forked:
        forked.setattr(os, "getpid", lambda: here + 1)
        with pytest.raises(RuntimeError, match="before the fork"):
            beside.start()
        beside.close()
    assert (server.starts, server.stops) == (1, 0)
