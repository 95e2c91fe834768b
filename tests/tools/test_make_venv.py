"""How the virtual environment is made, with every kind of Python on the PATH. users.md U20, U21."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "tools" / "make_venv.sh"
OLD = "#!/bin/sh\nexit 1\n"
# Answers as Debian's does where python3-venv is missing.
WITHOUT_VENV = f"""#!/bin/sh
case "$2" in *ensurepip*) exit 1;; esac
exec {sys.executable} "$@"
"""
RECENT = f'#!/bin/sh\nexec {sys.executable} "$@"\n'


@pytest.fixture
def make_venv(tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "command"):
        (programs / name).symlink_to("/bin/sh")

    def run(pythons, *words, user=1000):
        fakes = {**pythons, "id": f"#!/bin/sh\necho {user}\n"}
        for name, text in fakes.items():
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        return subprocess.run(
            [SCRIPT, str(tmp_path / "venv"), *words],
            env={**os.environ, "PATH": str(programs)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


def test_the_first_recent_python_is_taken(make_venv, tmp_path):
    done = make_venv({"python3.15": OLD, "python3": RECENT})
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "venv" / "bin" / "pip").exists()


def test_a_named_python_is_taken_or_refused(make_venv):
    done = make_venv({"mine": OLD, "python3": RECENT}, "mine")
    assert done.returncode == 3
    assert "PYTHON=mine is not a Python 3.11 or later." in done.stderr


def test_without_any_python_the_way_out_is_named(make_venv):
    done = make_venv({})
    assert done.returncode == 3
    assert "PYTHON=/path/to/python3" in done.stderr


def test_without_the_venv_package_the_line_to_type_is_given(make_venv):
    """ARCHITECTURE section 6 (pins)."""
    done = make_venv({"python3": WITHOUT_VENV})
    assert done.returncode == 3
    assert "sudo apt-get install python3." in done.stderr
    assert done.stderr.count("\n") == 1


def test_root_on_debian_installs_it(make_venv, tmp_path):
    """The fake apt-get repairs the fake Python, as the package does."""
    fixed = tmp_path / "bin" / "python3"
    apt = f'#!/bin/sh\necho "$@" >> {tmp_path}/apt.log\n'
    apt += f"printf '%s' '{RECENT}' > {fixed}\n"
    done = make_venv({"python3": WITHOUT_VENV, "apt-get": apt}, user=0)
    assert done.returncode == 0, done.stderr
    assert "install -q -y --no-install-recommends python3." in (tmp_path / "apt.log").read_text()
