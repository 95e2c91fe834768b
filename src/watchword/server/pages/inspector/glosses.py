"""What the members of a token mean, in words for someone who has never seen one.

Source: RFC 7515 section 4.1; RFC 7516 section 4.1; RFC 7519 section 4.1; RFC 7800 section 3.1;
RFC 8693 sections 4.1 and 4.4; RFC 9068 section 2.2; RFC 9901 section 4; OpenID Connect Core
sections 2 and 5.1.
"""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["ENCRYPTED_HEADER", "HEADER", "PAYLOAD", "UNKNOWN", "gloss"]

UNKNOWN = "A member that this page has no words for."

HEADER: Mapping[str, str] = MappingProxyType(
    {
        "alg": "The method of signing, or of protecting the key of what is encrypted. Whoever "
        "reads the token accepts the methods that they expect, never just what it proposes.",
        "kid": "Which of the issuer's keys signed it.",
        "typ": "What kind of token this is, so that one kind is never taken for another: "
        "“at+jwt” is an access token, good for calling APIs and for nothing else.",
        "cty": "What kind of content is inside: “JWT” where one token wraps another.",
        "crit": "The extensions that whoever reads the token must understand, or refuse it.",
        "b64": "Whether the payload is base64url. It has no place in a JWT.",
        "jku": "An address of keys. A verifier never follows it: anyone can write one here.",
        "jwk": "A key. A verifier never uses it: whoever forged the token would supply it.",
        "x5u": "An address of a certificate. A verifier never follows it.",
        "x5c": "A chain of certificates. A verifier never takes its key from here.",
        "x5t": "The SHA-1 hash of a certificate.",
        "x5t#S256": "The SHA-256 hash of a certificate.",
        "enc": "How the content is encrypted.",
        "zip": "How the content was compressed before it was encrypted.",
        "epk": "The sender's one-time public key, from which both sides agree on a secret.",
        "apu": "Who sent it, as input to the agreed secret.",
        "apv": "Who shall read it, as input to the agreed secret.",
        "iv": "The initialization vector of the wrapped key.",
        "tag": "The authentication tag of the wrapped key.",
        "p2s": "The salt from which a password becomes a key.",
        "p2c": "How often the password is hashed. A high number costs the reader dearly.",
    }
)
# What means another thing where the token is encrypted.
ENCRYPTED_HEADER: Mapping[str, str] = MappingProxyType(
    {"kid": "Which of the recipient's keys opens it."}
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
        "nonce": "What the application sent along, so that an old answer cannot be played again.",
        "azp": "The application that the token was issued to.",
        "acr": "How strong the proof of identity was, by a name that both sides know.",
        "cnf": "The key that the caller must prove to hold: stolen, the token is worth nothing.",
        "act": "Who acts on behalf of the subject.",
        "may_act": "Who may act on behalf of the subject.",
        "at_hash": "Half a hash of the access token that was issued along with it.",
        "c_hash": "Half a hash of the code that was issued along with it.",
        "events": "What happened, each by the name of its kind.",
        "status": "Where to ask whether the token has been taken back.",
        "vct": "The type of the credential.",
        "name": "The person's full name.",
        "given_name": "The person's given name.",
        "family_name": "The person's family name.",
        "email": "An e-mail address. It may pass to somebody else, so it is no identity.",
        "email_verified": "Whether the issuer has seen that the address is the person's.",
        "_sd": "Digests of claims that are held back, or shown by a disclosure.",
        "_sd_alg": "The hash that made the digests.",
        "...": "The digest of a list item that is held back, or shown by a disclosure.",
        "sd_hash": "The hash of what the holder presents, so that nothing can be swapped.",
        "ver": "Grows when roles or status change, so that an old token can be told from a "
        "recent one.",
    }
)


_OF_PARTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "header": HEADER,
        "encrypted header": MappingProxyType({**HEADER, **ENCRYPTED_HEADER}),
        "payload": PAYLOAD,
    }
)


def gloss(part: str, name: str) -> str:
    """Return what a member means.

    Args:
        part: "header", "encrypted header" or "payload".
        name: of the member.
    """
    return _OF_PARTS[part].get(name, UNKNOWN)
