"""A part of a token that is a JSON object, read strictly.

Source: RFC 7515 sections 2, 4 and 7.1; RFC 7519 section 7.2; RFC 8725 section 3.7.
"""

from watchword.base import base64url, strict_json
from watchword.jose.errors import MalformedToken

__all__ = ["read_object"]


def read_object(part_b64u: bytes, name: str, *, bytes_max: int) -> dict[str, object]:
    """Return the members of an encoded part.

    Args:
        part_b64u: canonical base64url of a JSON object.
        name: what the part is called in a refusal: "header" or "payload".
        bytes_max: the largest accepted length, decoded.

    Raises:
        MalformedToken: anything else.
    """
    members: object = None
    hint = f"the {name} is not a JSON object"
    try:
        members = strict_json.loads(base64url.decode(part_b64u), bytes_max=bytes_max)
    except base64url.MalformedBase64url:
        hint = f"the {name} is not canonical base64url"
    except strict_json.MalformedJSON as error:
        hint = f"the {name} is refused: {error}"
    if not isinstance(members, dict):
        raise MalformedToken(hint)
    return members
