"""Several rows of a list changed at once: ticked, named on a page that asks why, then one by one.

Each row is changed as it would be alone: in a transaction of its own, with its own entry in the
audit log. The report says of each row what became of it (decisions/0286).

Source: users.md U40 and U43; security.md rules 96 and 100.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from typing import Generic, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.administration.roles import is_role_name
from watchword.base.records import dataclass
from watchword.server.administration.desk import Desk
from watchword.server.administration.scopes import Action, Thing
from watchword.server.errors import NotHere, NotPossible
from watchword.server.languages import N_
from watchword.server.pages.account.frame import Form, Handler, Member
from watchword.server.pages.console.frame import (
    NO_REASON,
    form_of,
    page_of,
    reason_in,
    refusal,
    show_console,
)
from watchword.server.pages.console.user import NO_ROLE
from watchword.server.pages.problem import not_found_page
from watchword.stores.errors import StoreError

__all__ = ["ROWS_MAX", "Listed", "SeveralAct", "several_of"]

ROWS_MAX = 100  # of one form: two pages of the longest list, and each is a write that waits

GONE = N_("It is not there any more.")
NOT_REACHED = N_("The store did not answer. Look whether it was done.")
NOT_TRIED = N_("It was not tried.")
SAME = N_("It is so already.")
TOO_MANY = N_("That is too much at once. Tick at most 100.")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SeveralAct(Generic[T]):
    """What may be done to several rows of a list."""

    label: str
    consequence: str  # for each of them
    action: Action
    thing: Thing
    spares: Callable[[T, Form, Desk, Member], Awaitable[str | None]]  # why a row is left as it is
    do: Callable[[T, Form, str, Desk], Awaitable[bool]]
    is_bad: bool = True
    asks_role: bool = False


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """A list whose rows are ticked."""

    path: str
    thing: Thing
    find: Callable[[str, Desk], Awaitable[T | None]]
    name_of: Callable[[T], str]
    page_path: Callable[[T], str]  # the path below the issuer of what the name names
    acts: Mapping[str, SeveralAct[T]]

    @property
    def several_path(self) -> str:
        """Where the ticked rows are sent."""
        return f"{self.path}/several"


@dataclass(frozen=True, slots=True)
class Ticked(Generic[T]):
    """What was ticked in a list, and what is to be done with it."""

    listed: Listed[T]
    act: SeveralAct[T]
    ids: tuple[str, ...]
    words: Form  # what the act needs beside them


@dataclass(frozen=True, slots=True)
class Row:
    """A ticked row: why it is left as it is, or nothing."""

    id: str
    name: str
    said: str | None = None
    path: str = ""  # of its page; nothing where there is none


@dataclass(frozen=True, slots=True)
class Rows(Generic[T]):
    """What becomes of each row: to begin with what would, and then what did."""

    changed: tuple[tuple[T, Row], ...] = ()
    left: tuple[Row, ...] = ()


def several_of(listed: Listed[T]) -> tuple[Handler, Handler]:
    """Return the handlers of the page that names what would happen, and of its form."""

    async def shown(request: Request, desk: Desk, member: Member) -> Response:
        asked = request.query_params
        act = listed.acts.get(asked.get("act", ""))
        ids = _each_once(asked.getlist("row"))
        if not ids or len(ids) > ROWS_MAX:
            return _nothing(listed, member, problem=TOO_MANY if ids else None)
        if act is None or not desk.may(act.action, act.thing):
            return not_found_page(member.guest.site)
        words = {"act": asked["act"], "role": asked.get("role", "").strip()}
        ticked = Ticked(listed, act, ids, words)
        if act.asks_role and not is_role_name(words["role"]):
            problem = NO_ROLE if words["role"] else None
            return _page(ticked, "role", Rows(), member, problem=problem)
        return await _ask(ticked, desk, member)

    async def sent(form: Form, desk: Desk, member: Member) -> Response:
        act = listed.acts.get(form.get("act", ""))
        ids = _each_once(form.get("rows", "").split("\n"))
        words = {"act": form.get("act", ""), "role": form.get("role", "")}
        if act is None or not ids or len(ids) > ROWS_MAX or not _has_role(act, words):
            return not_found_page(member.guest.site)  # no page of this server sends such a form
        desk.permit(act.action, act.thing)
        ticked, reason = Ticked(listed, act, ids, words), reason_in(form)
        if reason is None:
            return await _ask(ticked, desk, member, problem=NO_REASON)
        rows = await _carry_out(await _sort(ticked, desk, member), ticked, reason, desk)
        return _page(ticked, "done", rows, member)

    return page_of(listed.thing, shown), form_of(listed.thing, sent)


async def _ask(
    ticked: Ticked[T], desk: Desk, member: Member, *, problem: str | None = None
) -> Response:
    """Show which rows would be changed and which not, and ask why."""
    return _page(ticked, "ask", await _sort(ticked, desk, member), member, problem=problem)


async def _sort(ticked: Ticked[T], desk: Desk, member: Member) -> Rows[T]:
    """Tell the rows that the act would change from those that it leaves as they are."""
    changed: list[tuple[T, Row]] = []
    left: list[Row] = []
    for row_id in ticked.ids:
        found = await ticked.listed.find(row_id, desk)
        if found is None:
            left.append(Row(row_id, row_id, GONE))
            continue
        said = await ticked.act.spares(found, ticked.words, desk, member)
        listed = ticked.listed
        row = Row(row_id, listed.name_of(found), said, listed.page_path(found))
        if said is None:
            changed.append((found, row))
        else:
            left.append(row)
    return Rows(tuple(changed), tuple(left))


async def _carry_out(plan: Rows[T], ticked: Ticked[T], reason: str, desk: Desk) -> Rows[T]:
    """Change row after row, and tell what became of each.

    A row that cannot be changed does not keep the others from it. Where the store fails nothing
    more is tried.
    """
    changed: list[tuple[T, Row]] = []
    left = [*plan.left]
    is_reached = True
    for found, row in plan.changed:
        said = await _do(found, ticked, reason, desk) if is_reached else NOT_TRIED
        is_reached = is_reached and said is not NOT_REACHED
        if said is None:
            changed.append((found, row))
        else:
            left.append(replace(row, said=said, path="" if said is GONE else row.path))
    return Rows(tuple(changed), tuple(left))


async def _do(found: T, ticked: Ticked[T], reason: str, desk: Desk) -> str | None:
    """Change one row; return why it was left as it is."""
    try:
        is_changed = await ticked.act.do(found, ticked.words, reason, desk)
    except NotPossible as error:
        return refusal(error)
    except NotHere:
        return GONE
    except StoreError:
        return NOT_REACHED
    return None if is_changed else SAME


def _nothing(listed: Listed[T], member: Member, *, problem: str | None) -> Response:
    values = {"listed": listed, "phase": "nothing", "act": None}
    return _shown(values, listed, member, problem=problem)


def _page(
    ticked: Ticked[T], phase: str, rows: Rows[T], member: Member, *, problem: str | None = None
) -> Response:
    values = {
        "listed": ticked.listed,
        "phase": phase,
        "act": ticked.act,
        "words": ticked.words,
        "ids": ticked.ids,
        "changed": [row for _, row in rows.changed],
        "left": rows.left,
    }
    return _shown(values, ticked.listed, member, problem=problem)


def _shown(
    values: Mapping[str, object], listed: Listed[T], member: Member, *, problem: str | None
) -> Response:
    every = {**values, "problem": problem, "has_errors": problem is not None}
    status = 200 if problem is None else 400
    return show_console(member, "several.html", every, here=listed.path, status=status)


def _has_role(act: SeveralAct[T], words: Form) -> bool:
    return not act.asks_role or is_role_name(words["role"])


def _each_once(ids: Iterable[str]) -> tuple[str, ...]:
    """Return the ids without what repeats, as far as they may be some."""
    return tuple(dict.fromkeys(one.strip("\r").replace("\x00", "") for one in ids if one.strip()))
