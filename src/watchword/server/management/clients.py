"""Applications of the management API: listed, added, changed, removed, switched off and on."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from fastapi.exceptions import RequestValidationError

from watchword.base.chance import new_secret
from watchword.oauth.clients import CLIENT_ID_CHARACTERS_MAX
from watchword.oauth.registration.administration import CLIENTS_MAX
from watchword.oauth.registration.errors import ClientRefused
from watchword.server.administration import clients
from watchword.server.administration.desk import Desk
from watchword.server.management.bodies import Reason, ReasonIn
from watchword.server.management.caller import at
from watchword.server.management.client_bodies import (
    ClientChangesIn,
    ClientOut,
    ClientsOut,
    NewClientIn,
    NewClientOut,
)
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


@router.post("", status_code=201)
async def add_client(
    body: NewClientIn, desk: Annotated[Desk, Depends(at("create", "client"))]
) -> NewClientOut:
    """Add an application. Its secret, if it gets one, is shown once."""
    secret = new_secret(desk.runtime.chance) if body.is_confidential else None
    with _refusals_told():
        client_id = await clients.add(
            body.name, body.members(), body.reason, desk, client_id=body.id, secret=secret
        )
    return NewClientOut.made(await clients.find(client_id, desk), secret)


@router.get("/{client_id}")
async def show_client(
    client_id: str, desk: Annotated[Desk, Depends(at("read", "client"))]
) -> ClientOut:
    """Show one application."""
    return await _one(desk, client_id)


@router.patch("/{client_id}")
async def change_client(
    client_id: str, body: ClientChangesIn, desk: Annotated[Desk, Depends(at("update", "client"))]
) -> ClientOut:
    """Say anew what an application is. What is left out stays as it is."""
    with _refusals_told():
        await clients.change(client_id, body.changes(), body.reason, desk)
    return await _one(desk, client_id)


@router.delete("/{client_id}", status_code=204)
async def remove_client(
    client_id: str,
    reason: Annotated[Reason, Query()],
    desk: Annotated[Desk, Depends(at("delete", "client"))],
) -> Response:
    """Remove an application that nobody has signed in to. Its tokens end, and its id is free."""
    await clients.remove(client_id, reason, desk)
    return Response(status_code=204)


@router.post("/{client_id}/disable")
async def disable_client(
    client_id: str, body: ReasonIn, desk: Annotated[Desk, Depends(at("update", "client"))]
) -> ClientOut:
    """Switch an application off: its logins and tokens end at once."""
    await clients.switch_off(client_id, body.reason, desk)
    return await _one(desk, client_id)


@router.post("/{client_id}/enable")
async def enable_client(
    client_id: str, body: ReasonIn, desk: Annotated[Desk, Depends(at("update", "client"))]
) -> ClientOut:
    """Switch an application on again. Ended logins stay ended."""
    await clients.switch_on(client_id, body.reason, desk)
    return await _one(desk, client_id)


@router.post("/{client_id}/secret", status_code=201)
async def replace_secret(
    client_id: str, body: ReasonIn, desk: Annotated[Desk, Depends(at("update", "secret"))]
) -> SecretOut:
    """Make another secret. It is shown once, and the earlier one is worth nothing at once."""
    made = await clients.replace_secret(client_id, body.reason, desk)
    return SecretOut(client_id=client_id, client_secret=made.reveal())


async def _one(desk: Desk, client_id: str) -> ClientOut:
    return ClientOut.of(await clients.find(client_id, desk))


@contextmanager
def _refusals_told() -> Iterator[None]:
    """Answer a record that is not taken as a body of another form is: with the member's pointer."""
    try:
        yield
    except ClientRefused as error:
        member = "id" if error.member == "client_id" else error.member
        problem = {"loc": ("body", member), "msg": f"{error.problem}. {error.fix}."}
        raise RequestValidationError([problem]) from None
