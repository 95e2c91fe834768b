"""What the members of a token mean, in words for someone who has never seen one.

Source: RFC 7515 section 4.1; RFC 7519 section 4.1; RFC 9068 section 2.2; OpenID Connect Core
section 2.
"""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["gloss"]

UNKNOWN = "A member that this page has no words for."

HEADER: Mapping[str, str] = MappingProxyType(
    {
        "alg": "The method of signing. The API accepts the methods that it expects, "
        "and never just what a token proposes.",
        "kid": "Which of the server's keys signed it.",
        "typ": "What kind of token this is: an access token, good for calling APIs "
        "and for nothing else.",
    }
)
PAYLOAD: Mapping[str, str] = MappingProxyType(
    {
        "iss": "The issuer: the server that made it, and whose keys verify it.",
        "sub": "The subject: whom it is about, by an id that is never given to anyone else.",
        "aud": "The audience: the services it is meant for. Any other must refuse it.",
        "client_id": "The application that asked for it.",
        "iat": "When it was issued, in seconds since the start of 1970.",
        "nbf": "It is not valid before this moment.",
        "exp": "When it stops being valid. A stolen token is worth little for long.",
        "jti": "The token's own number: no two are the same.",
        "scope": "What the application may ask for. The policy decides what the person may do.",
        "auth_time": "When the person last proved who they are.",
        "amr": "How they proved it: “pwd” is a password.",
        "sid": "The session it belongs to. Signing out ends it.",
        "fam": "The chain of refreshed tokens it belongs to, so that all can be ended at once.",
        "roles": "What the person is, for the policy's rules.",
        "preferred_username": "The name they sign in with. Services compare “sub”, not this.",
        "ver": "Grows when roles or status change, so that an old token can be told from a "
        "recent one.",
    }
)


def gloss(part: str, name: str) -> str:
    """Return what a member means.

    Args:
        part: "header" or "payload".
        name: of the member.
    """
    return (HEADER if part == "header" else PAYLOAD).get(name, UNKNOWN)
