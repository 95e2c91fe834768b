"""One HTTP client is enough. Source: users.md U5."""

import subprocess
import sys

import pytest

HIDE = """
import importlib.util, sys
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *a: None if name in {hidden!r} else find(name, *a)
"""


def run(hidden: tuple[str, ...], code: str) -> "subprocess.CompletedProcess[str]":
    program = HIDE.format(hidden=hidden) + code
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize(("present", "absent"), [("httpx", "httpx2"), ("httpx2", "httpx")])
def test_one_client_is_enough(present, absent):
    code = (
        "from watchword.client import Login\n"
        f"import {present}\n"
        f"assert issubclass(Login, {present}.Auth)\n"
        f"assert {absent!r} not in sys.modules\n"
    )
    finished = run((absent,), code)
    assert finished.returncode == 0, finished.stderr


def test_no_client_is_said_with_the_command_that_helps():
    finished = run(("httpx", "httpx2"), "import watchword.client")
    assert "pip install 'watchword[client]'" in finished.stderr
