"""`watchword access routes` for every framework. Source: access.md G4; security.md rule 80."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

GUARD = 'Guard("https://id.example.com", audience="notes")'
APPLICATIONS = {
    "fastapi": f"""
from fastapi import FastAPI
from watchword.fastapi import Guard
app = FastAPI(openapi_url=None)
auth = {GUARD}.install(app)
app.get("/closed", dependencies=[auth.require("notes:read")])(lambda: 1)
app.get("/hello", dependencies=[auth.optional])(lambda: 1)
""",
    "starlette": f"""
from starlette.applications import Starlette
from starlette.routing import Route
from watchword.starlette import Guard
auth = {GUARD}
def view(request): ...
app = Starlette(routes=[
    Route("/closed", auth.require("notes:read")(view)),
    Route("/hello", auth.optional(view)),
])
auth.install(app)
""",
    "flask": f"""
from flask import Flask
from watchword.flask import Guard
app = Flask(__name__, static_folder=None)
auth = {GUARD}.install(app)
app.add_url_rule("/closed", "closed", auth.require("notes:read")(lambda: 1))
app.add_url_rule("/hello", "hello", auth.optional(lambda: 1))
""",
}
BARE = {
    "fastapi": 'app.get("/open")(lambda: 1)\n',
    "starlette": 'app.router.routes.append(Route("/open", view))\n',
    "flask": 'app.add_url_rule("/open", "open", lambda: 1)\n',
}


@pytest.fixture
def written(tmp_path):
    def write(text: str) -> str:
        (tmp_path / "written_app.py").write_text(text)
        return "written_app:app"

    yield write
    sys.modules.pop("written_app", None)


@pytest.mark.requirement("access:G4:routes")
@pytest.mark.parametrize("framework", APPLICATIONS)
def test_routes_are_listed_with_what_they_declare(command, written, framework):
    place = written(APPLICATIONS[framework])
    done = command("access", "routes", place)
    assert (done.code, done.err) == (0, "")
    assert [line.split() for line in done.out.splitlines()] == [
        ["GET", "/closed", "require('notes:read')"],
        ["GET", "/hello", "optional"],
    ]
    listed = command("access", "routes", place, "--json").out.splitlines()
    assert json.loads(listed[0]) == {
        "methods": "GET",
        "path": "/closed",
        "access": "require('notes:read')",
    }


@pytest.mark.requirement("access:G4:routes")
@pytest.mark.parametrize("framework", APPLICATIONS)
def test_bare_route_is_named_and_fails(command, written, framework):
    done = command("access", "routes", written(APPLICATIONS[framework] + BARE[framework]))
    assert done.code == 1
    assert "DECLARES NOTHING" in done.out
    assert "GET /open" in done.err


SCHEMA = """
from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema, GraphQLString
from watchword.guards.graphql import FieldGuard
fields = FieldGuard("https://id.example.com", lambda info: info.context)
def resolve(root, info): ...
query = {{
    "notes": GraphQLField(GraphQLString, resolve=fields.require("notes:read")(resolve)),
    "version": GraphQLField(GraphQLString, resolve=resolve),
}}
app = GraphQLSchema(GraphQLObjectType("Query", query))
fields.install(app, public={public})
"""


@pytest.mark.requirement("access:G4:routes")
@pytest.mark.requirement("guards:graphql:declared")
def test_fields_of_a_schema_are_listed(command, written):
    done = command("access", "routes", written(SCHEMA.format(public=["Query.version"])))
    assert (done.code, done.err) == (0, "")
    assert [line.split() for line in done.out.splitlines()] == [
        ["field", "Query.notes", "require('notes:read')"],
        ["field", "Query.version", "public"],
    ]


@pytest.mark.requirement("access:G4:routes")
@pytest.mark.requirement("guards:graphql:declared")
def test_bare_field_is_named_and_fails(command, written):
    """The schema refuses to be made, and every field is listed all the same."""
    done = command("access", "routes", written(SCHEMA.format(public=[])))
    assert done.code == 1
    assert ["field", "Query.version", "DECLARES", "NOTHING"] in [
        line.split() for line in done.out.splitlines()
    ]
    assert done.err.startswith("1 of 2 fields declare no access: field Query.version.")


@pytest.mark.parametrize("kind", ["asgi", "wsgi"])
def test_guard_around_any_application_lists_what_is_open(command, written, kind):
    text = f"""
from watchword.guards.{kind} import Guard
app = Guard(None, "https://id.example.com", audience="notes", public=["/health"])
"""
    done = command("access", "routes", written(text))
    assert done.code == 0
    assert [line.split(None, 1)[1] for line in done.out.splitlines()] == [
        "/health           public",
        "every other path  required",
    ]


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("app = object()", "written_app:app", "has no guard"),
        ("app = object()", "written_app:other", "cannot be imported"),
        ("app = object()", "elsewhere:app", "cannot be imported"),
        ("app = object()", "written_app", "no MODULE:NAME"),
    ],
)
def test_what_is_no_guarded_application_is_said(command, written, text, place, said):
    written(text)
    done = command("access", "routes", place)
    assert done.code == 3
    assert said in done.err


DJANGO = """
from django.conf import settings
settings.configure(
    ROOT_URLCONF=__name__,
    SECRET_KEY="of a test",
    MIDDLEWARE=["watchword.guards.django.BearerMiddleware"],
    WATCHWORD={"ISSUER": "https://id.example.com", "AUDIENCE": "notes"},
)
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path
app = get_wsgi_application()
from watchword.guards.django import required

def view(request):
    return HttpResponse("x")

urlpatterns = [path("closed", required("notes:read")(view))]
"""


@pytest.mark.requirement("access:G4:routes")
@pytest.mark.parametrize(("more", "code"), [("", 0), ('urlpatterns += [path("open", view)]', 1)])
def test_django_site_lists_its_routes(tmp_path, more, code):
    """In a process of its own, since Django is set up once for each."""
    (tmp_path / "written_site.py").write_text(DJANGO + more)
    words = [str(Path(sys.executable).parent / "watchword"), "access", "routes", "written_site:app"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert "closed" in done.stdout
    assert ("DECLARES NOTHING" in done.stdout) is bool(code)
