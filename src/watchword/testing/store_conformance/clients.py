"""Clients and resources.

Source: RFC 6749 section 2; RFC 8707 section 2; oauth.md L-4.
"""

from dataclasses import replace

from watchword.oauth.clients import AuthMethod, ClientOrigin, Declared
from watchword.testing.store_conformance.expectation import expect
from watchword.testing.store_conformance.world import (
    CLIENT,
    NOW,
    OTHER_CLIENT,
    OTHER_RESOURCE,
    RESOURCE,
    World,
)

__all__ = ["CHECKS"]


async def registered_client_is_found(world: World) -> None:
    """As it was registered, with its entitlement or without one."""
    expect(await world.store.find_client(CLIENT.client_id), CLIENT, "without entitlement")
    expect(await world.store.find_client(OTHER_CLIENT.client_id), OTHER_CLIENT, "with one")
    expect(await world.store.find_client("nobody"), None, "others are unknown")
    nothing = replace(OTHER_CLIENT, scopes=frozenset())
    await world.store.register_client(nothing)
    found = await world.store.find_client(nothing.client_id)
    expect(found, nothing, "entitled to nothing is not entitled to everything")
    full = replace(
        OTHER_CLIENT,
        origin=ClientOrigin.DYNAMIC,
        grant_types=frozenset({"authorization_code", "refresh_token"}),
        auth_methods=frozenset({AuthMethod.CLIENT_SECRET_BASIC, AuthMethod.CLIENT_SECRET_POST}),
        secret_hash=b"h" * 32,
        jwks='{"keys": []}',
        jwks_uri="https://app.example/jwks.json",
        redirect_uris=("https://app.example/cb", "http://127.0.0.1/cb"),
        post_logout_redirect_uris=("https://app.example/",),
        allowed_origins=("https://app.example",),
        requires_pkce=False,
        id_token_alg="ES256",  # noqa: S106  # the name of an algorithm
        details={"logo_uri": "https://app.example/logo.svg"},
    )
    await world.store.register_client(full)
    found = await world.store.find_client(full.client_id)
    expect(found, full, "with everything that a registration says, in its order")


async def algorithms_of_id_tokens_are_listed(world: World) -> None:
    """Each once, of active clients alone: keys are kept for them."""
    expect(await world.store.list_id_token_algorithms(), (), "nobody asks")
    for client_id, alg in (("one", "PS256"), ("two", "ES256"), ("three", "PS256")):
        client = replace(OTHER_CLIENT, client_id=client_id, is_default=False, id_token_alg=alg)
        await world.store.register_client(client)
    expect(await world.store.list_id_token_algorithms(), ("PS256", "ES256"), "each once")
    declared = replace(OTHER_CLIENT, client_id="four", is_default=False, id_token_alg="Ed25519")  # noqa: S106  # as above
    await world.store.declare(Declared((declared,), (), only_resource=RESOURCE), now=NOW)
    listed = await world.store.list_id_token_algorithms()
    expect(listed, ("PS256", "ES256", "Ed25519"), "declared ones too")
    await world.store.declare(Declared((), (), only_resource=RESOURCE), now=NOW)
    listed = await world.store.list_id_token_algorithms()
    expect(listed, ("PS256", "ES256"), "until they are retired")


async def listed_origins_are_those_of_active_first_party_clients(world: World) -> None:
    """A page may log in to a client of the owner's alone, so only theirs are read."""
    expect(await world.store.list_allowed_origins(), frozenset(), "nobody lists one")
    here = ("https://app.example", "https://www.example")
    await world.store.register_client(replace(CLIENT, allowed_origins=here))
    others = replace(OTHER_CLIENT, is_first_party=False, allowed_origins=("https://shop.example",))
    await world.store.register_client(others)
    expect(await world.store.list_allowed_origins(), frozenset(here), "of the first-party one")
    await world.store.disable_client(CLIENT.client_id, now=NOW)
    expect(await world.store.list_allowed_origins(), frozenset(), "while it is active")


