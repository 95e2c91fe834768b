"""`watchword role`: which roles there are and who holds them. What each may do is a policy's.

The policy is code of the application, which no command imports. What a command knows are the roles
that are written down, and the server's own; a name that is almost one of them is taken for a slip.

Source: users.md section 9; decisions/0124.
"""

from pathlib import Path
from typing import assert_never

import click

from watchword.accounts.administration.roles import (
    MEANING_CHARACTERS_MAX,
    ROLES_MAX,
    InheritOutcome,
    Role,
    RoleOutcome,
)
from watchword.accounts.users import StatusOutcome
from watchword.base import clock
from watchword.cli.administration import (
    ANOTHER_FIRST,
    ROLE,
    USER_NAME,
    author,
    change_user,
    reason_option,
    with_store,
)
from watchword.cli.exits import Refused
from watchword.cli.options import json_option, settings_option
from watchword.cli.printing import examples, harmless, print_json
from watchword.cli.role_slips import doubt_new, new_option
from watchword.server.settings import Settings
from watchword.stores import Store

__all__ = ["role"]

EXAMPLES = """\b
Examples:
  watchword role list
  watchword role add editor --meaning "Writes and corrects notes"
  watchword role inherit editor reader
  watchword role give alice editor --reason "joins the desk"
  watchword role take alice editor
"""


@click.group(epilog=EXAMPLES)
def role() -> None:
    """List roles, give one to a user, or take it away."""


@role.command(
    "list",
    short_help="List every role and what it includes.",
    epilog=examples("watchword role list", "watchword role list --json"),
)
@settings_option
@json_option
def list_roles(settings: Path | None, is_json: bool) -> None:  # noqa: FBT001 - click passes a flag
    """List every role, how many were given it, and what it includes. With --json, one a line."""

    async def act(store: Store, _: Settings) -> tuple[Role, ...]:
        return await store.list_role_records()

    for each in with_store(settings, act):
        if is_json:
            said = {"role": each.name, "meaning": each.meaning, "users": each.users}
            print_json({**said, "inherits": sorted(each.inherits)})
        else:
            includes = f"  includes {', '.join(sorted(each.inherits))}" if each.inherits else ""
            print(harmless(f"{each.name:24} {each.users:>8}{includes}  {each.meaning}".rstrip()))


@role.command(epilog=examples('watchword role add editor --meaning "Writes and corrects notes"'))
@click.argument("role_name", metavar="ROLE", type=ROLE)
@click.option("--meaning", default="", help="What it is for, in a few words for people.")
@reason_option
@settings_option
def add(role_name: str, meaning: str, reason: str, settings: Path | None) -> None:
    """Write a role down, or change what it says it is for."""
    if len(meaning) > MEANING_CHARACTERS_MAX:
        raise Refused(f"A meaning has at most {MEANING_CHARACTERS_MAX} characters")
    by = author(reason)

    async def act(store: Store, _: Settings) -> RoleOutcome:
        return await store.add_role(role_name, meaning, by=by, now=clock.SYSTEM.now())

    if with_store(settings, act) is RoleOutcome.TOO_MANY:
        raise Refused(f"There are {ROLES_MAX} roles already", fix="Remove one that nobody holds")
    print(f"{role_name}: written down")


@role.command(epilog=examples("watchword role remove editor"))
@click.argument("role_name", metavar="ROLE", type=ROLE)
@reason_option
@settings_option
def remove(role_name: str, reason: str, settings: Path | None) -> None:
    """Strike out a role that nobody holds and that no role includes."""
    by = author(reason)

    async def act(store: Store, _: Settings) -> RoleOutcome:
        return await store.forget_role(role_name, by=by, now=clock.SYSTEM.now())

    outcome = with_store(settings, act)
    if outcome is RoleOutcome.IN_USE:
        raise Refused(
            f"The role {role_name} is in use",
            fix="Take it from whoever holds it, and end its inheritance, first",
        )
    done = outcome is RoleOutcome.DONE
    print(f"{role_name}: struck out" if done else f"{role_name}: nothing to change")


@role.command(
    short_help="Have a role include another.",
    epilog=examples(
        "watchword role inherit editor reader", "watchword role inherit editor reader --end"
    ),
)
@click.argument("role_name", metavar="ROLE", type=ROLE)
@click.argument("included", metavar="INCLUDED", type=ROLE)
@click.option("--end", "is_end", is_flag=True, help="It includes the other no more.")
@reason_option
@settings_option
def inherit(
    *, role_name: str, included: str, is_end: bool, reason: str, settings: Path | None
) -> None:
    """Have a role include another: whoever holds the first holds the second.

    It holds from the next request on. Where it ends, so do the logins that were made with it.
    """
    by = author(reason)

    async def act(store: Store, _: Settings) -> InheritOutcome:
        change = store.remove_inheritance if is_end else store.add_inheritance
        return await change(role_name, included, by=by, now=clock.SYSTEM.now())

    match with_store(settings, act):
        case InheritOutcome.CHANGED:
            print(f"{role_name}: includes {included}{' no more' if is_end else ''}")
        case InheritOutcome.UNCHANGED:
            print(f"{role_name}: nothing to change")
        case InheritOutcome.UNKNOWN_ROLE:
            raise Refused(
                "One of the roles is not written down", fix="See `watchword role add --help`"
            )
        case InheritOutcome.CYCLE:
            raise Refused(f"{included} includes {role_name} already: that would be a circle")
        case InheritOutcome.LAST_ADMINISTRATOR:
            raise Refused("Nobody would be an administrator any more", fix=ANOTHER_FIRST)
        case never:
            assert_never(never)


@role.command(
    epilog=examples("watchword role give alice admin", "watchword role give alice admins --new")
)
@click.argument("name", type=USER_NAME)
@click.argument("role_name", metavar="ROLE", type=ROLE)
@new_option
@reason_option
@settings_option
@json_option
def give(
    *, name: str, role_name: str, is_new: bool, reason: str, settings: Path | None, is_json: bool
) -> None:
    """Give a role to a user.

    A role that nobody wrote down is refused where its name is almost that of one that there is: a
    slip would give nothing, and nobody would see it.
    """
    by = author(reason)

    async def change(store: Store, user_id: str, now: int) -> StatusOutcome:
        await doubt_new([role_name], store, is_new=is_new)
        return await store.assign_role(user_id, role_name, by=by, now=now)

    change_user(settings, name, change, said=f"holds the role {role_name}", is_json=is_json)


@role.command(epilog=examples("watchword role take alice admin"))
@click.argument("name", type=USER_NAME)
@click.argument("role_name", metavar="ROLE", type=ROLE)
@reason_option
@settings_option
@json_option
def take(*, name: str, role_name: str, reason: str, settings: Path | None, is_json: bool) -> None:
    """Take a role away and end the logins that were made with it."""
    by = author(reason)
    change_user(
        settings,
        name,
        lambda store, user_id, now: store.remove_role(user_id, role_name, by=by, now=now),
        said=f"no longer holds the role {role_name}; the logins made with it are ended",
        is_json=is_json,
    )
