"""`watchword demo` as its users meet it: a process, a terminal, lines to paste.

Source: users.md U20 to U25; ARCHITECTURE section 6 (the demo); issue 2 (1), (3) and (7).
"""

import contextlib
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from tests.ports import free_port

PROGRAM = (sys.executable, "-c", "import sys; from watchword.cli import main; sys.exit(main())")
PATIENCE_SECONDS = 60
PASSPHRASE = re.compile(r"^ {2}(\w+) +([a-z]{5}(?:-[a-z]{5}){4})", re.MULTILINE)


@dataclass
class Terminal:
    """A demonstration that was started on a terminal."""

    process: "subprocess.Popen[bytes]"
    master: int
    url: str
    text: str = ""

    def read_until(self, words: str) -> str:
        while words not in self.text:
            ready, _, _ = select.select([self.master], [], [], PATIENCE_SECONDS)
            assert ready, f"the terminal was told only:\n{self.text}"
            with contextlib.suppress(OSError):  # the other end closed: what was read is all
                if data := os.read(self.master, 65_536):
                    self.text += data.decode().replace("\r\n", "\n")
                    continue
            pytest.fail(f"the demonstration ended:\n{self.text}")
        return self.text

    @property
    def passphrases(self) -> dict[str, str]:
        return dict(PASSPHRASE.findall(self.text))

    def log_in(self, name: str, passphrase: str) -> httpx2.Response:
        document = {"username": name, "password": passphrase}
        return httpx2.post(f"{self.url}/login", json=document, timeout=PATIENCE_SECONDS)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(PATIENCE_SECONDS)
        os.close(self.master)
        return code


Start = Callable[[], Terminal]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start demonstrations on a terminal; each keeps its data in the same directory."""
    with contextlib.ExitStack() as stack:

        def begin() -> Terminal:
            port = free_port()
            master, slave = pty.openpty()
            process = subprocess.Popen(
                [*PROGRAM, "demo", "--port", str(port)],
                cwd=tmp_path, stdin=slave, stdout=slave, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            os.close(slave)
            stack.callback(process.wait, PATIENCE_SECONDS)
            stack.callback(process.terminate)
            terminal = Terminal(process, master, f"http://127.0.0.1:{port}")
            terminal.read_until("Ctrl-C ends it.")
            return terminal

        yield begin


@pytest.mark.requirement("users:U23:lines-to-paste")
def test_the_lines_on_the_terminal_run_as_they_are_pasted(start, tmp_path):
    terminal = start()
    lines = [
        line
        for line in terminal.text.splitlines()
        if re.match(r"# |LOGIN=|TOKEN=|NOTE=|curl |\S*watchword token", line)
    ]
    done = subprocess.run(
        ["bash", "-e"], input="\n".join(lines), cwd=tmp_path, capture_output=True, text=True,
        timeout=PATIENCE_SECONDS, check=True,
    )  # fmt: skip
    comments = [line for line in lines if line.startswith("# ")]
    assert len(comments) == 11
    assert not re.search("['\"`]", "".join(comments)), "zsh would wait for the closing one"
    assert done.stdout.count('"access_token"') == 2  # of the login and of the refresh
    assert "403 Forbidden" in done.stdout
    assert '"code": "not_allowed"' in done.stdout
    assert '"code": "not_found"' in done.stdout
    assert '"body":"Changed"' in done.stdout
    assert "\n204\n" in done.stdout
    assert "5. Verdict: verified" in done.stdout
    assert terminal.stop() == 0


@pytest.mark.requirement("users:U22:one-demonstration-a-directory")
def test_a_second_demonstration_leaves_the_first_alone(start, background):
    """Decision 0107: it would give the users other passphrases and end their sessions."""
    first = start()
    known = first.passphrases["alice"]
    access = first.log_in("alice", known).json()["access_token"]
    _, err = background("demo", "--port", str(free_port())).communicate(timeout=PATIENCE_SECONDS)
    assert f"A demo already runs at {first.url} with demo-data" in err
    assert "--directory demo-data-2" in err
    headers = {"Authorization": f"Bearer {access}"}
    assert httpx2.get(f"{first.url}/notes", headers=headers, timeout=60).status_code == 200
    assert first.log_in("alice", known).status_code == 200
    process = background("demo", "--port", first.url.rpartition(":")[2])
    _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 4
    assert f"A demo already runs at {first.url}" in err  # and not: type PORT=...
    elsewhere = background("demo", "--port", str(free_port()), "--directory", "demo-data-2")
    assert elsewhere.stdout.readline().startswith("watchword demo: http://127.0.0.1:")


@pytest.mark.requirement("users:U22:one-demonstration-a-directory")
def test_a_demonstration_that_was_killed_blocks_no_other(start):
    first = start()
    first.process.kill()
    first.process.wait(PATIENCE_SECONDS)
    second = start()
    assert second.log_in("alice", second.passphrases["alice"]).status_code == 200
    assert second.stop() == 0


@pytest.mark.requirement("users:U22:fresh-passphrases")
def test_each_start_gives_new_passphrases_and_keeps_only_hashes(start, tmp_path):
    first = start()
    told = first.passphrases
    assert set(told) == {"alice", "bob", "admin"}
    assert first.log_in("alice", told["alice"]).status_code == 200
    assert first.stop() == 0
    second = start()
    assert second.log_in("alice", told["alice"]).status_code == 401
    assert second.log_in("alice", second.passphrases["alice"]).status_code == 200
    assert second.stop() == 0
    kept = b"".join(path.read_bytes() for path in (tmp_path / "demo-data").iterdir())
    for passphrase in (*told.values(), *second.passphrases.values()):
        assert passphrase.encode() not in kept


@pytest.mark.requirement("users:U22:files-of-the-owner-alone")
def test_its_keys_and_users_can_be_read_by_their_owner_alone(start, tmp_path):
    """security.md rule 101."""
    start().stop()
    for name in ("watchword.key", "watchword.db"):
        assert (tmp_path / "demo-data" / name).stat().st_mode & 0o077 == 0
    assert (tmp_path / "demo-data").stat().st_mode & 0o077 == 0


@pytest.mark.requirement("users:U22:notes-begin-anew")
def test_every_start_begins_with_the_same_notes(start):
    """Decision 0107: what the documentation says of note 4 and of the next number holds again."""
    begun = []
    for _ in range(2):
        demo = start()
        token = demo.log_in("admin", demo.passphrases["admin"]).json()["access_token"]
        with httpx2.Client(
            base_url=demo.url, timeout=60, headers={"Authorization": f"Bearer {token}"}
        ) as http:
            begun.append(http.get("/notes").json())
            assert http.delete("/notes/1").status_code == 204
            change = {"title": "Changed", "body": "x"}
            assert http.put("/notes/2", json=change).status_code == 200
            assert http.post("/notes", json=change).json()["id"] == 5
        demo.stop()
    assert begun[0] == begun[1]
    assert [note["id"] for note in begun[0]] == [1, 2, 3, 4]


def test_it_listens_on_loopback_alone(start):
    """users.md U22."""
    terminal = start()
    port = int(terminal.url.rpartition(":")[2])
    with socket.socket() as elsewhere:
        elsewhere.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        elsewhere.bind(("127.0.0.2", port))  # free, because nobody listens on all addresses
    terminal.stop()


@pytest.fixture
def background(tmp_path: Path) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Start a command whose output is no terminal."""
    with contextlib.ExitStack() as stack:

        def begin(*words: str) -> "subprocess.Popen[str]":
            process = subprocess.Popen(
                [*PROGRAM, *words], cwd=tmp_path, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )  # fmt: skip
            stack.callback(process.communicate, timeout=PATIENCE_SECONDS)
            stack.callback(process.terminate)
            return process

        yield begin


