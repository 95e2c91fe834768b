"""Where a request came from, as far as the server was told: for people to recognise and judge by.

Nothing is decided by address and device but how patient a throttle is.
"""

from watchword.base.records import dataclass

__all__ = ["DEVICE_CHARACTERS_MAX", "NOWHERE", "Origin"]

DEVICE_CHARACTERS_MAX = 256  # of what a browser says it is; longer text is cut


@dataclass(frozen=True, slots=True)
class Origin:
    """The network address and the device of a request."""

    address: str | None  # IPv4 or IPv6 text of the peer, or of the client behind a listed proxy
    device: str | None  # its User-Agent
    page: str | None = None  # the web origin of another site's page that sent it; decides in oauth


NOWHERE = Origin(None, None)  # a command line, a test
