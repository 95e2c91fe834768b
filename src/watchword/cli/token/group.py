"""`watchword token` among the other commands: passes its words on."""

import click

from watchword.cli.token import command

__all__ = ["token"]

PASS_ON = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}


@click.command(context_settings=PASS_ON, add_help_option=False)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def token(words: tuple[str, ...]) -> int:
    """Sign, verify and explain tokens."""
    return command.run(list(words))
