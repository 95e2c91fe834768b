"""Where peers run: each in an environment of its own, pinned.

A peer is a folder with its program and its pins. Environments are made under build/bench/, by the
folder's name, at the first run and again when the pins change. What cannot be made raises, and the
caller names the peer as not run.
"""

import contextlib
import fcntl
import os
import shutil
import subprocess
import venv
from collections.abc import Iterator
from pathlib import Path

__all__ = ["BUILD", "PEERS", "go_program", "node_packages", "node_script", "python_of"]

PEERS = Path(__file__).resolve().parent / "peers"
BUILD = Path(__file__).resolve().parents[1] / "build" / "bench"
INSTALL_SECONDS_MAX = 300


def python_of(peer: Path) -> Path:
    """Return the interpreter of a Python peer's own environment."""
    home, constraints = BUILD / peer.name, peer / "constraints.txt"
    python = home / "bin" / "python"
    if not _is_current(home, constraints):
        venv.create(home, with_pip=True, clear=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run([*install, "-r", str(constraints)])
        _mark(home, constraints)
    return python


def node_script(peer: Path, *shared: Path) -> list[str]:
    """Return the command of a Node peer, with packages and shared files beside its script."""
    node = _program("node")
    home = node_packages(peer).parent
    with _alone(home):
        for script in (peer / "peer.mjs", *shared):
            fresh = home / f"{script.name}.{os.getpid()}"
            shutil.copy(script, fresh)
            fresh.replace(home / script.name)  # whoever runs the earlier one reads it whole
    return [node, str(home / "peer.mjs")]


def node_packages(peer: Path) -> Path:
    """Return the folder with the packages of a Node peer."""
    npm = _program("npm")
    home, manifest = BUILD / peer.name, peer / "package.json"
    with _alone(home):
        if not _is_current(home, manifest):
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir(parents=True)
            shutil.copy(manifest, home)
            install = [npm, "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]
            _run(install, home)
            _mark(home, manifest)
    return home / "node_modules"


def go_program(peer: Path) -> Path:
    """Return a Go peer's compiled program."""
    program = BUILD / peer.name / "peer"
    _run([_program("go"), "build", "-o", str(program), "."], peer)
    return program


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Make an environment while no other process does: tests run in several at once."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with home.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_current(home: Path, pins: Path) -> bool:
    stamp = home / "installed"
    return stamp.exists() and stamp.read_text() == pins.read_text()


def _mark(home: Path, pins: Path) -> None:
    (home / "installed").write_text(pins.read_text())


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name} is not on the PATH")
    return found


def _run(command: list[str], cwd: Path | None = None) -> None:
    subprocess.run(command, cwd=cwd, check=True, timeout=INSTALL_SECONDS_MAX)
