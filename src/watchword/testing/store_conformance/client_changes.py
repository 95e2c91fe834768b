"""What administrators do to clients.

Source: oauth.md S-2, F-3; security.md rule 61.
"""

from collections.abc import Sequence
from dataclasses import replace

from watchword.oauth.clients import AuthMethod, ClientOrigin, Declared
from watchword.oauth.codes import NewCode
from watchword.oauth.families import Facts, Refusal, Refused, Rotated
from watchword.oauth.feed import BEGINNING, RevocationKind
from watchword.oauth.registration.administration import ClientAdded, ClientChange, KeptClient
from watchword.testing.store_conformance.expectation import expect, kind
from watchword.testing.store_conformance.flows import new_code, redeeming
from watchword.testing.store_conformance.world import (
    CLIENT,
    NOW,
    OTHER_CLIENT,
    RESOURCE,
    World,
    new_token,
)

__all__ = ["CHECKS"]

SHOP = replace(
    OTHER_CLIENT,
    client_id="shop",
    name="Shop",
    is_first_party=False,
    auth_methods=frozenset({AuthMethod.CLIENT_SECRET_BASIC}),
    secret_hash=b"s" * 32,
)


async def added_client_is_kept(world: World) -> None:
    """Once: another one with its id is not taken, also while the first is switched off."""
    store = world.store
    expect(await store.add_client(SHOP, now=NOW), ClientAdded.ADDED, "the id was free")
    expect(await store.find_client(SHOP.client_id), SHOP, "it can be used")
    kept = await store.find_kept_client(SHOP.client_id)
    told = None if kept is None else (kept.is_active, kept.is_declared, kept.created_at)
    expect(told, (True, False, NOW), "and what is kept of it says when it came")
    other = replace(SHOP, name="Another shop")
    expect(await store.add_client(other, now=NOW), ClientAdded.ID_TAKEN, "its id is taken")
    await store.disable_client(SHOP.client_id, now=NOW)
    expect(await store.add_client(other, now=NOW), ClientAdded.ID_TAKEN, "and stays so")
    expect(await store.find_kept_client("nobody"), None, "others are unknown")


async def clients_are_paged(world: World) -> None:
    """Each page begins after the one before; those that are switched off are listed too."""
    store = world.store
    for name in ("m", "a", "z"):
        await store.add_client(replace(SHOP, client_id=name), now=NOW)
    await store.disable_client("m", now=NOW)
    every = ["a", "m", "z", CLIENT.client_id, OTHER_CLIENT.client_id]
    found: list[KeptClient] = []
    while page := await store.page_clients(after=_last(found), limit=2):
        expect(len(page) <= 2, True, "no page is longer than was asked for")
        found += page
    expect(sorted(one.client.client_id for one in found), sorted(every), "all of them, once")
    off = [one.client.client_id for one in found if not one.is_active]
    expect(off, ["m"], "and each as it is kept")
    listed = await store.page_clients()
    expect(listed, tuple(found), "in the same order as on one page")
    expect(await store.page_clients(after=_last(found)), (), "nothing follows the last")
    other = await world.open_other_tenant()
    expect(await other.page_clients(), (), "nothing of another tenant")


async def added_client_is_told_of(world: World) -> None:
    """One that is no default; the default alone is none, nor are those of another tenant."""
    await world.store.add_client(SHOP, now=NOW)
    expect(await world.store.has_added_client(), True, "there is one")
    other = await world.open_other_tenant()
    expect(await other.has_added_client(), False, "nothing of another tenant")
    await other.declare(Declared((CLIENT,), (), only_resource=RESOURCE), now=NOW)
    expect(CLIENT.is_default, True, "the only one is the default")
    expect(await other.has_added_client(), False, "the default alone is none")
    await other.add_client(SHOP, now=NOW)
    await other.disable_client(SHOP.client_id, now=NOW)
    expect(await other.has_added_client(), True, "one that is switched off is one")


