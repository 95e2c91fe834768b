"""What the commands about users and roles share: settings, the store, names, one change each."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import click

from watchword.accounts.administration.audit import Author
from watchword.accounts.administration.roles import (
    ROLE_CHARACTERS_MAX,
    Assignment,
    Suspension,
    is_role_name,
)
from watchword.accounts.users import StatusOutcome, User, canonical_name
from watchword.base import clock
from watchword.cli.exits import Refused
from watchword.cli.failures import reported
from watchword.cli.printing import print_json
from watchword.server.settings import Settings
from watchword.server.settings_sources import load_settings
from watchword.stores import Store, open_store

__all__ = [
    "ANOTHER_FIRST",
    "ROLE",
    "USER_NAME",
    "answered",
    "as_json",
    "assignment_json",
    "author",
    "change_user",
    "existing_user",
    "moment",
    "reason_option",
    "suspension_json",
    "with_store",
]

T = TypeVar("T")
Change = Callable[[Store, str, int], Awaitable[StatusOutcome]]
ANOTHER_FIRST = "Give somebody else the role first: watchword role give NAME admin"
COMMAND = "command"  # who acts: whoever may run commands beside the database


reason_option = click.option(
    "--reason",
    default="",
    metavar="TEXT",
    help="Why, for the audit log.",
)


@contextmanager
def answered() -> Iterator[None]:
    """Ask within; where the answer is no, or nobody is there to answer, say what became of it.

    Raises:
        Refused: in place of click's end without a word.
    """
    try:
        yield
    except (click.Abort, RuntimeError):  # no, the end of the input, or an input that is closed
        click.echo(err=True)  # the question's line may stand open
        raise Refused("Nothing was changed", fix="Say --yes where nobody can answer") from None


class _UserName(click.ParamType[str]):
    """A user name in its one canonical spelling."""

    name = "name"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the canonical spelling, or refuse the word."""
        try:
            return canonical_name(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class _Role(click.ParamType[str]):
    """A role: one word that a policy, a claim and a shell read alike."""

    name = "role"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the word, or refuse it."""
        if not is_role_name(value):
            text = f"a role is 1 to {ROLE_CHARACTERS_MAX} of a-z, 0-9, - and _"
            self.fail(text, param, ctx)
        return value


USER_NAME = _UserName()
ROLE = _Role()


def with_store(settings_file: Path | None, act: Callable[[Store, Settings], Awaitable[T]]) -> T:
    """Open the store that the settings name, act, and close it again.

    Raises:
        CommandFailed: names what is wrong with settings or database and what to do.
    """

    async def opened() -> T:
        settings = load_settings(settings_file).settings
        async with await open_store(settings.database) as store:
            return await act(store, settings)

    with reported():
        return asyncio.run(opened())


def change_user(
    settings_file: Path | None, name: str, change: Change, *, said: str, is_json: bool
) -> None:
    """Make one change to a user and say what became of it.

    Args:
        settings_file: as `--settings` names it.
        name: canonical.
        change: the store's verb, given the user's id and the time.
        said: what a change is called, such as "suspended".
        is_json: whether to print one JSON object.

    Raises:
        Refused: there is no such user, or nobody could run the server any more.
    """

    async def act(store: Store, _: Settings) -> tuple[StatusOutcome, User]:
        user = await existing_user(store, name)
        outcome = await change(store, user.id, clock.SYSTEM.now())
        return outcome, await existing_user(store, name)

    outcome, user = with_store(settings_file, act)
    if outcome is StatusOutcome.LAST_ADMINISTRATOR:
        raise Refused(f"{name} is the last administrator", fix=ANOTHER_FIRST)
    if is_json:
        print_json({"outcome": outcome.value, "user": as_json(user)})
    elif outcome is StatusOutcome.CHANGED:
        print(f"{name}: {said}")
    else:
        print(f"{name}: nothing to change")


def assignment_json(given: Assignment) -> dict[str, object]:
    """Return an assignment as the members of a JSON object."""
    return {
        "role": given.role,
        "given_at": None if given.given_at is None else moment(given.given_at),
        "given_by": given.given_by,
        "reason": given.reason,
    }


def suspension_json(suspension: Suspension) -> dict[str, object]:
    """Return a suspension as the members of a JSON object."""
    return {
        "suspended_at": moment(suspension.suspended_at),
        "suspended_by": suspension.suspended_by,
        "reason": suspension.reason,
    }


def moment(seconds: int) -> str:
    """Return a time as text that people and programs read."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def author(reason: str) -> Author:
    """Return who acts, for the audit log.

    Raises:
        Refused: the reason is too long.
    """
    try:
        return Author(COMMAND, reason)
    except ValueError as error:
        raise Refused(str(error)) from None


async def existing_user(store: Store, name: str) -> User:
    """Return the user with this name.

    Raises:
        Refused: there is none.
    """
    user = await store.find_user(name)
    if user is None:
        raise Refused(f"No user is called {name}", fix="See `watchword user list`")
    return user


def as_json(user: User) -> dict[str, object]:
    """Return a user as the members of a JSON object."""
    return {
        "id": user.id,
        "name": user.name,
        "status": user.status.value,
        "roles": sorted(user.roles),
        "created_at": moment(user.created_at),
    }
