"""Shares of the management API."""

import json
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Response

from watchword.accounts.administration.shares import SHARES_MAX, Share
from watchword.base.base64url import decode, encode
from watchword.server.administration.desk import Desk, settle_share
from watchword.server.errors import MalformedBody
from watchword.server.management.bodies import ShareIn, ShareOut, SharesOut, Word
from watchword.server.management.caller import at

__all__ = ["router"]

router = APIRouter(prefix="/shares", tags=["shares"])
CURSOR_CHARACTERS_MAX = 4_096


@router.get("")
async def list_shares(  # each is a parameter of the query
    desk: Annotated[Desk, Depends(at("read", "share"))],
    resource_type: Annotated[Word | None, Query()] = None,
    resource_id: Annotated[Word | None, Query()] = None,
    holder: Annotated[Word | None, Query()] = None,
    after: Annotated[str | None, Query(max_length=CURSOR_CHARACTERS_MAX)] = None,
    limit: Annotated[int, Query(ge=1, le=SHARES_MAX)] = SHARES_MAX,
) -> SharesOut:
    """List the shares, or those of a resource or holder, page by page; ended ones too."""
    if resource_id is not None and resource_type is None:
        raise MalformedBody("resource_id goes with resource_type")
    found = await desk.store.list_shares(
        resource_type,
        resource_id,
        holder=holder,
        after=None if after is None else _share(after),
        limit=limit + 1,
    )
    page = found[:limit]
    following = _cursor(page[-1].share) if len(found) > limit else None
    return SharesOut(shares=[ShareOut.of(one) for one in page], next=following)


@router.post("", status_code=204)
async def add_share(
    body: ShareIn, desk: Annotated[Desk, Depends(at("create", "share"))]
) -> Response:
    """Share a resource, or change when a share ends."""
    settle_share(
        await desk.store.add_share(
            body.share(), expires_at=body.expires_at, by=desk.by(body.reason), now=desk.now
        )
    )
    return Response(status_code=204)


@router.post("/remove", status_code=204)
async def remove_share(
    body: Annotated[ShareIn, Body()], desk: Annotated[Desk, Depends(at("delete", "share"))]
) -> Response:
    """End a share, from the next request on."""
    await desk.store.remove_share(body.share(), by=desk.by(body.reason), now=desk.now)
    return Response(status_code=204)


def _cursor(share: Share) -> str:
    words = [
        share.resource_type, share.resource_id, share.relation, share.holder_kind, share.holder
    ]  # fmt: skip
    return encode(json.dumps(words).encode("ascii"))


def _share(cursor: str) -> Share:
    """Return where a page ended. Raises MalformedBody."""
    try:
        words = json.loads(decode(cursor))
        if not all(isinstance(word, str) for word in words):
            raise ValueError  # answered like the others
        return Share(*words)
    except (ValueError, TypeError):
        raise MalformedBody("after is no cursor of this list") from None
