"""What a grant is: a name, the parameters it reads, and the exchange.

Source: RFC 6749 section 4.5 (grants are told apart by `grant_type`).
"""

from collections.abc import Awaitable, Callable, Mapping

from watchword.accounts.origin import Origin
from watchword.base.records import dataclass
from watchword.oauth.client_authentication import ClientAuthenticationContext
from watchword.oauth.clients import Client, ClientStore
from watchword.oauth.issue import IssueContext, Issued

__all__ = ["Grant", "TokenContext"]


@dataclass(frozen=True, slots=True)
class TokenContext:
    """What an exchange works with."""

    issue: IssueContext
    authentication: ClientAuthenticationContext
    switched_off: frozenset[str] = frozenset()  # grants that this server does not serve (E-1)

    @property
    def clients(self) -> ClientStore:
        """The clients and resources that are known."""
        return self.authentication.clients


# From what the grant reads, and the client that was proved, to what is issued.
Exchange = Callable[[Mapping[str, object], Client, Origin, TokenContext], Awaitable[Issued]]


@dataclass(frozen=True, slots=True)
class Grant:
    """One row of the table of grants."""

    grant_type: str
    reads: frozenset[str]  # besides grant_type and the client's part; anything else is ignored
    exchange: Exchange
    source: str
    begins_at: str | None = None  # the endpoint without which there is no such grant, as a member
