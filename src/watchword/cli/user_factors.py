"""`watchword user factors` and `user reset-factors`: for somebody who lost their phone.

An operator sees what there is and can remove all of it, never a key or a code.

Source: users.md U42 and U48; security.md rules 42, 43 and 96.
"""

from datetime import UTC, datetime
from pathlib import Path

import click

from watchword.accounts.administration.audit import AuditAction, Deed
from watchword.accounts.events import EventKind
from watchword.accounts.factors.passkeys import Passkey
from watchword.accounts.factors.recovery_codes import RecoverySheet
from watchword.accounts.factors.together import Changer, FactorOutcome, Standing, change_of
from watchword.accounts.factors.totp import TOTP
from watchword.accounts.users import User
from watchword.base import clock
from watchword.cli.administration import (
    USER_NAME,
    as_json,
    author,
    existing_user,
    reason_option,
    with_store,
)
from watchword.cli.options import json_option, settings_option
from watchword.cli.printing import examples, harmless, print_json
from watchword.server.settings import Settings
from watchword.stores import Store

__all__ = ["factors", "reset_factors"]

ACTOR = "watchword user reset-factors"
NO_WAY_IN = (
    "The account has no password, so nothing opens it. Make a link: watchword user link {name}"
)


@click.command(
    short_help="List the second factors of a user.", epilog=examples("watchword user factors alice")
)
@click.argument("name", type=USER_NAME)
@settings_option
@json_option
def factors(name: str, settings: Path | None, is_json: bool) -> None:  # noqa: FBT001 - click passes a flag
    """List the second factors of a user: names and times, never a key or a code."""

    async def act(store: Store, _: Settings) -> tuple[User, list[dict[str, object]]]:
        user = await existing_user(store, name)
        passkeys = await store.list_passkeys(user.id)
        apps = await store.list_totps(user.id)
        sheet = await store.read_recovery_sheet(user.id)
        return user, [*map(_passkey, passkeys), *_apps(apps), *_sheet(sheet)]

    user, found = with_store(settings, act)
    if is_json:
        print_json({"user": as_json(user), "factors": found})
        return
    for factor in found:
        used = factor["used_at"] or "never"
        shown = harmless(f"{factor['name']}")
        print(f"{factor['kind']!s:15} {shown:24} added {factor['added_at']}, used {used}")
    if not found:
        print(f"{name}: no second factor")


@click.command("reset-factors", epilog=examples("watchword user reset-factors alice"))
@click.argument("name", type=USER_NAME)
@reason_option
@settings_option
@json_option
def reset_factors(*, name: str, reason: str, settings: Path | None, is_json: bool) -> None:
    """Remove every second factor of a user and end all sessions. The user is told by mail."""

    async def act(store: Store, _: Settings) -> tuple[User, FactorOutcome, Standing | None]:
        user = await existing_user(store, name)
        changer = Changer(user.id, name=ACTOR)
        now = clock.SYSTEM.now()
        change = change_of(EventKind.FACTORS_RESET, changer, about="", now=now)
        deed = Deed(AuditAction.FACTORS_RESET, "user", user.id)
        audited = store.with_deed(deed, by=author(reason), now=now)
        return user, await audited.reset_factors(change), await store.read_standing(user.id)

    user, outcome, standing = with_store(settings, act)
    if is_json:
        is_changed = outcome is FactorOutcome.CHANGED
        outcome_word = "changed" if is_changed else "unchanged"
        print_json({"outcome": outcome_word, "user": as_json(user)})
        return
    if outcome is not FactorOutcome.CHANGED:
        print(f"{name}: nothing to change")
        return
    print(f"{name}: no second factor any more; every session is ended")
    if standing is not None and not standing.has_password:
        print(NO_WAY_IN.format(name=name))


def _passkey(passkey: Passkey) -> dict[str, object]:
    return {
        "kind": "passkey",
        "name": passkey.name,
        "added_at": _time(passkey.created_at),
        "used_at": _time(passkey.used_at),
        "is_synced": passkey.is_backed_up,
    }


def _apps(apps: tuple[TOTP, ...]) -> list[dict[str, object]]:
    return [
        {
            "kind": "totp",
            "name": app.name,
            "added_at": _time(app.confirmed_at),
            "used_at": _time(app.used_at),
        }
        for app in apps
        if app.confirmed_at is not None
    ]


def _sheet(sheet: RecoverySheet) -> list[dict[str, object]]:
    if sheet.made_at is None:
        return []
    name = f"{sheet.left} of {sheet.left + sheet.used} left"
    return [
        {
            "kind": "recovery_codes",
            "name": name,
            "added_at": _time(sheet.made_at),
            "used_at": None,
            "left": sheet.left,
        }
    ]


def _time(seconds: int | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()
