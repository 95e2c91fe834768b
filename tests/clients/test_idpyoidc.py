"""idpyoidc, the library of the OpenID certification's own relying parties.

Source: oauth.md section 12.
"""

from urllib.parse import parse_qsl, urlsplit

import pytest
from idpyoidc.client.rp_handler import RPHandler
from tests.clients.provider import CALLBACK, SECRET


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
@pytest.mark.requirement("oauth:W:programs-work-unchanged")
def test_sign_in_and_refresh(provider, person, method, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # it writes its own keys where it runs
    provider.register(method, requires_pkce=False)
    told = {
        "issuer": provider.issuer,
        "client_type": "oidc",
        "client_id": method,
        "client_secret": SECRET,
        "redirect_uris": [CALLBACK],
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "profile", "offline_access"],
        "token_endpoint_auth_methods_supported": [method],
        "client_authn_methods": [method],
        "add_ons": {
            "pkce": {
                "function": "idpyoidc.client.oauth2.add_on.pkce.add_support",
                "kwargs": {"code_challenge_length": 64, "code_challenge_method": "S256"},
            }
        },
    }
    handler = RPHandler("https://app.example", client_configs={provider.issuer: told})
    link = handler.begin(issuer_id=provider.issuer)
    assert "code_challenge_method=S256" in link
    said = dict(parse_qsl(urlsplit(person.answer(link)).query))
    found = handler.finalize(handler.state2issuer(said["state"]), said)
    assert found["userinfo"]["preferred_username"] == "alice"
    assert found["userinfo"]["sub"] == found["id_token"]["sub"]
    fresh = handler.refresh_access_token(found["state"])
    assert fresh["access_token"] != found["token"]
