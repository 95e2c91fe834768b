"""The notes APIs of all frameworks, run as programs and asked the same as the demo's.

Source: issue 2 (5); ARCHITECTURE section 6 (the demo's notes and the example are one).
"""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from tests.flows.notes_contract import NotesContract, Service
from tests.flows.notes_services import (
    SCOPES,
    Administration,
    bind,
    example_running,
    running,
    sqlite_url,
)

from watchword.server.app import AuthServer
from watchword.server.settings import Settings

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "fastapi_notes"
# Each example and how it is served.
EXAMPLES = {"fastapi_notes": "uvicorn", "flask_notes": "werkzeug", "django_notes": "uvicorn"}
DEMO = ROOT / "src" / "watchword" / "cli" / "demo" / "notes"


@pytest.fixture(scope="module", params=list(EXAMPLES))
def example(request, tmp_path_factory) -> Iterator[Service]:
    home = tmp_path_factory.mktemp("example")
    (issuer_socket, issuer), (api_socket, api) = bind(), bind()
    people = Administration(sqlite_url(home / "server.db"))
    people.add_people()
    server = AuthServer(Settings(database=people.database, port=int(issuer.rpartition(":")[2])))
    server.resource(api, scopes=SCOPES)
    variables = {
        "NOTES_ISSUER": issuer,
        "NOTES_AUDIENCE": api,
        "NOTES_DATABASE": sqlite_url(home / "notes.db"),
    }
    program = ROOT / "examples" / request.param
    if (program / "manage.py").exists():
        command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
        subprocess.run(command, cwd=program, env={**os.environ, **variables}, check=True)
    with (
        running(server, issuer_socket),
        example_running(
            program,
            "app:app",
            api_socket,
            server=EXAMPLES[request.param],
            **variables,
        ),
        httpx2.Client(timeout=60) as http,
    ):
        yield Service(http, api, issuer, people.passwords, people.suspend, people.restore, False)


class TestExample(NotesContract):
    @pytest.fixture
    def service(self, example: Service) -> Service:
        return example


def test_example_server_declares_the_api(tmp_path):
    """`server.py` starts, and its metadata lists the scopes of the policy."""
    listening, url = bind()
    variables = {
        "WATCHWORD_DATABASE": sqlite_url(tmp_path / "server.db"),
        "WATCHWORD_PORT": url.rpartition(":")[2],
    }
    with example_running(EXAMPLE, "server:app", listening, **variables):
        metadata = httpx2.get(f"{url}/.well-known/oauth-authorization-server").json()
    assert metadata["issuer"] == url
    of_the_policy = [scope for scope in metadata["scopes_supported"] if ":" in scope]
    assert of_the_policy == ["notes:read", "notes:write"]


@pytest.mark.parametrize(
    "place",
    [
        "fastapi_notes/models.py",
        "fastapi_notes/policy.py",
        "flask_notes/models.py",
        "flask_notes/policy.py",
        "django_notes/notes/policy.py",
    ],
)
def test_example_and_demo_have_the_same_statements(place):
    def statements(path: Path) -> list[str]:
        tree = ast.parse(path.read_text("utf-8"))
        return [ast.unparse(each) for each in tree.body if not isinstance(each, ast.ImportFrom)]

    example = ROOT / "examples" / place
    assert statements(example) == statements(DEMO / example.name)


def test_example_and_demo_have_the_same_routes():
    def routes(path: Path) -> list[str]:
        tree = ast.parse(path.read_text("utf-8"))
        functions = [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)]
        return [ast.unparse(each) for each in functions if "@app." in ast.unparse(each)]

    decorated = [each for each in routes(DEMO / "app.py") if each.startswith("@app.")]
    assert len(decorated) == 5
    assert routes(EXAMPLE / "app.py") == decorated


@pytest.mark.requirement("access:G4:routes")
def test_routes_of_the_django_example_are_listed_where_it_stands():
    """Django imports URLs and policy when they are asked for, from the project's directory."""
    program = "from watchword.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "access", "routes", "app:app"],
        cwd=ROOT / "examples" / "django_notes",
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1].split() == [
        "DELETE,GET,OPTIONS,PUT",
        "/notes/<str:id>",
        "required",
    ]