async def one_client_is_the_default(world: World) -> None:
    """Another default takes the place of the first; registering twice is once."""
    for _ in range(2):
        expect(await world.store.default_client(), CLIENT, "the registered default")
        await world.store.register_client(CLIENT)
    other = replace(OTHER_CLIENT, is_default=True)
    await world.store.register_client(other)
    expect(await world.store.default_client(), other, "the default moved")
    first = await world.store.find_client(CLIENT.client_id)
    expect(first, replace(CLIENT, is_default=False), "the first is one no more")
    await world.store.register_client(replace(other, is_default=False))
    expect(await world.store.default_client(), None, "there need not be one")


async def resources_are_listed_default_first(world: World) -> None:
    """The scopes keep the order in which they are shown."""
    listed = await world.store.list_resources()
    expect(listed, (RESOURCE, OTHER_RESOURCE), "the default comes first")
    await world.store.register_resource(replace(OTHER_RESOURCE, is_default=True))
    listed = await world.store.list_resources()
    wanted = (replace(OTHER_RESOURCE, is_default=True), replace(RESOURCE, is_default=False))
    expect(listed, wanted, "the default moved")


async def omitted_declarations_are_retired(world: World) -> None:
    """Those of code alone; a later declaration revives them, and not what they were given."""
    store = world.store
    api, web = replace(OTHER_RESOURCE, identifier="api"), replace(CLIENT, client_id="web-2")
    said = Declared((web,), (api,), only_resource=RESOURCE)
    by_hand = (OTHER_RESOURCE, RESOURCE)
    for _ in range(2):
        await store.declare(said, now=NOW)
        listed = await store.list_resources()
        expect(set(listed), {api, *by_hand}, "an administrator's resources stay")
        expect(await store.default_client(), web, "code decides on the default")
    await store.declare(replace(said, clients=(), resources=()), now=NOW)
    expect(await store.find_client(web.client_id), None, "the omitted client is retired")
    expect(set(await store.list_resources()), set(by_hand), "and so is the resource")
    first = await store.find_client(CLIENT.client_id)
    expect(first, replace(CLIENT, is_default=False), "an administrator's client stays")
    await store.declare(said, now=NOW)
    expect(await store.find_client(web.client_id), web, "declared again, it is there")


async def declaring_a_registered_row_does_not_take_it_over(world: World) -> None:
    """It was there before code spoke of it, and is there afterwards; and the other way round."""
    store, api = world.store, replace(RESOURCE, identifier="api", is_default=False)
    renamed = replace(OTHER_CLIENT, name="Renamed")
    await store.declare(
        Declared((renamed,), (OTHER_RESOURCE, api), only_resource=RESOURCE), now=NOW
    )
    await store.register_resource(api)
    await store.declare(Declared((), (), only_resource=RESOURCE), now=NOW)
    expect(await store.find_client(OTHER_CLIENT.client_id), renamed, "changed, and still there")
    listed = set(await store.list_resources())
    expect(listed, {RESOURCE, OTHER_RESOURCE, api}, "an administrator's are all there")


async def only_resource_stands_while_nobody_names_one(world: World) -> None:
    """It goes as soon as code names another, and comes back."""
    store = await world.open_other_tenant()
    issuer, api = replace(RESOURCE, identifier="issuer"), replace(RESOURCE, identifier="api")
    for said, wanted in (((), issuer), ((api,), api), ((), issuer)):
        await store.declare(Declared((CLIENT,), said, only_resource=issuer), now=NOW)
        expect(await store.list_resources(), (wanted,), "there is one")


CHECKS = (
    registered_client_is_found,
    listed_origins_are_those_of_active_first_party_clients,
    algorithms_of_id_tokens_are_listed,
    one_client_is_the_default,
    resources_are_listed_default_first,
    omitted_declarations_are_retired,
    declaring_a_registered_row_does_not_take_it_over,
    only_resource_stands_while_nobody_names_one,
)
