"""Ports for programs that have to be told theirs before they start."""

import os
import random
import socket

# Below what Linux gives to outgoing connections (32768 and up), which come and go by the thousand.
FIRST, COUNT, WORKERS_MAX = 12_000, 500, 32


def free_port() -> int:
    """Return a port of this test worker's own stretch that nobody listens on."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS_MAX
    first = FIRST + worker * COUNT
    for port in random.sample(range(first, first + COUNT), COUNT):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError(f"no port from {first} to {first + COUNT - 1} is free")
