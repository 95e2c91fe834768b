"""For which APIs an authorization is asked, and what of each it may hold.

Source: RFC 8707 section 2.1; RFC 6749 section 3.3; OpenID Connect Core section 11; oauth.md A-9,
C-5, T-2, T-3, W-1 and W-2.
"""

from collections.abc import Sequence

from watchword.oauth.clients import Client, Resource
from watchword.oauth.errors import InvalidTarget
from watchword.oauth.resources import choose_resource
from watchword.oauth.scopes import IDENTITY_SCOPES, OFFLINE_ACCESS, excess, may_have

__all__ = ["RESOURCES_MAX", "choose_resources", "scopes_of", "wanted_scopes"]

RESOURCES_MAX = 8  # of one request; a person reads what each of them may do


def choose_resources(known: Sequence[Resource], asked: Sequence[str]) -> tuple[Resource, ...]:
    """Return the resources that a request means, each once; without a word, the default one.

    Raises:
        InvalidTarget: unknown, too many, or none is named and there is no default.
    """
    if len(asked) > RESOURCES_MAX:
        raise InvalidTarget(f"more than {RESOURCES_MAX} resources")
    chosen = [choose_resource(known, one) for one in asked] or [choose_resource(known, None)]
    return tuple({one.identifier: one for one in chosen}.values())


def wanted_scopes(
    asked: tuple[str, ...] | None, client: Client, chosen: Sequence[Resource]
) -> tuple[str, ...]:
    """Return the scopes that a person is asked for, in the order of the request.

    Without a word it is everything that the client may have of the resources. Staying signed in
    is left out where the client could not use it.

    Raises:
        InvalidScope: a scope that no chosen resource has, or the client may not.
    """
    available = dict.fromkeys(
        name for resource in chosen for name, _ in resource.scopes if may_have(client, name)
    )
    if asked is None:
        return tuple(available)
    further = [one for one in asked if one not in available and one not in IDENTITY_SCOPES]
    if further:
        names = ", ".join(one.identifier for one in chosen)
        raise excess(further, whose=f"{client.client_id} at {names}")
    can_stay = "refresh_token" in client.grant_types
    return tuple(one for one in asked if one != OFFLINE_ACCESS or can_stay)


def scopes_of(resource: Resource, scopes: Sequence[str]) -> tuple[str, ...]:
    """Return those scopes that mean something to one resource, in their order."""
    return tuple(one for one in scopes if one in IDENTITY_SCOPES or one in resource.scope_names)
