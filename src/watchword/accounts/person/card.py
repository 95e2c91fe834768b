"""A person's card: what an application may be told of whoever signed in to it.

Source: OpenID Connect Core section 5.1 (name, locale, email, email_verified); users.md U14.
"""

from typing import Protocol

from watchword.base.records import dataclass

__all__ = ["Card", "CardStore"]


@dataclass(frozen=True, slots=True)
class Card:
    """How a person is called and reached."""

    name: str  # as they write it; otherwise the user name
    locale: str | None  # BCP 47
    email: str | None  # the primary address, as they write it
    is_email_verified: bool  # whether they have shown that they read its mail


class CardStore(Protocol):
    """What telling of a person needs of a store."""

    async def read_card(self, user_id: str) -> Card | None:
        """Return the card of a user; None where there is none."""
        ...
