"""Connections that go to checked addresses only, and stay inside the bounds of the request at hand.

A kept connection outlives a request, so what may still be spent belongs to the thread that sends,
not to the connection: each request of the library runs in one thread, from its first byte to its
last.

Source: security.md rule 102; tokens.md J-41.
"""

import contextlib
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Self

import httpcore2

from watchword.base.clock import Clock
from watchword.net.address import Target
from watchword.net.document import Request
from watchword.net.errors import BadAnswer, Crowded, Unreachable

__all__ = ["HEAD_BYTES_MAX", "BoundedBackend", "Spending", "translated"]

HEAD_BYTES_MAX = 32 * 1024  # status line, headers and chunk framing; common servers send under 2


@dataclass(slots=True)
class Spending:
    """What one request may still spend, and what it has done."""

    target: Target
    clock: Clock
    ends_at: float  # on the monotonic clock
    bytes_left: int
    seconds_max: float
    served_at: float | None = None  # when it had a connection
    has_connected: bool = False
    has_read: bool = False

    @classmethod
    def begin(cls, request: Request, target: Target, clock: Clock) -> Self:
        """Start the time of a request; the head of its answer may have `HEAD_BYTES_MAX` more."""
        ends_at = clock.monotonic() + request.seconds_max
        return cls(target, clock, ends_at, request.bytes_max + HEAD_BYTES_MAX, request.seconds_max)

    def seconds_left(self) -> float:
        """Return what is left, as a timeout for one more system call."""
        left = self.ends_at - self._served()
        if left <= 0:
            raise httpcore2.ReadTimeout("deadline passed")
        return left

    def connect(self) -> None:
        """Take in that a connection is made for this request."""
        self.has_connected = True
        self._served()

    def waited_for_itself(self) -> bool:
        """Return whether more than half of the time went by before there was a connection."""
        return self.served_at is None or self.ends_at - self.served_at < self.seconds_max / 2

    def read(self, count: int) -> None:
        """Take in that bytes have come."""
        self.has_read = self.has_read or count > 0
        self.bytes_left -= count
        if self.bytes_left < 0:
            raise BadAnswer("the answer is larger than its bound")

    def _served(self) -> float:
        """Return what time it is; the first time is when there was a connection."""
        now = self.clock.monotonic()
        if self.served_at is None:
            self.served_at = now
        return now


class BoundedBackend(httpcore2.NetworkBackend):
    """Connects to the checked addresses only, whatever name is asked for.

    Args:
        addresses: returns those of a target, or raises FetchFailed.
    """

    def __init__(self, addresses: Callable[[Target], tuple[str, ...]]) -> None:
        self._addresses = addresses
        self._system = httpcore2.SyncBackend()
        self._of_thread = threading.local()

    @contextlib.contextmanager
    def within(self, spending: Spending) -> Iterator[None]:
        """Hold what this thread does to the bounds of one request."""
        self._of_thread.spending = spending
        try:
            yield
        finally:
            del self._of_thread.spending

    @property
    def spending(self) -> Spending:
        """Of the request that this thread sends."""
        found: Spending = self._of_thread.spending
        return found

    def connect_tcp(
        self,
        host: str,  # noqa: ARG002  # the target of the request has it
        port: int,
        timeout: float | None = None,  # noqa: ARG002  # the deadline replaces it
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address that answers."""
        failure: Exception = httpcore2.ConnectError("no address")
        self.spending.connect()
        for address in self._addresses(self.spending.target):
            try:
                stream = self._system.connect_tcp(
                    address, port, self.spending.seconds_left(), local_address, socket_options
                )
            except httpcore2.ConnectError as error:
                failure = error
            else:
                return _BoundedStream(stream, self)
        raise failure


class _BoundedStream(httpcore2.NetworkStream):
    """A connection whose every read and write stays inside the bounds of the request at hand."""

    def __init__(self, inner: httpcore2.NetworkStream, backend: BoundedBackend) -> None:
        self._inner = inner
        self._backend = backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002  # deadline
        """Read what has come, or fail at the deadline."""
        spending = self._backend.spending
        data = self._inner.read(max_bytes, spending.seconds_left())
        spending.read(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002  # deadline
        """Write, or fail at the deadline."""
        self._inner.write(buffer, self._backend.spending.seconds_left())

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002  # the deadline replaces it
    ) -> httpcore2.NetworkStream:
        """Begin TLS under the name of the URL, not under the address."""
        left = self._backend.spending.seconds_left()
        return _BoundedStream(
            self._inner.start_tls(ssl_context, server_hostname, left), self._backend
        )

    def get_extra_info(self, info: str) -> object:
        """Pass on what the connection says about itself."""
        return self._inner.get_extra_info(info)


@contextlib.contextmanager
def translated(spending: Spending) -> Iterator[None]:
    """Turn the library's exceptions into ours."""
    try:
        yield
    except httpcore2.TimeoutException:
        within = f"within {spending.seconds_max:g} s"
        if spending.waited_for_itself():
            raise Crowded(f"all connections were in use, no whole answer {within}") from None
        raise Unreachable(f"no whole answer {within}") from None
    except httpcore2.NetworkError as error:
        raise Unreachable("no connection", detail=str(error)) from None
    except httpcore2.ProtocolError as error:
        raise BadAnswer("the answer is not HTTP", detail=str(error)) from None
