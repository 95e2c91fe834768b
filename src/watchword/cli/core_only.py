"""The command line of the bare core: token commands, and the one line that installs the others.

Source: users.md U66.
"""

from importlib.metadata import version

from watchword.cli.exits import Misconfigured
from watchword.cli.token import command as token

__all__ = ["run"]


def run(words: list[str]) -> int:
    """Run a token command.

    Raises:
        Misconfigured: any other command.
    """
    if words[:1] == ["token"]:
        return token.run(words[1:])
    if words == ["--version"]:
        print(f"watchword {version('watchword')}")
        return 0
    raise Misconfigured.without_libraries(words[0] if words else "")
