"""Which client a certificate proves, at the decision point.

A certificate is registered by its thumbprint. It counts where the connection ends at this server
and the server tells of it, and in the field of a proxy that the settings list: what anybody else
writes there is theirs.

Source: RFC 8705 section 2.2; RFC 9440 section 2; AuthZEN Authorization API 1.0 section 11.3;
access.md Z9; security.md rule 97; decisions/0277.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from starlette.requests import Request

from watchword.oauth.certificates import certificate_of, read_thumbprint, thumbprint
from watchword.server.addresses import Network, is_proxy

__all__ = ["Certificates"]


class Certificates:
    """The certificates of clients.

    Args:
        of_clients: client -> the SHA-256 thumbprints of its certificates, several while one
            follows another.
        header: the field in which a proxy hands the certificate on, having removed what clients
            send under this name; empty where no proxy does.

    Raises:
        ValueError: no thumbprint, or one of two clients.
    """

    def __init__(
        self,
        of_clients: Mapping[str, Iterable[str]] = MappingProxyType({}),
        *,
        header: str = "",
    ) -> None:
        self._header = header.lower()
        self._clients: dict[str, str] = {}
        for client_id, thumbprints in of_clients.items():
            if isinstance(thumbprints, str):
                raise ValueError(f"{client_id!r} has a list of thumbprints, not one text")
            for each in map(read_thumbprint, thumbprints):
                if self._clients.setdefault(each, client_id) != client_id:
                    raise ValueError(f"{client_id!r} has a certificate of another client")

    def client_of(self, request: Request, proxies: tuple[Network, ...]) -> str | None:
        """Return the client whose certificate a request comes with; None without a known one."""
        if not self._clients:
            return None
        certificate = self._presented(request, proxies)
        return None if certificate is None else self._clients.get(thumbprint(certificate))

    def _presented(self, request: Request, proxies: tuple[Network, ...]) -> bytes | None:
        tls = request.scope.get("extensions", {}).get("tls") or {}
        chain = tls.get("client_cert_chain") or ()
        if chain:
            return certificate_of(tuple(chain)[:1])
        peer = None if request.client is None else request.client.host
        if not self._header or not is_proxy(peer, proxies):
            return None
        return certificate_of(request.headers.getlist(self._header))
