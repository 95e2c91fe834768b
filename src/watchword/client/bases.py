"""The base class of `Login`: an `Auth` of every HTTP client that is installed.

httpx2 and httpx share their interface and no code. A class that inherits from both is accepted by
both, and one of them is enough.

Source: users.md U5.
"""

from collections.abc import AsyncIterator, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from watchword.client.errors import LoginFailed

__all__ = ["AuthBase", "Request", "Response", "SentOnce"]

_INSTALLED = [import_module(name) for name in ("httpx2", "httpx") if find_spec(name)]
if not _INSTALLED:
    raise ImportError("watchword.client needs an HTTP client: pip install 'watchword[client]'")

if TYPE_CHECKING:
    import httpx
    import httpx2

    # The two libraries' messages have one shape; the types of one of them stand for both.
    Request = httpx2.Request
    Response = httpx2.Response

    class AuthBase(httpx2.Auth, httpx.Auth):  # type: ignore[misc]  # same shape, own Request types
        """An `Auth` of every installed client."""

    class _Bytes(httpx2.ByteStream, httpx.ByteStream):
        """A body for every installed client, sync and async."""
else:
    Request = Response = object
    AuthBase = type("AuthBase", tuple(http.Auth for http in _INSTALLED), {})
    _Bytes = type("_Bytes", tuple(http.ByteStream for http in _INSTALLED), {})


class SentOnce(_Bytes):
    """A request body that can be sent once.

    A client that follows redirects would send the password on to wherever a 307 points. The base
    class keeps the clients from replacing a body that was read by one that can be read again.
    """

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body

    def __iter__(self) -> Iterator[bytes]:
        yield self._take()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._take()

    def _take(self) -> bytes:
        if self._body is None:
            raise LoginFailed(
                "the login endpoint redirected; the password was not sent on", code="redirected"
            )
        body, self._body = self._body, None
        return body
