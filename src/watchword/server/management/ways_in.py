"""How users get in, in the management API: links to set a password, and second factors.

An administrator sees names and times, never a password, a key or a code; a link is shown once.

Source: users.md U24, U42, U47 and U48; security.md rules 43, 96 and 100.
"""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Response

from watchword.accounts.administration.audit import AuditAction, Deed
from watchword.accounts.events import EventKind
from watchword.accounts.factors.together import Actor, change_of
from watchword.accounts.links import LinkPurpose, new_link
from watchword.accounts.users import User
from watchword.base.chance import new_secret
from watchword.server.administration.desk import Desk
from watchword.server.errors import NotHere
from watchword.server.management.bodies import Reason, ReasonIn
from watchword.server.management.caller import at
from watchword.server.management.credential_bodies import FactorsOut, LinkOut

__all__ = ["router"]

router = APIRouter(prefix="/users/{user_id}", tags=["users"])
Why = Annotated[Reason, Query()]


@router.post("/link", status_code=201)
async def make_link(
    user_id: str, body: ReasonIn, desk: Annotated[Desk, Depends(at("create", "link"))]
) -> LinkOut:
    """Make a link to set a password. Earlier links die; the old password works till then."""
    user = await _user(desk, user_id)
    secret = new_secret(desk.runtime.chance)
    link = new_link(secret, purpose=LinkPurpose.SET_PASSWORD, user_id=user.id, now=desk.now)
    audited = desk.audited(Deed(AuditAction.LINK_MADE, "user", user.id), body.reason)
    await audited.add_link(link)
    url = f"{desk.runtime.settings.issuer}/setup?link={quote(secret.reveal())}"
    return LinkOut(link=url, expires_at=link.expires_at)


@router.get("/factors")
async def list_factors(
    user_id: str, desk: Annotated[Desk, Depends(at("read", "factor"))]
) -> FactorsOut:
    """List the second factors of a user: names and times, never a key or a code."""
    user, store = await _user(desk, user_id), desk.store
    return FactorsOut.of(
        await store.list_passkeys(user.id),
        await store.list_totps(user.id),
        await store.read_recovery_sheet(user.id),
    )


@router.delete("/factors", status_code=204)
async def reset_factors(
    user_id: str, reason: Why, desk: Annotated[Desk, Depends(at("delete", "factor"))]
) -> Response:
    """Remove every second factor of a user and end all sessions. The user is told by mail."""
    user = await _user(desk, user_id)
    actor = Actor(user.id, name=desk.me.id)
    change = change_of(EventKind.FACTORS_RESET, actor, about="", now=desk.now)
    audited = desk.audited(Deed(AuditAction.FACTORS_RESET, "user", user.id), reason)
    await audited.reset_factors(change)
    return Response(status_code=204)


async def _user(desk: Desk, user_id: str) -> User:
    """Return a user of the tenant. Raises NotHere."""
    user = await desk.store.read_user(user_id)
    if user is None:
        raise NotHere
    return user
