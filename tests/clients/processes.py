"""Programs that run beside a test and answer on a port of their own."""

import contextlib
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2

PATIENCE_SECONDS = 60


@contextlib.contextmanager
def answering(command: list[str], url: str, *, log: Path, **options: Any) -> Iterator[None]:
    """Run a program until the block ends; the block begins when the program answers."""
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stdout=errors, stderr=errors, **options)
    pause = threading.Event()
    try:
        for _ in range(PATIENCE_SECONDS * 50):
            assert process.poll() is None, log.read_text("utf-8")
            with contextlib.suppress(httpx2.TransportError):
                httpx2.get(url, timeout=60)
                break
            pause.wait(0.02)
        else:
            raise AssertionError(f"no answer: {log.read_text('utf-8')}")
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)
