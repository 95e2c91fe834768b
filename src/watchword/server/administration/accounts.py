"""Accounts that an administrator makes, and how their people get in: one call each.

The management API and the admin pages make them alike. A link is handed to whoever asked for it,
once; the store keeps its hash.

Source: users.md U24, U42, U47 and U48; security.md rules 43, 96 and 100; decisions/0253.
"""

from dataclasses import field
from urllib.parse import quote

from watchword.accounts.administration.audit import AuditAction, Deed
from watchword.accounts.events import EventKind
from watchword.accounts.factors.together import Changer, FactorOutcome, change_of
from watchword.accounts.links import LinkPurpose, new_link
from watchword.accounts.users import USER_ID_PREFIX, AddOutcome, NewUser
from watchword.base.chance import new_id, new_secret
from watchword.base.records import dataclass
from watchword.server.administration.desk import Desk
from watchword.server.errors import NotPossible

__all__ = ["MadeLink", "add_account", "add_setup_link", "remove_factors"]


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A link by which a user sets a password, once."""

    url: str = field(repr=False)  # whoever has it opens the account
    expires_at: int


async def add_account(name: str, roles: frozenset[str], reason: str, desk: Desk) -> str:
    """Add a user without a password.

    Args:
        name: canonical.
        roles: that are given.
        reason: why, for the audit log.
        desk: who adds the user.

    Returns:
        The id.

    Raises:
        NotPossible: the name is taken.
    """
    user_id = new_id(desk.runtime.chance, USER_ID_PREFIX)
    new = NewUser(user_id, name, None, roles, desk.now)
    if await desk.store.add_user(new, by=desk.by(reason)) is AddOutcome.NAME_TAKEN:
        raise NotPossible("name_taken", "the name is taken")
    return user_id


async def add_setup_link(user_id: str, reason: str, desk: Desk) -> MadeLink:
    """Make a link to set a password. Earlier links die; the old password works till then."""
    secret = new_secret(desk.runtime.chance)
    link = new_link(secret, purpose=LinkPurpose.SET_PASSWORD, user_id=user_id, now=desk.now)
    audited = desk.audited(Deed(AuditAction.LINK_MADE, "user", user_id), reason)
    await audited.add_link(link)
    url = f"{desk.runtime.settings.issuer}/setup?link={quote(secret.reveal())}"
    return MadeLink(url, link.expires_at)


async def remove_factors(user_id: str, reason: str, desk: Desk) -> bool:
    """Remove every second factor of a user and end all sessions. The user is told by mail.

    Returns:
        Whether there was one.
    """
    changer = Changer(user_id, name=desk.me.id)
    change = change_of(EventKind.FACTORS_RESET, changer, about="", now=desk.now)
    audited = desk.audited(Deed(AuditAction.FACTORS_RESET, "user", user_id), reason)
    return await audited.reset_factors(change) is FactorOutcome.CHANGED
