"""Signing keys.

Source: oauth.md K-1.
"""

from dataclasses import replace

from watchword.keys.record import KeyState, SigningKeyRecord
from watchword.testing.store_conformance.expectation import ConformanceFailure, expect
from watchword.testing.store_conformance.world import NOW, World

__all__ = ["CHECKS", "KEY"]

KEY = SigningKeyRecord("kid-1", "RS256", '{"kty":"RSA"}', b"\x00sealed\xff", KeyState.ACTIVE, NOW)


async def first_key_stands(world: World) -> None:
    """A second first key of an algorithm gets the one that stands."""
    second = replace(KEY, kid="kid-2", created_at=NOW - 1)
    expect(await world.store.add_first_signing_key(KEY), KEY, "the first is stored")
    expect(await world.store.add_first_signing_key(second), KEY, "the second is not")
    expect(await world.store.list_signing_keys(), (KEY,), "there is one")


async def keys_of_other_algorithms_are_listed_by_age(world: World) -> None:
    """Each algorithm has a first key; the list begins with the oldest."""
    older = replace(KEY, kid="kid-0", alg="ES256", created_at=NOW - 1)
    for key in (KEY, older):
        await world.store.add_first_signing_key(key)
    expect(await world.store.list_signing_keys(), (older, KEY), "oldest first")


async def first_key_is_active(world: World) -> None:
    """A pending or retired key cannot sign, so it cannot be the first."""
    for state in (KeyState.PENDING, KeyState.RETIRED):
        try:
            await world.store.add_first_signing_key(replace(KEY, state=state))
        except ValueError:
            continue
        raise ConformanceFailure(f"a {state.value} key was taken for the first")


CHECKS = (first_key_stands, keys_of_other_algorithms_are_listed_by_age, first_key_is_active)
