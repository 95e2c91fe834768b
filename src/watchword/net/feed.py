"""The revocation feed of an issuer elsewhere: a long poll over HTTP.

Source: oauth.md F-1, F-2; RFC 6749 section 2.3.1.
"""

import os
import threading
from typing import Protocol
from urllib.parse import urlencode

from watchword.base.chance import SYSTEM, new_id
from watchword.base.secrets import Secret
from watchword.net.basic import basic
from watchword.net.discovery import endpoint
from watchword.net.document import Fetching, Request, Sending
from watchword.net.errors import BadAnswer
from watchword.oauth.feed import PAGE_BYTES_MAX, MalformedPage, News, read_news

__all__ = ["MEMBER", "Reaching", "RemoteFeed"]

MEMBER = "watchword_revocations_endpoint"
ANSWER_SECONDS_MAX = 10.0  # of one request, beside the time that the issuer is asked to wait


class Reaching(Fetching, Sending, Protocol):
    """Whoever fetches documents and sends requests: `Fetcher`."""


class RemoteFeed:
    """Reads the feed that an issuer's metadata names.

    Args:
        issuer: the exact issuer identifier.
        name: of the resource (or the client) that reads, as the issuer knows it.
        secret: with which it proves that it is.
        fetcher: for private networks and authorities.
    """

    __slots__ = ("_authorization", "_endpoint", "_fetcher", "_issuer", "_reader")

    def __init__(
        self, issuer: str, *, name: str, secret: Secret, fetcher: Reaching | None = None
    ) -> None:
        if fetcher is None:
            # The own fetcher stands on an optional library.
            from watchword.net.fetcher import fetcher_for  # noqa: PLC0415

            fetcher = fetcher_for(issuer)
        self._authorization = basic(name, secret)
        self._reader = new_id(SYSTEM, "reader")
        self._issuer = issuer
        self._fetcher = fetcher
        self._endpoint: str | None = None

    def read(
        self,
        cursor: str,
        *,
        wait_seconds: int,
        stop: threading.Event,  # noqa: ARG002  # the issuer waits; nothing here could be stopped
        held: tuple[str, ...] | None = None,
    ) -> News:
        """Ask for what is after a cursor. Blocks for as long as the issuer waits.

        Raises:
            FetchFailed: nothing answers, or not with a page of a feed.
        """
        if self._endpoint is None:
            self._endpoint = endpoint(self._issuer, MEMBER, self._fetcher)
        asked = {"cursor": cursor, "wait": str(wait_seconds)}
        if held is not None:  # the processes of one API are told apart, forked ones too
            asked |= {"reader": f"{self._reader}-{os.getpid()}", "kids": " ".join(held)}
        answer = self._fetcher.send(
            Request(
                url=f"{self._endpoint}?{urlencode(asked)}",
                headers={"Authorization": self._authorization.reveal()},
                bytes_max=PAGE_BYTES_MAX,
                seconds_max=wait_seconds + ANSWER_SECONDS_MAX,
            )
        )
        if answer.status != 200:
            self._endpoint = None  # the next attempt looks where it is
            raise BadAnswer(f"the feed answers with status {answer.status}, not 200")
        try:
            return read_news(answer.body)
        except MalformedPage as error:
            raise BadAnswer(f"the feed is malformed: {error}") from None

    def close(self) -> None:
        """Hold nothing."""
