"""Users of the management API: found, added, suspended, deleted; their roles and sessions."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from watchword.accounts.administration.audit import AuditAction, Deed
from watchword.accounts.person.deletion import DeleteAccount
from watchword.accounts.sessions import EndOutcome
from watchword.accounts.users import NAME_CHARACTERS_MAX, USERS_MAX, canonical_name
from watchword.server.administration.accounts import add_account
from watchword.server.administration.desk import Desk, settle_deletion, settle_status
from watchword.server.errors import MalformedBody, NotHere
from watchword.server.management.bodies import (
    NewUserIn,
    Reason,
    ReasonIn,
    RoleName,
    SessionOut,
    SessionsOut,
    UserOut,
    UsersOut,
    WholeUserOut,
)
from watchword.server.management.caller import at

__all__ = ["router"]

router = APIRouter(prefix="/users", tags=["users"])
Part = Annotated[str, Query(max_length=NAME_CHARACTERS_MAX, pattern=r"^[^\x00]*$")]
Why = Annotated[Reason, Query()]


@router.get("")
async def list_users(
    desk: Annotated[Desk, Depends(at("read", "user"))],
    search: Part = "",
    after: Part = "",
    limit: Annotated[int, Query(ge=1, le=USERS_MAX)] = USERS_MAX,
) -> UsersOut:
    """List users by name, page by page."""
    found = await desk.store.page_users(search.casefold(), after=after, limit=limit + 1)
    page = found[:limit]
    following = page[-1].name if len(found) > limit else None
    return UsersOut(users=[UserOut.of(user) for user in page], next=following)


@router.post("", status_code=201)
async def add_user(
    body: NewUserIn, desk: Annotated[Desk, Depends(at("create", "user"))]
) -> WholeUserOut:
    """Add a user, who then sets a password by a link."""
    try:
        name = canonical_name(body.name)
    except ValueError as error:
        raise MalformedBody(str(error)) from None
    user_id = await add_account(name, frozenset(body.roles), body.reason, desk)
    return await _whole(desk, user_id)


@router.get("/{user_id}")
async def show_user(
    user_id: str, desk: Annotated[Desk, Depends(at("read", "user"))]
) -> WholeUserOut:
    """Show one user, who gave which role, and the suspension."""
    return await _whole(desk, user_id)


@router.delete("/{user_id}", status_code=204)
async def delete_user(
    user_id: str, reason: Why, desk: Annotated[Desk, Depends(at("delete", "user"))]
) -> Response:
    """Delete a user and everything of theirs."""
    command = DeleteAccount(user_id, None, desk.now, by=desk.by(reason))
    settle_deletion(await desk.store.delete_account(command))
    return Response(status_code=204)


@router.post("/{user_id}/suspend")
async def suspend_user(
    user_id: str, body: ReasonIn, desk: Annotated[Desk, Depends(at("update", "user"))]
) -> WholeUserOut:
    """End every session of a user and refuse further ones."""
    by = desk.by(body.reason)
    settle_status(await desk.store.suspend_user(user_id, by=by, now=desk.now))
    return await _whole(desk, user_id)


@router.post("/{user_id}/resume")
async def resume_user(
    user_id: str, body: ReasonIn, desk: Annotated[Desk, Depends(at("update", "user"))]
) -> WholeUserOut:
    """Let a suspended user sign in again."""
    by = desk.by(body.reason)
    settle_status(await desk.store.restore_user(user_id, by=by, now=desk.now))
    return await _whole(desk, user_id)


@router.put("/{user_id}/roles/{role}")
async def give_role(
    user_id: str,
    role: RoleName,
    body: ReasonIn,
    desk: Annotated[Desk, Depends(at("update", "user"))],
) -> WholeUserOut:
    """Give a role."""
    by = desk.by(body.reason)
    settle_status(await desk.store.assign_role(user_id, role, by=by, now=desk.now))
    return await _whole(desk, user_id)


@router.delete("/{user_id}/roles/{role}")
async def take_role(
    user_id: str, role: RoleName, reason: Why, desk: Annotated[Desk, Depends(at("update", "user"))]
) -> WholeUserOut:
    """Take a role away and end the logins that were made with it."""
    settle_status(await desk.store.remove_role(user_id, role, by=desk.by(reason), now=desk.now))
    return await _whole(desk, user_id)


@router.get("/{user_id}/sessions")
async def list_sessions(
    user_id: str, desk: Annotated[Desk, Depends(at("read", "session"))]
) -> SessionsOut:
    """List where a user is signed in, the last used first."""
    found = await desk.store.list_sessions(user_id, now=desk.now)
    return SessionsOut(sessions=[SessionOut.of(one) for one in found.listed], more=found.more)


@router.delete("/{user_id}/sessions/{sid}", status_code=204)
async def end_session(
    user_id: str, sid: str, reason: Why, desk: Annotated[Desk, Depends(at("delete", "session"))]
) -> Response:
    """End one session of a user with every token that hangs on it."""
    deed = Deed(AuditAction.SESSION_ENDED, "user", user_id, {"session": sid})
    ended = await desk.audited(deed, reason).end_own_session(user_id, sid, now=desk.now)
    if ended is EndOutcome.UNKNOWN:
        raise NotHere
    return Response(status_code=204)


@router.delete("/{user_id}/sessions", status_code=204)
async def end_sessions(
    user_id: str, reason: Why, desk: Annotated[Desk, Depends(at("delete", "session"))]
) -> Response:
    """End every session of a user."""
    deed = Deed(AuditAction.SESSIONS_ENDED, "user", user_id)
    await desk.audited(deed, reason).end_sessions(user_id, keep=None, now=desk.now)
    return Response(status_code=204)


async def _whole(desk: Desk, user_id: str) -> WholeUserOut:
    """Return all of a user. Raises NotHere."""
    user = await desk.store.read_user(user_id)
    if user is None:
        raise NotHere
    given = await desk.store.list_assignments(user_id)
    return WholeUserOut.whole(user, given, await desk.store.find_suspension(user_id))
