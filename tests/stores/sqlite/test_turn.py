"""Turns: whoever waits is next, whoever else is busy.

Source: ARCHITECTURE section 3.
"""

import fcntl
import os
import threading
from pathlib import Path

from watchword.stores.sqlite.turn import Turn


def test_waiting_holder_comes_before_the_one_who_would_go_again(tmp_path: Path) -> None:
    """The present holder cannot take the next turn while somebody stands in line for it."""
    path = tmp_path / "store.db"
    first, second = Turn(path), Turn(path)
    order: list[str] = []
    in_line = threading.Event()

    def other() -> None:
        in_line.set()
        with second:
            order.append("second")

    thread = threading.Thread(target=other)
    with first:
        thread.start()
        in_line.wait()
        while _is_free(tmp_path / "store.db.next"):
            pass  # until the other one stands in line
        order.append("first")
    with first:
        order.append("first again")
    thread.join()
    first.close()
    second.close()
    assert order == ["first", "second", "first again"]


def _is_free(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(descriptor)


def test_lock_files_are_their_owners_alone(tmp_path: Path) -> None:
    turn = Turn(tmp_path / "store.db")
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    turn.close()
