"""Which cost of a hash fits a time, as measured by whoever asks. Never below OWASP's rows.

More memory is worth more than more passes: it is what a guesser's hardware cannot be built around.
So the suggestion is the largest memory that fits with the passes OWASP asks for it, and then as
many passes as fit.

Source: RFC 9106 section 4; OWASP ASVS 5.0 V11.4.2; security.md rule 33.
"""

from collections.abc import Callable, Iterable

from watchword.accounts.passwords.hashing import OWASP_ROWS, Argon2Parameters, is_enough
from watchword.accounts.passwords.schemes.argon2 import OWN, TIME_COST_MAX
from watchword.base.records import dataclass

__all__ = ["MEMORIES_KIB", "Measured", "candidates", "measure_all", "suggest"]

MEMORIES_KIB = tuple(mib * 1024 for mib in (7, 9, 12, 19, 32, 46, 64, 96, 128, 192, 256))
ROUNDS = 9  # of each cost; what slows a round down is not the hash
RANK = 2  # the third fastest counts: neither luck nor the rest of the machine


@dataclass(frozen=True, slots=True)
class Measured:
    """The cost of one hash, and the seconds that it took."""

    parameters: Argon2Parameters
    seconds: float


def candidates(memory_kib_max: int) -> tuple[Argon2Parameters, ...]:
    """Return each memory with the fewest passes that OWASP asks for it."""
    return tuple(
        Argon2Parameters(_fewest_passes(memory), memory, 1)
        for memory in MEMORIES_KIB
        if memory <= memory_kib_max
    )


def measure_all(
    parameters: Iterable[Argon2Parameters],
    work: Callable[[Argon2Parameters], object],
    elapsed: Callable[[], float],
) -> tuple[Measured, ...]:
    """Time one hash of each cost.

    The costs take turns, so that a moment in which the machine is busy slows all of them down and
    not one against the others.

    Args:
        parameters: the costs.
        work: makes one hash.
        elapsed: seconds of a clock that only goes forwards.
    """
    times: dict[Argon2Parameters, list[float]] = {cost: [] for cost in parameters}
    for _ in range(ROUNDS):
        for cost, taken in times.items():
            begin = elapsed()
            work(cost)
            taken.append(elapsed() - begin)
    return tuple(Measured(cost, sorted(taken)[RANK]) for cost, taken in times.items())


def suggest(measured: Iterable[Measured], *, target_seconds: float) -> Argon2Parameters | None:
    """Return the cost that makes the most of a time, or None where not even the least fits."""
    fitting = [each for each in measured if each.seconds <= target_seconds]
    if not fitting:
        return None
    largest = max(fitting, key=lambda each: each.parameters.memory_kib)
    cost = largest.parameters
    passes = int(cost.time_cost * target_seconds / max(largest.seconds, 1e-6))
    while passes > cost.time_cost:
        more = Argon2Parameters(min(passes, TIME_COST_MAX), cost.memory_kib, cost.lanes)
        if OWN.accepts(more.cost):
            return more
        passes -= 1
    return cost


def _fewest_passes(memory_kib: int) -> int:
    passes = [passes for passes, _ in OWASP_ROWS]
    return next(number for number in passes if is_enough(Argon2Parameters(number, memory_kib, 1)))
