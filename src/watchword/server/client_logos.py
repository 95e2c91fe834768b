"""The logos of clients: fetched by the one fetcher, kept in memory, shown inside the page.

A browser is never sent to an address that a client names: whoever owns it would learn who is asked
for what, and when. A page waits a moment for a picture; one that comes later is there the next
time, and where none comes a letter stands in its place.

Source: oauth.md C-7, D-5; users.md U38; security.md rule 102; decisions/0194.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import field

from watchword.base.clock import Clock
from watchword.base.log_text import one_line
from watchword.base.records import dataclass
from watchword.net.address import parse_target
from watchword.net.document import Fetching
from watchword.net.errors import FetchFailed
from watchword.oauth.clients import Client
from watchword.oauth.errors import Busy
from watchword.server.fetch_turns import FetchTurns
from watchword.server.pictures import PICTURE_BYTES_MAX, NoPicture, Picture, read_picture
from watchword.server.single_flight import SingleFlight

__all__ = ["ACCEPTED", "ClientLogos"]

ACCEPTED = "image/png, image/jpeg, image/webp"
WAIT_SECONDS = 1.0  # of a page, for a picture
LOGOS_MAX = 128  # in memory, 4 MiB together at most
DAY_SECONDS = 86_400
MISSING_SECONDS = 3_600  # before an address that had no picture is asked again
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Kept:
    picture: Picture | None  # None: there was none that may be shown
    until: int


@dataclass(slots=True)
class ClientLogos:
    """The pictures of clients.

    Args:
        fetcher: the one that checks where it goes; it asks for `ACCEPTED`.
        clock: the time.
        network: of whoever is being answered; None where there is nobody.
        wait_seconds: how long a page waits.
    """

    fetcher: Fetching
    clock: Clock
    network: Callable[[], str | None]
    wait_seconds: float = WAIT_SECONDS
    _kept: OrderedDict[str, _Kept] = field(default_factory=OrderedDict, init=False)
    _flights: SingleFlight[Picture | None] = field(default_factory=SingleFlight, init=False)
    _turns: FetchTurns = field(init=False)

    def __post_init__(self) -> None:
        self._turns = FetchTurns(self.clock)

    async def find(self, client: Client) -> Picture | None:
        """Return the picture of a client if it is at hand, or comes within a moment."""
        url = client.details.get("logo_uri")
        if url is None:
            return None
        kept = self._kept.get(url)
        if kept is not None and self.clock.now() < kept.until:
            self._kept.move_to_end(url)
            return kept.picture
        coming = self._flights.share(url, lambda: self._fetch(url, self.network()))
        try:
            return await asyncio.wait_for(coming, self.wait_seconds)
        except TimeoutError:  # it comes all the same
            return None

    async def _fetch(self, url: str, network: str | None) -> Picture | None:
        try:
            with self._turns.take(parse_target(url).host, network):
                document = await asyncio.to_thread(
                    self.fetcher.fetch, url, bytes_max=PICTURE_BYTES_MAX
                )
            picture = read_picture(document.body)
        except Busy:
            return None  # asked again by the next page
        except (FetchFailed, NoPicture) as error:
            _log.info("the logo at %s is not shown: %s", one_line(url), error)
            self._keep(url, _Kept(None, self.clock.now() + MISSING_SECONDS))
            return None
        self._keep(url, _Kept(picture, self.clock.now() + DAY_SECONDS))
        return picture

    def _keep(self, url: str, kept: _Kept) -> None:
        self._kept[url] = kept
        self._kept.move_to_end(url)
        while len(self._kept) > LOGOS_MAX:
            self._kept.popitem(last=False)
