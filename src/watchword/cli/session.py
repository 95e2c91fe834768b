"""`watchword session`: where a user is signed in, and the end of it.

Source: security.md rule 45; users.md section 9.
"""

from pathlib import Path

import click

from watchword.accounts.administration.audit import AuditAction, Deed
from watchword.accounts.sessions import EndOutcome, ListedSession, SessionList
from watchword.base import clock
from watchword.cli.administration import (
    USER_NAME,
    author,
    existing_user,
    moment,
    reason_option,
    with_store,
)
from watchword.cli.exits import Refused, WrongUsage
from watchword.cli.options import json_option, settings_option
from watchword.cli.printing import examples, harmless, print_json
from watchword.server.settings import Settings
from watchword.stores import Store

__all__ = ["session"]

EXAMPLES = """\b
Examples:
  watchword session list alice
  watchword session end alice --all --reason "lost her laptop"
"""


@click.group(epilog=EXAMPLES)
def session() -> None:
    """List a user's sessions, or end them."""


@session.command(
    "list", epilog=examples("watchword session list alice", "watchword session list alice --json")
)
@click.argument("name", type=USER_NAME)
@settings_option
@json_option
def list_sessions(name: str, settings: Path | None, is_json: bool) -> None:  # noqa: FBT001 - click passes a flag
    """List where a user is signed in, the last used first. With --json, one object a line."""

    async def act(store: Store, _: Settings) -> SessionList:
        found = await existing_user(store, name)
        return await store.list_sessions(found.id, now=clock.SYSTEM.now())

    found = with_store(settings, act)
    if not found.listed and not is_json:
        print(f"{harmless(name)} is signed in nowhere")
    for each in found.listed:
        if is_json:
            print_json(_as_json(each))
        else:
            print(harmless(f"{each.sid:30} {moment(each.used_at)}  {each.origin.device or ''}"))
    if found.more:
        click.echo(f"and {found.more} more, used longer ago; --all ends them too", err=True)


@session.command(
    short_help="End one session of a user, or all.",
    epilog=examples(
        "watchword session end alice sid_7Q2mBfVQ9Q0x0c0l2p3T4A",
        'watchword session end alice --all --reason "lost her laptop"',
    ),
)
@click.argument("name", type=USER_NAME)
@click.argument("sid", metavar="[SESSION]", required=False)
@click.option("--all", "is_all", is_flag=True, help="Every session of the user.")
@reason_option
@settings_option
def end(*, name: str, sid: str | None, is_all: bool, reason: str, settings: Path | None) -> None:
    """End one session of a user, or all, with every token that hangs on it."""
    if (sid is not None) == is_all:
        raise WrongUsage("Name one session or say --all")
    by, now = author(reason), clock.SYSTEM.now()

    async def act(store: Store, _: Settings) -> int:
        found = await existing_user(store, name)
        if sid is None:
            deed = Deed(AuditAction.SESSIONS_ENDED, "user", found.id)
            audited = store.with_deed(deed, by=by, now=now)
            return await audited.end_sessions(found.id, keep=None, now=now)
        deed = Deed(AuditAction.SESSION_ENDED, "user", found.id, {"session": sid})
        audited = store.with_deed(deed, by=by, now=now)
        outcome = await audited.end_own_session(found.id, sid, now=now)
        if outcome is EndOutcome.UNKNOWN:
            raise Refused(f"{name} has no such session", fix=f"See `watchword session list {name}`")
        return int(outcome is EndOutcome.ENDED)

    ended = with_store(settings, act)
    print(f"{name}: {ended} {'session' if ended == 1 else 'sessions'} ended")


def _as_json(each: ListedSession) -> dict[str, object]:
    return {
        "id": each.sid,
        "applications": list(each.clients),
        "created_at": moment(each.created_at),
        "used_at": moment(each.used_at),
        "address": each.origin.address,
        "device": each.origin.device,
    }
