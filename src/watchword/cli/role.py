"""`watchword role`: which roles a user holds. What a role may do is the application's policy.

The policy is code of the application, which no command imports. What a command knows are the roles
that somebody holds; a name that is almost one of them is taken for a slip.

Source: users.md section 9; decisions/0124.
"""

import sys
from difflib import get_close_matches
from pathlib import Path

import click

from watchword.accounts.users import StatusOutcome
from watchword.cli.administration import (
    ROLE,
    USER_NAME,
    change_user,
    json_option,
    settings_option,
    with_store,
)
from watchword.cli.exits import Refused
from watchword.cli.printing import examples, print_json
from watchword.server.settings import Settings
from watchword.stores import Store

__all__ = ["role"]

LIKENESS = 0.75  # of 1: one letter that is missing, doubled, wrong or swapped, in short words too
EXAMPLES = """\b
Examples:
  watchword role list
  watchword role assign alice admin
  watchword role remove alice admin
"""


@click.group(epilog=EXAMPLES)
def role() -> None:
    """List roles, give one to a user, or take it away."""


@role.command("list", epilog=examples("watchword role list", "watchword role list --json"))
@settings_option
@json_option
def list_roles(settings: Path | None, is_json: bool) -> None:  # noqa: FBT001 - click passes a flag
    """List every role that somebody holds, and by how many. With --json, one object a line."""

    async def act(store: Store, _: Settings) -> tuple[tuple[str, int], ...]:
        return await store.list_roles()

    for name, held in with_store(settings, act):
        if is_json:
            print_json({"role": name, "users": held})
        else:
            print(f"{name:24} {held:>8}")


@role.command(
    epilog=examples("watchword role assign alice admin", "watchword role assign alice admins --new")
)
@click.argument("name", type=USER_NAME)
@click.argument("role_name", metavar="ROLE", type=ROLE)
@click.option("--new", "is_new", is_flag=True, help="Nobody holds it so far, however alike it is.")
@settings_option
@json_option
def assign(
    *, name: str, role_name: str, is_new: bool, settings: Path | None, is_json: bool
) -> None:
    """Give a role to a user.

    A role that nobody holds is refused where its name is almost that of one that is held: a slip
    would give nothing, and nobody would see it.
    """

    async def change(store: Store, user_id: str, now: int) -> StatusOutcome:
        held = dict(await store.list_roles())
        if role_name not in held:
            _doubt(role_name, [] if is_new else list(held))
        return await store.assign_role(user_id, role_name, now=now)

    change_user(settings, name, change, said=f"holds the role {role_name}", is_json=is_json)


@role.command(epilog=examples("watchword role remove alice admin"))
@click.argument("name", type=USER_NAME)
@click.argument("role_name", metavar="ROLE", type=ROLE)
@settings_option
@json_option
def remove(name: str, role_name: str, settings: Path | None, is_json: bool) -> None:  # noqa: FBT001 - as above
    """Take a role away and end the logins that were made with it."""
    change_user(
        settings,
        name,
        lambda store, user_id, now: store.remove_role(user_id, role_name, now=now),
        said=f"no longer holds the role {role_name}; the logins made with it are ended",
        is_json=is_json,
    )


def _doubt(role_name: str, held: list[str]) -> None:
    """Say that a role is held by nobody yet.

    Raises:
        Refused: one that is held has almost the same name.
    """
    alike = get_close_matches(role_name, held, n=1, cutoff=LIKENESS)
    if alike:
        raise Refused(
            f"Nobody holds the role {role_name}. Is {alike[0]} meant?",
            fix="If it is not, add --new. The roles that are held: watchword role list",
        )
    print(f"Nobody held the role {role_name} before.", file=sys.stderr)
