"""The signing keys: their plan on a time line, the next one announced, a stolen one replaced.

Source: users.md U40 and U43; oauth.md K-4 and K-5.
"""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response

from watchword.base.records import dataclass
from watchword.keys.readers import holding_old
from watchword.keys.record import KeyState
from watchword.server.administration.desk import Desk
from watchword.server.calls import Call
from watchword.server.languages import N_
from watchword.server.pages.account.frame import Form, Member, go, notice_in
from watchword.server.pages.ago import When, ago
from watchword.server.pages.console.calls import WHY, calls_of
from watchword.server.pages.console.frame import (
    NO_REASON,
    form_of,
    page_of,
    reason_in,
    show_console,
)
from watchword.server.pages.console.key_timeline import timeline
from watchword.server.pages.problem import not_found_page

__all__ = ["change_keys", "show_keys"]

PATH = "/admin/keys"
READERS_SHOWN = 50
ANNOUNCED = N_("The next key is announced already.")
NO_KEY = N_("No signing key has this id. Copy it as it stands above.")

Change = Callable[[Form, str, Desk], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class Reader:
    """A verifier that does not hold the announced key."""

    name: str
    seen: When


async def _show(request: Request, desk: Desk, member: Member) -> Response:
    """Answer `GET /admin/keys`."""
    return await _page(desk, member, notice=notice_in(request))


async def _change(form: Form, desk: Desk, member: Member) -> Response:
    """Answer `POST /admin/keys`: the button says what is changed."""
    asked = form.get("action", "")
    change = CHANGES.get(asked)
    if change is None:
        return not_found_page(member.guest.site)
    reason = reason_in(form)
    if reason is None:
        return await _page(desk, member, asked=asked, problem=NO_REASON, status=400)
    problem = await change(form, reason, desk)
    if problem is not None:
        return await _page(desk, member, asked=asked, problem=problem, status=409)
    return go(member, PATH, notice="admin-done")


async def _announce(_: Form, reason: str, desk: Desk) -> str | None:
    desk.permit("create", "key")
    made = await desk.keys.announce(by=desk.by(reason))
    return ANNOUNCED if made is None else None


async def _replace(form: Form, reason: str, desk: Desk) -> str | None:
    desk.permit("delete", "key")
    done = await desk.keys.replace(form.get("kid", "").strip(), by=desk.by(reason))
    return NO_KEY if done is None else None


CHANGES: Mapping[str, Change] = MappingProxyType({"announce": _announce, "replace": _replace})

show_keys = page_of("key", _show)
change_keys = form_of("key", _change)


async def _page(
    desk: Desk,
    member: Member,
    *,
    asked: str = "",
    notice: str | None = None,
    problem: str | None = None,
    status: int = 200,
) -> Response:
    settings, now = desk.runtime.settings, desk.now
    records = await desk.store.list_signing_keys()
    readers = await desk.store.list_key_readers(now=now)
    waits_for = holding_old(records, readers, alg=settings.signing_alg)
    pending = {one.alg for one in records if one.state is KeyState.PENDING}
    policy = settings.rotation
    values = {
        "timeline": timeline(records, policy, now=now),
        "days": {
            "announced": _days(policy.announce_seconds),
            "active": _days(policy.active_seconds),
            "kept": _days(policy.keep_seconds),
        },
        "readers": [Reader(one.name, ago(one.seen_at, now)) for one in waits_for[:READERS_SHOWN]],
        "readers_count": len(waits_for),
        "is_announced": settings.signing_alg in pending,
        "may_change": desk.may("create", "key"),
        "calls": calls_of(desk, [Call("rotate_keys", {"reason": WHY})]),
        "asked": asked,  # what is to be mended, and so stays in sight
        "notice": notice,
        "problem": problem,
        "has_errors": status != 200,
    }
    return show_console(member, "keys.html", values, here=PATH, status=status)


def _days(seconds: int) -> str:
    return f"{seconds / 86_400:.4g}"
