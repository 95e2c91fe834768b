"""The quickstarts, each run against the built wheel. Source: users.md section 5, U1."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

QUICKSTARTS = Path(__file__).parents[2] / "examples" / "quickstarts"
BEGIN = """
import sys, watchword
assert watchword.__file__.startswith(sys.argv[1]), watchword.__file__
ORIGIN = "http://127.0.0.1:8000"
"""
PROGRAMS = {
    "fastapi_app": """
from fastapi.testclient import TestClient
from fastapi_app import app
with TestClient(app, base_url=ORIGIN) as client:
    assert client.get("/notes").status_code == 401
    assert client.get("/auth/.well-known/openid-configuration").json()["issuer"] == ORIGIN + "/auth"
    assert client.delete("/notes/7").json()["code"] == "token_missing"
""",
    "flask_app": """
from flask_app import app, auth
client = app.test_client()
assert client.get("/notes", base_url=ORIGIN).status_code == 401
told = client.get("/auth/.well-known/openid-configuration", base_url=ORIGIN).json
assert told["issuer"] == ORIGIN + "/auth"
auth.close()
""",
    "django_app": """
from django.test import Client
import django_app
from watchword.django.views import site_server
client = Client(headers={"host": "127.0.0.1:8000"})
assert client.get("/notes").status_code == 401
told = client.get("/auth/.well-known/openid-configuration").json()
assert told["issuer"] == ORIGIN + "/auth"
assert "notes:read" in told["scopes_supported"]
site_server().close()
""",
    "guard_only": """
from watchword.cli import main
assert main(["access", "routes", "guard_only:app"]) == 0
from fastapi.testclient import TestClient
from guard_only import app
with TestClient(app) as client:
    refused = client.get("/notes")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Bearer realm=")
""",
    "client": """
import os, runpy, threading, time
from typing import Annotated
import uvicorn
from fastapi import FastAPI
from watchword.accounts.passwords.hashing import PARAMETERS
from watchword.accounts.users import NewUser
from watchword.base.secrets import Secret
from watchword.fastapi import Guard, User
from watchword.server.serve import bind
from watchword.testing import running_issuer

async def add(runtime):
    hashed = await runtime.hasher.hash(Secret("a long passphrase of alice"), PARAMETERS)
    user = NewUser("user_AAAAAAAAAAAAAAAAAAAAAA", "alice", hashed, frozenset(), int(time.time()))
    await runtime.store.add_user(user)

sock = bind("127.0.0.1", 0)
api = f"http://127.0.0.1:{sock.getsockname()[1]}"
with running_issuer(api) as issuer:
    issuer._loop.run(add(issuer.server.runtime))
    app = FastAPI()
    auth = Guard(issuer.url, audience=api).install(app)

    @app.get("/notes")
    def notes(user: Annotated[User, auth.user]):
        return {"owner": user.name}

    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
    thread.start()
    os.environ |= {"ISSUER": issuer.url, "API": api, "PASSWORD": "a long passphrase of alice"}
    runpy.run_path("client.py")
    server.should_exit = True
    thread.join()
""",
    "test_double": """
import pytest
assert pytest.main(["-q", "-p", "no:cacheprovider", "test_double.py"]) == 0
""",
}
# Lines of code up to the first protected route (users.md U1); for the guard, what it adds.
LINES_MAX = {"fastapi_app": 10, "flask_app": 10}


@pytest.fixture(scope="module")
def wheel(request, tmp_path_factory) -> Path:
    pytest.importorskip("hatchling", reason="the build backend is not installed; `make` does")
    directory = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(directory)],
        cwd=request.config.rootpath, check=True, capture_output=True,
    )  # fmt: skip
    [built] = directory.glob("*.whl")
    unpacked = directory / "site"
    with zipfile.ZipFile(built) as archive:
        archive.extractall(unpacked)
    return unpacked


@pytest.mark.requirement("users:U1:wheel")
@pytest.mark.parametrize("name", PROGRAMS)
def test_quickstart_runs_against_the_wheel(wheel, tmp_path, name):
    shutil.copy(QUICKSTARTS / f"{name}.py", tmp_path)
    (tmp_path / "drive.py").write_text(BEGIN + PROGRAMS[name])
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("WATCHWORD_", "PYTEST_"))}
    done = subprocess.run(
        [sys.executable, "drive.py", str(wheel)],
        cwd=tmp_path,
        env={**kept, "PYTHONPATH": str(wheel), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    if name == "client":
        assert '{"owner":"alice"}' in done.stdout


@pytest.mark.requirement("users:U1:lines")
@pytest.mark.parametrize("name", LINES_MAX)
def test_quickstart_is_short(name):
    lines = (QUICKSTARTS / f"{name}.py").read_text("utf-8").splitlines()
    code = [line for line in lines if line.strip()]
    first = next(n for n, line in enumerate(code) if line.startswith("    return"))
    assert first + 1 <= LINES_MAX[name]


@pytest.mark.requirement("users:U1:lines")
def test_django_site_names_the_package_in_four_lines():
    """What a site has anyway, its settings and URLs, is not counted."""
    lines = (QUICKSTARTS / "django_app.py").read_text("utf-8").splitlines()
    assert len([line for line in lines if "watchword" in line]) == 4


def test_every_quickstart_is_run():
    files = {path.stem for path in QUICKSTARTS.glob("*.py")}
    assert files == set(PROGRAMS)
