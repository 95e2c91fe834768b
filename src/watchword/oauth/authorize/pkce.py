"""PKCE: whoever redeems a code proves to be who asked for it.

S256 is the only method. The challenge is compared by the statement that spends the code, together
with everything else that the code is bound to.

Source: RFC 7636 sections 4.1, 4.2 and 4.6; RFC 9700 section 2.1.1; oauth.md A-4 and L-6.
"""

import hashlib
import re
from base64 import urlsafe_b64encode

from watchword.base.secrets import Secret
from watchword.oauth.errors import InvalidGrant, InvalidRequest

__all__ = ["METHODS", "challenge_of", "parse_challenge"]

METHODS = ("S256",)
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)  # base64url of 32 bytes
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)  # section 4.1


def parse_challenge(challenge: str | None, method: str | None) -> str | None:
    """Return the challenge of a request, None where it has none.

    Raises:
        InvalidRequest: another method than S256, a method alone, or no S256 challenge.
    """
    if challenge is None:
        if method is not None:
            raise InvalidRequest("code_challenge is missing")
        return None
    if method not in METHODS:  # left out, it would mean "plain"
        raise InvalidRequest("code_challenge_method must be S256")
    if _CHALLENGE.fullmatch(challenge) is None:
        raise InvalidRequest("code_challenge must be the base64url of a SHA-256, 43 characters")
    return challenge


def challenge_of(verifier: Secret) -> str:
    """Return the S256 challenge of a verifier.

    Raises:
        InvalidGrant: no verifier of RFC 7636; it reads like one of another code.
    """
    text = verifier.reveal()
    if _VERIFIER.fullmatch(text) is None:
        raise InvalidGrant("the authorization code is not valid", detail="malformed code_verifier")
    hashed = hashlib.sha256(text.encode("ascii")).digest()
    return urlsafe_b64encode(hashed).rstrip(b"=").decode("ascii")
