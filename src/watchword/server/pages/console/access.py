"""Access: the roles and what each includes, and what is shared with whom.

Source: access.md P8; users.md U40.
"""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.administration.roles import (
    MEANING_CHARACTERS_MAX,
    InheritOutcome,
    RoleOutcome,
    is_role_name,
)
from watchword.accounts.administration.shares import (
    TEXT_CHARACTERS_MAX,
    Holder,
    Share,
    ShareOutcome,
    StoredShare,
)
from watchword.base import duration
from watchword.base.records import dataclass
from watchword.server.administration.desk import (
    Desk,
    settle_inheritance,
    settle_role,
    settle_share,
)
from watchword.server.errors import NotHere, NotPossible
from watchword.server.languages import N_
from watchword.server.pages.account.frame import Form, Member, notice_in
from watchword.server.pages.ago import When, ago
from watchword.server.pages.console.calls import calls_of, of_share
from watchword.server.pages.console.frame import (
    NO_REASON,
    form_of,
    page_of,
    reason_in,
    refusal,
    show_console,
)
from watchword.server.pages.console.offer import done
from watchword.server.pages.console.roles import drawn
from watchword.server.pages.problem import not_found_page

__all__ = ["change_access", "show_access"]

PATH = "/admin/access"
# No admin page weighs more than 150 kB (users.md U93): a share with its form is 1.5 kB of it.
ROLES_SHOWN = 25
SHARES_SHOWN = 20
SHARES_OF_ONE_SHOWN = 40
LASTING_SECONDS_MAX = 10 * 365 * 86_400  # further off, nobody means an end
CALLS_SHOWN = 20  # as lines of the management API
NO_ROLE = N_("A role is written in small letters, digits, - and _.")
NO_SHARE = N_("A share names a kind of thing, its id, a relation and a holder.")
NO_DURATION = N_("Write how long as a number and a unit, such as 12h or 7d, of ten years at most.")
UNKNOWN_ROLE = N_("One of the roles is not written down.")

Change = Callable[[Form, str, Desk], Awaitable[bool]]  # tells whether it changed anything


@dataclass(frozen=True, slots=True)
class Shared:
    """A share of the list."""

    share: Share
    holder: str  # the name of a user, or a role
    ends: When | None
    path: str  # of the shares of the same thing


class _Malformed(Exception):
    """A field of a form is not what it has to be; the text is for the person."""


async def _show(request: Request, desk: Desk, member: Member) -> Response:
    """Answer `GET /admin/access`: a page of it, or the shares of what `type` and `id` name."""
    thing, thing_id, after = (_word(request, name) for name in ("type", "id", "after"))
    if thing and thing_id:
        return await _shares_of(thing, thing_id, desk, member)
    return await _page(desk, member, after=after, notice=notice_in(request))


async def _change(form: Form, desk: Desk, member: Member) -> Response:
    """Answer `POST /admin/access`: the button says what is changed."""
    change = CHANGES.get(form.get("action", ""))
    if change is None:
        return not_found_page(member.guest.site)
    reason = reason_in(form)
    if reason is None:
        return await _page(desk, member, problem=NO_REASON, status=400)
    try:
        is_changed = await change(form, reason, desk)
    except _Malformed as error:
        return await _page(desk, member, problem=str(error), status=400)
    except NotPossible as error:
        return await _page(desk, member, problem=refusal(error), status=409)
    except NotHere:
        return await _page(desk, member, problem=UNKNOWN_ROLE, status=409)
    return await done(desk, member, PATH, is_changed=is_changed)


async def _add_role(form: Form, reason: str, desk: Desk) -> bool:
    desk.permit("update", "role")
    meaning = form.get("meaning", "").strip()[:MEANING_CHARACTERS_MAX]
    role = _role(form, "role")
    added = await desk.store.add_role(role, meaning, by=desk.by(reason), now=desk.now)
    settle_role(added)
    return added is RoleOutcome.DONE


async def _remove_role(form: Form, reason: str, desk: Desk) -> bool:
    desk.permit("delete", "role")
    role = _role(form, "role")
    forgotten = await desk.store.forget_role(role, by=desk.by(reason), now=desk.now)
    settle_role(forgotten)
    return forgotten is RoleOutcome.DONE


async def _inherit(form: Form, reason: str, desk: Desk) -> bool:
    desk.permit("update", "role")
    role, included, by = _role(form, "role"), _role(form, "included"), desk.by(reason)
    added = await desk.store.add_inheritance(role, included, by=by, now=desk.now)
    settle_inheritance(added)
    return added is InheritOutcome.CHANGED


async def _end_inheritance(form: Form, reason: str, desk: Desk) -> bool:
    desk.permit("update", "role")
    role, included, by = _role(form, "role"), _role(form, "included"), desk.by(reason)
    ended = await desk.store.remove_inheritance(role, included, by=by, now=desk.now)
    settle_inheritance(ended)
    return ended is InheritOutcome.CHANGED


