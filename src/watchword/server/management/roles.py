"""Roles of the management API, and what each includes."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from watchword.server.administration.desk import Desk, settle_inheritance, settle_role
from watchword.server.management.bodies import (
    MeaningIn,
    Reason,
    ReasonIn,
    RoleName,
    RoleOut,
    RolesOut,
)
from watchword.server.management.caller import at

__all__ = ["router"]

router = APIRouter(prefix="/roles", tags=["roles"])
Why = Annotated[Reason, Query()]


@router.get("")
async def list_roles(desk: Annotated[Desk, Depends(at("read", "role"))]) -> RolesOut:
    """List every role, how many were given it, and what it includes."""
    return await _all(desk)


@router.put("/{role}")
async def put_role(
    role: RoleName, body: MeaningIn, desk: Annotated[Desk, Depends(at("update", "role"))]
) -> RolesOut:
    """Write a role down, or change what it says it is for."""
    by = desk.by(body.reason)
    settle_role(await desk.store.add_role(role, body.meaning, by=by, now=desk.now))
    return await _all(desk)


@router.delete("/{role}", status_code=204)
async def remove_role(
    role: RoleName, reason: Why, desk: Annotated[Desk, Depends(at("delete", "role"))]
) -> Response:
    """Strike out a role that nobody holds and that takes part in no inheritance."""
    settle_role(await desk.store.forget_role(role, by=desk.by(reason), now=desk.now))
    return Response(status_code=204)


@router.put("/{role}/inherits/{included}")
async def add_inheritance(
    role: RoleName,
    included: RoleName,
    body: ReasonIn,
    desk: Annotated[Desk, Depends(at("update", "role"))],
) -> RolesOut:
    """Have a role include another."""
    by = desk.by(body.reason)
    settle_inheritance(await desk.store.add_inheritance(role, included, by=by, now=desk.now))
    return await _all(desk)


@router.delete("/{role}/inherits/{included}")
async def end_inheritance(
    role: RoleName,
    included: RoleName,
    reason: Why,
    desk: Annotated[Desk, Depends(at("update", "role"))],
) -> RolesOut:
    """End an inheritance, and the logins of whoever holds a role less."""
    by = desk.by(reason)
    settle_inheritance(await desk.store.remove_inheritance(role, included, by=by, now=desk.now))
    return await _all(desk)


async def _all(desk: Desk) -> RolesOut:
    return RolesOut(roles=[RoleOut.of(one) for one in await desk.store.list_role_records()])
