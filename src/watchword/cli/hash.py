"""`watchword hash`: what a password hash costs on this machine, and which ones are stored.

Source: ARCHITECTURE section 6 (command names); security.md rule 33; users.md U61 and U111.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from watchword.accounts.passwords.calibration import (
    MEMORIES_KIB,
    Measured,
    candidates,
    measure_all,
    suggest,
)
from watchword.accounts.passwords.hashing import Argon2Parameters, hash_password, verify_password
from watchword.accounts.passwords.stored_hash import make_decoy
from watchword.base import chance, clock
from watchword.base.records import dataclass
from watchword.base.secrets import Secret
from watchword.cli.administration import with_store
from watchword.cli.exits import CommandFailed, Refused
from watchword.cli.failures import reported
from watchword.cli.options import json_option, settings_option
from watchword.cli.printing import examples, print_json
from watchword.server.settings import Settings
from watchword.server.settings_sources import load_settings
from watchword.stores import Store

__all__ = ["hash_"]

EXAMPLES = """\b
Examples:
  watchword hash calibrate
  watchword hash calibrate --milliseconds 100 --memory-mib 128
"""
PASSWORD = Secret("fozor-mibin-duzag-tahul-vupir")  # of the usual length; what it is costs nothing
BAR_CHARACTERS = 30
MILLISECONDS_MAX = 5000
VERIFICATIONS = 5  # of each kind of stored hash; the median is shown


@dataclass(frozen=True, slots=True)
class Kind:
    """Stored hashes of one scheme and cost, and the seconds that a login with one takes."""

    label: str
    hashes: int
    seconds: float


@click.group("hash", epilog=EXAMPLES)
def hash_() -> None:
    """Measure password hashes on this machine."""


@hash_.command(
    epilog=examples(
        "watchword hash calibrate", "watchword hash calibrate --milliseconds 100 --memory-mib 128"
    )
)
@click.option(
    "--milliseconds",
    type=click.IntRange(1, MILLISECONDS_MAX),
    default=50,
    show_default=True,
    help="How long one hash may take on one core.",
)
@click.option(
    "--memory-mib",
    type=click.IntRange(MEMORIES_KIB[0] // 1024, MEMORIES_KIB[-1] // 1024),
    default=64,
    show_default=True,
    help="How much memory one hash may take; as many run at once as there are cores.",
)
@settings_option
@json_option
def calibrate(milliseconds: int, memory_mib: int, settings: Path | None, is_json: bool) -> None:  # noqa: FBT001 - click passes a flag
    """Suggest the cost of password hashes for this machine.

    It is the most memory, and then the most passes, that one hash can have in the time given, and
    never below what OWASP asks for. Where there is a database, the hashes that it holds are
    shown by their cost: all but the first are replaced at their owner's next login.

    It takes some seconds. Run it on the machine that is to serve, while that does little else: a
    cost that takes almost exactly the time given may be in or out at the next run.
    """
    with reported():
        loaded = load_settings(settings).settings
    measured = measure_all(candidates(memory_mib * 1024), _hash, clock.SYSTEM.monotonic)
    target = milliseconds / 1000
    suggested = suggest(measured, target_seconds=target)
    stored = _stored(settings)
    if is_json:
        print_json(_as_json(measured, suggested, stored, threads=loaded.threads))
    else:
        print("\n".join(_lines(measured, suggested, stored, loaded)))
    if suggested is None:
        raise Refused(
            f"No cost that OWASP allows takes {milliseconds} ms or less on this machine",
            fix="Keep the least, the first row, and let a login take its time",
        )


def _hash(parameters: Argon2Parameters) -> str:
    return hash_password(PASSWORD, parameters, chance=chance.SYSTEM)


def _stored(settings: Path | None) -> tuple[Kind, ...] | None:
    """Return the kinds of stored hashes, the most frequent first; None without a database."""

    async def act(store: Store, _: Settings) -> tuple[tuple[str, int], ...]:
        return await store.hash_histogram()

    try:
        histogram = with_store(settings, act)
    except CommandFailed:  # calibration comes before the first start
        return None
    return tuple(
        Kind(label, hashes, _verify_seconds(label))
        for label, hashes in sorted(histogram, key=lambda row: (-row[1], row[0]))
    )


def _verify_seconds(label: str) -> float:
    decoy = make_decoy(label.partition(",keyid=")[0], b"calibration")
    times = []
    for _ in range(VERIFICATIONS):
        begin = clock.SYSTEM.monotonic()
        verify_password(PASSWORD, decoy)
        times.append(clock.SYSTEM.monotonic() - begin)
    return sorted(times)[VERIFICATIONS // 2]


def _as_json(
    measured: Sequence[Measured],
    suggested: Argon2Parameters | None,
    stored: Sequence[Kind] | None,
    *,
    threads: int,
) -> dict[str, object]:
    return {
        "threads": threads,
        "measured": [
            {**_settings_of(each.parameters), "milliseconds": round(each.seconds * 1000, 2)}
            for each in measured
        ],
        "suggested": None if suggested is None else _settings_of(suggested),
        "stored": None
        if stored is None
        else [
            {
                "label": kind.label,
                "hashes": kind.hashes,
                "milliseconds": round(kind.seconds * 1000, 2),
            }
            for kind in stored
        ],
    }


def _settings_of(parameters: Argon2Parameters) -> dict[str, int]:
    return {
        "argon2_memory_kib": parameters.memory_kib,
        "argon2_time_cost": parameters.time_cost,
        "argon2_lanes": parameters.lanes,
    }


def _lines(
    measured: Sequence[Measured],
    suggested: Argon2Parameters | None,
    stored: Sequence[Kind] | None,
    settings: Settings,
) -> Iterator[str]:
    threads = settings.threads
    yield f"{'memory':>8} {'passes':>7} {'one hash':>9} {'logins/s':>9} {'at work':>9}"
    for each in measured:
        cost, milliseconds = each.parameters, each.seconds * 1000
        memory = cost.memory_kib // 1024
        yield (
            f"{memory:>4} MiB {cost.time_cost:>7} {milliseconds:>6.1f} ms"
            f" {threads / max(each.seconds, 1e-6):>9.0f} {threads * memory:>5} MiB"
        )
    if suggested is not None:
        yield ""
        yield "Suggested settings, for watchword.toml:"
        yield from (f"  {key} = {value}" for key, value in _settings_of(suggested).items())
        yield "or as variables, such as WATCHWORD_ARGON2_MEMORY_KIB."
        yield (
            f"Up to {threads} hashes run at once (setting threads), and take up to "
            f"{threads * suggested.memory_kib // 1024} MiB."
        )
    if stored:
        yield ""
        yield "Stored hashes, and how long a login with one takes:"
        yield from _bars(stored)


def _bars(stored: Sequence[Kind]) -> Iterator[str]:
    most = stored[0].hashes
    width = max(len(kind.label) for kind in stored)
    for kind in stored:
        bar = "#" * max(1, round(BAR_CHARACTERS * kind.hashes / most))
        milliseconds = f"{kind.seconds * 1000:.1f} ms"
        yield f"  {kind.label:<{width}} {kind.hashes:>8} {milliseconds:>10} {bar}"