async def _share(form: Form, reason: str, desk: Desk) -> bool:
    desk.permit("create", "share")
    share, ends = await _share_in(form, desk), _ends_in(form, desk)
    added = await desk.store.add_share(share, expires_at=ends, by=desk.by(reason), now=desk.now)
    settle_share(added)
    return added is ShareOutcome.CHANGED


async def _unshare(form: Form, reason: str, desk: Desk) -> bool:
    desk.permit("delete", "share")
    share = await _share_in(form, desk)
    ended = await desk.store.remove_share(share, by=desk.by(reason), now=desk.now)
    return ended is ShareOutcome.CHANGED


CHANGES: Mapping[str, Change] = MappingProxyType(
    {
        "add-role": _add_role,
        "remove-role": _remove_role,
        "inherit": _inherit,
        "end-inheritance": _end_inheritance,
        "share": _share,
        "unshare": _unshare,
    }
)

show_access = page_of("role", _show)
change_access = form_of("role", _change)


def _role(form: Form, field: str) -> str:
    """Return the role that a field names. Raises _Malformed."""
    role = form.get(field, "").strip()
    if not is_role_name(role):
        raise _Malformed(NO_ROLE)
    return role


async def _share_in(form: Form, desk: Desk) -> Share:
    """Return the share that a form describes; a user is named by name or id. Raises _Malformed."""
    kind, holder = form.get("holder_kind", ""), form.get("holder", "").strip()
    if kind == Holder.SUBJECT.value:
        user = await desk.store.find_user(holder.casefold())
        holder = holder if user is None else user.id
    thing, thing_id, relation = (
        form.get(name, "").strip() for name in ("resource_type", "resource_id", "relation")
    )
    try:
        return Share(thing, thing_id, relation, kind, holder)
    except ValueError:
        raise _Malformed(NO_SHARE) from None


def _ends_in(form: Form, desk: Desk) -> int | None:
    """Return when a share ends by itself, if a form says so. Raises _Malformed."""
    lasting = form.get("lasting", "").strip()
    if not lasting:
        return None
    try:
        seconds = duration.seconds(lasting)
    except ValueError:
        raise _Malformed(NO_DURATION) from None
    if not 0 < seconds <= LASTING_SECONDS_MAX:
        raise _Malformed(NO_DURATION)
    return desk.now + seconds


async def _page(
    desk: Desk,
    member: Member,
    *,
    after: str = "",
    notice: str | None = None,
    problem: str | None = None,
    status: int = 200,
) -> Response:
    found = await desk.store.list_shares(limit=SHARES_SHOWN + 1)
    roles = await desk.store.list_role_records()
    following = [role for role in roles if role.name > after]
    if not following:  # after the last one
        after, following = "", list(roles)
    page = following[:ROLES_SHOWN]
    values = {
        "roles": page,
        "names": [role.name for role in roles],
        "next": page[-1].name if len(following) > ROLES_SHOWN else None,
        "is_first": not after,
        "drawn": drawn(desk, roles),
        "shares": [await _shared(one, desk) for one in found[:SHARES_SHOWN]],
        "has_more": len(found) > SHARES_SHOWN,
        "may_change": desk.may("update", "role"),
        "notice": notice,
        "problem": problem,
        "has_errors": status != 200,
    }
    return show_console(member, "access.html", values, here=PATH, status=status)


async def _shares_of(thing: str, thing_id: str, desk: Desk, member: Member) -> Response:
    """Show what one thing is shared as, with whom, and how each share is ended."""
    found = await desk.store.list_shares(thing, thing_id, limit=SHARES_OF_ONE_SHOWN + 1)
    shown = found[:SHARES_OF_ONE_SHOWN]
    values = {
        "thing": f"{thing} {thing_id}",
        "shares": [await _shared(one, desk) for one in shown],
        "calls": calls_of(desk, map(of_share, shown[:CALLS_SHOWN])),
        "has_more": len(found) > len(shown),
        "may_change": desk.may("delete", "share"),
    }
    return show_console(member, "shares.html", values, here=PATH)


async def _shared(stored: StoredShare, desk: Desk) -> Shared:
    share, holder = stored.share, stored.share.holder
    if share.holder_kind == Holder.SUBJECT.value:
        user = await desk.store.read_user(holder)
        holder = holder if user is None else user.name
    ends = None if stored.expires_at is None else ago(stored.expires_at, desk.now)
    thing = urlencode({"type": share.resource_type, "id": share.resource_id})
    return Shared(share, holder, ends, f"{PATH}?{thing}")


def _word(request: Request, name: str) -> str:
    return request.query_params.get(name, "").replace("\x00", "")[:TEXT_CHARACTERS_MAX]
