"""What the admin pages do to users, sessions and applications: one function each.

Each makes one change in one transaction, with its entry in the audit log, and tells whether there
was anything to change.

Source: users.md U40; security.md rules 96 and 100.
"""

from watchword.accounts.administration.audit import AuditAction, Deed
from watchword.accounts.person.deletion import DeleteAccount
from watchword.accounts.sessions import EndOutcome, OwnedSession
from watchword.accounts.users import StatusOutcome, User
from watchword.oauth.registration.administration import KeptClient
from watchword.server.administration import clients
from watchword.server.administration.accounts import remove_factors
from watchword.server.administration.desk import Desk, settle_deletion, settle_status
from watchword.server.pages.account.frame import Form

__all__ = [
    "delete",
    "end_session",
    "end_sessions",
    "give",
    "reset_factors",
    "resume",
    "suspend",
    "switch_off",
    "switch_on",
    "take",
]


async def suspend(user: User, _: Form, reason: str, desk: Desk) -> bool:
    """Suspend an account. Raises NotHere, NotPossible."""
    return _changed(await desk.store.suspend_user(user.id, by=desk.by(reason), now=desk.now))


async def resume(user: User, _: Form, reason: str, desk: Desk) -> bool:
    """Resume an account. Raises NotHere."""
    return _changed(await desk.store.restore_user(user.id, by=desk.by(reason), now=desk.now))


async def give(user: User, form: Form, reason: str, desk: Desk) -> bool:
    """Give the role that the form names. Raises NotHere."""
    role, by = form.get("role", "").strip(), desk.by(reason)
    return _changed(await desk.store.assign_role(user.id, role, by=by, now=desk.now))


async def take(user: User, form: Form, reason: str, desk: Desk) -> bool:
    """Take the role away that the form names. Raises NotHere, NotPossible."""
    role, by = form.get("role", "").strip(), desk.by(reason)
    return _changed(await desk.store.remove_role(user.id, role, by=by, now=desk.now))


async def end_sessions(user: User, _: Form, reason: str, desk: Desk) -> bool:
    """End every session of an account."""
    audited = desk.audited(Deed(AuditAction.SESSIONS_ENDED, "user", user.id), reason)
    return bool(await audited.end_sessions(user.id, keep=None, now=desk.now))


async def reset_factors(user: User, _: Form, reason: str, desk: Desk) -> bool:
    """Remove every second factor of an account, and end its sessions."""
    return await remove_factors(user.id, reason, desk)


async def delete(user: User, _: Form, reason: str, desk: Desk) -> bool:
    """Delete an account. Raises NotHere, NotPossible."""
    command = DeleteAccount(user.id, None, desk.now, by=desk.by(reason))
    settle_deletion(await desk.store.delete_account(command))
    return True


async def end_session(found: OwnedSession, _: Form, reason: str, desk: Desk) -> bool:
    """End one session of somebody."""
    user_id, sid = found.user_id, found.session.sid
    deed = Deed(AuditAction.SESSION_ENDED, "user", user_id, {"session": sid})
    ended = await desk.audited(deed, reason).end_own_session(user_id, sid, now=desk.now)
    return ended is EndOutcome.ENDED


async def switch_off(kept: KeptClient, _: Form, reason: str, desk: Desk) -> bool:
    """Switch an application off. Raises NotHere."""
    return await clients.switch_off(kept.client.client_id, reason, desk)


async def switch_on(kept: KeptClient, _: Form, reason: str, desk: Desk) -> bool:
    """Switch an application on. Raises NotHere."""
    return await clients.switch_on(kept.client.client_id, reason, desk)


def _changed(outcome: StatusOutcome) -> bool:
    settle_status(outcome)
    return outcome is StatusOutcome.CHANGED
