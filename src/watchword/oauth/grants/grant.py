"""What a grant is: a name, the parameters it reads, and the exchange.

Source: RFC 6749 section 4.5 (grants are told apart by `grant_type`).
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from watchword.accounts.origin import Origin
from watchword.oauth.clients import ClientStore
from watchword.oauth.issue import IssueContext, Issued

__all__ = ["Grant", "TokenContext"]


@dataclass(frozen=True, slots=True)
class TokenContext:
    """What an exchange works with."""

    issue: IssueContext
    clients: ClientStore


@dataclass(frozen=True, slots=True)
class Grant:
    """One row of the table of grants."""

    grant_type: str
    reads: frozenset[str]  # besides grant_type and client_id; anything else is ignored
    exchange: Callable[[Mapping[str, object], Origin, TokenContext], Awaitable[Issued]]
    source: str
