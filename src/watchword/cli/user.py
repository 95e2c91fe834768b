"""`watchword user`: accounts, by name. Nobody but its owner ever sees a password.

Source: users.md U24 and U46; decisions/0002.
"""

import sys
from pathlib import Path
from typing import assert_never
from urllib.parse import quote

import click

from watchword.accounts.administration.audit import AuditAction, Author, Deed
from watchword.accounts.administration.roles import Assignment, Suspension
from watchword.accounts.links import LinkPurpose, new_link
from watchword.accounts.person.deletion import DeleteAccount, DeletionOutcome
from watchword.accounts.users import USER_ID_PREFIX, AddOutcome, NewUser, User
from watchword.base import chance, clock
from watchword.cli.administration import (
    ANOTHER_FIRST,
    ROLE,
    USER_NAME,
    answered,
    as_json,
    assignment_json,
    author,
    change_user,
    existing_user,
    moment,
    reason_option,
    suspension_json,
    with_store,
)
from watchword.cli.exits import Refused
from watchword.cli.options import json_option, settings_option
from watchword.cli.printing import examples, harmless, print_json
from watchword.cli.role_slips import doubt_new, new_option
from watchword.cli.user_factors import factors, reset_factors
from watchword.cli.user_import import import_users
from watchword.server.settings import PORT, Settings
from watchword.stores import Store

__all__ = ["user"]

EXAMPLES = """\b
Examples:
  watchword user add alice --role admin
  watchword user link alice
  watchword user suspend alice --reason "left the company"
  watchword user import --from django users.json --dry-run
"""
ELSEWHERE = (
    "It leads to {issuer}. Where the server is reached at another address, set WATCHWORD_URL (or\n"
    "WATCHWORD_PORT), and WATCHWORD_MOUNT_PATH where an application has it below a path, for it\n"
    "and for this command, and make another link."
)


@click.group(epilog=EXAMPLES)
def user() -> None:
    """Add, import, list, suspend and delete users."""


user.add_command(import_users)
user.add_command(factors)
user.add_command(reset_factors)


@user.command(
    short_help="Add a user and print a link to set a password.",
    epilog=examples(
        "watchword user add alice", "watchword user add alice --role admin --role editor"
    ),
)
@click.argument("name", type=USER_NAME)
@click.option("--role", "roles", type=ROLE, multiple=True, help="Give this role; may be repeated.")
@new_option
@reason_option
@settings_option
@json_option
def add(
    *,
    name: str,
    roles: tuple[str, ...],
    is_new: bool,
    reason: str,
    settings: Path | None,
    is_json: bool,
) -> None:
    """Add a user and print the link by which they set their password.

    A role is refused whose name is almost that of one that there is, as by `watchword role give`.
    """
    by = author(reason)

    async def act(store: Store, to: Settings) -> tuple[User, str, Settings]:
        await doubt_new(roles, store, is_new=is_new)
        made = NewUser(
            id=chance.new_id(chance.SYSTEM, USER_ID_PREFIX),
            name=name,
            password_hash=None,
            roles=frozenset(roles),
            created_at=clock.SYSTEM.now(),
        )
        if await store.add_user(made, by=by) is AddOutcome.NAME_TAKEN:
            raise Refused(
                f"A user is called {name} already",
                fix=f"For another link, run: watchword user link {name}",
            )
        return await existing_user(store, name), await _make_link(store, to, made.id, by), to

    _print_link(*with_store(settings, act), is_json=is_json)


@user.command(
    short_help="Print another link to set a password.", epilog=examples("watchword user link alice")
)
@click.argument("name", type=USER_NAME)
@reason_option
@settings_option
@json_option
def link(*, name: str, reason: str, settings: Path | None, is_json: bool) -> None:
    """Print another link to set a password. Earlier links die; the old password works till then."""
    by = author(reason)

    async def act(store: Store, to: Settings) -> tuple[User, str, Settings]:
        found = await existing_user(store, name)
        return found, await _make_link(store, to, found.id, by), to

    _print_link(*with_store(settings, act), is_json=is_json)


@user.command("list", epilog=examples("watchword user list", "watchword user list --json"))
@settings_option
@json_option
def list_users(settings: Path | None, is_json: bool) -> None:  # noqa: FBT001 - click passes a flag
    """List the users. With --json, one object a line."""

    async def act(store: Store, _: Settings) -> tuple[User, ...]:
        return await store.list_users()

    for found in with_store(settings, act):
        if is_json:
            print_json(as_json(found))
        else:
            print(f"{found.name:24} {found.status.value:10} {', '.join(sorted(found.roles))}")


