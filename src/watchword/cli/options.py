"""Options that many commands have.

Source: users.md U61, U66.
"""

from pathlib import Path

import click

__all__ = ["json_option", "settings_option"]

json_option = click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
settings_option = click.option(
    "--settings",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Read this file instead of watchword.toml.",
)
