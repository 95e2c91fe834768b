"""`watchword doctor` finds nothing wrong with a server of ours, nor with an API behind a guard.

Source: oauth.md section 17.
"""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from watchword.cli.doctor.command import doctor
from watchword.oauth.clients import AuthMethod, Client


def findings(*arguments):
    said = CliRunner().invoke(doctor, ["--json", *arguments])
    return said.exit_code, {each["code"] for each in json.loads(said.output)["findings"]}


@pytest.mark.requirement("oauth:17:doctor")
def test_server_of_ours_has_no_fault_from_outside(running):
    assert findings(running.url) == (0, set())


@pytest.mark.requirement("oauth:17:doctor")
def test_own_api_leads_to_its_server(running):
    """The audience of `/me` is the issuer: strict clients would compare it with `/me`."""
    assert findings(f"{running.url}/me") == (0, {"resource_wider", "scope_unnamed"})


def test_server_of_these_settings_is_looked_at_from_inside_too(running, tmp_path):
    file = tmp_path / "watchword.toml"
    database = running.auth.settings.database
    file.write_text(f'database = "{database}"\nurl = "{running.url}"\nsigning_alg = "ES256"\n')
    assert findings("--settings", str(file)) == (0, set())
    methods = frozenset({AuthMethod.CLIENT_SECRET_BASIC})
    web = Client("web", "Web", is_first_party=False, is_default=False, scopes=None)
    lax = replace(
        web,
        auth_methods=methods,
        grant_types=frozenset({"authorization_code"}),
        requires_pkce=False,
        secret_hash=b"x" * 32,
    )
    running.store("register_client", lax)
    assert findings("--settings", str(file)) == (0, {"client_without_pkce"})
