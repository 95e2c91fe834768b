"""What an operator does about a refusal whose code alone does not say it.

The peer reads one text for every cause. The detail, which only the operator sees, ends with the
name of the cause, and `watchword explain` finds here what to do.

Source: oauth.md S-3 and section 17; users.md U56 and U58.
"""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = [
    "GRANT_TYPE",
    "NOT_PUBLIC",
    "NO_CLIENT",
    "NO_HOST",
    "NO_RESOURCE",
    "NO_SCOPE",
    "WRONG_METHOD",
    "WRONG_SECRET",
    "fix_of",
]

GRANT_TYPE = "not registered for the grant type"
NO_CLIENT = "no active client is called so"
NOT_PUBLIC = "the address is not public"
NO_HOST = "the host is not listed"
NO_RESOURCE = "no active resource is called so"
NO_SCOPE = "no resource that was asked has it, or the client may not"
WRONG_METHOD = "not a method of this client"
WRONG_SECRET = "wrong secret"  # noqa: S105  # prose

_FIXES: Mapping[str, str] = MappingProxyType(
    {
        "expired": "Begin again: the time of what was sent is over. A code lasts a minute.",
        "redirect_uri_differs": "Send the redirect_uri of the authorization request, "
        "to the letter; only with PKCE may it be left out.",
        "reused": "Send a code or refresh token once and keep what it bought. It was "
        "sent again, so that was revoked: begin again, and find out who else had it.",
        "verifier_missing": "Send code_verifier: the authorization request had a code_challenge.",
        "verifier_wrong": "Send the code_verifier of the very request that brought "
        "this code. Where that had no code_challenge, send none.",
        "wrong_client": "Send the client_id, and the proof, of the client that it was issued to.",
        "wrong_resource": "Send a resource that was allowed with it, or none.",
        GRANT_TYPE: "Register the client with that grant type: `watchword app add` takes "
        "--grant-type.",
        NO_CLIENT: "See `watchword app list` for the client_id, or register it with `watchword "
        "app add`.",
        NO_HOST: "Add the host to client_document_hosts, where its clients are to be let in.",
        NO_RESOURCE: "Send the identifier of an API to the letter, or declare it: in resources of "
        "the settings, or in code.",
        NO_SCOPE: "Declare the scope for its API, or let the client have it: `watchword app set` "
        "takes --scope.",
        NOT_PUBLIC: "Serve the document at a public address, or register the client with "
        "`watchword app add`: no setting lets documents of private networks in.",
        WRONG_METHOD: "Prove the client by a method that it is registered with, or register it "
        "anew with this one.",
        WRONG_SECRET: "Send the secret that was printed last; `watchword app secret ID` makes "
        "another one.",
    }
)


def fix_of(detail: str) -> str | None:
    """Return what to do about the cause that a detail ends with; None where it names none."""
    return _FIXES.get(detail.rpartition(": ")[2])
