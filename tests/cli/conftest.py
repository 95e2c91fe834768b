"""Commands run in process, in a directory of their own."""

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from watchword.cli import main


@dataclass(frozen=True)
class Done:
    """What one command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, object]:
        return json.loads(self.out)


Command = Callable[..., Done]


@pytest.fixture(autouse=True)
def kept_logging() -> Iterator[None]:
    """Commands that serve set the process's logs up; other tests look at them too."""
    loggers = [logging.getLogger(n) for n in ("watchword", "uvicorn", "uvicorn.error")]
    access = logging.getLogger("uvicorn.access")
    before = [(log, log.handlers, log.level, log.propagate) for log in loggers]
    was_disabled = access.disabled
    yield
    for log, handlers, level, propagate in before:
        log.handlers, log.propagate = handlers, propagate
        log.setLevel(level)
    access.disabled = was_disabled


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Run `watchword WORDS...` in an empty directory, without settings of the outside."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WATCHWORD_VECTORS", raising=False)

    def run(*words: str, stdin: str = "") -> Done:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        capsys.readouterr()
        try:
            code = main(list(words))
        except SystemExit as end:  # how argparse ends
            code = end.code if isinstance(end.code, int) else 1
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return run
