"""Words: everything that a policy declares, so that a misspelling fails at import.

Source: access.md P2, P8, S6, S8.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import field
from types import MappingProxyType

from watchword.access.errors import PolicyError
from watchword.access.subject import BUILT_IN, Shape, inherit
from watchword.access.values import Declared, declare, meant, nearest
from watchword.base.records import dataclass

__all__ = [
    "EVERY_ACTION",
    "STANDARD_ACTIONS",
    "Words",
    "known",
    "known_actions",
    "undeclared",
    "words",
]

STANDARD_ACTIONS = frozenset({"read", "create", "update", "delete"})
EVERY_ACTION = "*"


@dataclass(frozen=True, slots=True)
class Words:
    """The declared roles, attributes, actions and scopes.

    Attributes:
        shares: the mapped class or table of share rows, when they lie beside the rows.
        tenant: the column of every model that names the row's tenant.
    """

    shape: Shape
    context: Mapping[str, Declared]
    actions: frozenset[str]
    scopes: Mapping[str, frozenset[str]]
    shares: object | None = field(default=None, compare=False)
    tenant: str | None = None

    def canonical(self) -> list[object]:
        """Return the declarations as lists for JSON."""
        return [
            sorted([role, sorted(held)] for role, held in self.shape.roles.items()),
            _canonical_attributes(self.shape.attributes),
            _canonical_attributes(self.context),
            sorted(self.actions),
            sorted([scope, sorted(actions)] for scope, actions in self.scopes.items()),
            *([] if self.shape.tenant is str else [self.shape.tenant.__name__]),
        ]


def words(
    roles: Mapping[str, Iterable[str]],
    scopes: Mapping[str, Iterable[str]],
    subject: Mapping[str, object],
    context: Mapping[str, object],
    actions: Iterable[str],
    shares: object | None = None,
) -> Words:
    """Check declarations; an attribute `tenant` of subjects says of which kind tenants are.

    Raises:
        PolicyError: a role cycle, an attribute of no known kind, a scope for an unknown action.
    """
    every_action = STANDARD_ACTIONS | frozenset(actions)
    reached = {scope: frozenset(covered) for scope, covered in scopes.items()}
    for scope, covered in reached.items():
        known_actions(covered - {EVERY_ACTION}, every_action, of=f"scope {scope!r}: ")
    own = {name: what for name, what in subject.items() if name != "tenant"}
    try:
        tenant = declare({"tenant": subject.get("tenant", str)})["tenant"]
        if tenant.many:
            raise ValueError("a subject has one tenant")
        attributes = declare(own, taken=(*BUILT_IN, "scopes", "shares"))
        shape = Shape(inherit(roles), attributes, tenant.kind)
        circumstances = declare(context)
    except ValueError as problem:
        raise PolicyError(str(problem)) from None
    return Words(shape, circumstances, every_action, MappingProxyType(reached), shares)


def known(what: str, given: Collection[str], declared: Collection[str]) -> None:
    """Refuse a word that is not declared, naming the nearest spelling."""
    for word in sorted(given):
        if word not in declared:
            raise PolicyError(f"{what} {word!r} is not declared{nearest(word, declared)}")


def known_actions(given: Collection[str], declared: Collection[str], *, of: str = "") -> None:
    """Refuse an action that is not declared, naming the nearest spelling or where to declare it."""
    for word in sorted(given):
        if word not in declared:
            raise PolicyError(f"{of}{undeclared(word, declared)}")


def undeclared(action: str, declared: Collection[str]) -> str:
    """Return what is wrong with an action that a policy does not know."""
    is_own = meant(action, declared) is None  # no misspelling of another
    where = "; words of your own: Policy(actions=[...])" if is_own else ""
    return f"action {action!r} is not declared{nearest(action, declared)}{where}"


def _canonical_attributes(declared: Mapping[str, Declared]) -> list[list[object]]:
    return sorted([name, what.kind.__name__, what.many] for name, what in declared.items())
