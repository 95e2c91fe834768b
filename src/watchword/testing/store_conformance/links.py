"""One-time links.

Source: users.md U24, U47; security.md rules 46 and 60.
"""

from dataclasses import replace

from watchword.accounts.links import LinkPurpose, NewLink, RedeemLink
from watchword.accounts.users import User
from watchword.base.secrets import digest
from watchword.testing.store_conformance.expectation import expect, kind
from watchword.testing.store_conformance.factors import confirmed_totp
from watchword.testing.store_conformance.world import HASH, NOW, OTHER_HASH, OTHER_LABEL, World

__all__ = ["CHECKS"]

PURPOSE = LinkPurpose.SET_PASSWORD


def redeeming(link: NewLink, *, now: int = NOW + 1) -> RedeemLink:
    """Return the command that spends a link for `OTHER_HASH`."""
    return RedeemLink(link.token_hash, link.purpose, OTHER_HASH, now)


async def _add(world: World) -> NewLink:
    link = world.link(await world.user())
    await world.store.add_link(link)
    return link


async def looking_at_a_link_does_not_spend_it(world: World) -> None:
    """A mail scanner may open the page as often as it likes."""
    link = await _add(world)
    for _ in range(2):
        found = await world.store.find_link(link.token_hash, PURPOSE, now=NOW + 1)
        expect(found and found.id, link.user_id, "the link shows its user")
    unknown = await world.store.find_link(b"x" * 32, PURPOSE, now=NOW + 1)
    expect(unknown, None, "another hash is no link")


async def redeemed_link_sets_the_password_and_ends_logins(world: World) -> None:
    """Whoever had the old password is out."""
    login = await world.log_in()
    link = world.link(login.facts.user.id)
    await world.store.add_link(link)
    user = kind(await world.store.redeem_link(redeeming(link)), User, "a live link is redeemed")
    expect(user.id, link.user_id, "the user is the link's")
    found = await world.store.find_credential("alice")
    expect(found and found.password_hash, OTHER_HASH, "the password is set")
    expect(await world.is_live(login.facts, now=NOW + 2), False, "earlier logins are ended")
    expect(await world.store.hash_histogram(), ((OTHER_LABEL, 1),), "the histogram follows")


async def link_makes_a_known_device_beside_a_second_factor(world: World) -> None:
    """Its user comes in beside whoever guesses; of another account nothing has to be remembered."""
    for name, has_factor in (("alice", True), ("bob", False)):
        user_id = await world.user(name)
        if has_factor:
            await confirmed_totp(world, user_id)
        link = world.link(user_id)
        await world.store.add_link(link)
        device_hash = digest(f"the browser of {name}")
        await world.store.redeem_link(replace(redeeming(link), device_hash=device_hash))
        known = await world.store.is_known_device(user_id, device_hash, now=NOW + 2)
        expect(known, has_factor, "whether the device is known")


async def link_is_spent_once(world: World) -> None:
    """A second use finds nothing, and neither does a look."""
    link = await _add(world)
    await world.store.redeem_link(redeeming(link))
    expect(await world.store.redeem_link(redeeming(link)), None, "a spent link is dead")
    found = await world.store.find_link(link.token_hash, PURPOSE, now=NOW + 1)
    expect(found, None, "and not shown")


async def expired_link_is_dead(world: World) -> None:
    """At its limit, and it leaves the password alone."""
    link = await _add(world)
    late = link.expires_at
    expect(await world.store.find_link(link.token_hash, PURPOSE, now=late), None, "not shown")
    expect(await world.store.redeem_link(redeeming(link, now=late)), None, "not redeemed")
    found = await world.store.find_credential("alice")
    expect(found and found.password_hash, HASH, "nothing changed")


async def later_link_kills_the_earlier(world: World) -> None:
    """Of the links of a user and purpose, the last one works."""
    first = await _add(world)
    second = world.link(first.user_id)
    await world.store.add_link(second)
    expect(await world.store.redeem_link(redeeming(first)), None, "the first is dead")
    kind(await world.store.redeem_link(redeeming(second)), User, "the second works")


async def link_of_a_suspended_user_is_not_spent(world: World) -> None:
    """It fails while the user is suspended, and works when the user is restored."""
    link = await _add(world)
    await world.store.suspend_user(link.user_id, now=NOW)
    expect(await world.store.redeem_link(redeeming(link)), None, "the user is suspended")
    found = await world.store.find_link(link.token_hash, PURPOSE, now=NOW)
    expect(found, None, "and the link not shown")
    await world.store.restore_user(link.user_id, now=NOW)
    kind(await world.store.redeem_link(redeeming(link)), User, "the link was not burnt")


async def link_of_an_earlier_epoch_is_dead(world: World) -> None:
    """A link spent after the backup must not live again after its restore."""
    link = await _add(world)
    await world.store.bump_epoch(now=NOW)
    expect(await world.store.redeem_link(redeeming(link)), None, "it is of an old epoch")


CHECKS = (
    looking_at_a_link_does_not_spend_it,
    redeemed_link_sets_the_password_and_ends_logins,
    link_makes_a_known_device_beside_a_second_factor,
    link_is_spent_once,
    expired_link_is_dead,
    later_link_kills_the_earlier,
    link_of_a_suspended_user_is_not_spent,
    link_of_an_earlier_epoch_is_dead,
)
