"""`watchword session`: where a user is signed in, and the end of it, for one or for everyone.

Source: security.md section 3.6 and rule 45; users.md section 9; oauth.md S-10.
"""

from pathlib import Path

import click

from watchword.accounts.administration.audit import AuditAction, Author, Deed
from watchword.accounts.sessions import EndOutcome, ListedSession, SessionList
from watchword.base import clock
from watchword.cli.administration import (
    USER_NAME,
    answered,
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
  watchword session end --everyone --reason "restored a backup"
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
            acting = "" if each.actor is None else f"({each.actor.name} acts as {name}) "
            device = each.origin.device or ""
            print(harmless(f"{each.sid:30} {moment(each.used_at)}  {acting}{device}"))
    if found.more:
        click.echo(f"and {found.more} more, used longer ago; --all ends them too", err=True)


@session.command(
    short_help="End one session of a user, all of a user, or everyone's.",
    epilog=examples(
        "watchword session end alice sid_7Q2mBfVQ9Q0x0c0l2p3T4A",
        'watchword session end alice --all --reason "lost her laptop"',
        'watchword session end --everyone --reason "restored a backup"',
    ),
)
@click.argument("name", type=USER_NAME, required=False)
@click.argument("sid", metavar="[SESSION]", required=False)
@click.option("--all", "is_all", is_flag=True, help="Every session of the user.")
@click.option(
    "--everyone",
    "is_everyone",
    is_flag=True,
    help="Every session of every user, and all that was issued so far.",
)
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask, with --everyone.")
@reason_option
@settings_option
def end(  # noqa: PLR0913  # one parameter for each option
    *,
    name: str | None,
    sid: str | None,
    is_all: bool,
    is_everyone: bool,
    is_sure: bool,
    reason: str,
    settings: Path | None,
) -> None:
    """End one session of a user, or all, with every token that hangs on it.

    With --everyone an epoch begins, as it has to after a backup was restored: what was used, ended
    or revoked since the backup would live again otherwise. Sessions, tokens, codes and links that
    were made before are dead, those of programs too. Passwords and second factors stay.
    """
    by = author(reason)
    if name is not None and not is_everyone and (sid is None) == is_all:
        print(_end_of_user(name, sid, by, settings))
    elif is_everyone and name is None and not is_all:
        if not is_sure:
            with answered():
                click.confirm("Everyone signs in again. Go on?", abort=True, err=True)
        print(_end_of_everyone(by, settings))
    else:
        raise WrongUsage("Name a user and one session, or a user and --all, or say --everyone")


def _end_of_user(name: str, sid: str | None, by: Author, settings: Path | None) -> str:
    """End one session, or all where none is named."""
    now = clock.SYSTEM.now()

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
    return f"{name}: {ended} {'session' if ended == 1 else 'sessions'} ended"


def _end_of_everyone(by: Author, settings: Path | None) -> str:
    """Begin an epoch."""
    now = clock.SYSTEM.now()

    async def act(store: Store, _: Settings) -> int:
        deed = Deed(AuditAction.EPOCH_BEGUN, "session", "everyone")
        return await store.with_deed(deed, by=by, now=now).bump_epoch(now=now)

    epoch = with_store(settings, act)
    return f"everyone: all sessions, tokens, codes and links ended; epoch {epoch} began"


def _as_json(each: ListedSession) -> dict[str, object]:
    return {
        "id": each.sid,
        "applications": list(each.clients),
        "created_at": moment(each.created_at),
        "used_at": moment(each.used_at),
        "address": each.origin.address,
        "device": each.origin.device,
        "actor": None if each.actor is None else each.actor.user_id,
    }
