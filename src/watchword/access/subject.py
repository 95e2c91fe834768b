"""Who asks, and under which circumstances: values that are checked once, when they are built.

A subject's facts come from the verified token or the store, never from a request body (S10). Its
roles are closed over inheritance here (S8), so that no reading has to climb a hierarchy.

Source: access.md sections 4 (P8), 5 (S4, S6, S8, S10, S11) and 10; RFC 8693 section 4.1;
ASVS 5.0 8.3.1; ANSI INCITS 359 (hierarchical RBAC).
"""

from collections.abc import Iterable, Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Literal, TypeAlias, TypedDict, get_args

from watchword.access.errors import InvalidSubject, PolicyError
from watchword.access.shares import Share, Shares, shares
from watchword.access.values import (
    COLLECTION_ITEMS_MAX,
    Declared,
    Kind,
    Scalar,
    Value,
    complete,
    scalar,
    text,
)
from watchword.base.records import dataclass

__all__ = ["BUILT_IN", "Context", "Facts", "Freshness", "Shape", "Subject", "inherit"]

Freshness: TypeAlias = Literal["database", "version", "token", "introspect"]

# What every subject has; `Policy(subject=)` declares more.
BUILT_IN: Mapping[str, Declared] = MappingProxyType(
    {
        "id": Declared((str, False)),
        "roles": Declared((str, True)),
        "suspended": Declared((bool, False)),
        "tenant": Declared((str, False)),
        "act": Declared((str, False)),
        "acr": Declared((str, False)),
    }
)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a policy declares about subjects.

    Attributes:
        roles: each role with all that it inherits, itself included.
        attributes: the declared attributes.
        tenant: the kind of the tenant's identifier.
    """

    roles: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    attributes: Mapping[str, Declared] = field(default_factory=lambda: MappingProxyType({}))
    tenant: Kind = str

    @property
    def known(self) -> Mapping[str, Declared]:
        """What a rule may read of a subject."""
        return {**BUILT_IN, "tenant": Declared((self.tenant, False)), **self.attributes}


NO_SHAPE = Shape()


class Facts(TypedDict, total=False):
    """What `Policy.subject` takes beside the id; see `Subject`."""

    roles: Iterable[str]
    scopes: Iterable[str] | None
    suspended: bool
    tenant: Scalar | None
    act: str | None
    acr: str | None
    shares: Iterable[Share] | None
    attributes: Mapping[str, object]
    source: Freshness
    age: int
    version: int


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a decision is about. `Policy.subject` builds one that fits the policy.

    Attributes:
        id: the user id that rows are owned by.
        roles: assigned roles, closed over inheritance.
        scopes: of the delegated token; None when nothing was delegated, so that no ceiling holds.
        tenant: that the subject belongs to.
        act: the id of the party that acts for the subject, of an exchanged token (S11).
        acr: the authentication context class of the login.
        shares: the share rows that name the subject or one of its roles; None when they were not
            read, which rules about shares cannot be decided without.
        attributes: the declared attributes, absent ones as None or the empty set.
        source: where the facts were read.
        age: seconds since they were read.
        version: the authorization version that came with them.
        shape: the declarations that these values were checked against.

    Raises:
        InvalidSubject: a value of another kind than declared, or one that a database cannot carry.
    """

    id: str
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] | None = None
    suspended: bool = False
    attributes: Mapping[str, Value] = field(default_factory=dict)
    source: Freshness = "database"
    age: int = 0
    version: int = 0
    shape: Shape = field(default=NO_SHAPE, repr=False)
    tenant: Scalar | None = None
    act: str | None = None
    acr: str | None = None
    shares: Shares | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if type(self.suspended) is not bool:
            raise InvalidSubject("suspended is true or false")
        if self.source not in get_args(Freshness):
            raise InvalidSubject(f"{self.source!r} is no source of facts")
        for name in ("age", "version"):
            if type(getattr(self, name)) is not int or getattr(self, name) < 0:
                raise InvalidSubject(f"{name} is a whole number from 0")
        try:
            _identifier(self.id)
            roles = _words("roles", self.roles)
            scopes = None if self.scopes is None else _words("scopes", self.scopes)
            attributes = complete(self.attributes, self.shape.attributes)
            _facts(self)
            closed = roles.union(*(self.shape.roles.get(role, ()) for role in roles))
            if self.shares is not None and not isinstance(self.shares, Shares):
                tenant = None if self.tenant is None else str(self.tenant)
                held = shares(self.shares, id=self.id, roles=closed, tenant=tenant)
                object.__setattr__(self, "shares", held)
        except ValueError as problem:
            raise InvalidSubject(f"subject: {problem}") from None
        object.__setattr__(self, "roles", closed)
        object.__setattr__(self, "scopes", scopes)
        object.__setattr__(self, "attributes", attributes)

    def __hash__(self) -> int:
        return hash((self.id, self.roles, self.scopes, self.suspended))


@dataclass(frozen=True, slots=True)
class Context:
    """The request's circumstances. `Policy.context` builds one that fits the policy.

    Raises:
        InvalidSubject: an undeclared attribute, or a value of another kind than declared.
    """

    attributes: Mapping[str, Value] = field(default_factory=dict)
    declared: Mapping[str, Declared] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "attributes", complete(self.attributes, self.declared))
        except ValueError as problem:
            raise InvalidSubject(f"context: {problem}") from None

    def __hash__(self) -> int:
        return hash(frozenset(self.attributes.items()))


def inherit(roles: Mapping[str, Iterable[str]]) -> Mapping[str, frozenset[str]]:
    """Close declared inheritance: each role with all that it inherits, itself included.

    Args:
        roles: role -> the roles that it inherits; `{"admin": ["user"]}` declares both.

    Raises:
        PolicyError: a role inherits itself, directly or through others.
    """
    parents = {role: tuple(inherited) for role, inherited in roles.items()}
    for inherited in tuple(parents.values()):
        for role in inherited:
            parents.setdefault(role, ())
    closed: dict[str, frozenset[str]] = {}

    def close(role: str, path: tuple[str, ...]) -> frozenset[str]:
        if role in path:
            raise PolicyError(f"role cycle: {' inherits '.join((*path, role))}")
        if role not in closed:
            above = (close(parent, (*path, role)) for parent in parents[role])
            closed[role] = frozenset({text(role)}).union(*above)
        return closed[role]

    for role in parents:
        close(role, ())
    return MappingProxyType(closed)


def _facts(subject: Subject) -> None:
    scalar(subject.tenant, subject.shape.tenant)
    for name in ("act", "acr"):
        scalar(getattr(subject, name), str)


def _identifier(value: object) -> None:
    if not text(value):
        raise ValueError("the id is empty")


def _words(name: str, words: Iterable[str]) -> frozenset[str]:
    if isinstance(words, str):
        raise ValueError(f"{name} is a set of words, not one text")
    found = frozenset(text(word) for word in words)
    if len(found) > COLLECTION_ITEMS_MAX:
        raise ValueError(f"{len(found)} {name}, at most {COLLECTION_ITEMS_MAX}")
    return found
