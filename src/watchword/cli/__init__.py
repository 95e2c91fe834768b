"""The command line: what operators and curious people type.

Owns the commands, their exit codes, what they print and how refusals read there; the demonstration.
Implements users.md sections 6 and 9 (U20 to U26, U60 to U66) as far as its commands exist.
Leaves every decision to the rooms; a command reads its words, calls one verb and prints the answer.
"""

import os
import sys
from collections.abc import Callable, Sequence

from watchword.cli.exits import CommandFailed

__all__ = ["main"]


def main(
    arguments: Sequence[str] | None = None, *, said: Callable[[CommandFailed], str] = str
) -> int:
    """Run one command and return its exit code: the entry point of `watchword`.

    Args:
        arguments: the words after `watchword`; left out, those of the process.
        said: a refusal in words, where another program is typed in the place of `watchword`.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = _runner()(words)
        sys.stdout.flush()
    except CommandFailed as failure:
        print(said(failure), file=sys.stderr)
        return failure.exit_code
    except BrokenPipeError:
        # The reader, such as `head`, has what it wanted. Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _runner() -> Callable[[list[str]], int]:
    """Return what runs the words: every command, or those that the bare core can run."""
    try:
        from watchword.cli import root  # noqa: PLC0415  # click comes with the server extra
    except ImportError as error:
        if error.name is None or not error.name.startswith("click"):
            raise
        from watchword.cli import core_only  # noqa: PLC0415  # as above

        return core_only.run
    return root.run
