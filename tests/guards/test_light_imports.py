"""A guard needs its framework and nothing of the server: an API is no authorization server.

Source: ARCHITECTURE section 1 (guards stand beside the server) and section 2 (extras).
"""

import subprocess
import sys

import pytest

OF_THE_SERVER = ("alembic", "apsw", "argon2", "pyotp", "segno", "uvicorn", "webauthn")
GUARDS = {
    "asgi": ("fastapi", "flask", "django", "sqlalchemy"),
    "wsgi": ("fastapi", "starlette", "flask", "django", "sqlalchemy"),
    "flask": ("fastapi", "starlette", "django", "sqlalchemy"),
    "starlette": ("fastapi", "flask", "django", "sqlalchemy"),
    "graphql": ("fastapi", "flask", "django", "sqlalchemy", "graphql"),
    "django": ("fastapi", "starlette", "flask", "sqlalchemy"),
    "fastapi": ("flask", "django", "sqlalchemy"),
}
WITHOUT = """
import sys
sys.modules.update(dict.fromkeys(sys.argv[2].split(",")))  # importing one of them fails
__import__("watchword.guards." + sys.argv[1])
"""


@pytest.mark.requirement("guards:light-imports")
@pytest.mark.parametrize("guard", GUARDS)
def test_a_guard_is_imported_without_the_server(guard):
    missing = ",".join(OF_THE_SERVER + GUARDS[guard])
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT, guard, missing],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr


COMMAND = """
import sys
sys.modules.update(dict.fromkeys(sys.argv[1].split(",")))
from watchword.cli import main
sys.exit(main(sys.argv[2:]))
"""


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    missing = ",".join((*OF_THE_SERVER, "fastapi", "django", "sqlalchemy"))
    return subprocess.run(
        [sys.executable, "-c", COMMAND, missing, *words],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.requirement("guards:light-imports")
def test_routes_are_listed_without_the_server(tmp_path, monkeypatch):
    (tmp_path / "guarded_app.py").write_text(
        "from flask import Flask\n"
        "from watchword.guards.flask import Guard\n"
        "app = Flask(__name__)\n"
        "auth = Guard('https://id.example', audience='notes').install(app)\n"
        "@app.get('/notes')\n"
        "@auth.required\n"
        "def notes(): return {}\n"
    )
    monkeypatch.chdir(tmp_path)
    ran = run("access", "routes", "guarded_app:app")
    assert "/notes" in ran.stdout, ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_command_without_its_libraries_says_what_brings_them():
    ran = run("user", "list")
    assert ran.returncode == 3
    assert ran.stderr.endswith("Run: pip install 'watchword[server]'.\n")
