"""What `watchword app add` says of a client, and `app set` anew: one option for each member.

Source: oauth.md C-1, F-3; users.md U64.
"""

from pathlib import Path
from typing import TypedDict, cast

from watchword.base.secrets import Secret
from watchword.oauth.registration.changes import ClientChanges
from watchword.oauth.registration.members import ClientMembers

__all__ = ["Added", "Changes", "changes_of", "members_of"]

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"


class Added(TypedDict):
    """The options of `app add`, as click hands them over."""

    first_party: bool
    confidential: bool
    scopes: tuple[str, ...]
    grant_types: tuple[str, ...]
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    allowed_origins: tuple[str, ...]
    jwks: Path | None
    jwks_uri: str | None
    id_token_alg: str | None
    require_pkce: bool | None
    logo_uri: str | None


class Changes(TypedDict):
    """The options of `app set`, as click hands them over. An empty text takes a member away."""

    name: str | None
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    allowed_origins: tuple[str, ...]
    scopes: tuple[str, ...]
    grant_types: tuple[str, ...]
    jwks: Path | None
    jwks_uri: str | None
    id_token_alg: str | None
    require_pkce: bool | None
    logo: str | None


def members_of(said: Added, secret: Secret | None) -> ClientMembers:
    """Return what was said, without what was left out."""
    members: dict[str, object] = {
        name: value
        for name, value in said.items()
        if value not in ((), None, False) or (name == "require_pkce" and value is False)
    }
    members.pop("confidential", None)
    if said["grant_types"]:
        members["grant_types"] = _grant_types(said["grant_types"])
    if isinstance(said["jwks"], Path):
        members["jwks"] = said["jwks"].read_text("utf-8")
    if secret is not None:
        members["secret"] = secret
    return cast("ClientMembers", members)


def changes_of(said: Changes) -> ClientChanges:
    """Return what was said; an empty text takes a member away."""
    given: dict[str, object] = {
        name: tuple(filter(None, said[name]))
        for name in ("redirect_uris", "post_logout_redirect_uris", "allowed_origins")
        if said[name]
    }
    if said["scopes"]:
        given["scopes"] = tuple(filter(None, said["scopes"])) or None
    if said["grant_types"]:
        given["grant_types"] = _grant_types(said["grant_types"])
    if said["jwks"] is not None:
        given["jwks"] = said["jwks"].read_text("utf-8")
    elif said["jwks_uri"]:
        given["jwks_uri"] = said["jwks_uri"]
    for name, value in (("name", said["name"]), ("require_pkce", said["require_pkce"])):
        if value is not None:
            given[name] = value
    for name, text in (("id_token_alg", said["id_token_alg"]), ("logo_uri", said["logo"])):
        if text is not None:
            given[name] = text or None
    return cast("ClientChanges", given)


def _grant_types(said: tuple[str, ...]) -> tuple[str, ...]:
    """Return grant types, of which one has a short name on the command line."""
    return tuple(DEVICE_CODE if each == "device_code" else each for each in said)
