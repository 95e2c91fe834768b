"""A bounded run of every fuzz target; `make nightly` runs each of them a million times.

Source: tokens.md J-30, section 9; security.md rule 18.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUNS = int(os.environ.get("WATCHWORD_FUZZ_RUNS", "5000"))
CORPUS = os.environ.get("WATCHWORD_FUZZ_CORPUS", "")  # kept from run to run where it is set
SEED = str(int(os.environ.get("WATCHWORD_SEED", "0")) + 1)  # 0 would be a random one
SECONDS_MAX = 120 + RUNS // 50

atheris = pytest.importorskip("atheris", reason="atheris is built for Linux only")
from tests.fuzz.run import TARGETS  # noqa: E402 - its import is that of atheris


@pytest.mark.requirement("security-a:18:no-other-exception", "tokens:J-30:no-other-exception")
@pytest.mark.parametrize("target", sorted(TARGETS))
def test_no_input_that_the_fuzzer_finds_breaks_a_parser(target, tmp_path):
    """Tokens.md section 9."""
    corpus = CORPUS or str(tmp_path)
    command = [sys.executable, "-m", "tests.fuzz.run", target, "--seed", SEED, "--runs", str(RUNS)]
    ended = subprocess.run(
        [*command, "--corpus", corpus],
        cwd=ROOT,
        check=False,
        env={k: v for k, v in os.environ.items() if not k.startswith("COVERAGE")},
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
    )
    assert ended.returncode == 0, (ended.stdout + ended.stderr)[-6000:]
    assert f"Done {RUNS} in" in ended.stderr


def test_a_finding_fails_the_run(tmp_path):
    """Our own choice: a fuzzer that cannot fail proves nothing."""
    program = (
        "import sys, atheris\n"
        "from tests.fuzz import run\n"
        "from tests.fuzz.target import Target\n"
        "@atheris.instrument_func\n"
        "def broken(data):\n"
        "    if data.startswith(b'ab'): raise KeyError(data)\n"
        "run.TARGETS['broken'] = Target(broken, (ValueError,), (b'aa',))\n"
        "run.main()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, "broken", "--corpus", str(tmp_path), "--runs", "200000"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode != 0
    assert "KeyError" in ended.stdout
