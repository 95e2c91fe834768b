"""Every code block of the documentation runs. The rules stand in README.md beside this file."""

import contextlib
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tests.ports import free_port
from tools.code_blocks import (
    PASSPHRASE,
    ROOT,
    SHOWN_URL,
    Block,
    agrees,
    blocks_of,
    pages,
    steps_of,
    substituted,
)

from watchword.cli.root import COMMANDS

SHELLS = frozenset({"bash", "sh", "console"})
SHOWN = frozenset({"text", "http", "html", "sql", "go", "mermaid"})
PORT_TRIES = 300
PAGE_SECONDS_MAX = 120


@pytest.mark.parametrize("page", pages())
def test_every_block_of_a_page_runs(page, tmp_path, environment, shell, request):
    """STYLE section 12; users.md U71."""
    blocks = blocks_of((ROOT / page).read_text("utf-8"), page)
    backgrounds = [b for b in blocks if b.language in SHELLS and b.role == "background"]
    url, passphrases = SHOWN_URL, {}
    if backgrounds:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        environment |= {"WATCHWORD_PORT": str(port), "UVICORN_PORT": str(port)}
    elif any(url in b.text or PASSPHRASE.search(b.text) for b in blocks):
        demo = request.getfixturevalue("demo")
        url, passphrases = demo.url, demo.passphrases
    with contextlib.ExitStack() as stack:
        steps = []
        for block in blocks:
            text = substituted(block.text, url, passphrases)
            if block in backgrounds:
                run_steps(steps, shell)
                steps = []
                stack.enter_context(background(text, url, tmp_path, environment))
            elif block.language in SHELLS and block.role == "setup":
                check_setup(block, environment)
            elif block.language in SHELLS and not block.role:
                steps += steps_of(block, text)
            else:
                run_other(block, text, tmp_path, environment)
        run_steps(steps, shell)


def run_steps(steps, shell) -> None:
    """Run what the shell has to do, and compare what it prints."""
    if not steps:
        return
    printed = shell.run(steps)
    for step, text in zip(steps, printed, strict=True):
        if step.expected is not None and not agrees(text, step.expected):
            pytest.fail(f"{step.place}: {step.command}\nprints\n{text}\nnot\n{step.expected}")


def run_other(block: Block, text: str, directory: Path, environment: Mapping[str, str]) -> None:
    """Do what the language of a block asks for."""
    match block.language, block.role:
        case "python", "":
            script = directory / f"block_{block.line}.py"
            script.write_text(text)
            run_python([str(script)], block, directory, environment)
        case "python", name if re.fullmatch(r"\w+\.py", name):
            (directory / name).write_text(text)
            run_python(["-c", f"import {name[:-3]}"], block, directory, environment)
        case "json", "":
            json.loads(text)
        case "toml", "" | "watchword.toml":
            tomllib.loads(text)
        case language, _ if language in SHOWN:
            pass
        case _:
            pytest.fail(f"{block.place}: no rule for ```{block.language} {block.role}")


def run_python(
    words: list[str], block: Block, directory: Path, environment: Mapping[str, str]
) -> None:
    """Run a script, with warnings as errors."""
    done = subprocess.run(
        [sys.executable, "-W", "error", *words],
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PAGE_SECONDS_MAX,
        check=False,
    )
    if done.returncode != 0:
        pytest.fail(f"{block.place}: {done.stderr}")


@contextlib.contextmanager
def background(
    text: str, url: str, directory: Path, environment: Mapping[str, str]
) -> Iterator[None]:
    """Run a server while the rest of the page does; it must end by Ctrl-C."""
    with (directory / "background.log").open("w") as log:
        process = subprocess.Popen(
            ["bash", "-c", f"exec {text.strip()}"], cwd=directory, env=environment,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        wait_for_port(int(url.rpartition(":")[2]), process, directory / "background.log")
        yield
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for_port(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Return when somebody listens."""
    for _ in range(PORT_TRIES):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.2)
            break
    pytest.fail(f"the server of the page does not listen:\n{log.read_text()}")


def check_setup(block: Block, environment: Mapping[str, str]) -> None:
    """See that what a fresh checkout is told to type exists."""
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for line in block.text.splitlines():
        for command in line.partition("#")[0].split("&&"):
            words = [word for word in command.split() if not re.match(r"[A-Z_]+=", word)]
            match words:
                case ["make", *named]:
                    assert set(named) <= set(targets), f"{block.place}: {line}"
                case ["watchword", name, *_]:
                    assert name in COMMANDS, f"{block.place}: {line}"
                case [program, *_]:
                    assert shutil.which(program, path=environment["PATH"]), f"{block.place}: {line}"


SAMPLE = """
# A page

```python app.py
def answer():
    return 42
```

```python
from app import answer
assert answer() == 42
```

```console
$ NAME=x; echo "$NAME 1 2 3"
x 1 ... 3
$ cat <<E
> two
> E
two
```

```bash
test "$NAME" = x
```

```bash setup
make demo
PORT=8001 make demo && watchword token explain x   # and more
```

```json
{"a": 1}
```

```text
anything
```
"""


def run_page(text, tmp_path, environment, shell):
    """Run a page from text."""
    steps = []
    for block in blocks_of(text, "page.md"):
        if block.role == "setup":
            check_setup(block, environment)
        elif block.language in SHELLS:
            steps += steps_of(block, block.text)
        else:
            run_other(block, block.text, tmp_path, environment)
    run_steps(steps, shell)


def test_a_page_of_every_kind_of_block_runs(tmp_path, environment, shell):
    run_page(SAMPLE, tmp_path, environment, shell)


@pytest.mark.parametrize(
    "block",
    [
        "```python\nassert False\n```",
        "```python app.py\nassert False\n```",
        "```bash\nfalse\n```",
        "```console\n$ echo a\nb\n```",
        "```console\n$ false\n```",
        "```bash setup\nmake nonsense\n```",
        "```bash setup\nwatchword nonsense\n```",
        "```json\n{\n```",
        "```pyhton\n1\n```",
        "```\nwithout a language\n```",
        "```python\nwithout an end\n",
    ],
)
def test_a_block_that_does_not_hold_fails(block, tmp_path, environment, shell):
    with pytest.raises((pytest.fail.Exception, ValueError, AssertionError)):
        run_page(block, tmp_path, environment, shell)


def test_addresses_and_passphrases_are_those_of_the_running_demonstration():
    text = 'curl http://127.0.0.1:8000/login bob "fozor-mibin-duzag-tahul-vupir"'
    found = substituted(text, "http://127.0.0.1:9", {"bob": "b", "alice": "a"})
    assert found == 'curl http://127.0.0.1:9/login bob "b"'
