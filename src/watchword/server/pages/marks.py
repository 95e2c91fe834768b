"""The mark of an application: its logo, or its first letter in a colour of its own.

The logo of an application that nobody here has checked is no mark: anybody could go by somebody
else's. It is shown small, as something that the application says of itself.

Source: users.md U38; oauth.md D-5; decisions/0194.
"""

from hashlib import sha256

from watchword.base.records import dataclass
from watchword.oauth.clients import Client
from watchword.server.runtime import Runtime

__all__ = ["TINTS", "Mark", "letter_of", "mark_of", "tint_of"]

TINTS = 8  # of the classes `tint-0` and so on


@dataclass(frozen=True, slots=True)
class Mark:
    """How a page shows an application."""

    letter: str
    tint: int
    logo: str | None = None  # as a data: address
    claimed: str | None = None  # the same, of an application that nobody has checked


async def mark_of(client: Client, runtime: Runtime) -> Mark:
    """Return the mark of a client, with its logo if that is at hand."""
    letter, tint = letter_of(client.name), tint_of(client.client_id)
    picture = await runtime.logos.find(client)
    if picture is None:
        return Mark(letter, tint)
    if client.is_registered:
        return Mark(letter, tint, logo=picture.data_url)
    return Mark(letter, tint, claimed=picture.data_url)


def letter_of(name: str) -> str:
    """Return what stands for a name."""
    return next((one.upper() for one in name if one.isalnum()), "?")


def tint_of(client_id: str) -> int:
    """Return the number of a colour, always the same for one client."""
    return sha256(client_id.encode()).digest()[0] % TINTS
