"""How the refusals of server and stores end a command: which exit code, which sentence.

Source: users.md U62; ARCHITECTURE section 5 (a bad setting names the key, its origin and the fix).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from watchword.cli.exits import CommandFailed, Misconfigured, Unavailable
from watchword.server.errors import ConfigurationError, PortInUse
from watchword.stores import SchemaOutdated, StoreError, StoreUnavailable

__all__ = ["port_in_use", "reported"]

PORT_MAX = 65_535


@contextmanager
def reported() -> Iterator[None]:
    """Turn what operators can mend into a sentence and an exit code.

    Raises:
        CommandFailed: in place of the refusal.
    """
    try:
        yield
    except ConfigurationError as error:
        raise Misconfigured(
            f"{error.key} ({error.origin}): {error.problem}", fix=error.fix
        ) from None
    except StoreError as error:
        raise _of_store(error) from None


def port_in_use(error: PortInUse, line: str) -> Unavailable:
    """Return the refusal with the line to type for the next port.

    Args:
        error: what binding said.
        line: holds `{port}`.
    """
    free = error.port % PORT_MAX + 1
    return Unavailable(_sentence(str(error)), fix=f"Type: {line.format(port=free)}")


def _of_store(error: StoreError) -> CommandFailed:
    if isinstance(error, StoreUnavailable) and not isinstance(error, SchemaOutdated):
        return Unavailable(_sentence(error.cause), fix=_sentence(error.fix))
    return Misconfigured(_sentence(error.cause), fix=_sentence(error.fix))


def _sentence(text: str) -> str:
    """Begin with a capital letter, unless the first word is the name of a file or an address."""
    is_word = text.partition(" ")[0].isalpha()
    return text[:1].upper() + text[1:] if is_word else text