async def secret_is_replaced_where_there_is_one(world: World) -> None:
    """The earlier one is worth nothing at once."""
    store, hash_ = world.store, b"t" * 32
    await store.add_client(SHOP, now=NOW)
    expect(await store.replace_client_secret("shop", hash_), ClientChange.CHANGED, "replaced")
    expect(await store.find_client("shop"), replace(SHOP, secret_hash=hash_), "and kept")
    changed = await store.replace_client_secret(CLIENT.client_id, hash_)
    expect(changed, ClientChange.UNCHANGED, "a public client has none")
    changed = await store.replace_client_secret("nobody", hash_)
    expect(changed, ClientChange.UNKNOWN, "nobody has none")


async def ways_are_replaced(world: World) -> None:
    """All of them at once; a client that is switched off keeps its state."""
    store = world.store
    await store.add_client(SHOP, now=NOW)
    wanted = replace(
        SHOP,
        redirect_uris=("https://shop.example/b",),
        requires_pkce=False,
        details={"logo_uri": "https://shop.example/logo.png"},
        name="Another name",
        scopes=frozenset({"notes:read"}),
        grant_types=frozenset({"authorization_code"}),
        allowed_origins=("https://shop.example",),
        post_logout_redirect_uris=("https://shop.example/",),
        id_token_alg="ES256",  # noqa: S106  # the name of an algorithm
    )
    other = replace(wanted, secret_hash=b"o" * 32, origin=ClientOrigin.DYNAMIC, is_first_party=True)
    changed = await store.replace_client_ways(other, before=SHOP)
    expect(changed, ClientChange.CHANGED, "replaced")
    expect(await store.find_client("shop"), wanted, "and kept")
    changed = await store.replace_client_ways(replace(SHOP, name="Shop"), before=SHOP)
    expect(changed, ClientChange.UNCHANGED, "it is not as it was read")
    expect(await store.find_client("shop"), wanted, "and nothing is taken back")
    nobody = replace(SHOP, client_id="nobody")
    changed = await store.replace_client_ways(nobody, before=nobody)
    expect(changed, ClientChange.UNKNOWN, "nobody has any")


async def removed_client_is_gone(world: World) -> None:
    """Only without a login, whose record names it; what else it was given ends with it."""
    store = world.store
    await store.add_client(SHOP, now=NOW)
    code = replace(new_code(await world.user()), client_id="shop")
    await store.add_code(code)
    changed = await store.remove_client("shop", now=NOW + 2)
    expect(changed, ClientChange.CHANGED, "it was there")
    expect(await store.find_kept_client("shop"), None, "nothing is kept of it")
    events = (await store.read_feed(BEGINNING, now=NOW + 3)).events
    told = [(event.kind, event.value) for event in events]
    expect(told, [(RevocationKind.CLIENT, "shop")], "guards learn of it")
    expect(await store.add_client(SHOP, now=NOW + 4), ClientAdded.ADDED, "its id is free")
    redeeming_it = replace(redeeming(world, code, now=NOW + 5), client_id="shop")
    kind(await store.redeem_code(redeeming_it), Refused, "and its code buys nothing")
    expect(await store.remove_client("x", now=NOW), ClientChange.UNKNOWN, "nobody else is there")
    used = (await world.log_in(await world.user("bob"))).facts
    changed = await store.remove_client(CLIENT.client_id, now=NOW + 2)
    expect(changed, ClientChange.UNCHANGED, "it has had a login")
    expect(await world.is_live(used, now=NOW + 3), True, "which goes on")


