"""A redirect address that is not registered, as administrators see it.

Both texts are shown, and where they part. Everybody else gets the plain sentence.

Source: users.md U58.
"""

from collections.abc import Sequence
from itertools import takewhile

from starlette.responses import Response

from watchword.base.reasons import REASONS
from watchword.base.records import dataclass
from watchword.oauth.authorize.errors import RedirectMismatch
from watchword.oauth.clients import Client
from watchword.server.pages.render import page
from watchword.server.pages.visit import Visit
from watchword.server.tracing import note

__all__ = ["is_administrator", "mismatch_page"]

ADMINISTRATOR = "admin"


@dataclass(frozen=True, slots=True)
class Parted:
    """A text, parted at the first character in which it differs from another."""

    same: str
    other: str  # that character; empty where the text ends
    rest: str


def is_administrator(guest: Visit) -> bool:
    """Whether whoever is signed in runs this server."""
    return guest.session is not None and ADMINISTRATOR in guest.session.user.roles


def mismatch_page(
    guest: Visit, client: Client, asked: str | None, error: RedirectMismatch
) -> Response:
    """Show what was asked for beside the registered address that is nearest to it."""
    registered = nearest(asked or "", client.redirect_uris)
    values = {
        "client_id": client.client_id,
        "asked": parted(asked or "", registered),
        "registered": parted(registered, asked or ""),
        "is_missing": asked is None,
        "count": len(client.redirect_uris),
        "reason": REASONS[error.code],
        "id": note(error),
    }
    return page(guest.site, "mismatch.html", values, status=400)


def nearest(asked: str, registered: Sequence[str]) -> str:
    """Return the registered address that has the most in common with a text, from its beginning."""
    return max(registered, key=lambda one: shared(one, asked), default="")


def parted(text: str, against: str) -> Parted:
    """Part a text where it begins to differ from another one."""
    count = shared(text, against)
    return Parted(text[:count], text[count : count + 1], text[count + 1 :])


def shared(text: str, other: str) -> int:
    """Return with how many equal characters two texts begin."""
    pairs = zip(text, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
