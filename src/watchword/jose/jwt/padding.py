"""What `allow_padding` accepts: parts that end in the "=" that RFC 7515 leaves out.

Some issuers, AWS load balancers among them, pad and sign what they padded. The padding is exact or
absent; everything else about a part stays canonical. Given up is that a token has one spelling: a
signature may come with its padding or without.

Source: RFC 4648 sections 3.2 and 4; tokens.md section 3 (interop switches).
"""

from watchword.jose.errors import MalformedToken

__all__ = ["unpadded"]

_PADDED_LENGTH = 4  # characters at a time


def unpadded(segment: bytes) -> bytes:
    """Return a part without its padding.

    Raises:
        MalformedToken: more or less padding than the length asks for.
    """
    bare = segment.rstrip(b"=")
    added = len(segment) - len(bare)
    if added and added != -len(bare) % _PADDED_LENGTH:
        raise MalformedToken("a part of the token is padded wrongly")
    return bare
