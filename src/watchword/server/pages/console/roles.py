"""The roles: what includes what as a picture, and on a page of its own each with who holds it.

Roles stand in the store, in the rules of the application and in those of the server; the picture
has them all.

Source: access.md P8 and S8; users.md U40.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.acting import ACTS_AS, AUDITOR
from watchword.accounts.administration.roles import Role
from watchword.accounts.users import NAME_CHARACTERS_MAX, USERS_MAX, RoleHolder
from watchword.base.records import dataclass
from watchword.server.administration.desk import Desk
from watchword.server.calls import CurlLine
from watchword.server.pages.account.frame import Member
from watchword.server.pages.console.calls import calls_of, of_role, told_of
from watchword.server.pages.console.frame import page_of, show_console
from watchword.server.pages.console.grid import Line
from watchword.server.pages.console.picture import NARROW, WIDE, Inclusion, Picture, draw
from watchword.server.pages.console.rules import grids_of
from watchword.server.pages.problem import not_found_page

__all__ = ["Drawn", "drawn", "known_roles", "show_role"]

PATH = "/admin/access"

Closures = Iterable[Mapping[str, frozenset[str]]]  # role -> what it includes, itself among it


@dataclass(frozen=True, slots=True)
class Drawn:
    """The roles with what includes what, in pictures and in words."""

    pictures: tuple[tuple[str, Picture], ...]  # for which screens, and the picture
    inclusions: tuple[Inclusion, ...]
    users: Mapping[str, int]  # role -> how many were given it
    left_out: int  # roles that the picture has no room for


@dataclass(frozen=True, slots=True)
class Held:
    """Somebody who holds a role."""

    id: str
    name: str
    is_active: bool
    is_given: bool
    through: tuple[str, ...]  # the roles of theirs that include it


@dataclass(frozen=True, slots=True)
class Permitted:
    """What a role may do with things of one kind."""

    rules: str  # whose: `server` or `application`
    resource: str
    line: Line


def drawn(desk: Desk, records: Sequence[Role]) -> Drawn:
    """Return the picture of the stored roles and of those that the rules name."""
    inclusions = _inclusions(records, _closures(desk))
    users = {one.name: one.users for one in records}
    named = {*users, *(name for closed in _closures(desk) for name in closed)}
    pictures = tuple(
        (screens, draw(named, inclusions, columns=columns))
        for screens, columns in (("wide", WIDE), ("narrow", NARROW))
    )
    return Drawn(
        pictures, inclusions, {name: users.get(name, 0) for name in sorted(named)},
        len(named) - len(pictures[0][1].boxes),
    )  # fmt: skip


async def known_roles(desk: Desk) -> list[str]:
    """Return the roles that are written down or held, and those that the server's rules name."""
    return sorted({AUDITOR, ACTS_AS, *(role.name for role in await desk.store.list_role_records())})


async def _role(request: Request, desk: Desk, member: Member) -> Response:
    """Answer `GET /admin/access/roles/{role}`."""
    role = request.path_params["role"]
    records = await desk.store.list_role_records()
    every = drawn(desk, records)
    if role not in every.users:
        return not_found_page(member.guest.site)
    after = request.query_params.get("after", "")[:NAME_CHARACTERS_MAX].replace("\x00", "")
    found = await desk.store.page_holders(role, after=after, limit=USERS_MAX + 1)
    page = found[:USERS_MAX]
    values = {
        "role": role,
        "meaning": next((one.meaning for one in records if one.name == role), ""),
        "users": every.users[role],
        "includes": [one for one in every.inclusions if one.role == role],
        "included_in": [one for one in every.inclusions if one.included == role],
        "permitted": await _permitted(desk, role),
        "holders": [_held(one, _above(role, every.inclusions)) for one in page],
        "calls": await _calls(role, records, desk),
        "may_see_users": desk.may("read", "user"),
        "next": page[-1].user.name if len(found) > USERS_MAX else None,
        "is_first": not after,
    }
    return show_console(member, "role.html", values, here=PATH)


show_role = page_of("role", _role)


async def _calls(role: str, records: Iterable[Role], desk: Desk) -> list[CurlLine]:
    """Return the lines that make a stored role, for whoever may."""
    stored = next((one for one in records if one.name == role), None)
    if stored is None or not desk.may("update", "role"):
        return []
    told = await told_of(role, desk)
    return calls_of(desk, of_role(role, stored.meaning, sorted(stored.inherits), told))


def _closures(desk: Desk) -> list[Mapping[str, frozenset[str]]]:
    from watchword.server.administration.questions import rulebooks  # noqa: PLC0415  # sqlalchemy.orm

    return [book.policy.words.shape.roles for book in rulebooks(desk)]


def _inclusions(records: Iterable[Role], closures: Closures) -> tuple[Inclusion, ...]:
    """Return what includes what, directly; what is stored does not count again as written."""
    stored = {(one.name, included) for one in records for included in one.inherits}
    written = {pair for closed in closures for pair in _direct(closed)} - stored
    return (
        *(Inclusion(*pair) for pair in sorted(stored)),
        *(Inclusion(*pair, is_in_rules=True) for pair in sorted(written)),
    )


def _direct(closed: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, str]]:
    for role, held in closed.items():
        others = held - {role}
        through = {name for other in others for name in closed[other] - {other}}
        yield from ((role, included) for included in others - through)


async def _permitted(desk: Desk, role: str) -> list[Permitted]:
    from watchword.server.administration.questions import rulebooks  # noqa: PLC0415  # as above

    return [
        Permitted(book.rules.value, grid.resource, line)
        for book in rulebooks(desk)
        for grid in await grids_of(book)
        for line in grid.lines
        if line.role == role
    ]


def _held(one: RoleHolder, above: frozenset[str]) -> Held:
    user = one.user
    through = tuple(sorted(user.roles & above))
    return Held(user.id, user.name, user.is_active, one.is_given, through)


def _above(role: str, inclusions: Sequence[Inclusion]) -> frozenset[str]:
    """Return the roles that include a role by what is stored, directly or through others."""
    found: set[str] = set()
    waiting = [role]
    while waiting:
        below = waiting.pop()
        nearest = {one.role for one in inclusions if one.included == below and not one.is_in_rules}
        waiting += nearest - found
        found |= nearest
    return frozenset(found - {role})
