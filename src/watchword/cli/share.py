"""`watchword share`: that a user, or whoever holds a role, stands in a relation to one resource.

What a relation allows is the application's policy.

Source: access.md P8; users.md section 9.
"""

from pathlib import Path
from typing import TypedDict, Unpack

import click

from watchword.accounts.administration.shares import (
    ENDS_AT_MAX,
    Holder,
    Share,
    ShareOutcome,
    StoredShare,
)
from watchword.base import clock, duration
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
from watchword.cli.role_slips import alike
from watchword.server.settings import Settings
from watchword.stores import Store

__all__ = ["share"]

EXAMPLES = """\b
Examples:
  watchword share add note 7 editor --user bo
  watchword share add note 7 reader --role staff --for 7d
  watchword share list note 7
  watchword share remove note 7 editor --user bo
"""


class _Words(TypedDict):
    """The words of a share, as click hands them over."""

    resource_type: str
    resource_id: str
    relation: str
    user: str | None
    role: str | None


user_option = click.option("--user", type=USER_NAME, help="With this user.")
role_option = click.option("--role", help="With whoever holds this role.")


@click.group(epilog=EXAMPLES)
def share() -> None:
    """Share a resource with a user or a role."""


@share.command(
    epilog=examples(
        "watchword share add note 7 editor --user bo",
        "watchword share add note 7 reader --role staff --for 7d",
    )
)
@click.argument("resource_type", metavar="TYPE")
@click.argument("resource_id", metavar="ID")
@click.argument("relation")
@user_option
@role_option
@click.option("--for", "lasting", help="Until it ends by itself, such as 12h or 7d.")
@reason_option
@settings_option
def add(
    *, lasting: str | None, reason: str, settings: Path | None, **words: Unpack[_Words]
) -> None:
    """Share a resource, or change when a share ends."""
    by, seconds = author(reason), _seconds(lasting)

    async def act(store: Store, _: Settings) -> ShareOutcome:
        shared = await _share(store, words)
        now = clock.SYSTEM.now()
        ends = None if seconds is None else now + seconds
        if ends is not None and ends > ENDS_AT_MAX:
            raise WrongUsage("A share ends by itself within the year 9999; leave --for out")
        outcome = await store.add_share(shared, expires_at=ends, by=by, now=now)
        if outcome is ShareOutcome.UNKNOWN_HOLDER:
            raise await _no_role(store, shared.holder)
        return outcome

    _say(with_store(settings, act), "shared")


@share.command("list", epilog=examples("watchword share list", "watchword share list note 7"))
@click.argument("resource_type", metavar="[TYPE]", required=False)
@click.argument("resource_id", metavar="[ID]", required=False)
@user_option
@role_option
@settings_option
@json_option
def list_shares(
    *,
    resource_type: str | None,
    resource_id: str | None,
    user: str | None,
    role: str | None,
    settings: Path | None,
    is_json: bool,
) -> None:
    """List every share, or those of a resource or holder. With --json, one object a line."""
    if user is not None and role is not None:
        raise WrongUsage("Name a user or a role, not both")

    async def act(store: Store, _: Settings) -> list[tuple[StoredShare, str]]:
        holder = (await existing_user(store, user)).id if user is not None else role
        found: list[StoredShare] = []
        while page := await store.list_shares(
            resource_type,
            resource_id,
            holder=holder,
            after=found[-1].share if found else None,
        ):
            found += page
        names = await _names(store, found)
        return [(one, names.get(one.share.holder, one.share.holder)) for one in found]

    for stored, holder in with_store(settings, act):
        if is_json:
            print_json(_as_json(stored))
        else:
            print(harmless(_line(stored, holder)))


@share.command(epilog=examples("watchword share remove note 7 editor --user bo"))
@click.argument("resource_type", metavar="TYPE")
@click.argument("resource_id", metavar="ID")
@click.argument("relation")
@user_option
@role_option
@reason_option
@settings_option
def remove(*, reason: str, settings: Path | None, **words: Unpack[_Words]) -> None:
    """End a share, from the next request on."""
    by = author(reason)

    async def act(store: Store, _: Settings) -> ShareOutcome:
        shared = await _share(store, words)
        return await store.remove_share(shared, by=by, now=clock.SYSTEM.now())

    _say(with_store(settings, act), "shared no more")


async def _no_role(store: Store, role: str) -> Refused:
    """Say that there is no such role, and which may be meant."""
    meant = alike(role, [one.name for one in await store.list_role_records()])
    text = f"There is no role {harmless(role)}"
    fix = "See `watchword role list`"
    return Refused(text if meant is None else f"{text}. Is {meant} meant?", fix=fix)


async def _names(store: Store, found: list[StoredShare]) -> dict[str, str]:
    """Return how the users are called with whom something is shared: one look for each."""
    subjects = {one.share.holder for one in found if one.share.holder_kind == Holder.SUBJECT.value}
    users = [await store.read_user(user_id) for user_id in sorted(subjects)]
    return {user.id: user.name for user in users if user is not None}


async def _share(store: Store, words: _Words) -> Share:
    """Return the share that the words describe.

    Raises:
        WrongUsage: not exactly one holder is named, or a word cannot be one.
        Refused: there is no such user.
    """
    what = (words["resource_type"], words["resource_id"], words["relation"])
    user, role = words["user"], words["role"]
    if (user is None) == (role is None):
        raise WrongUsage("Name a user or a role with whom it is shared")
    try:
        if role is not None:
            return Share(*what, Holder.ROLE.value, role)
        found = await existing_user(store, str(user))
        return Share(*what, Holder.SUBJECT.value, found.id)
    except ValueError as error:
        raise WrongUsage(str(error)) from None


def _seconds(lasting: str | None) -> int | None:
    try:
        return None if lasting is None else duration.seconds(lasting)
    except ValueError as error:
        raise WrongUsage(str(error)) from None


def _say(outcome: ShareOutcome, said: str) -> None:
    print(said if outcome is ShareOutcome.CHANGED else "nothing to change")


def _line(stored: StoredShare, holder: str) -> str:
    shared = stored.share
    what = f"{shared.resource_type}/{shared.resource_id}"
    whom = f"role {holder}" if shared.holder_kind == Holder.ROLE.value else holder
    ends = "" if stored.expires_at is None else f"  until {moment(stored.expires_at)}"
    return f"{what:24} {shared.relation:16} {whom}{ends}"


def _as_json(stored: StoredShare) -> dict[str, object]:
    shared = stored.share
    return {
        "resource_type": shared.resource_type,
        "resource_id": shared.resource_id,
        "relation": shared.relation,
        shared.holder_kind: shared.holder,
        "expires_at": None if stored.expires_at is None else moment(stored.expires_at),
        "created_at": moment(stored.created_at),
        "created_by": stored.created_by,
        "reason": stored.reason,
    }
