"""`watchword migrate`: create or upgrade the tables. Everything else only reads the revision.

Source: users.md U82 and U83.
"""

import asyncio
from pathlib import Path

import click

from watchword.cli.failures import reported
from watchword.cli.options import json_option, settings_option
from watchword.cli.printing import print_json
from watchword.server.settings_sources import load_settings
from watchword.stores import migrate as migrate_store
from watchword.stores import plan_migration

__all__ = ["migrate"]

EXAMPLES = """\b
Examples:
  watchword migrate --plan
  watchword migrate
"""


@click.command(epilog=EXAMPLES)
@click.option("--plan", is_flag=True, help="Print the SQL instead of running it.")
@settings_option
@json_option
def migrate(plan: bool, settings: Path | None, is_json: bool) -> None:  # noqa: FBT001 - click passes flags
    """Create or upgrade the database's tables.

    All or nothing: an interrupted migration leaves the tables as they were.
    """
    with reported():
        database = load_settings(settings).settings.database
        if plan:
            text = asyncio.run(plan_migration(database))
            print_json({"sql": text}) if is_json else print(text or "-- nothing to do")
            return
        done = asyncio.run(migrate_store(database))
    if is_json:
        print_json({"before": done.before, "after": done.after, "changed": done.changed})
    elif done.changed:
        print(f"migrated from {done.before or 'an empty database'} to {done.after}")
    else:
        print(f"nothing to do: the tables are of revision {done.after}")
