"""One-time links: how a person sets a password that nobody else ever sees.

Source: OWASP ASVS 5.0 V6.4.1; users.md U24, U47; security.md rules 46 and 50.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from watchword.accounts.users import User

__all__ = ["LINK_LIFETIME_SECONDS", "LinkPurpose", "LinkStore", "NewLink", "RedeemLink"]

LINK_LIFETIME_SECONDS = 30 * 60  # users.md U24


class LinkPurpose(Enum):
    """What redeeming a link does."""

    SET_PASSWORD = "set_password"  # noqa: S105  # the name of a purpose, not a password


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link to be stored: only the hash of its secret."""

    token_hash: bytes
    purpose: LinkPurpose
    user_id: str
    created_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class RedeemLink:
    """The use of a link: the password hash that the account gets."""

    token_hash: bytes
    purpose: LinkPurpose
    password_hash: str = field(repr=False)
    now: int


class LinkStore(Protocol):
    """What one-time links need of a store. Each method is one transaction."""

    async def add_link(self, link: NewLink) -> None:
        """Store the link; earlier unused links of the same user and purpose die."""
        ...

    async def find_link(self, token_hash: bytes, purpose: LinkPurpose, *, now: int) -> User | None:
        """Return the user of a live link without spending it."""
        ...

    async def redeem_link(self, command: RedeemLink) -> User | None:
        """Spend the link, set the password and end the user's sessions and families.

        Of any number of concurrent callers exactly one gets the user; the others get None.
        """
        ...