async def switched_off_client_loses_everything(world: World) -> None:
    """Its families and its codes, in one transaction with the event; others keep theirs."""
    store = world.store
    ended, code = await _given(world)
    kept = await world.log_in(await world.user("bob"))
    other = replace(world.opening(ended.user.id).family, client_id=OTHER_CLIENT.client_id)
    others = kind(
        await store.open_family(replace(world.opening(ended.user.id), family=other)), Facts, "other"
    )
    changed = await store.disable_client(CLIENT.client_id, now=NOW + 2)
    expect(changed, ClientChange.CHANGED, "it was on")
    expect(await store.find_client(CLIENT.client_id), None, "nobody finds it")
    expect(await store.default_client(), None, "and it is the default no more")
    for facts in (ended, kept.facts):
        expect(await world.is_live(facts, now=NOW + 3), False, "its families are dead")
    expect(await world.is_live(others, now=NOW + 3), True, "those of another client are not")
    page = await store.read_feed(BEGINNING, now=NOW + 3)
    told = [(event.kind, event.value, event.at) for event in page.events]
    expect(told, [(RevocationKind.CLIENT, CLIENT.client_id, NOW + 2)], "the feed says so, once")
    for name, wanted in ((CLIENT.client_id, ClientChange.UNCHANGED), ("x", ClientChange.UNKNOWN)):
        expect(await store.disable_client(name, now=NOW + 4), wanted, "there is no more to end")
    expect(await store.enable_client(CLIENT.client_id, now=NOW + 5), ClientChange.CHANGED, "on")
    expect(
        await store.enable_client(CLIENT.client_id, now=NOW + 5), ClientChange.UNCHANGED, "it is on"
    )
    answer, _ = await world.present(kept.token, now=NOW + 6)
    expect(answer, Refused(Refusal.REVOKED), "what it was given stays dead")
    redeemed = await store.redeem_code(redeeming(world, code, now=NOW + 6))
    kind(redeemed, Refused, "so does its code")
    again = await world.log_in(ended.user.id, now=NOW + 6)
    expect(await world.is_live(again.facts, now=NOW + 7), True, "and it may be used again")


async def retired_client_loses_everything(world: World) -> None:
    """As one that is switched off; declared again, it begins anew."""
    store, web = world.store, replace(CLIENT, client_id="web-2")
    said = Declared((web,), (), only_resource=RESOURCE)
    await store.declare(said, now=NOW)
    opening = world.opening(await world.user())
    family = replace(opening.family, client_id=web.client_id)
    facts = kind(await store.open_family(replace(opening, family=family)), Facts, "it logs in")
    await store.declare(said, now=NOW + 1)
    expect(await world.is_live(facts, now=NOW + 2), True, "a further start changes nothing")
    await store.declare(replace(said, clients=()), now=NOW + 3)
    expect(await world.is_live(facts, now=NOW + 4), False, "retired, and its family with it")
    events = (await store.read_feed(BEGINNING, now=NOW + 4)).events
    told = [(event.kind, event.value) for event in events]
    expect(told, [(RevocationKind.CLIENT, web.client_id)], "the feed says so")
    await store.declare(said, now=NOW + 5)
    command = replace(world.presenting(family.refresh, now=NOW + 6), client_id=web.client_id)
    answer = await store.rotate_refresh_token(command)
    expect(answer, Refused(Refusal.REVOKED), "declared again, what it had stays dead")
    family = replace(family, family_id="fam_next", refresh=new_token())
    opening = replace(world.opening(facts.user.id, now=NOW + 7), family=family)
    kind(await store.open_family(opening), Facts, "and it may be used again")
    command = replace(world.presenting(family.refresh, now=NOW + 8), client_id=web.client_id)
    kind(await store.rotate_refresh_token(command), Rotated, "as any other")


def _last(found: Sequence[KeptClient]) -> str:
    return found[-1].client.client_id if found else ""


async def _given(world: World) -> tuple[Facts, NewCode]:
    """Give `CLIENT` a family and a code that nobody redeemed."""
    login = await world.log_in()
    code = new_code(login.facts.user.id)
    await world.store.add_code(code)
    return login.facts, code


CHECKS = (
    added_client_is_kept,
    clients_are_paged,
    added_client_is_told_of,
    secret_is_replaced_where_there_is_one,
    ways_are_replaced,
    removed_client_is_gone,
    switched_off_client_loses_everything,
    retired_client_loses_everything,
)
