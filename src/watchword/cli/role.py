"""`watchword role`: which roles a user holds. What a role may do is the application's policy."""

from pathlib import Path

import click

from watchword.cli.administration import (
    ROLE,
    USER_NAME,
    change_user,
    json_option,
    settings_option,
)

__all__ = ["role"]

EXAMPLES = """\b
Examples:
  watchword role assign alice admin
  watchword role remove alice admin
"""


@click.group(epilog=EXAMPLES)
def role() -> None:
    """Give a role to a user, or take it away."""


@role.command()
@click.argument("name", type=USER_NAME)
@click.argument("role_name", metavar="ROLE", type=ROLE)
@settings_option
@json_option
def assign(name: str, role_name: str, settings: Path | None, is_json: bool) -> None:  # noqa: FBT001 - click passes a flag
    """Give a role to a user."""
    change_user(
        settings,
        name,
        lambda store, user_id, now: store.assign_role(user_id, role_name, now=now),
        said=f"holds the role {role_name}",
        is_json=is_json,
    )


@role.command()
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
