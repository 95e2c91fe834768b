"""The server's metadata: one document, which lists what is served and nothing else.

Source: RFC 8414 sections 2 and 3; OpenID Connect Discovery section 3; oauth.md M-1 to M-3;
decisions/0003.
"""

from collections.abc import Iterable, Mapping

from watchword.accounts.levels import ACR_VALUES
from watchword.oauth.authorize.pkce import METHODS
from watchword.oauth.authorize.respond import RESPONSE_MODES, RESPONSE_TYPES
from watchword.oauth.challenge import DRAFT
from watchword.oauth.client_authentication.assertion import ALGORITHMS
from watchword.oauth.clients import Resource
from watchword.oauth.grants import GRANTS
from watchword.oauth.scopes import is_administrative

__all__ = ["DISCOVERY", "SERVER_METADATA", "document"]

SERVER_METADATA = "/.well-known/oauth-authorization-server"
DISCOVERY = "/.well-known/openid-configuration"


def document(
    issuer: str, *, endpoints: Mapping[str, str], resources: Iterable[Resource]
) -> dict[str, object]:
    """Return the metadata document.

    Args:
        issuer: exactly as it stands in `iss`; nothing is normalised.
        endpoints: of each served endpoint the metadata member and the path below the issuer, such
            as {"token_endpoint": "/token"}; from the route table.
        resources: those whose scopes may be asked for.
    """
    members: dict[str, object] = {"issuer": issuer}
    members |= {member: issuer.removesuffix("/") + path for member, path in endpoints.items()}
    if "token_endpoint" in endpoints:
        members["grant_types_supported"] = [
            name for name, grant in GRANTS.items() if grant.begins_at in {None, *endpoints}
        ]
        members["code_challenge_methods_supported"] = list(METHODS)
    if "authorization_endpoint" in endpoints:
        members["response_types_supported"] = list(RESPONSE_TYPES)
        members["response_modes_supported"] = list(RESPONSE_MODES)
        members["authorization_response_iss_parameter_supported"] = True
        members["acr_values_supported"] = list(ACR_VALUES)
    if "authorization_challenge_endpoint" in endpoints:
        members["watchword_authorization_challenge_draft"] = DRAFT
        members["acr_values_supported"] = list(ACR_VALUES)
    # The first of a list is what many clients take (oauth.md C-1).
    proofs = ["client_secret_basic", "client_secret_post", "private_key_jwt"]
    for endpoint, methods in (
        ("token_endpoint", [*proofs, "none"]),
        ("introspection_endpoint", proofs),
        ("revocation_endpoint", [*proofs, "none"]),
    ):
        if endpoint in endpoints:
            members[f"{endpoint}_auth_methods_supported"] = methods
            members[f"{endpoint}_auth_signing_alg_values_supported"] = list(ALGORITHMS)
    scopes = {scope for resource in resources for scope in resource.scope_names}
    members["scopes_supported"] = sorted(s for s in scopes if not is_administrative(s))
    members["subject_types_supported"] = ["public"]
    # Discovery section 3 reads the absence of this one as true.
    members["request_uri_parameter_supported"] = False
    return {member: value for member, value in members.items() if value != []}
