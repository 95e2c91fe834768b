"""`watchword token` among the other commands: passes its words on to the parsers of `command`."""

import click

from watchword.cli.token import command

__all__ = ["token"]

PASS_ON = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}


class PassedOn(click.Command):
    """A command whose words argparse reads, and whose help argparse writes."""

    def __init__(self, name: str) -> None:
        super().__init__(
            name,
            callback=lambda words: command.run([name, *words]),
            params=[click.Argument(["words"], nargs=-1, type=click.UNPROCESSED)],
            help=command.PARSERS[name].description,
            short_help=command.SUMMARIES[name],
            context_settings=PASS_ON,
            add_help_option=False,
        )

    def get_help(self, ctx: click.Context) -> str:  # noqa: ARG002 - click's signature
        """Return what argparse writes."""
        return command.PARSERS[str(self.name)].format_help()


token = click.Group(
    "token",
    {name: PassedOn(name) for name in command.PARSERS},
    help=command.SUMMARY,
    epilog="\b\n" + command.EXAMPLES,
)
