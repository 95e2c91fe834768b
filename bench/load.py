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
    """Send the next request of each connection when the last one is answered.

    A `make` that returns nothing ends the connection.
    """
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


async def once(port: int, data: bytes) -> tuple[int, bytes]:
    """Send one request; return the status and the body of its answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = await _exchange(reader, writer, data)
    writer.close()
    return answer


async def chained(
    port: int, first: list[bytes], follow: Callable[[bytes], bytes], *, seconds: float
) -> Result:
    """Send on each connection what follows from the last answer.

    Args:
        port: where the server listens.
        first: the first request of each connection.
        follow: the next request, from the body of an answer.
        seconds: how long.
    """
    result = Result(seconds)
    end = time.perf_counter() + seconds
    await asyncio.gather(*(_chained_worker(port, one, follow, end, result) for one in first))
    return result


async def _chained_worker(
    port: int, data: bytes, follow: Callable[[bytes], bytes], end: float, result: Result
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < end:
        sent = time.perf_counter()
        status, body = await _exchange(reader, writer, data)
        _note(result, status, sent)
        if status != 200:
            break
        data = follow(body)
    writer.close()


async def _closed_worker(port: int, make: Callable[[], bytes], end: float, result: Result) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < end:
        sent = time.perf_counter()
        data = make()
        if not data:
            break
        status, _ = await _exchange(reader, writer, data)
        _note(result, status, sent)
    writer.close()


async def _paced_worker(
    port: int, make: Callable[[], bytes], due: float, gap: float, end: float, result: Result
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while due < end:
        wait = due - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        status, _ = await _exchange(reader, writer, make())
        _note(result, status, due)
        due += gap
    writer.close()


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes
) -> tuple[int, bytes]:
    writer.write(data)
    head = await reader.readuntil(b"\r\n\r\n")
    lower = head.lower()
    at = lower.find(b"content-length:")
    body = b""
    if at >= 0:
        body = await reader.readexactly(int(lower[at + 15 : lower.index(b"\r", at)]))
    return int(head[9:12]), body


def _note(result: Result, status: int, since: float) -> None:
    result.statuses[status] = result.statuses.get(status, 0) + 1
    result.latencies.append(time.perf_counter() - since)
