"""Reading parameters: from the members of a body to text of bounded length.

Source: RFC 6749 section 3.1 (an empty parameter counts as left out); oauth.md E-4, L-2.
"""

from collections.abc import Mapping

from watchword.base.secrets import Secret
from watchword.oauth.errors import InvalidRequest

__all__ = [
    "PARAMETER_CHARACTERS_MAX",
    "optional_text",
    "required_secret",
    "required_text",
]

PARAMETER_CHARACTERS_MAX = 4096  # longer than any password, token or list of scopes of ours


def required_text(members: Mapping[str, object], name: str) -> str:
    """Return a parameter that must be there.

    Raises:
        InvalidRequest: missing, not text, or too long; names the parameter, never its value.
    """
    value = optional_text(members, name)
    if value is None:
        raise InvalidRequest(f"{name} is missing")
    return value


def optional_text(members: Mapping[str, object], name: str) -> str | None:
    """Return a parameter, or None where it is left out or empty.

    Raises:
        InvalidRequest: not text, too long, or with the character NUL, which no grammar of a
            parameter has (RFC 6749 appendix A) and PostgreSQL does not store.
    """
    value = members.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise InvalidRequest(f"{name} must be text")
    if len(value) > PARAMETER_CHARACTERS_MAX:
        raise InvalidRequest(f"{name} has more than {PARAMETER_CHARACTERS_MAX} characters")
    if "\0" in value:
        raise InvalidRequest(f"{name} holds the character NUL")
    return value


def required_secret(members: Mapping[str, object], name: str) -> Secret:
    """Return a secret parameter that must be there, masked from here on.

    Raises:
        InvalidRequest: as `required_text`.
    """
    return Secret(required_text(members, name))
