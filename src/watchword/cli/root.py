"""All commands: one row each. A command's module is imported when the command is called.

Source: users.md U60 (`--help` imports click and nothing of watchword but names).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import click

from watchword.cli.exits import Misconfigured, WrongUsage
from watchword.cli.loading import load

__all__ = ["COMMANDS", "Row", "root", "run"]


@dataclass(frozen=True, slots=True)
class Row:
    """One command: where it is and what it does."""

    home: str  # module:name
    summary: str


COMMANDS: Mapping[str, Row] = MappingProxyType(
    {
        "demo": Row("watchword.cli.demo.command:demo", "Run the whole flow with users of its own."),
        "serve": Row("watchword.cli.serve:serve", "Run the server, from settings."),
        "user": Row("watchword.cli.user:user", "Add, import, list, suspend and delete users."),
        "role": Row("watchword.cli.role:role", "List roles, give one to a user, or take it away."),
        "share": Row("watchword.cli.share:share", "Share a resource with a user or a role."),
        "session": Row("watchword.cli.session:session", "List a user's sessions, or end them."),
        "app": Row("watchword.cli.app:app", "Add, list and switch off the applications."),
        "policy": Row(
            "watchword.cli.policy.group:policy", "Show, compare, export and test a policy."
        ),
        "token": Row(
            "watchword.cli.token.group:token",
            "Make keys and tokens; verify, decrypt, inspect and explain them.",
        ),
        "doctor": Row(
            "watchword.cli.doctor.command:doctor",
            "Check a deployment, and say how to mend what is wrong.",
        ),
        "access": Row("watchword.cli.access:access", "Say who may call an application's routes."),
        "explain": Row(
            "watchword.cli.explain:explain",
            "Say why a request was refused, or what a user may do and why.",
        ),
        "mail": Row("watchword.cli.mail:mail", "Try whether the mail server takes a mail."),
        "audit": Row(
            "watchword.cli.audit:audit", "Prove that the audit log is whole, and copy it."
        ),
        "key": Row("watchword.cli.key:key", "Show, rotate and export the signing keys."),
        "hash": Row("watchword.cli.hash:hash_", "Measure password hashes on this machine."),
        "config": Row("watchword.cli.config:config", "Show every setting and where it comes from."),
        "migrate": Row("watchword.cli.migrate:migrate", "Create or upgrade the database's tables."),
    }
)

EXAMPLES = """\b
Examples:
  watchword demo
  watchword migrate && watchword user add alice && watchword serve
  watchword token explain TOKEN
  watchword COMMAND --help
"""


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - as above
        cmd_name: str,
    ) -> click.Command | None:
        """Import a command, if there is one of this name."""
        row = COMMANDS.get(cmd_name)
        if row is None:
            return None
        module, _, name = row.home.partition(":")
        try:
            command: click.Command = getattr(load(module), name)
        except ModuleNotFoundError as error:  # click alone comes with other packages too
            if (error.name or "").startswith("watchword"):
                raise
            raise Misconfigured.without_libraries(cmd_name) from None
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - as above
        formatter: click.HelpFormatter,
    ) -> None:
        """Write the table without importing a command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, row.summary) for name, row in COMMANDS.items()])


@click.group(cls=LazyGroup, name="watchword", epilog=EXAMPLES)
@click.version_option(package_name="watchword", message="%(prog)s %(version)s")
def root() -> None:
    """From a password to a protected API, and why."""


def run(words: list[str]) -> int:
    """Run one command and return its exit code.

    Raises:
        CommandFailed: what the command refuses.
    """
    try:
        code = root.main(words, prog_name="watchword", standalone_mode=False)
    except click.UsageError as error:
        error.show()
        return WrongUsage.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.exceptions.Abort:  # Ctrl-C at a question
        return 1
    return code if isinstance(code, int) else 0
