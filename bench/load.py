"""A load generator on raw sockets: HTTP/1.1 with kept connections, closed or paced.

It costs a fraction of what the servers under test cost, so that it is not what is measured.
"""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Result:
    """What one run saw."""

    seconds: float
    statuses: dict[int, int] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)  # seconds, of every answer

    @property
    def good(self) -> int:
        """How many answers were 200."""
        return self.statuses.get(200, 0)

    @property
    def rate(self) -> float:
        """200-answers a second."""
        return self.good / self.seconds

    def quantile_ms(self, share: float) -> float:
        """The latency that `share` of the answers did not exceed."""
        ordered = sorted(self.latencies)
        if not ordered:
            return math.nan
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


def request(
    method: str, path: str, *, headers: tuple[tuple[str, str], ...] = (), body: bytes = b""
) -> bytes:
    """Return the bytes of one request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + body


async def closed(
    port: int, make: Callable[[], bytes], *, connections: int, seconds: float
) -> Result:
    """Send the next request of each connection when the last one is answered."""
    result = Result(seconds)
    end = time.perf_counter() + seconds
    workers = [_closed_worker(port, make, end, result) for _ in range(connections)]
    await asyncio.gather(*workers)
    return result


async def paced(
    port: int, make: Callable[[], bytes], *, connections: int, seconds: float, rate: float
) -> Result:
    """Send at a fixed rate; a latency counts from when the request was due."""
    result = Result(seconds)
    start = time.perf_counter()
    gap = connections / rate
    workers = [
        _paced_worker(port, make, start + index * gap / connections, gap, start + seconds, result)
        for index in range(connections)
    ]
    await asyncio.gather(*workers)
    return result


async def _closed_worker(port: int, make: Callable[[], bytes], end: float, result: Result) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < end:
        sent = time.perf_counter()
        _note(result, await _exchange(reader, writer, make()), sent)
    writer.close()


async def _paced_worker(
    port: int, make: Callable[[], bytes], due: float, gap: float, end: float, result: Result
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while due < end:
        wait = due - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        _note(result, await _exchange(reader, writer, make()), due)
        due += gap
    writer.close()


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes) -> int:
    writer.write(data)
    head = await reader.readuntil(b"\r\n\r\n")
    lower = head.lower()
    at = lower.find(b"content-length:")
    if at >= 0:
        length = int(lower[at + 15 : lower.index(b"\r", at)])
        if length:
            await reader.readexactly(length)
    return int(head[9:12])


def _note(result: Result, status: int, since: float) -> None:
    result.statuses[status] = result.statuses.get(status, 0) + 1
    result.latencies.append(time.perf_counter() - since)
