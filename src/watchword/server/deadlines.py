"""Deadlines and caps in front of the application: what a slow or greedy peer may hold open.

uvicorn waits for ever for the end of a header. This protocol class cuts silence, dripped headers,
endless headers, peers that never read, and too many connections; dripped bodies are cut where
bodies are read (`bodies.py`).

It works under any uvicorn: `uvicorn --http watchword.server.deadlines:Protocol app:app`.

Source: security.md D8, rule 104, section 3.5; RFC 6585 section 5 (431).
"""

import asyncio
from asyncio import TimerHandle
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from watchword.base.records import dataclass
from watchword.server.settings import Settings

__all__ = ["ConnectionLimits", "Protocol", "limits_of", "protocol_with"]

HEADERS_MAX = 100  # browsers send about twenty
_REFUSAL = (
    b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n"
    b"cache-control: no-store\r\nconnection: close\r\n\r\n%b"
)


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What one connection and all of them together may take."""

    header_seconds: float = 10
    send_seconds: float = 10
    header_bytes_max: int = 32_768
    connections_max: int = 4096
    connections_per_address_max: int = 1024


def limits_of(settings: Settings) -> ConnectionLimits:
    """Return the limits that the settings name."""
    return ConnectionLimits(
        header_seconds=settings.header_seconds,
        send_seconds=settings.send_seconds,
        header_bytes_max=settings.header_bytes_max,
        connections_max=settings.connections_max,
        connections_per_address_max=settings.connections_per_address_max,
    )


def protocol_with(limits: ConnectionLimits) -> "type[Protocol]":
    """Return the protocol class with these limits."""
    return type("Protocol", (Protocol,), {"limits": limits})


class Protocol(HttpToolsProtocol):
    """uvicorn's httptools protocol with a clock on everything that the peer decides.

    One timer runs from the first moment of a request to the end of its headers, another while the
    peer does not take what was written. Both end the connection.
    """

    limits = ConnectionLimits()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._header_timer: TimerHandle | None = None
        self._send_timer: TimerHandle | None = None
        self._header_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Start the clock, or turn the connection away when there are too many."""
        super().connection_made(transport)
        self._start_header_timer()
        if self._is_one_too_many():
            self._refuse(b"503 Service Unavailable", b'{"error":"busy"}')

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks."""
        self._stop_header_timer()
        self._stop_send_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser; the clock runs whenever no request is being answered."""
        super().data_received(data)
        if self._header_timer is None and not self._is_answering():
            self._start_header_timer()  # the data held no whole header
        if self._header_timer is not None:
            self._header_bytes += len(data)
            if self._header_bytes > self.limits.header_bytes_max:
                self._refuse_header()

    def on_headers_complete(self) -> None:
        """Stop the header clock and hand the request on, unless its headers are too large."""
        self._stop_header_timer()
        size = sum(len(name) + len(value) for name, value in self.headers) + len(self.url)
        if size <= self.limits.header_bytes_max and len(self.headers) <= HEADERS_MAX:
            super().on_headers_complete()
            return
        # The parser goes on to call for the body, so the request needs a cycle to fall into.
        application, self.app = self.app, _answer_431
        try:
            super().on_headers_complete()
        finally:
            self.app = application

    def pause_writing(self) -> None:
        """Start the clock on a peer that does not read."""
        super().pause_writing()
        if self._send_timer is None:
            self._send_timer = self.loop.call_later(self.limits.send_seconds, self._abort)

    def resume_writing(self) -> None:
        """Stop that clock: the peer reads."""
        self._stop_send_timer()
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection, also one whose peer never reads the rest."""
        super().timeout_keep_alive_handler()
        if self._send_timer is None:
            self._send_timer = self.loop.call_later(self.limits.send_seconds, self._abort)

    def _is_one_too_many(self) -> bool:
        limits = self.limits
        if len(self.connections) > limits.connections_max:
            return True
        if self.client is None or len(self.connections) <= limits.connections_per_address_max:
            return False
        address = self.client[0]
        peers = [peer.client for peer in self.connections if isinstance(peer, Protocol)]
        same = [client for client in peers if client is not None and client[0] == address]
        return len(same) > limits.connections_per_address_max

    def _is_answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _start_header_timer(self) -> None:
        self._header_bytes = 0
        self._header_timer = self.loop.call_later(self.limits.header_seconds, self._header_late)

    def _stop_header_timer(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _stop_send_timer(self) -> None:
        if self._send_timer is not None:
            self._send_timer.cancel()
            self._send_timer = None

    def _header_late(self) -> None:
        self._refuse(b"408 Request Timeout", b'{"error":"header_timed_out"}')

    def _refuse_header(self) -> None:
        self._refuse(b"431 Request Header Fields Too Large", b'{"error":"header_too_large"}')

    def _refuse(self, status: bytes, body: bytes) -> None:
        """Say why and close; a peer that does not even read this is cut off."""
        self._stop_header_timer()
        if not self.transport.is_closing():
            self.transport.write(_REFUSAL % (status, len(body), body))
            self.transport.close()
            self._send_timer = self.loop.call_later(self.limits.send_seconds, self._abort)

    def _abort(self) -> None:
        self._send_timer = None
        self.transport.abort()


async def _answer_431(_scope: Any, _receive: Any, send: Any) -> None:
    body = b'{"error":"header_too_large"}'
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 431, "headers": headers})
    await send({"type": "http.response.body", "body": body})
