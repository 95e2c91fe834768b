"""The logo: a file of the operator that browsers are given.

Source: users.md U91 and U93.
"""

from pathlib import Path
from xml.parsers import expat

from watchword.base.records import dataclass
from watchword.server.errors import ConfigurationError

__all__ = ["LOGO_BYTES_MAX", "Logo", "read_logo"]

LOGO_BYTES_MAX = 16_384  # a sign-in page is at most 40 kB with everything it loads
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"  # PNG specification section 5.2


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture, and the ending of its name."""

    ending: str  # ".svg" or ".png"
    body: bytes


def read_logo(path: str) -> Logo:
    """Return the picture of a file.

    Raises:
        ConfigurationError: it cannot be read, is too large, or is neither SVG nor PNG.
    """
    try:
        with Path(path).open("rb") as file:
            body = file.read(LOGO_BYTES_MAX + 1)
    except (OSError, ValueError):
        raise _refused("the file cannot be read", "Name a file that the server may read") from None
    if len(body) > LOGO_BYTES_MAX:
        raise _refused(
            f"is larger than {LOGO_BYTES_MAX:,} bytes",
            "Every sign-in waits for it: choose a smaller picture",
        )
    if path.endswith(".png") and body.startswith(PNG_SIGNATURE):
        return Logo(".png", body)
    if path.endswith(".svg") and _is_svg(body):
        return Logo(".svg", body)
    raise _refused(
        "is neither SVG nor PNG", "Name a picture of that kind whose name ends with .svg or .png"
    )


def _is_svg(body: bytes) -> bool:
    """Whether this is well-formed XML whose outermost element is `svg`, without entities."""
    names: list[str] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, _: names.append(name)
    parser.EntityDeclHandler = _no_entities
    try:
        parser.Parse(body, True)  # expat takes it by place alone
    except (expat.ExpatError, ValueError):
        return False
    return names[0].rpartition(":")[2] == "svg"


def _no_entities(*_: object) -> None:
    raise ValueError("an entity")


def _refused(problem: str, fix: str) -> ConfigurationError:
    return ConfigurationError("brand_logo", problem, fix=fix)
