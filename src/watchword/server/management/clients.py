"""Applications of the management API: listed, switched off and on, given another secret."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from watchword.accounts.administration.audit import AuditAction, Deed
from watchword.base.chance import new_secret
from watchword.base.secrets import digest
from watchword.oauth.clients import CLIENT_ID_CHARACTERS_MAX
from watchword.oauth.registration.administration import CLIENTS_MAX
from watchword.server.administration.desk import Desk, settle_client
from watchword.server.errors import NotHere, NotPossible
from watchword.server.management.bodies import ClientOut, ClientsOut, ReasonIn
from watchword.server.management.caller import at
from watchword.server.management.credential_bodies import SecretOut

__all__ = ["router"]

router = APIRouter(prefix="/clients", tags=["clients"])


@router.get("")
async def list_clients(
    desk: Annotated[Desk, Depends(at("read", "client"))],
    after: Annotated[str, Query(max_length=CLIENT_ID_CHARACTERS_MAX, pattern=r"^[^\x00]*$")] = "",
    limit: Annotated[int, Query(ge=1, le=CLIENTS_MAX)] = CLIENTS_MAX,
) -> ClientsOut:
    """List the applications by id, page by page, those that are switched off included."""
    found = await desk.store.page_clients(after=after, limit=limit + 1)
    page = found[:limit]
    following = page[-1].client.client_id if len(found) > limit else None
    return ClientsOut(clients=[ClientOut.of(one) for one in page], next=following)


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


@router.post("/{client_id}/secret", status_code=201)
async def replace_secret(
    client_id: str, body: ReasonIn, desk: Annotated[Desk, Depends(at("update", "secret"))]
) -> SecretOut:
    """Make another secret. It is shown once, and the earlier one is worth nothing at once."""
    kept = await desk.store.find_kept_client(client_id)
    if kept is None:
        raise NotHere
    if kept.is_declared:
        raise NotPossible("client_declared", "code declares this application and says its secret")
    if kept.client.secret_hash is None:
        raise NotPossible("client_without_secret", "this application has no secret")
    made = new_secret(desk.runtime.chance)
    deed = Deed(AuditAction.CLIENT_SECRET_REPLACED, "client", client_id)
    audited = desk.audited(deed, body.reason)
    settle_client(await audited.replace_client_secret(client_id, digest(made)))
    return SecretOut(client_id=client_id, client_secret=made.reveal())


async def _one(desk: Desk, client_id: str) -> ClientOut:
    kept = await desk.store.find_kept_client(client_id)
    if kept is None:
        raise NotHere
    return ClientOut.of(kept)
