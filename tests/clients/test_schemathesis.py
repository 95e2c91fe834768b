"""schemathesis on the endpoints that take or give JSON: whatever is sent, no answer is a 500.

The document here says what each endpoint reads; schemathesis sends that, and what breaks it.
Source: issue 5; oauth.md E-2; security.md rule 104.
"""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import GenerationMode
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from tests.clients.provider import provider_in

TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT}
EXAMPLES_MAX = 60


def operation(members: dict[str, Any], *required: str, kind: str = "application/json") -> Any:
    schema = {"type": "object", "properties": members, "required": list(required)}
    return {
        "requestBody": {"content": {kind: {"schema": schema}}},
        "responses": {"default": {"description": "one of ours"}},
        "security": [{}, {"bearer": []}],
    }


LOGIN = dict.fromkeys(
    [
        *("client_id", "client_secret", "username", "password", "scope", "resource", "device"),
        *("auth_session", "otp", "recovery_code", "nonce"),
    ],
    TEXT,
)
REGISTRATION = {
    "redirect_uris": TEXTS,
    "grant_types": TEXTS,
    "response_types": TEXTS,
    "contacts": TEXTS,
    "jwks": {"type": "object"},
    "default_max_age": {"type": "integer"},
    **dict.fromkeys(
        [
            *("client_name", "client_uri", "logo_uri", "tos_uri", "policy_uri", "jwks_uri"),
            *("scope", "software_id", "software_version", "token_endpoint_auth_method"),
            *("id_token_signed_response_alg", "application_type", "initiate_login_uri"),
        ],
        TEXT,
    ),
}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "JSON endpoints", "version": "1"},
    "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
    "paths": {
        "/login": {"post": operation({**LOGIN, "passkey": {}}, "username", "password")},
        "/refresh": {"post": operation({"refresh_token": TEXT, **LOGIN}, "refresh_token")},
        "/logout": {"post": operation({"refresh_token": TEXT, "client_id": TEXT})},
        "/logout/all": {"post": operation({"keep": {"type": "boolean"}})},
        "/me": {"get": {**operation({}), "requestBody": None}},
        "/me/sessions": {"get": {**operation({}), "requestBody": None}},
        "/register": {"post": operation(REGISTRATION, "redirect_uris")},
    },
}
for path in DOCUMENT["paths"].values():
    for described in path.values():
        if described["requestBody"] is None:
            del described["requestBody"]

CONFIG = SchemathesisConfig(
    projects=ProjectsConfig(
        default=ProjectConfig(generation=GenerationConfig(modes=list(GenerationMode)))
    )
)
schema = schemathesis.openapi.from_dict(DOCUMENT, config=CONFIG)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with provider_in(tmp_path_factory.mktemp("json"), client_registration="open") as provider:
        yield provider


@schema.parametrize()
@settings(max_examples=EXAMPLES_MAX, deadline=None, suppress_health_check=list(HealthCheck))
@pytest.mark.requirement("oauth:E-2:no-500")
def test_no_answer_is_a_server_error(case, served):
    answer = case.call(base_url=served.issuer)
    assert answer.status_code < 500, f"{answer.status_code}: {answer.text}"
    assert answer.status_code != 404, "no such endpoint"