@user.command(
    short_help="Show one user, the roles and who gave them.",
    epilog=examples("watchword user show alice", "watchword user show alice --json"),
)
@click.argument("name", type=USER_NAME)
@settings_option
@json_option
def show(name: str, settings: Path | None, is_json: bool) -> None:  # noqa: FBT001 - as above
    """Show one user: the roles and who gave them, the suspension and its reason."""

    async def act(store: Store, _: Settings) -> tuple[User, tuple[Assignment, ...], object]:
        found = await existing_user(store, name)
        given = await store.list_assignments(found.id)
        return found, given, await store.find_suspension(found.id)

    found, given, suspension = with_store(settings, act)
    if is_json:
        roles = [assignment_json(one) for one in given]
        suspended = suspension_json(suspension) if isinstance(suspension, Suspension) else None
        print_json({**as_json(found), "given": roles, "suspension": suspended})
        return
    print(f"{found.name}  {found.id}  {found.status.value}")
    for one in given:
        print(harmless(f"  role {one.role:20} {_given(one)}"))
    for role in sorted(found.roles - {one.role for one in given}):
        print(f"  role {role:20} inherited")
    if isinstance(suspension, Suspension):
        since = f"since {moment(suspension.suspended_at)} by {suspension.suspended_by}"
        print(harmless(f"  suspended {since}: {suspension.reason or 'no reason given'}"))


@user.command(
    short_help="End every session of a user, and refuse further ones.",
    epilog=examples('watchword user suspend alice --reason "left the company"'),
)
@click.argument("name", type=USER_NAME)
@reason_option
@settings_option
@json_option
def suspend(*, name: str, reason: str, settings: Path | None, is_json: bool) -> None:
    """End every session of a user at once and refuse further ones."""
    by = author(reason)
    change_user(
        settings,
        name,
        lambda store, user_id, now: store.suspend_user(user_id, by=by, now=now),
        said="suspended; every session is ended",
        is_json=is_json,
    )


@user.command(epilog=examples("watchword user resume alice"))
@click.argument("name", type=USER_NAME)
@reason_option
@settings_option
@json_option
def resume(*, name: str, reason: str, settings: Path | None, is_json: bool) -> None:
    """Let a suspended user sign in again. Ended sessions stay ended."""
    by = author(reason)
    change_user(
        settings,
        name,
        lambda store, user_id, now: store.restore_user(user_id, by=by, now=now),
        said="active",
        is_json=is_json,
    )


@user.command(
    short_help="Delete a user and everything of theirs.",
    epilog=examples('watchword user delete alice --reason "asked for it" --yes'),
)
@click.argument("name", type=USER_NAME)
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask.")
@reason_option
@settings_option
def delete(*, name: str, is_sure: bool, reason: str, settings: Path | None) -> None:
    """Delete a user and everything of theirs. What happened stays, without the person."""
    by = author(reason)
    if not is_sure:
        with answered():
            typed = click.prompt("Type the name of the user to delete", err=True)
        if typed != name:
            raise Refused("That is another name; nothing was deleted")

    async def act(store: Store, _: Settings) -> DeletionOutcome:
        found = await existing_user(store, name)
        return await store.delete_account(DeleteAccount(found.id, None, clock.SYSTEM.now(), by=by))

    match with_store(settings, act):
        case DeletionOutcome.DELETED | DeletionOutcome.UNKNOWN_USER:
            print(f"{name}: deleted")
        case DeletionOutcome.LAST_ADMINISTRATOR:
            raise Refused(f"{name} is the last administrator", fix=ANOTHER_FIRST)
        case never:
            assert_never(never)


def _given(one: Assignment) -> str:
    if one.given_at is None:
        return "given"
    return f"given {moment(one.given_at)} by {one.given_by}  {one.reason or ''}".rstrip()


async def _make_link(store: Store, settings: Settings, user_id: str, by: Author) -> str:
    secret = chance.new_secret(chance.SYSTEM)
    purpose = LinkPurpose.SET_PASSWORD
    now = clock.SYSTEM.now()
    audited = store.with_deed(Deed(AuditAction.LINK_MADE, "user", user_id), by=by, now=now)
    await audited.add_link(new_link(secret, purpose=purpose, user_id=user_id, now=now))
    return f"{settings.issuer}/setup?link={quote(secret.reveal())}"


def _print_link(found: User, url: str, settings: Settings, *, is_json: bool) -> None:
    """Write the link once, to standard output and nowhere else (users.md U24)."""
    seconds = LinkPurpose.SET_PASSWORD.lifetime_seconds
    if is_json:
        print_json({"user": as_json(found), "link": url, "lifetime_seconds": seconds})
        return
    print(f"{found.name} sets a password here, once, within {seconds // 60} minutes:")
    print(f"  {url}")
    if settings.url is None and settings.port == PORT:  # nobody said where it listens
        print(ELSEWHERE.format(issuer=settings.issuer), file=sys.stderr)
