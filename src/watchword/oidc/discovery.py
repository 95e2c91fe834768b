"""What OpenID Connect adds to the server's metadata. The document is one, at both of its addresses.

Source: OpenID Connect Discovery section 3; oauth.md M-1 to M-3, N-22; decisions/0156.
"""

from collections.abc import Iterable, Mapping

from watchword.keys.ring import SIGNING_ALGORITHMS
from watchword.oauth import metadata
from watchword.oauth.clients import Resource
from watchword.oauth.scopes import TOLD_SCOPES
from watchword.oidc.claims import CLAIMS_SUPPORTED
from watchword.oidc.prompt import prompts_of

__all__ = ["document"]


def document(
    issuer: str,
    *,
    endpoints: Mapping[str, str],
    resources: Iterable[Resource],
    ui_locales: Iterable[str],
    offers_signup: bool,
) -> dict[str, object]:
    """Return the metadata document.

    Args:
        issuer: exactly as it stands in `iss`.
        endpoints: of each served endpoint the metadata member and the path below the issuer.
        resources: those whose scopes may be asked for.
        ui_locales: the languages of the pages (BCP 47).
        offers_signup: whether strangers may make accounts.
    """
    members = metadata.document(issuer, endpoints=endpoints, resources=resources)
    of_resources = members.pop("scopes_supported", [])
    if "authorization_endpoint" in endpoints:
        prompts = prompts_of(offers_signup=offers_signup)
        members["prompt_values_supported"] = [prompt.value for prompt in prompts]
    return {
        **members,
        "scopes_supported": [*TOLD_SCOPES, *of_resources],  # type: ignore[misc]  # a list of text
        "id_token_signing_alg_values_supported": list(SIGNING_ALGORITHMS),
        "claims_supported": list(CLAIMS_SUPPORTED),
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "ui_locales_supported": list(ui_locales),
    }
