"""Applications of the management API: listed, switched off and on."""

from typing import Annotated

from fastapi import APIRouter, Depends

from watchword.accounts.administration.audit import AuditAction, Deed
from watchword.server.administration.desk import Desk, settle_client
from watchword.server.errors import NotHere
from watchword.server.management.bodies import ClientOut, ClientsOut, ReasonIn
from watchword.server.management.caller import at

__all__ = ["router"]

router = APIRouter(prefix="/clients", tags=["clients"])


@router.get("")
async def list_clients(desk: Annotated[Desk, Depends(at("read", "client"))]) -> ClientsOut:
    """List the applications, those that are switched off included."""
    return ClientsOut(clients=[ClientOut.of(one) for one in await desk.store.list_clients()])


@router.get("/{client_id}")
async def show_client(
    client_id: str, desk: Annotated[Desk, Depends(at("read", "client"))]
) -> ClientOut:
    """Show one application."""
    return await _one(desk, client_id)


@router.post("/{client_id}/disable")
async def disable_client(
    client_id: str, body: ReasonIn, desk: Annotated[Desk, Depends(at("update", "client"))]
) -> ClientOut:
    """Switch an application off: its logins and tokens end at once."""
    audited = desk.audited(Deed(AuditAction.CLIENT_SWITCHED_OFF, "client", client_id), body.reason)
    settle_client(await audited.disable_client(client_id, now=desk.now))
    return await _one(desk, client_id)


@router.post("/{client_id}/enable")
async def enable_client(
    client_id: str, body: ReasonIn, desk: Annotated[Desk, Depends(at("update", "client"))]
) -> ClientOut:
    """Switch an application on again. Ended logins stay ended."""
    audited = desk.audited(Deed(AuditAction.CLIENT_SWITCHED_ON, "client", client_id), body.reason)
    settle_client(await audited.enable_client(client_id, now=desk.now))
    return await _one(desk, client_id)


async def _one(desk: Desk, client_id: str) -> ClientOut:
    kept = await desk.store.find_kept_client(client_id)
    if kept is None:
        raise NotHere
    return ClientOut.of(kept)
