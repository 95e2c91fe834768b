"""The shell that runs the documentation's code blocks, and the demonstration they talk to.

The rules stand in README.md beside this file.
"""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from tools.code_blocks import Step

from watchword.cli.demo.app import make_app, make_settings
from watchword.cli.demo.users import Person
from watchword.server.serve import bind, make_server

PAGE_SECONDS_MAX = 120
START_SECONDS_MAX = 60


@dataclass(frozen=True)
class Demo:
    """A running demonstration."""

    url: str
    passphrases: Mapping[str, str]


class Shell:
    """One bash process for a page: it runs the steps and says what each printed."""

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        self._directory = directory
        self._environment = environment

    def run(self, steps: Sequence[Step]) -> list[str]:
        script = ["set -euo pipefail"]
        for number, step in enumerate(steps):
            script += [step.command, f"printf '\\x1e%d\\x1e' {number}"]
        done = subprocess.run(
            ["bash", "-c", "\n".join(script)],
            cwd=self._directory,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PAGE_SECONDS_MAX,
            check=False,
        )
        printed = re.split(r"\x1e\d+\x1e", done.stdout)
        if done.returncode != 0:
            step = steps[len(printed) - 1]
            pytest.fail(f"{step.place}: {step.command}\n{printed[-1]}\n{done.stderr}")
        return printed[:-1]


@pytest.fixture
def shell(tmp_path: Path, environment: dict[str, str]) -> Shell:
    """A shell in the page's own directory."""
    return Shell(tmp_path, environment)


@pytest.fixture
def environment() -> dict[str, str]:
    """What commands of a page see: the virtual environment, no settings of the outside."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("WATCHWORD_")}
    programs = str(Path(sys.executable).parent)
    return {**kept, "PATH": f"{programs}{os.pathsep}{kept.get('PATH', '')}", "NO_COLOR": "1"}


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demonstration on a free port, with its passphrases."""
    sock = bind("127.0.0.1", 0)
    settings = make_settings(tmp_path_factory.mktemp("demo"), sock.getsockname()[1])
    told: list[Person] = []
    ready = threading.Event()

    def announce(people: Sequence[Person], _notes: object) -> None:
        told.extend(people)
        ready.set()

    with ExitStack() as stack:
        server = make_server(make_app(settings, announce=announce), settings)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
        thread.start()

        def stop() -> None:
            server.should_exit = True
            thread.join(START_SECONDS_MAX)
            sock.close()

        stack.callback(stop)
        assert ready.wait(START_SECONDS_MAX), "the demonstration did not start"
        passphrases = {person.user.name: person.passphrase.reveal() for person in told}
        yield Demo(settings.issuer, passphrases)
