"""The example in Go and in Python: each reads what the other signs, and refuses the same."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.jose.keys import FixedClock

from watchword import jwt
from watchword.base import base64url

EXAMPLE = Path(__file__).parents[2] / "examples" / "go_to_python"
SECONDS_MAX = 300  # the first build compiles Go's standard library


@pytest.fixture(scope="module")
def go_program(tmp_path_factory) -> tuple[str, ...]:
    """Compile main.go, with the modules that go.sum pins."""
    if shutil.which("go") is None:
        pytest.skip("Go is not installed")
    program = tmp_path_factory.mktemp("go") / "tokens"
    built = subprocess.run(
        ["go", "build", "-mod=readonly", "-o", str(program), "."],
        cwd=EXAMPLE,
        env=os.environ | {"GOTOOLCHAIN": "local", "CGO_ENABLED": "0"},
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    if built.returncode != 0 and "dial tcp" in built.stderr:
        pytest.skip("golang-jwt is not here, and the network brings no modules")
    assert built.returncode == 0, built.stderr
    return (str(program),)


@pytest.fixture(scope="module")
def keys(tmp_path_factory) -> dict[str, tuple[str, str]]:
    """The files that sign and check, by method."""
    home = tmp_path_factory.mktemp("keys")
    pair = jwt.Key.generate("ES256")
    files = {
        "secret.txt": "a secret of more than thirty-two bytes\n",
        "private.pem": pair.to_pem(private=True, unprotected=True),
        "public.pem": pair.to_pem(),
    }
    for name, text in files.items():
        (home / name).write_text(text)
    secret = str(home / "secret.txt")
    return {
        "HS256": (secret, secret),
        "ES256": (str(home / "private.pem"), str(home / "public.pem")),
    }


def run(program: tuple[str, ...], *arguments: str, text: str = "") -> subprocess.CompletedProcess:
    return subprocess.run(
        [*program, *arguments], input=text, capture_output=True, text=True, timeout=60, check=False
    )


PYTHON = (sys.executable, str(EXAMPLE / "tokens.py"))


@pytest.mark.parametrize("method", ["HS256", "ES256"])
def test_each_reads_what_the_other_signs(go_program, keys, method):
    signs, checks = keys[method]
    for issuer, reader in ((go_program, PYTHON), (PYTHON, go_program), (PYTHON, PYTHON)):
        token = run(issuer, "issue", method, signs, "alice").stdout
        assert run(reader, "check", method, checks, text=token).stdout == "alice\n"


@pytest.mark.parametrize("method", ["HS256", "ES256"])
def test_both_refuse_the_same(go_program, keys, method):
    signs, checks = keys[method]
    other = {"HS256": "ES256", "ES256": "HS256"}[method]
    good = run(PYTHON, "issue", method, signs, "alice").stdout.strip()
    header, payload, signature = good.split(".")
    claims = json.loads(base64url.decode(payload)) | {"username": "admin"}
    forged = base64url.encode(json.dumps(claims).encode())
    unsecured = base64url.encode(b'{"alg":"none","typ":"JWT"}')
    wrong = (
        f"{header}.{forged}.{signature}",
        f"{unsecured}.{forged}.",
        f"{header}.{payload}.",
        run(PYTHON, "issue", other, keys[other][0], "alice").stdout,
        "no token",
    )
    for text in wrong:
        for reader in (go_program, PYTHON):
            ended = run(reader, "check", method, checks, text=text)
            assert (ended.returncode, ended.stdout) == (1, "")
            assert "Traceback" not in ended.stderr


def test_the_python_half_runs_without_go(keys):
    signs, checks = keys["ES256"]
    token = run(PYTHON, "issue", "ES256", signs, "bob").stdout
    assert run(PYTHON, "check", "ES256", checks, text=token).stdout == "bob\n"
    secret = jwt.Secret("a secret of more than thirty-two bytes", alg="HS256")
    past = jwt.Token(
        jwt.HS256,
        {"iss": "https://id.example.com", "aud": "notes"},
        expires_in="1s",
        clock=FixedClock(1),
    )
    ended = run(PYTHON, "check", "HS256", keys["HS256"][1], text=past.signed_string(secret))
    assert ended.stderr == "the token has expired\n"
