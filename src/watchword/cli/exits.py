"""Exit codes, and the refusals that end a command with one.

    CommandFailed
    +-- Refused         1  no: invalid, denied, not found
    +-- WrongUsage      2  the words make no command
    +-- Misconfigured   3  a setting, file or installation is wrong
    +-- Unavailable     4  a database, port or server cannot be had

Source: users.md U62.
"""

from typing import ClassVar

__all__ = ["CommandFailed", "Misconfigured", "Refused", "Unavailable", "WrongUsage"]


class CommandFailed(Exception):
    """A command that ends without doing what it was asked.

    Args:
        problem: one sentence without its full stop.
        fix: what to do, as an imperative sentence without its full stop, or a question.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, problem: str, *, fix: str = "") -> None:
        super().__init__(" ".join(_ended(each) for each in (problem, fix) if each))
        self.problem = problem
        self.fix = fix


def _ended(sentence: str) -> str:
    """Return a sentence with its full stop, or the question mark that it has."""
    return sentence if sentence.endswith("?") else f"{sentence}."


class Refused(CommandFailed):
    """The answer is no."""


class WrongUsage(CommandFailed):
    """The words make no command."""

    exit_code = 2


class Misconfigured(CommandFailed):
    """A setting, a file or the installation is wrong; nothing was done."""

    @classmethod
    def without_libraries(cls, command: str) -> "Misconfigured":
        """Return the refusal of a command whose libraries are not installed."""
        return cls(
            f"`watchword {command}`".replace(" `", "`")
            + " needs the server's libraries; `watchword token` works without them",
            fix="Run: pip install 'watchword[server]'",
        )

    exit_code = 3


class Unavailable(CommandFailed):
    """What the command needs cannot be had at the moment."""

    exit_code = 4
