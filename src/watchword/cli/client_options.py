"""What `watchword app add` says of a client, and `app set` anew: one option for each member.

Who a client is to its people, first-party or a stranger, and how it proves who it is were looked at
when it was added. They stay: another client is added in its place.

Source: oauth.md C-1, F-3; users.md U64.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypedDict, cast

from watchword.base.secrets import Secret
from watchword.cli.exits import Refused
from watchword.oauth.clients import AuthMethod, Client
from watchword.oauth.registration.members import ClientMembers

__all__ = ["Added", "Changes", "changed", "check_has_way_back", "members_of"]

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


def check_has_way_back(client: Client, said: Added) -> None:
    """Refuse a client that sends browsers here and names no address for the answer."""
    if "authorization_code" not in client.grant_types or client.redirect_uris:
        return
    if client.is_first_party and not said["grant_types"]:
        return  # it logs people in by itself, and its grants are those of everybody
    text = "A client of the grant type authorization_code needs an address for its answers"
    fix = "Give --redirect-uri, or name another --grant-type"
    raise Refused(text, fix=fix)


def changed(client: Client, said: Changes) -> Client:
    """Return a client with what was said of it; what was left out stays. Nothing is checked.

    Raises:
        Refused: keys for a client that does not prove itself by keys.
    """
    if (said["jwks"] or said["jwks_uri"]) and AuthMethod.PRIVATE_KEY_JWT not in client.auth_methods:
        text = "This client does not prove itself by keys"
        raise Refused(text, fix="Add another client with --jwks or --jwks-uri")
    jwks, jwks_uri = client.jwks, client.jwks_uri
    if said["jwks"] is not None:
        jwks, jwks_uri = said["jwks"].read_text("utf-8"), None
    elif said["jwks_uri"]:
        jwks, jwks_uri = None, said["jwks_uri"]
    pkce, alg, scopes = said["require_pkce"], said["id_token_alg"], said["scopes"]
    return replace(
        client,
        name=client.name if said["name"] is None else said["name"],
        redirect_uris=_list(said["redirect_uris"], client.redirect_uris),
        post_logout_redirect_uris=_list(
            said["post_logout_redirect_uris"], client.post_logout_redirect_uris
        ),
        allowed_origins=_list(said["allowed_origins"], client.allowed_origins),
        scopes=(frozenset(_list(scopes, ())) or None) if scopes else client.scopes,
        grant_types=frozenset(_grant_types(said["grant_types"])) or client.grant_types,
        jwks=jwks,
        jwks_uri=jwks_uri,
        id_token_alg=client.id_token_alg if alg is None else alg or None,
        requires_pkce=client.requires_pkce if pkce is None else pkce,
        details=_shown(client.details, said["logo"]),
    )


def _grant_types(said: tuple[str, ...]) -> tuple[str, ...]:
    """Return grant types, of which one has a short name on the command line."""
    return tuple(DEVICE_CODE if each == "device_code" else each for each in said)


def _list(said: tuple[str, ...], before: tuple[str, ...]) -> tuple[str, ...]:
    """Return what was said in the place of all, without empty texts."""
    return tuple(filter(None, said)) if said else before


def _shown(details: Mapping[str, str], logo: str | None) -> Mapping[str, str]:
    """Return what pages show of a client, with another logo, or without one."""
    if logo is None:
        return details
    others = {name: value for name, value in details.items() if name != "logo_uri"}
    return {**others, "logo_uri": logo} if logo else others
