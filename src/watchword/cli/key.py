"""`watchword key`: the server's signing keys, their plan, and what to do when one is stolen.

Source: oauth.md K-1 to K-6, W-4; security.md rule 78.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from watchword.accounts.administration.audit import Author
from watchword.base import chance, clock
from watchword.cli.administration import answered, author, reason_option, with_store
from watchword.cli.exits import Refused
from watchword.cli.failures import reported
from watchword.cli.options import json_option, settings_option
from watchword.cli.printing import examples, harmless, print_json
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.keyset import KeySet
from watchword.keys.readers import KeyReader, holding_old
from watchword.keys.record import KeyState, SigningKeyRecord
from watchword.keys.rotation import RotationPolicy, foreseen, next_change, phases
from watchword.server.administration.keys import KeyChanges
from watchword.server.key_file import read_key_file
from watchword.server.settings import Settings
from watchword.stores import Store

__all__ = ["key"]

LINE_CHARACTERS = 48
EXAMPLES = """\b
Examples:
  watchword key status
  watchword key rotate
  watchword key rotate --compromised KID
  watchword key export --pem
"""
_NEXT = {
    KeyState.PENDING: "signs from",
    KeyState.ACTIVE: "signs until",
    KeyState.RETIRED: "published until",
}
_MARKS = {KeyState.PENDING: "·", KeyState.ACTIVE: "█", KeyState.RETIRED: "░"}


@click.group(epilog=EXAMPLES)
def key() -> None:
    """Show, rotate and export the signing keys."""


@key.command("list", epilog=examples("watchword key list", "watchword key list --json"))
@settings_option
@json_option
def list_keys(settings: Path | None, is_json: bool) -> None:  # noqa: FBT001 - click passes a flag
    """List the signing keys, oldest first."""
    records, policy = with_store(settings, _read)
    if is_json:
        print_json({"keys": [_as_json(record, policy) for record in records]})
        return
    for record in records:
        print(f"{record.kid}  {record.alg}  {record.state.value}  {_plan(record, policy)}")


@key.command(
    short_help="Show the plan of the keys on a time line.", epilog=examples("watchword key status")
)
@settings_option
@json_option
def status(settings: Path | None, is_json: bool) -> None:  # noqa: FBT001 - as above
    """Show the plan on a time line: what signs now, what signs next, what is kept until when."""
    records, policy = with_store(settings, _read)
    waiting = with_store(settings, _waited_for)
    if is_json:
        shown = [asdict(reader) for reader in waiting]
        print_json({"keys": [_as_json(record, policy) for record in records], "waits_for": shown})
        return
    now = clock.SYSTEM.now()
    *lines, marker = _drawn(records, policy, now)
    for record, line in zip(records, lines, strict=True):
        print(f"{record.kid}  {record.alg}  {record.state.value}, {_plan(record, policy)}")
        print("  " + line)
    print("  " + marker)
    print("  · announced   █ signs   ░ still published")
    print(
        f"A key is announced for {_days(policy.announce_seconds)}, signs for "
        f"{_days(policy.active_seconds)} and is published for {_days(policy.keep_seconds)} more. "
        "Servers that run do all of it by themselves."
    )
    if waiting:
        print(f"Verifiers that still hold the old set: {len(waiting)}. The announced key waits for")
    for reader in waiting:
        print(f"  {harmless(reader.name)}, last heard of {_moment(reader.seen_at)}")


@key.command(epilog=examples("watchword key rotate", "watchword key rotate --compromised KID"))
@click.option(
    "--compromised",
    metavar="KID",
    help="Delete this key at once, put a fresh one in its place and end what it signed.",
)
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask.")
@reason_option
@settings_option
def rotate(*, compromised: str | None, is_sure: bool, reason: str, settings: Path | None) -> None:
    """Announce the next key now, or replace a stolen one.

    Without --compromised nothing breaks: the next key is published now and signs once every cache
    can have it. With it, every token that the key signed is refused as soon as a guard learns of
    it, and everybody who holds one signs in again or refreshes.
    """
    by = author(reason)
    if compromised is None:
        print(with_store(settings, lambda store, found: _announce(store, found, by)))
        return
    if not is_sure:
        question = f"Every access token signed with {compromised} dies now. Go on?"
        with answered():
            click.confirm(question, abort=True, err=True)
    print(with_store(settings, lambda store, found: _replace(store, found, compromised, by)))


@key.command(epilog=examples("watchword key export", "watchword key export --pem"))
@click.option("--pem", "is_pem", is_flag=True, help="PEM blocks instead of a JWK set.")
@settings_option
def export(is_pem: bool, settings: Path | None) -> None:  # noqa: FBT001 - as above
    """Print the public keys, for software that takes them from a file."""
    records, _ = with_store(settings, _read)
    keys = [Key.from_jwk(record.public_jwk, alg=record.alg) for record in records]
    if is_pem:
        print("".join(key.to_pem() for key in keys), end="")
    else:
        print(json.dumps(KeySet(keys).publish(), indent=2))


async def _read(
    store: Store, settings: Settings
) -> tuple[tuple[SigningKeyRecord, ...], RotationPolicy]:
    return foreseen(await store.list_signing_keys()), settings.rotation


async def _waited_for(store: Store, settings: Settings) -> tuple[KeyReader, ...]:
    readers = await store.list_key_readers(now=clock.SYSTEM.now())
    return holding_old(await store.list_signing_keys(), readers, alg=settings.signing_alg)


async def _announce(store: Store, settings: Settings, by: Author) -> str:
    made = await _changes(store, settings).announce(by=by)
    if made is None:
        raise Refused("a key is announced already", fix="see `watchword key status`")
    return f"{made.kid} is published and signs from {_moment(made.begins)}"


async def _replace(store: Store, settings: Settings, kid: str, by: Author) -> str:
    done = await _changes(store, settings).replace(kid, by=by)
    if done is None:
        raise Refused(f"no signing key is called {kid}", fix="see `watchword key list`")
    return (
        f"{kid} is deleted. Running servers sign with another key within seconds; guards that "
        f"follow the revocation feed refuse its tokens at once, others when they expire, at "
        f"{_moment(done.until)} at the latest"
    )


def _changes(store: Store, settings: Settings) -> KeyChanges:
    with reported():
        sealing = read_key_file(settings.key_path)
    return KeyChanges(store, settings, sealing, clock.SYSTEM, chance.SYSTEM)


def _plan(record: SigningKeyRecord, policy: RotationPolicy) -> str:
    moment = next_change(record, policy)
    return "" if moment is None else f"{_NEXT[record.state]} {_moment(moment)}"


def _as_json(record: SigningKeyRecord, policy: RotationPolicy) -> dict[str, object]:
    return {
        "kid": record.kid,
        "alg": record.alg,
        "state": record.state.value,
        "created_at": record.created_at,
        "next_change_at": next_change(record, policy),
    }


def _drawn(records: Sequence[SigningKeyRecord], policy: RotationPolicy, now: int) -> list[str]:
    """Return a line for each key, all to one scale, and one that marks this moment."""
    lives = [phases(record, policy) for record in records]
    starts = min([now, *(life[0].begins for life in lives)])
    ends = max([now, *(life[-1].ends for life in lives)])

    def place(moment: int) -> int:
        return round((moment - starts) / max(1, ends - starts) * LINE_CHARACTERS)

    lines = []
    for life in lives:
        line = " " * place(life[0].begins)
        for phase in life:
            line += _MARKS[phase.state] * max(1, place(phase.ends) - len(line))
        lines.append(line)
    return [*lines, " " * place(now) + "▲ now"]


def _days(seconds: int) -> str:
    days = seconds / 86_400
    return f"{days:g} day{'' if days == 1 else 's'}"


def _moment(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
