"""What is a JSON object, read strictly: a part of a token, or a whole token in JSON form.

Source: RFC 7515 sections 2, 4 and 7.1; RFC 7519 section 7.2; RFC 8725 section 3.7.
"""

from watchword.base import base64url, strict_json
from watchword.jose.errors import MalformedToken, TokenTooLarge

__all__ = ["read_document", "read_object"]


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


def read_document(text: object, *, bytes_max: int) -> dict[str, object]:
    """Return the members of a token in JSON form.

    Args:
        text: JSON text, or anything.
        bytes_max: the largest accepted length, checked before anything is copied.

    Raises:
        MalformedToken: no JSON object.
        TokenTooLarge: longer than a document may be.
    """
    if not isinstance(text, str | bytes):
        raise MalformedToken("a token in JSON form is read from its text")
    _check_length(text, bytes_max)  # of characters: what is too long is not even copied
    data = text if isinstance(text, bytes) else _encoded(text)
    _check_length(data, bytes_max)
    members: object = None
    fault = "this is not a JSON object"
    try:
        members = strict_json.loads(data, bytes_max=bytes_max)
    except strict_json.MalformedJSON as error:
        fault = f"the document is refused: {error}"
    if isinstance(members, dict):
        return members
    from watchword.jose import other_form  # noqa: PLC0415 - import budget: refusals are rare

    raise MalformedToken(fault if b"{" in data else other_form.hint(data, fault))


def _check_length(text: str | bytes, bytes_max: int) -> None:
    if len(text) > bytes_max:
        raise TokenTooLarge(f"the document is larger than {bytes_max} bytes")


def _encoded(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        pass
    raise MalformedToken("the document holds half of a surrogate pair")
