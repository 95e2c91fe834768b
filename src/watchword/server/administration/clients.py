"""What administrators do to applications: add, change, switch off and on, remove, another secret.

One function each, for the API and the admin pages; each makes one change in one transaction, with
its entry in the audit log. What a record may be is judged where every record is.

Source: oauth.md C-1, S-2 and F-3; security.md rules 61, 95 and 100.
"""

from watchword.accounts.administration.audit import AuditAction, Deed
from watchword.base.chance import new_id, new_secret
from watchword.base.secrets import Secret, digest
from watchword.oauth.clients import Client, ClientOrigin
from watchword.oauth.registration.administration import (
    ClientAdded,
    ClientChange,
    KeptClient,
    rewrite_client,
)
from watchword.oauth.registration.changes import ClientChanges, changed
from watchword.oauth.registration.members import ClientMembers, check_way_back, client_from
from watchword.oauth.registration.register import CLIENT_ID_PREFIX
from watchword.server.administration.desk import Desk, settle_client
from watchword.server.errors import NotHere, NotPossible

__all__ = ["add", "change", "find", "remove", "replace_secret", "switch_off", "switch_on"]

DECLARED = "client_declared"


async def find(client_id: str, desk: Desk) -> KeptClient:
    """Return an application, switched off or not. Raises NotHere."""
    kept = await desk.store.find_kept_client(client_id)
    if kept is None:
        raise NotHere
    return kept


async def add(
    name: str,
    members: ClientMembers,
    reason: str,
    desk: Desk,
    *,
    client_id: str | None = None,
    secret: Secret | None = None,
) -> str:
    """Add an application and return its id.

    Args:
        name: what people call it.
        members: what else is said of it, without a secret.
        reason: for the audit log.
        desk: who adds it.
        client_id: left out, one is made.
        secret: with which it proves who it is; left out, it is public or has keys.

    Raises:
        ClientRefused: names the member and what to do.
        NotPermitted, InsufficientScope: the rules do not let this administrator.
        NotPossible: the id is taken.
    """
    desk.permit("create", "client")
    if secret is not None:
        desk.permit("create", "secret")
        members = {**members, "secret": secret}
    chosen = new_id(desk.runtime.chance, CLIENT_ID_PREFIX) if client_id is None else client_id
    client = client_from(chosen, name, members, origin=ClientOrigin.ADMINISTRATOR)
    check_way_back(client, members)
    audited = desk.audited(Deed(AuditAction.CLIENT_ADDED, "client", chosen), reason)
    if await audited.add_client(client, now=desk.now) is ClientAdded.ID_TAKEN:
        raise NotPossible("client_id_taken", "the id is taken")
    return chosen


async def change(client_id: str, changes: ClientChanges, reason: str, desk: Desk) -> None:
    """Say anew what an application is; what is left out stays.

    Raises:
        ClientRefused: as `add`.
        NotHere, NotPossible: there is none, or code or a document says what it is.
    """

    def rewritten(kept: KeptClient) -> Client:
        if kept.is_declared:
            raise NotPossible(DECLARED, "code declares this application")
        if kept.client.origin is ClientOrigin.DOCUMENT:
            raise NotPossible("client_document", "this application says itself what it is")
        return changed(kept.client, changes)

    audited = desk.audited(Deed(AuditAction.CLIENT_CHANGED, "client", client_id), reason)
    settle_client(await rewrite_client(audited, client_id, rewritten))


async def switch_off(client_id: str, reason: str, desk: Desk) -> bool:
    """Switch an application off: its logins and tokens end at once.

    Returns:
        Whether it was on.

    Raises:
        NotHere: there is none.
    """
    audited = desk.audited(Deed(AuditAction.CLIENT_SWITCHED_OFF, "client", client_id), reason)
    return _changed(await audited.disable_client(client_id, now=desk.now))


async def switch_on(client_id: str, reason: str, desk: Desk) -> bool:
    """Switch an application on again. Ended logins stay ended.

    Returns:
        Whether it was off.

    Raises:
        NotHere: there is none.
    """
    audited = desk.audited(Deed(AuditAction.CLIENT_SWITCHED_ON, "client", client_id), reason)
    return _changed(await audited.enable_client(client_id, now=desk.now))


async def remove(client_id: str, reason: str, desk: Desk) -> None:
    """Remove an application that nobody has signed in to: its tokens end, and its id is free.

    Raises:
        NotHere, NotPossible: there is none; somebody signed in to it, or code would add it again.
    """
    kept = await find(client_id, desk)
    if kept.is_declared and kept.is_active:
        raise NotPossible(DECLARED, "code declares this application")
    audited = desk.audited(Deed(AuditAction.CLIENT_REMOVED, "client", client_id), reason)
    done = await audited.remove_client(client_id, now=desk.now)
    settle_client(done)
    if done is ClientChange.UNCHANGED:
        raise NotPossible("client_in_use", "people have signed in to it; switch it off instead")


async def replace_secret(client_id: str, reason: str, desk: Desk) -> Secret:
    """Make another secret and return it, once. The earlier one is worth nothing at once.

    Raises:
        NotHere, NotPossible: there is none, it has no secret, or code says it.
    """
    kept = await find(client_id, desk)
    if kept.is_declared:
        raise NotPossible(DECLARED, "code declares this application and says its secret")
    if kept.client.secret_hash is None:
        raise NotPossible("client_without_secret", "this application has no secret")
    made = new_secret(desk.runtime.chance)
    deed = Deed(AuditAction.CLIENT_SECRET_REPLACED, "client", client_id)
    settle_client(await desk.audited(deed, reason).replace_client_secret(client_id, digest(made)))
    return made


def _changed(done: ClientChange) -> bool:
    settle_client(done)
    return done is ClientChange.CHANGED
