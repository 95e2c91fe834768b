"""`watchword config`: every setting, and with `--origin` the place that decided it.

Source: users.md U65.
"""

from pathlib import Path

import click

from watchword.cli.failures import reported
from watchword.cli.options import json_option, settings_option
from watchword.cli.printing import harmless, print_json
from watchword.server.settings_sources import load_settings, shown

__all__ = ["config"]

EXAMPLES = """\b
Examples:
  watchword config --origin
  WATCHWORD_PORT=8001 watchword config --json
"""


@click.command(epilog=EXAMPLES)
@click.option("--origin", is_flag=True, help="Say where each value comes from.")
@settings_option
@json_option
def config(origin: bool, settings: Path | None, is_json: bool) -> None:  # noqa: FBT001 - click passes flags
    """Show every setting and where it comes from.

    They are checked as `serve` checks them. A password in a URL is masked.
    """
    with reported():
        loaded = load_settings(settings)
    values = shown(loaded.settings)
    if is_json:
        print_json(
            {key: {"value": value, "origin": loaded.origins[key]} for key, value in values.items()}
        )
        return
    for key, value in values.items():
        where = f"   # {loaded.origins[key]}" if origin else ""
        print(harmless(f"{key} = {value or '(not set)'}{where}"))
