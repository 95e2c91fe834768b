"""The audit log of the management API: read, and by nobody changed."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from watchword.accounts.administration.audit import AUDIT_ENTRIES_MAX
from watchword.server.administration.desk import Desk
from watchword.server.management.bodies import EntriesOut, Word
from watchword.server.management.caller import at

__all__ = ["router"]

router = APIRouter(prefix="/audit", tags=["audit"])


@router.get("")
async def list_entries(
    desk: Annotated[Desk, Depends(at("read", "audit"))],
    target: Annotated[Word | None, Query()] = None,
    before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
    limit: Annotated[int, Query(ge=1, le=AUDIT_ENTRIES_MAX)] = AUDIT_ENTRIES_MAX,
) -> EntriesOut:
    """List what was changed, the newest first, page by page."""
    found = await desk.store.list_audit(target=target, before=before, limit=limit + 1)
    page = found[:limit]
    following = page[-1].position if len(found) > limit else None
    return EntriesOut.of(page, following)