@pytest.mark.requirement("users:U24:nothing-secret-off-a-terminal")
def test_without_a_terminal_nothing_secret_is_told(background):
    process = background("demo", "--port", str(free_port()))
    told = [process.stdout.readline() for _ in range(2)]
    assert told[0].startswith("watchword demo: http://127.0.0.1:")
    assert "No password is told, because standard output is no terminal" in told[1]
    assert "demo --check" in told[1]
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    assert not re.search(r"[a-z]{5}(-[a-z]{5}){4}", "".join(told) + out + err)


@pytest.mark.parametrize("words", [("demo", "--port"), ("serve",)])
@pytest.mark.requirement("users:U21:port-in-use")
def test_a_taken_port_is_named_with_the_line_to_type(background, monkeypatch, words):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("WATCHWORD_PORT", str(port))
        process = background(*words, *([str(port)] if "--port" in words else []))
        _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 4
    line = f"PORT={port % 65_535 + 1} make demo" if words[0] == "demo" else "watchword serve"
    assert line in err
    assert "Traceback" not in err


@pytest.mark.requirement("users:U25:demo-users-in-demo-databases-only")
def test_serve_refuses_the_database_of_a_demonstration(start, background, tmp_path, monkeypatch):
    start().stop()
    monkeypatch.setenv("WATCHWORD_DATABASE", f"sqlite:///{tmp_path}/demo-data/watchword.db")
    monkeypatch.setenv("WATCHWORD_PORT", str(free_port()))
    process = background("serve")
    _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 3
    assert "--demo" in err


def test_serve_opens_it_when_it_is_told_to(start, background, tmp_path, monkeypatch):
    start().stop()
    monkeypatch.setenv("WATCHWORD_DATABASE", f"sqlite:///{tmp_path}/demo-data/watchword.db")
    monkeypatch.setenv("WATCHWORD_PORT", str(free_port()))
    process = background("serve", "--demo")
    assert process.stderr.readline().startswith("watchword serves http://127.0.0.1:")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0


def test_the_demonstration_refuses_a_database_with_users_of_its_own(background, tmp_path):
    """users.md U25, from the other side: nobody's account gets a passphrase from here."""
    directory = tmp_path / "demo-data"
    directory.mkdir()
    environment = {**os.environ, "WATCHWORD_DATABASE": f"sqlite:///{directory}/watchword.db"}
    for words in (("migrate",), ("user", "add", "alice")):
        subprocess.run([*PROGRAM, *words], env=environment, check=True, stdout=subprocess.DEVNULL)
    process = background("demo", "--port", str(free_port()))
    _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 3
    assert "users that no demonstration made" in err
    assert "Traceback" not in err
