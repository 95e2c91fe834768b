"""The refresh rule in use: honest clients whose answers get lost, and a thief who copied a token.

Both run over any store that keeps the promises of `oauth.families`, and they are seeded, so that a
run can be repeated. Who is honest loses an answer now and then, asks again with the same token and
must never be logged out. A thief copies the token that the client holds; from then on both refresh
in turns, in either order, and the rule must notice within two rounds.

Source: oauth.md R-1; security.md D2, rule 59 and I6, I7.
"""

import asyncio
import random  # noqa: TID251  # choices of a simulation, repeatable by their seed
from collections import Counter
from collections.abc import Mapping
from dataclasses import field

from watchword.base.records import dataclass
from watchword.oauth.families import NewRefreshToken, Refusal, Refused
from watchword.testing.store_conformance.world import NOW, Login, World

__all__ = ["Figures", "simulate"]

AT_ONCE = 32  # families that refresh side by side
ROUNDS_MAX = 10  # a thief whom nobody has noticed by then is counted as unnoticed
UNNOTICED = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run has shown."""

    families: int
    refreshes: int  # that honest clients wanted
    lost: int  # answers that never arrived
    honest_logouts: int
    thefts: int
    noticed_after: Mapping[int, int] = field(default_factory=dict)  # rounds -> thieves


async def simulate(
    world: World, *, families: int, refreshes: int, loss: float, seed: int
) -> Figures:
    """Run honest clients, and as many thieves as there are families.

    Args:
        world: furnished; a user and a login are made for each family.
        families: how many.
        refreshes: of each honest client.
        loss: the share of answers that get lost, from 0 to 1.
        seed: of every choice.
    """
    user_id = await world.user(f"honest{seed}")
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> tuple[int, bool, int]:
        chance = random.Random(f"{seed} {number}")  # noqa: S311  # a simulation, repeatable
        async with turn:
            login = await world.log_in(user_id)
            honest = _Client(world, login, chance)
            is_kept = await honest.refresh_often(refreshes, loss)
            return honest.lost, is_kept, await _steal(world, await world.log_in(user_id), chance)

    runs = await asyncio.gather(*(one(number) for number in range(families)))
    return Figures(
        families=families,
        refreshes=families * refreshes,
        lost=sum(lost for lost, _, _ in runs),
        honest_logouts=sum(not is_kept for _, is_kept, _ in runs),
        thefts=len(runs),
        noticed_after=dict(sorted(Counter(rounds for _, _, rounds in runs).items())),
    )


class _Client:
    """An honest client: one refresh in flight, the same token again where no answer came."""

    def __init__(self, world: World, login: Login, chance: random.Random) -> None:
        self.lost = 0
        self._world = world
        self._token = login.token
        self._chance = chance
        self._now = NOW

    async def refresh_often(self, times: int, loss: float) -> bool:
        """Refresh that often; return whether the login still stands."""
        for _ in range(times):
            while True:
                self._now += 1
                answer, successor = await self._world.present(self._token, now=self._now)
                if isinstance(answer, Refused):
                    return False
                if self._chance.random() >= loss:
                    break
                self.lost += 1
            self._token = successor
            if self._chance.random() < 0.5:  # half of the access tokens are shown to the server
                await self._world.store.mark_access_seen(successor.generation_id, now=self._now)
        return True


async def _steal(world: World, login: Login, chance: random.Random) -> int:
    """Return after how many rounds a thief was noticed; UNNOTICED for never."""
    held = {"client": login.token, "thief": login.token}
    for number in range(1, ROUNDS_MAX + 1):
        order = list(held)
        chance.shuffle(order)
        for party in order:
            answer, successor = await world.present(held[party], now=NOW + number)
            if isinstance(answer, Refused):
                return number if answer.reason is Refusal.REUSED else UNNOTICED
            held[party] = successor
            await _use(world, successor, chance, now=NOW + number)
    return UNNOTICED


async def _use(world: World, token: NewRefreshToken, chance: random.Random, *, now: int) -> None:
    if chance.random() < 0.5:
        await world.store.mark_access_seen(token.generation_id, now=now)
