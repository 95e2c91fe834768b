"""How users get in, in the management API: links to set a password, and second factors.

An administrator sees names and times, never a password, a key or a code; a link is shown once.

Source: users.md U24, U42, U47 and U48; security.md rules 43, 96 and 100.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from watchword.accounts.users import User
from watchword.server.administration.accounts import add_setup_link, remove_factors
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
    made = await add_setup_link(user.id, body.reason, desk)
    return LinkOut(link=made.url, expires_at=made.expires_at)


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
    await remove_factors(user.id, reason, desk)
    return Response(status_code=204)


async def _user(desk: Desk, user_id: str) -> User:
    """Return a user of the tenant. Raises NotHere."""
    user = await desk.store.read_user(user_id)
    if user is None:
        raise NotHere
    return user
