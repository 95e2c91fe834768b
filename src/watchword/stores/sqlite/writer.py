"""The writer: one thread that commits what is waiting in groups.

It takes what is queued, 32 units at most, without waiting to fill a group: one BEGIN IMMEDIATE,
each unit in a savepoint of its own, one COMMIT that reaches the disk, and then the answers. A unit
that fails is rolled back alone; a commit that fails, fails them all, and nobody was told otherwise.

Source: security.md section 3.2.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from watchword.base.records import dataclass
from watchword.stores.errors import StoreBusy, StoreError, StoreUnavailable
from watchword.stores.sqlite.connection import Connection, translated, unlockable
from watchword.stores.sqlite.turn import Turn
from watchword.stores.statement import Outcome, Verb

__all__ = ["GROUP_UNITS_MAX", "QUEUE_UNITS_MAX", "WAIT_SECONDS_MAX", "Writer", "play"]

GROUP_UNITS_MAX = 32  # security.md D3: groups of 32 under FULL outrun single commits under NORMAL
QUEUE_UNITS_MAX = 1_024  # a tenth of a second of work; what is beyond it is told to come back
WAIT_SECONDS_MAX = 10.0  # longer than any healthy disk or busy neighbour needs
CLOSE_SECONDS_MAX = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class _Unit:
    """A verb that waits, and whom to tell."""

    verb: Callable[[], Verb[Any]]
    loop: asyncio.AbstractEventLoop
    answer: "asyncio.Future[Any]"


@dataclass(frozen=True, slots=True)
class _Result:
    """What became of a unit: an outcome, or the error that its caller gets."""

    outcome: object
    error: BaseException | None


class Writer:
    """The one thread that writes, for any number of event loops and threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = Connection(path)
        self._turn = Turn(path)
        self._waiting: deque[_Unit] = deque()
        self._changed = threading.Condition()
        self._is_closing = False
        self._thread = threading.Thread(target=self._serve, name=f"write {path}", daemon=True)
        self._thread.start()

    async def write(self, verb: Callable[[], Verb[Outcome]]) -> Outcome:
        """Queue the verb and wait until it is durable.

        Raises:
            StoreBusy: the queue is full, or its turn did not come in time; nothing was done.
            StoreUnavailable: SQLite could not write, or did not say in time whether it did.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Outcome] = loop.create_future()
        unit = _Unit(verb, loop, answer)
        self._queue(unit)
        try:
            async with asyncio.timeout(WAIT_SECONDS_MAX):
                return await answer
        except TimeoutError as error:
            raise self._too_late(unit) from error

    def close(self) -> None:
        """Write what is queued, then let go of the file."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        self._thread.join(CLOSE_SECONDS_MAX)

    def _queue(self, unit: _Unit) -> None:
        with self._changed:
            if self._is_closing:
                raise StoreUnavailable(f"{self._path} is closed", fix="open the store again")
            if len(self._waiting) >= QUEUE_UNITS_MAX:
                raise StoreBusy(
                    f"{QUEUE_UNITS_MAX} writes are waiting for {self._path}",
                    fix="use PostgreSQL where one machine cannot keep up",
                )
            self._waiting.append(unit)
            self._changed.notify()

    def _too_late(self, unit: _Unit) -> StoreError:
        cause = f"nothing was written to {self._path} for {WAIT_SECONDS_MAX:g} seconds"
        fix = "look for a stopped process that holds the lock, or a slow disk"
        with self._changed:
            if unit not in self._waiting:
                return StoreUnavailable(cause, fix=fix)  # begun, with an unknown end
            self._waiting.remove(unit)
        return StoreBusy(cause, fix=fix)

    def _serve(self) -> None:
        while self._wait():
            try:
                # The turn comes first: what is queued while waiting for it joins the group.
                with self._turn:
                    group = self._take()
                    results = self._commit(group)
            except OSError as error:
                group = self._take()
                results = [_Result(None, unlockable(self._path, error))] * len(group)
            _answer(group, results)
        self._connection.close()
        self._turn.close()

    def _wait(self) -> bool:
        """Wait for work; return whether there is any, which there is not after closing."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_closing)
            return bool(self._waiting)

    def _take(self) -> list[_Unit]:
        with self._changed:
            count = min(len(self._waiting), GROUP_UNITS_MAX)
            return [self._waiting.popleft() for _ in range(count)]

    def _commit(self, group: list[_Unit]) -> list[_Result]:
        """Return a result for each unit, in order."""
        try:
            with translated(self._path):
                return self._transact(group)
        except Exception as error:  # noqa: BLE001  # the thread's rim: each caller gets the error
            return [_Result(None, error)] * len(group)

    def _transact(self, group: list[_Unit]) -> list[_Result]:
        self._connection.run("BEGIN IMMEDIATE")
        try:
            results = [self._run(unit) for unit in group]
            self._connection.run("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.run("ROLLBACK")
        return results

    def _run(self, unit: _Unit) -> _Result:
        if unit.answer.cancelled():  # nobody waits any more, and nothing was done yet
            return _Result(None, None)
        self._connection.run("SAVEPOINT unit")
        try:
            with translated(self._path):
                outcome = play(unit.verb(), self._connection)
        except Exception as error:  # the unit's caller gets it; the others go on
            if not self._connection.in_transaction:
                raise  # SQLite has rolled back the whole group: disk full, out of memory
            self._connection.run("ROLLBACK TO unit")
            self._connection.run("RELEASE unit")
            return _Result(None, error)
        self._connection.run("RELEASE unit")
        return _Result(outcome, None)


def play(verb: Verb[Outcome], connection: Connection) -> Outcome:
    """Run a verb to its end without a pause."""
    try:
        step = next(verb)
        while True:
            step = verb.send(connection.execute(step))
    except StopIteration as end:
        outcome: Outcome = end.value
        return outcome


def _answer(group: list[_Unit], results: list[_Result]) -> None:
    """Wake each event loop once, with all that is for it."""
    for loop in {unit.loop for unit in group}:
        answers = [
            (unit.answer, result)
            for unit, result in zip(group, results, strict=True)
            if unit.loop is loop
        ]
        with suppress(RuntimeError):  # the loop was closed meanwhile; the write stands
            loop.call_soon_threadsafe(_deliver, answers)


def _deliver(answers: list[tuple["asyncio.Future[Any]", _Result]]) -> None:
    for answer, result in answers:
        if answer.done():
            continue
        if result.error is None:
            answer.set_result(result.outcome)
        else:
            answer.set_exception(result.error)
