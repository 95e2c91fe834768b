"""Fixtures of the whole suite: a throw-away PostgreSQL server, and a fresh database for each test.

Each pytest-xdist worker runs a cluster of its own, so nothing has to be shared or locked.
"""

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import settings
from tests.ports import free_port

# How long an example takes says more about the machine than about the code. The same commit gets
# the same examples; `make nightly` looks for others.
settings.register_profile("watchword", deadline=None, derandomize=True)
settings.register_profile(
    "exploring", deadline=None, max_examples=int(os.environ.get("WATCHWORD_EXAMPLES", "100"))
)
settings.load_profile("exploring" if "WATCHWORD_EXAMPLES" in os.environ else "watchword")

INSTALLED = "/usr/lib/postgresql"  # Debian keeps the server's programs here, off the PATH
SERVER_USER = "postgres"  # the server refuses to run as root
STARTS_MAX = 5  # another program may take the free port between its choice and its use
START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 60
SETTINGS = {
    # The server process dies with the test run; only a power cut could tell these apart.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    # Compiling a plan takes far longer than running it on a few rows.
    "jit": "off",
    "shared_buffers": "32MB",
    "max_connections": "150",
}


@dataclass(slots=True)
class Cluster:
    """A running server, reachable on a free loopback port and on a socket in its directory."""

    programs: Path
    home: Path
    port: int
    process: "subprocess.Popen[bytes]"
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def url(self, database: str) -> str:
        return f"postgresql://{SERVER_USER}@127.0.0.1:{self.port}/{database}"

    def create(self) -> str:
        database = f"test_{next(self._numbers)}"
        self._run("createdb", "--template=template0", database)
        return database

    def drop(self, database: str) -> None:
        self._run("dropdb", "--force", database)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)  # "fast shutdown": open sessions are cut off
        try:
            self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)  # "immediate": takes its children with it
            self.process.wait(STOP_SECONDS_MAX)

    def _run(self, program: str, *arguments: str) -> None:
        where = (f"--host={self.home}", f"--port={self.port}", f"--username={SERVER_USER}")
        subprocess.run(
            [self.programs / program, *where, *arguments], check=True, capture_output=True
        )


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    """Run one PostgreSQL server for this worker; skip, saying why, where none is installed."""
    programs = _programs()
    if programs is None:
        pytest.skip(f"no PostgreSQL server: initdb is neither on the PATH nor in {INSTALLED}/*/bin")
    home = Path(tempfile.mkdtemp(prefix="watchword-pg-"))  # short: it holds a socket
    try:
        cluster = _start(programs, home)
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_cluster: Cluster) -> Iterator[str]:
    """Make an empty database for one test and drop it afterwards."""
    database = postgres_cluster.create()
    yield postgres_cluster.url(database)
    postgres_cluster.drop(database)


def _programs() -> Path | None:
    on_path = shutil.which("initdb")
    newest_first = sorted(Path(INSTALLED).glob("*/bin/initdb"), reverse=True)
    found = [Path(on_path).resolve()] if on_path else newest_first
    return found[0].parent if found else None


def _start(programs: Path, home: Path) -> Cluster:
    data = home / "data"
    if os.geteuid() == 0:
        account = pwd.getpwnam(SERVER_USER)
        os.chown(home, account.pw_uid, account.pw_gid)
    subprocess.run(
        [
            *_as_server_user(),
            programs / "initdb",
            f"--pgdata={data}",
            f"--username={SERVER_USER}",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ],
        check=True,
        capture_output=True,
        cwd=home,
    )
    for _ in range(STARTS_MAX):
        port = free_port()
        if process := _serve(programs, home, data, port):
            return Cluster(programs, home, port, process)
    pytest.fail(f"PostgreSQL did not start:\n{(home / 'log').read_text(errors='replace')[-2000:]}")


def _serve(programs: Path, home: Path, data: Path, port: int) -> "subprocess.Popen[bytes] | None":
    settings = {**SETTINGS, "unix_socket_directories": str(home), "listen_addresses": "127.0.0.1"}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [*_as_server_user(), programs / "postgres", "-D", data, "-p", str(port), *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=home,
        )
    ready = [programs / "pg_isready", "--quiet", f"--host={home}", f"--port={port}", "--timeout=1"]
    for _ in range(START_SECONDS_MAX * 10):
        if subprocess.run(ready, check=False).returncode == 0:
            return process
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
            return None
    process.kill()
    process.wait()
    return None


def _as_server_user() -> list[str]:
    """Leave root, and take the server down with a test run that is killed."""
    setpriv = shutil.which("setpriv")
    if os.geteuid() != 0:
        return [setpriv, "--pdeathsig=INT"] if setpriv else []
    if setpriv is None:
        pytest.skip("PostgreSQL refuses to run as root, and setpriv (util-linux) is missing")
    user = f"--reuid={SERVER_USER}", f"--regid={SERVER_USER}", "--clear-groups"
    return [setpriv, *user, "--pdeathsig=INT"]
