"""What is installed, and what is said where nothing can be. users.md U20."""

import subprocess

import pytest


@pytest.fixture
def services(tool, monkeypatch):
    module = tool("setup_services")
    missing = module.Service("Nothing", "nothing", ("no-such-program",), (), "the tests of nothing")
    monkeypatch.setattr(module, "SERVICES", (missing,))
    return module


def test_nothing_is_said_or_done_where_everything_is_present(tool, monkeypatch, capsys):
    module = tool("setup_services")
    present = module.Service("Shell", "dash", ("sh",), (), "all tests")
    off_path = module.Service("Shell", "dash", (), ("bin/sh",), "all tests")
    monkeypatch.setattr(module, "SERVICES", (present, off_path))
    assert module.main() == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("program", "user", "reason"),
    [(None, 0, "no Debian system"), ("/usr/bin/apt-get", 1000, "takes root")],
)
def test_what_is_left_out_is_named_with_its_reason(
    services, monkeypatch, capsys, program, user, reason
):
    monkeypatch.setattr(services.shutil, "which", lambda name: program if "apt" in name else None)
    monkeypatch.setattr(services.os, "geteuid", lambda: user)
    assert services.main() == 0
    out = capsys.readouterr().out
    assert "left out: the tests of nothing, because Nothing is missing" in out
    assert reason in out
    assert "sudo apt-get install nothing" in out


def test_root_on_debian_installs_without_asking(services, monkeypatch):
    calls = []

    def run(command, **named):
        calls.append((command, named["env"]["DEBIAN_FRONTEND"], named["stdin"]))
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(services.subprocess, "run", run)
    assert services.install(services.SERVICES) == ""
    assert [command[:2] for command, _, _ in calls] == [
        ["apt-get", "update"], ["apt-get", "install"]]  # fmt: skip
    assert {(frontend, stdin) for _, frontend, stdin in calls} == {
        ("noninteractive", subprocess.DEVNULL)
    }


def test_a_failed_installation_is_reported_and_does_not_end_the_tests(
    services, monkeypatch, capsys
):
    def failing(command, **_):
        return subprocess.CompletedProcess(command, 100, "E: no network", "")

    monkeypatch.setattr(services, "why_not", str)
    monkeypatch.setattr(services.subprocess, "run", failing)
    assert services.main() == 0
    captured = capsys.readouterr()
    assert "`apt-get update -q` failed" in captured.out
    assert "E: no network" in captured.err


def test_an_endless_installation_is_given_up(services, monkeypatch):
    def endless(command, **_):
        raise subprocess.TimeoutExpired(command, 900)

    monkeypatch.setattr(services.subprocess, "run", endless)
    assert "did not end within" in services.install(services.SERVICES)
