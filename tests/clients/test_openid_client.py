"""npm's openid-client, certified by the OpenID Foundation. Source: oauth.md section 12."""

import json
import subprocess
from pathlib import Path

import pytest
from bench.environments import node_script
from tests.clients.provider import API, CALLBACK, SECRET

PEER = Path(__file__).parent / "peers" / "openid_client"
CODE_AND_OWN = frozenset({"authorization_code", "client_credentials", "refresh_token"})
PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def program() -> list[str]:
    try:
        return node_script(PEER)
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"openid-client cannot be installed here: {error}")


@pytest.mark.parametrize("method", ["basic", "post"])
@pytest.mark.requirement("oauth:W:programs-work-unchanged")
def test_sign_in_and_everything_that_a_client_asks_of_a_server(provider, person, program, method):
    provider.register(f"node-{method}", grant_types=CODE_AND_OWN)
    arguments = [provider.issuer, f"node-{method}", SECRET, CALLBACK, API, method]
    process = subprocess.Popen(
        [*program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            link = process.stdout.readline().strip()
            answer = person.answer(link) if link else ""
            out, errors = process.communicate(f"{answer}\n", timeout=PATIENCE_SECONDS)
        finally:
            process.kill()
    assert process.returncode == 0, errors
    said = json.loads(out)
    assert said["info"]["preferred_username"] == "alice"
    assert said["live"]["active"] is True
    assert said["live"]["sub"] == said["claims"]["sub"]
    assert said["dead"] == {"active": False}
    assert said["own"]["token_type"] == "bearer"  # openid-client writes it small
