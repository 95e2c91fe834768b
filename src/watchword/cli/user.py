"""`watchword user`: accounts, by name. Nobody but its owner ever sees a password.

Source: users.md U24 and U46; decisions/0002.
"""

import sys
from pathlib import Path
from urllib.parse import quote

import click

from watchword.accounts.links import LinkPurpose, new_link
from watchword.accounts.users import USER_ID_PREFIX, AddOutcome, NewUser, User
from watchword.base import chance, clock
from watchword.cli.administration import (
    ROLE,
    USER_NAME,
    as_json,
    change_user,
    existing_user,
    json_option,
    settings_option,
    with_store,
)
from watchword.cli.exits import Refused
from watchword.cli.printing import examples, print_json
from watchword.cli.user_factors import factors, reset_factors
from watchword.cli.user_import import import_users
from watchword.server.settings import Settings
from watchword.stores import Store

__all__ = ["user"]

EXAMPLES = """\b
Examples:
  watchword user add alice --role admin
  watchword user link alice
  watchword user suspend alice
  watchword user import --from django users.json --dry-run
"""
ELSEWHERE = (
    "It leads to {url}. Where the server listens elsewhere, set WATCHWORD_URL (or WATCHWORD_PORT)\n"
    "for it and for this command, and make another link."
)


@click.group(epilog=EXAMPLES)
def user() -> None:
    """Add, import, list, suspend and restore users."""


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
@settings_option
@json_option
def add(name: str, roles: tuple[str, ...], settings: Path | None, is_json: bool) -> None:  # noqa: FBT001 - click passes a flag
    """Add a user and print the link by which they set their password."""

    async def act(store: Store, to: Settings) -> tuple[User, str, Settings]:
        made = NewUser(
            id=chance.new_id(chance.SYSTEM, USER_ID_PREFIX),
            name=name,
            password_hash=None,
            roles=frozenset(roles),
            created_at=clock.SYSTEM.now(),
        )
        if await store.add_user(made) is AddOutcome.NAME_TAKEN:
            raise Refused(
                f"A user is called {name} already",
                fix=f"For another link, run: watchword user link {name}",
            )
        return await existing_user(store, name), await _make_link(store, to, made.id), to

    _print_link(*with_store(settings, act), is_json=is_json)


@user.command(
    short_help="Print another link to set a password.", epilog=examples("watchword user link alice")
)
@click.argument("name", type=USER_NAME)
@settings_option
@json_option
def link(name: str, settings: Path | None, is_json: bool) -> None:  # noqa: FBT001 - as above
    """Print another link to set a password. Earlier links die; the old password works till then."""

    async def act(store: Store, to: Settings) -> tuple[User, str, Settings]:
        found = await existing_user(store, name)
        return found, await _make_link(store, to, found.id), to

    _print_link(*with_store(settings, act), is_json=is_json)


@user.command("list", epilog=examples("watchword user list", "watchword user list --json"))
@settings_option
@json_option
def list_users(settings: Path | None, is_json: bool) -> None:  # noqa: FBT001 - as above
    """List the users. With --json, one object a line."""

    async def act(store: Store, _: Settings) -> tuple[User, ...]:
        return await store.list_users()

    for found in with_store(settings, act):
        if is_json:
            print_json(as_json(found))
        else:
            print(f"{found.name:24} {found.status.value:10} {', '.join(sorted(found.roles))}")


@user.command(
    short_help="End every session of a user, and refuse further ones.",
    epilog=examples("watchword user suspend alice"),
)
@click.argument("name", type=USER_NAME)
@settings_option
@json_option
def suspend(name: str, settings: Path | None, is_json: bool) -> None:  # noqa: FBT001 - as above
    """End every session of a user at once and refuse further ones."""
    change_user(
        settings,
        name,
        lambda store, user_id, now: store.suspend_user(user_id, now=now),
        said="suspended; every session is ended",
        is_json=is_json,
    )


@user.command(epilog=examples("watchword user restore alice"))
@click.argument("name", type=USER_NAME)
@settings_option
@json_option
def restore(name: str, settings: Path | None, is_json: bool) -> None:  # noqa: FBT001 - as above
    """Let a suspended user sign in again. Ended sessions stay ended."""
    change_user(
        settings,
        name,
        lambda store, user_id, now: store.restore_user(user_id, now=now),
        said="active",
        is_json=is_json,
    )


async def _make_link(store: Store, settings: Settings, user_id: str) -> str:
    secret = chance.new_secret(chance.SYSTEM)
    purpose = LinkPurpose.SET_PASSWORD
    now = clock.SYSTEM.now()
    await store.add_link(new_link(secret, purpose=purpose, user_id=user_id, now=now))
    return f"{settings.issuer}/setup?link={quote(secret.reveal())}"


def _print_link(found: User, url: str, settings: Settings, *, is_json: bool) -> None:
    """Write the link once, to standard output and nowhere else (users.md U24)."""
    seconds = LinkPurpose.SET_PASSWORD.lifetime_seconds
    if is_json:
        print_json({"user": as_json(found), "link": url, "lifetime_seconds": seconds})
        return
    print(f"{found.name} sets a password here, once, within {seconds // 60} minutes:")
    print(f"  {url}")
    if settings.url is None:
        print(ELSEWHERE.format(url=settings.public_url), file=sys.stderr)
