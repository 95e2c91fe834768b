"""npm's openid-client, certified by the OpenID Foundation. Source: oauth.md section 12."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bench.environments import node_script
from tests.clients.provider import API, CALLBACK, SECRET

from watchword.jose.jwk.key import Key
from watchword.jose.jwk.keyset import KeySet
from watchword.oauth.clients import AuthMethod

PEER = Path(__file__).parent / "peers" / "openid_client"
CODE_AND_OWN = frozenset({"authorization_code", "client_credentials", "refresh_token"})
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def program() -> list[str]:
    try:
        return node_script(PEER)
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"openid-client cannot be installed here: {error}")


def conversation(command: list[str], answer: Callable[[str], str]) -> Any:
    """Hear the first line of a program, give it the answer, and return what it says then."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            line = process.stdout.readline().strip()
            said = answer(line) if line else ""
            out, errors = process.communicate(f"{said}\n", timeout=PATIENCE_SECONDS)
        finally:
            process.kill()
    assert process.returncode == 0, errors
    return json.loads(out)


def proof_of(method: str) -> tuple[str, dict[str, Any]]:
    """Return what the program proves itself with, and how its client is registered."""
    if method != "key":
        return SECRET, {}
    key = Key.generate("ES256", kid="k1")
    members = {
        "auth_methods": frozenset({AuthMethod.PRIVATE_KEY_JWT}),
        "secret_hash": None,
        "jwks": json.dumps(KeySet([key.public()]).publish()),
    }
    return json.dumps(key.to_jwk(private=True)), members


@pytest.mark.parametrize("method", ["basic", "post", "key"])
@pytest.mark.requirement("oauth:W:programs-work-unchanged")
def test_sign_in_and_everything_that_a_client_asks_of_a_server(provider, person, program, method):
    proof, members = proof_of(method)
    provider.register(f"node-{method}", grant_types=CODE_AND_OWN, **members)
    told = [provider.issuer, f"node-{method}", proof, CALLBACK, API, method]
    said = conversation([*program, *told], person.answer)
    assert said["info"]["preferred_username"] == "alice"
    assert said["live"]["active"] is True
    assert said["live"]["sub"] == said["claims"]["sub"]
    assert said["dead"] == {"active": False}
    assert said["own"]["token_type"] == "bearer"  # openid-client writes it small


@pytest.mark.requirement("oauth:W:programs-work-unchanged")
def test_device_is_let_in(provider, person, program):
    """RFC 8628. The program waits five seconds before it asks, as it is told."""
    provider.register("device", grant_types=frozenset({DEVICE_GRANT, "refresh_token"}))
    browser = person.browser

    def let_in(line: str) -> str:
        place, code = line.split()
        person.sign_in()
        page = browser.send(browser.http.get(place), "/device", user_code=code)
        assert "is let in" in browser.send(page, "/device", decision="allow").text
        return ""

    told = [provider.issuer, "device", SECRET, CALLBACK, API, "device"]
    said = conversation([*program, *told], let_in)
    assert said["claims"]["aud"] in ("device", ["device"])
    assert said["scope"].split() == ["openid", "notes:read"]
