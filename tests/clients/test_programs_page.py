"""The page of programs says what runs here, in the versions that run."""

import importlib.metadata
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "programs.md").read_text("utf-8")
# What the page calls it, and the test that runs it.
PROGRAMS = {
    "Authlib in FastAPI": "test_authlib.py",
    "Authlib in Flask": "test_authlib.py",
    "httpx-oauth": "test_httpx_oauth.py",
    "idpyoidc": "test_idpyoidc.py",
    "requests-oauthlib": "test_requests_oauthlib.py",
    "mozilla-django-oidc": "test_mozilla_django_oidc.py",
    "openid-client (npm)": "test_openid_client.py",
    "swagger-ui-dist (npm)": "test_swagger_ui.py",
    "mod_auth_openidc (Debian)": "test_mod_auth_openidc.py",
    "mcp (the protocol's SDK)": "test_mcp_sdk.py",
}


def rows() -> dict[str, str]:
    return dict(re.findall(r"^\| ([^|]+) \| ([0-9.]+) \|", PAGE, re.MULTILINE))


def test_page_lists_the_programs_that_are_tried_and_no_other():
    tried = {path.name for path in Path(__file__).parent.glob("test_*.py")}
    assert set(rows()) == set(PROGRAMS)
    others = {"test_programs_page.py", "test_schemathesis.py", "test_verifiers.py"}
    assert tried - set(PROGRAMS.values()) == others


@pytest.mark.parametrize("program", [name for name in PROGRAMS if "(Debian)" not in name])
def test_version_is_the_one_that_runs(program):
    distribution = program.split(" ", maxsplit=1)[0]
    if "(npm)" in program:
        peer = Path(__file__).parent / "peers" / distribution.replace("-", "_")
        pinned = json.loads((peer / "package.json").read_text())["dependencies"]
        assert rows()[program] == pinned[distribution]
    else:
        assert rows()[program] == importlib.metadata.version(distribution)


@pytest.mark.parametrize("name", ["Authlib", "FastMCP", "PyJWT", "joserfc", "schemathesis"])
def test_others_are_named_in_their_version_too(name):
    assert f"{name} {importlib.metadata.version(name)}" in PAGE
