"""What a route says about who may call it, where decorators say so: Flask, Starlette.

A declaration stands on the function that the framework calls, and the function refuses by itself:
whatever leads to it, nobody passes who may not.

Source: security.md rules 80 and 81; access.md G2, G4; users.md U3.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from functools import reduce
from inspect import signature
from typing import Any

from watchword.access import Context, Lookup, Policy, Subject
from watchword.base.records import dataclass
from watchword.guards.errors import NotOwner, ScopeMissing
from watchword.guards.step_up import Demand
from watchword.guards.user import Authenticated, Proved, User

__all__ = [
    "Access",
    "Arguments",
    "Declaration",
    "Owner",
    "Row",
    "bound",
    "declaration_of",
    "declare",
    "look_up",
    "shown",
]

_MARK = "__watchword_access__"

Owner = Callable[..., object] | str
"""What returns the id of the owning user from a view's arguments, or a path to it: `note.owner`."""
Arguments = Callable[[], Mapping[str, Any]]


class Access(Enum):
    """Who may call a route, before scopes, owners and rows are looked at."""

    PUBLIC = "public"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Row:
    """The row that a path names."""

    action: str
    model: type[Any]
    key: str


@dataclass(frozen=True, slots=True, eq=False)
class Declaration:
    """What one route says.

    Attributes:
        guard: whose tokens it takes; None where it takes nobody's.
        access: who may call it.
        scopes: all of them are needed.
        owner: of the thing; the role `admin` passes.
        asked: of the login; judged last, so that nobody logs in again in vain.
        row: is loaded and handed to the function.
    """

    guard: object
    access: Access
    scopes: tuple[str, ...] = ()
    owner: Owner | None = None
    asked: Demand | None = None
    row: Row | None = None

    def closes(self, guard: object) -> bool:
        """Whether this guard lets nobody in without a token."""
        return self.guard is guard and self.access is Access.REQUIRED

    def check_scopes(self, found: Authenticated) -> None:
        """Refuse a token that lacks a scope. Raises ScopeMissing, which names all of them."""
        missing = [scope for scope in self.scopes if scope not in found.claims.scopes]
        if missing:
            raise ScopeMissing(self.scopes, detail=f"missing {' '.join(missing)}")

    def check_rest(self, found: Proved, arguments: Arguments, now: int) -> None:
        """Refuse whoever does not own the thing, and then a login that is too weak or too old.

        Args:
            found: what was proved of the request.
            arguments: returns those of the function that the framework calls, by their names.
            now: seconds since the epoch.

        Raises:
            NotOwner, StepUpRequired: as said.
        """
        if self.owner is not None:
            _check_owner(found.user, self.owner, arguments)
        if self.asked is not None:
            self.asked.check(found.acr, found.auth_time, now=now)


def declare(function: Callable[..., Any], declaration: Declaration) -> None:
    """Let a function say who may call it; what an inner one asks for is asked for too."""
    inner = declaration_of(function)
    if inner is not None and inner.guard is declaration.guard:
        scopes = tuple(dict.fromkeys((*inner.scopes, *declaration.scopes)))
        access = max(inner.access, declaration.access, key=list(Access).index)
        declaration = Declaration(
            declaration.guard, access, scopes, row=declaration.row or inner.row
        )
    setattr(function, _MARK, declaration)


def declaration_of(function: object) -> Declaration | None:
    """Return what a function says, or None where it says nothing."""
    found = getattr(function, _MARK, None)
    return found if isinstance(found, Declaration) else None


def shown(declaration: Declaration) -> str:
    """Return a declaration in the words in which it is written."""
    words = list(map(repr, declaration.scopes))
    if declaration.row is not None:
        return f"may({declaration.row.action!r}, {declaration.row.model.__name__})"
    if words or declaration.asked is not None:
        return f"require({', '.join(words)})"
    return declaration.access.value


def look_up(
    policy: Policy | None, me: Subject, row: Row, key: object, ctx: Context | None
) -> Lookup[Any]:
    """Return the look-up of the row that a path names.

    Args:
        policy: the rules.
        me: who asks.
        row: what is asked for.
        key: as the path has it.
        ctx: the circumstances of the request.

    Raises:
        Forbidden, InsufficientScope: no row can be allowed, so none is loaded (G2).
        NotFound: no row can have this key.
    """
    if policy is None:  # the decorator has refused it
        raise TypeError("may() needs Guard(..., policy=..., db=...)")
    return policy.get(me, row.action, row.model, key, ctx, lock=row.action != "read")


def bound(function: Callable[..., Any], given: tuple[Any, ...], named: dict[str, Any]) -> Arguments:
    """Return the arguments of a call by their names, when somebody asks."""
    return lambda: signature(function).bind(*given, **named).arguments


def _check_owner(user: User, owner: Owner, arguments: Arguments) -> None:
    if user.is_admin:
        return
    known = arguments()
    if isinstance(owner, str):
        first, *steps = owner.split(".")
        owner_id = reduce(getattr, steps, known[first])
    else:
        owner_id = owner(**{name: known[name] for name in signature(owner).parameters})
    if owner_id != user.id:
        raise NotOwner(detail="the subject is not the owner and no admin")
