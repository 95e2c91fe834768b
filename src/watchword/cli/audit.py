"""`watchword audit`: whether the log of administration is whole, and a copy of it.

Source: security.md rule 100; OWASP ASVS 5.0 V16.4.2; decisions/0250.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from types import MappingProxyType

import click

from watchword.accounts.administration.audit import AuditEntry
from watchword.accounts.administration.chain import START, WALK_ENTRIES_MAX, Head, verify_log
from watchword.accounts.errors import Flaw, LogBroken
from watchword.cli.administration import moment, with_store
from watchword.cli.exits import Refused
from watchword.cli.options import json_option, settings_option
from watchword.cli.printing import examples, print_json
from watchword.server.settings import Settings
from watchword.stores import Store

__all__ = ["audit"]

EXAMPLES = """\b
Examples:
  watchword audit head >> /mnt/elsewhere/heads
  watchword audit verify --head "$(tail -n 1 /mnt/elsewhere/heads)"
  watchword audit export > audit.jsonl
"""
FLAWS = MappingProxyType(
    {
        Flaw.ADDED: "stands after the end that the database keeps of the log",
        Flaw.ALTERED: "is not what was written there",
        Flaw.CUT_OFF: "was written, and it and all later ones are gone",
        Flaw.MISSING: "is gone, and later ones are there",
        Flaw.REWRITTEN: "belongs to another log than the head that was kept",
    }
)
UNREADABLE = (
    "Run `watchword audit verify`: where it finds the log whole, a later version of watchword "
    "wrote the entry, and that version exports it; otherwise it was altered"
)
FIX = "Compare with an export or a copy of the database from before, and see who could write to it"


class _Head(click.ParamType[Head]):
    """A head, as `audit head` prints it."""

    name = "head"

    def convert(
        self, value: str | Head, param: click.Parameter | None, ctx: click.Context | None
    ) -> Head:
        """Take the text apart, or refuse it."""
        if isinstance(value, Head):
            return value
        try:
            return Head.parse(value.strip())
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.group(epilog=EXAMPLES)
def audit() -> None:
    """Prove that the audit log is whole, and copy it."""


@audit.command(
    short_help="Walk the log from its first entry to its last.",
    epilog=examples("watchword audit verify", "watchword audit verify --head 7:5b9c..."),
)
@click.option(
    "--head",
    "kept",
    type=_Head(),
    default=START,
    show_default=False,
    metavar="HEAD",
    help="What `audit head` said before: the log has to have grown from it.",
)
@settings_option
@json_option
def verify(kept: Head, settings: Path | None, is_json: bool) -> None:  # noqa: FBT001 - click passes a flag
    """Walk the log and say the first entry that is wrong. Ends with 1 where there is one.

    An entry that was altered, taken out or added is found, and so is a log whose newest entries
    were cut off. What a later version wrote counts as written. Whoever can write to the database
    could rewrite all of it: give the head that you keep elsewhere.
    """

    async def act(store: Store, _: Settings) -> Head | LogBroken:
        try:
            return await verify_log(store, kept=kept)
        except LogBroken as broken:
            return broken

    found = with_store(settings, act)
    if isinstance(found, LogBroken):
        if is_json:
            print_json({"whole": False, "first_broken": found.position, "flaw": found.flaw.value})
            raise SystemExit(Refused.exit_code)
        raise Refused(f"Entry {found.position} {FLAWS[found.flaw]}", fix=FIX)
    if is_json:
        print_json({"whole": True, "entries": found.position, "head": str(found)})
        return
    print(f"{_entries(found.position)}, each as it was written")
    if kept != START:
        print(f"It grew from the head of entry {kept.position}")


@audit.command(
    short_help="Print where the log stands, to be kept elsewhere.",
    epilog=examples("watchword audit head", "watchword audit head --json"),
)
@settings_option
@json_option
def head(settings: Path | None, is_json: bool) -> None:  # noqa: FBT001 - as above
    """Print where the log stands: the number of its entries and a hash over all of them.

    Keep it where whoever can write to the database cannot: `audit verify --head` then proves that
    nothing before it was changed since. It holds nothing about anybody.
    """

    async def act(store: Store, _: Settings) -> Head:
        return (await store.walk_audit(after=0, limit=0)).head

    found = with_store(settings, act)
    if is_json:
        print_json({"entries": found.position, "head": str(found)})
    else:
        print(found)


@audit.command(
    short_help="Print the log, one JSON object a line, the oldest first.",
    epilog=examples("watchword audit export > audit.jsonl", "watchword audit export --after 1200"),
)
@click.option(
    "--after", type=click.IntRange(min=0), default=0, help="Leave out the entries up to this one."
)
@settings_option
def export(after: int, settings: Path | None) -> None:
    """Print the log, one JSON object a line, the oldest first. It names people and addresses."""

    async def act(store: Store, _: Settings) -> None:
        async for entry in _walk(store, after):
            print_json(_as_json(entry))

    with_store(settings, act)


async def _walk(store: Store, after: int) -> AsyncIterator[AuditEntry]:
    """Yield the entries after a position. Raises Refused at one that cannot be read."""
    while entries := (await store.walk_audit(after=after, limit=WALK_ENTRIES_MAX)).entries:
        for entry in entries:
            if not isinstance(entry, AuditEntry):
                raise Refused(f"Entry {entry.position} cannot be read", fix=UNREADABLE)
            yield entry
        after = entries[-1].position


def _as_json(entry: AuditEntry) -> dict[str, object]:
    return {
        "position": entry.position,
        "at": moment(entry.at),
        "actor": entry.author.actor,
        "reason": entry.author.reason,
        "address": entry.author.origin.address,
        "device": entry.author.origin.device,
        "action": entry.deed.action.value,
        "kind": entry.deed.kind,
        "target": entry.deed.target,
        "detail": dict(entry.deed.detail),
        "chain": entry.chain.hex(),
    }


def _entries(count: int) -> str:
    return f"{count} {'entry' if count == 1 else 'entries'}"
