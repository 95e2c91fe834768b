"""The shipped conformance set, on SQLite and PostgreSQL."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from watchword.stores import Store, open_store
from watchword.testing.store_conformance import CHECKS, PROCESS_RACES, RACES, Check, World
from watchword.testing.store_conformance.processes import Opener


async def put_to(check: Check, url: str, rows: Any) -> None:
    async with AsyncExitStack() as stack:

        async def opened(tenant: str = "default") -> Store:
            return await stack.enter_async_context(await open_store(url, tenant=tenant))

        async def other_tenant() -> Store:
            return await opened("other")

        world = World(await opened(), opened, other_tenant)
        await world.furnish()
        await check(world)
    await rows.check_invariants(url)


def proving(name: str, mark: pytest.MarkDecorator) -> Any:
    return pytest.param(next(one for one in CHECKS if one.__name__ == name), marks=mark)


# Checks that prove a rule of their own, beside the contract of stores.
RULES = [
    proving(
        "families_under_former_keys_are_flagged",
        pytest.mark.requirement("oauth:D-6:flagged-families"),
    ),
    proving(
        "identifier_is_spent_once",
        pytest.mark.requirement("oauth:S-6:once"),
    ),
    proving(
        "a_hundred_tokens_of_a_family_are_remembered",
        pytest.mark.requirement("oauth:S-8:bounded-cleanup"),
    ),
    proving(
        "consent_goes_with_a_client_that_is_swept",
        pytest.mark.requirement("oauth:C-6:consents-go-too"),
    ),
    proving(
        "epoch_ends_what_was_issued_before",
        pytest.mark.requirement("oauth:S-10:epoch-on-the-feed"),
    ),
    proving(
        "change_of_an_account_is_said_in_its_transaction",
        pytest.mark.requirement("access:F2:feed"),
    ),
    proving(
        "processes_of_a_verifier_are_bounded",
        pytest.mark.requirement("oauth:K-4:bounded"),
    ),
    *(
        proving(name, pytest.mark.requirement("rfc8707:2.2:others-at-refresh"))
        for name in (
            "refresh_chooses_among_what_was_granted",
            "refresh_never_widens_what_was_granted",
            "code_hands_all_its_resources_to_the_family",
        )
    ),
    proving(
        "resource_that_loses_its_scopes_opens_to_no_stranger",
        pytest.mark.requirement("oauth:T-1:lost-scopes"),
    ),
    proving(
        "who_is_registered_by_an_operator_is_nobodys_to_sweep",
        pytest.mark.requirement("oauth:C-6:operators-stay"),
    ),
]
OTHERS = [one for one in CHECKS if all(one is not rule.values[0] for rule in RULES)]


@pytest.mark.requirement("stores:conformance")
@pytest.mark.parametrize("check", [*RULES, *OTHERS], ids=lambda check: check.__name__)
def test_store_conforms(check: Check, store_url: str, rows: Any) -> None:
    asyncio.run(put_to(check, store_url, rows))


@pytest.mark.requirement("stores:one-winner", "oauth:S-10:races")
@pytest.mark.parametrize("race", RACES, ids=lambda race: race.__name__)
def test_store_conforms_under_race(race: Check, store_url: str, rows: Any) -> None:
    asyncio.run(put_to(race, store_url, rows))


@pytest.mark.requirement("stores:one-winner", "oauth:S-10:races")
@pytest.mark.parametrize("race", PROCESS_RACES, ids=lambda race: race.__name__)
def test_store_conforms_between_processes(
    race: Callable[[World, Opener, str], Awaitable[None]], store_url: str, rows: Any
) -> None:
    async def here(world: World) -> None:
        await race(world, open_store, store_url)

    asyncio.run(put_to(here, store_url, rows))
