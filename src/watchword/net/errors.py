"""What can go wrong with a request of ours.

FetchFailed                   .code .detail; the text is safe for a log and names no credential
├─ AddressRefused  address_refused   the URL, or what its name resolves to, may not be reached
├─ Unreachable     unreachable       no address, no connection, no TLS, or the deadline passed
│  └─ Crowded      crowded           the time was spent waiting for a connection of our own
└─ BadAnswer       bad_answer        the answer is not the document that was asked for

Source: STYLE section 6; security.md rule 102.
"""

__all__ = ["AddressRefused", "BadAnswer", "Crowded", "FetchFailed", "Unreachable"]


class FetchFailed(Exception):
    """A document could not be had. `detail` is for the operator."""

    code = "fetch_failed"

    def __init__(self, text: str, *, detail: str = "") -> None:
        super().__init__(text)
        self.detail = detail


class AddressRefused(FetchFailed):
    """The URL or the address behind it is outside what this fetcher may reach."""

    code = "address_refused"


class Unreachable(FetchFailed):
    """Nothing answered in time."""

    code = "unreachable"


class Crowded(Unreachable):
    """Too many requests of our own wait for a connection. Says nothing about the other side."""

    code = "crowded"


class BadAnswer(FetchFailed):
    """Something answered, but not with the document."""

    code = "bad_answer"
