"""Clients and resources.

Source: RFC 6749 section 2; RFC 8707 section 2; oauth.md L-4.
"""

from dataclasses import replace

from watchword.testing.store_conformance.expectation import expect
from watchword.testing.store_conformance.world import (
    CLIENT,
    OTHER_CLIENT,
    OTHER_RESOURCE,
    RESOURCE,
    World,
)

__all__ = ["CHECKS"]


async def declared_client_is_found(world: World) -> None:
    """As it was declared, with its entitlement or without one."""
    expect(await world.store.find_client(CLIENT.client_id), CLIENT, "without entitlement")
    expect(await world.store.find_client(OTHER_CLIENT.client_id), OTHER_CLIENT, "with one")
    expect(await world.store.find_client("nobody"), None, "others are unknown")
    nothing = replace(OTHER_CLIENT, scopes=frozenset())
    await world.store.declare_client(nothing)
    found = await world.store.find_client(nothing.client_id)
    expect(found, nothing, "entitled to nothing is not entitled to everything")


async def one_client_is_the_default(world: World) -> None:
    """Declaring another default takes the place from the first; declaring twice is once."""
    for _ in range(2):
        expect(await world.store.default_client(), CLIENT, "the declared default")
        await world.store.declare_client(CLIENT)
    other = replace(OTHER_CLIENT, is_default=True)
    await world.store.declare_client(other)
    expect(await world.store.default_client(), other, "the default moved")
    first = await world.store.find_client(CLIENT.client_id)
    expect(first, replace(CLIENT, is_default=False), "the first is one no more")
    await world.store.declare_client(replace(other, is_default=False))
    expect(await world.store.default_client(), None, "there need not be one")


async def resources_are_listed_default_first(world: World) -> None:
    """The scopes keep the order in which they are shown."""
    listed = await world.store.list_resources()
    expect(listed, (RESOURCE, OTHER_RESOURCE), "the default comes first")
    await world.store.declare_resource(replace(OTHER_RESOURCE, is_default=True))
    listed = await world.store.list_resources()
    wanted = (replace(OTHER_RESOURCE, is_default=True), replace(RESOURCE, is_default=False))
    expect(listed, wanted, "the default moved")


CHECKS = (
    declared_client_is_found,
    one_client_is_the_default,
    resources_are_listed_default_first,
)
