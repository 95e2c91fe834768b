"""GraphQL: resolvers that say who may read or change a field, and refuse.

    fields = FieldGuard("https://id.example.com", lambda info: info.context["user"])

    @fields.require("notes:read")
    def resolve_notes(root, info): ...

    fields.install(schema)                      # refuses a schema with a field that says nothing

A resolver is a function in every GraphQL library of Python, so this needs none of them: graphene,
ariadne and strawberry stand on graphql-core, which shows a refusal's `extensions` to the caller.
The route of the schema is guarded like any other; what a field needs is said here.

Source: issue 6 (GraphQL field guard by plain function); access.md D5, G1, G4; security.md rules 80
and 88.
"""

import json
from collections.abc import Awaitable, Callable, Iterable
from functools import wraps
from inspect import isawaitable
from typing import Any, Literal, Self, TypeVar, cast

from watchword.base.chance import SYSTEM as SYSTEM_CHANCE
from watchword.base.clock import SYSTEM, Clock
from watchword.base.records import dataclass
from watchword.guards.answers import REFUSALS, Answers, Disclosure
from watchword.guards.core import check_scopes
from watchword.guards.declarations import Access, Declaration, declare
from watchword.guards.errors import NotOwner, ScopeMissing, UnguardedFields
from watchword.guards.graphql_fields import core_schema, fields_of
from watchword.guards.routes import RouteAccess
from watchword.guards.user import User
from watchword.oauth.bearer import TokenMissing

__all__ = ["FieldGuard", "FieldRefused"]

_KEY = "watchword"  # of a schema's extensions

Resolver = TypeVar("Resolver", bound=Callable[..., Any])
_OF_HTTP = frozenset({"type", "title", "status"})  # a field is not a response


class FieldRefused(Exception):
    """A field was refused. Its text and `extensions` are for the caller.

    Args:
        public: one sentence.
        extensions: `code`, `hint` and the id by which the operator finds the reason.
    """

    def __init__(self, public: str, extensions: dict[str, object]) -> None:
        super().__init__(public)
        self.extensions = extensions


@dataclass(frozen=True, slots=True)
class Fields:
    """What an installed guard leaves with a schema, for `watchword access routes`."""

    listed: tuple[RouteAccess, ...]

    def routes(self) -> tuple[RouteAccess, ...]:
        """Return every field of the schema with what it declares."""
        return self.listed


class FieldGuard:
    """Guards the fields of a schema.

    Args:
        issuer: whose server explains every code.
        identify: returns the `User` of a resolver's `info`, or None where no token was sent.
        mode: "development" adds details to refusals.
        clock: the time; a test moves it.
    """

    def __init__(
        self,
        issuer: str,
        identify: Callable[[Any], User | None],
        *,
        mode: Literal["production", "development"] = "production",
        clock: Clock = SYSTEM,
    ) -> None:
        self._answers = Answers(issuer, "fields", Disclosure(mode), SYSTEM_CHANCE)
        self._identify = identify
        self._clock = clock

    def install(self, schema: object, *, public: Iterable[str] = ()) -> Self:
        """Refuse a schema with a field that does not say who may resolve it.

        That is every field of the roots, and every other one with a resolver of its own; what is
        read off an object is as open as the object. Call it where the schema is made: then an
        application that would serve such a field does not start.

        Args:
            schema: of graphql-core, graphene, ariadne or strawberry.
            public: fields such as `Query.version`, which anybody may resolve.

        Raises:
            UnguardedFields: names the fields that declare nothing.
            ValueError: `public` names a field that there is not.
            TypeError: it is no schema.
        """
        core = core_schema(schema)
        listed = fields_of(core, frozenset(public))
        if not all(each.access for each in listed):
            raise UnguardedFields(listed)
        core.extensions = {**(core.extensions or {}), _KEY: Fields(listed)}
        return self

    def require(
        self, *scopes: str, owner: Callable[..., str] | None = None
    ) -> Callable[[Resolver], Resolver]:
        """Let a resolver work only for whom the scopes let, and whose thing it is.

        What the resolver itself is refused, by `policy.require` or `policy.get`, is answered alike.

        Args:
            scopes: all of them are needed; none means anybody with a good token.
            owner: takes what the resolver takes, and returns the id of the owning user. The role
                `admin` passes.

        Raises:
            ValueError: a scope is a word that no token can have.
        """
        check_scopes(scopes)
        return lambda resolver: self._wrapped(resolver, scopes, owner)

    def open(self, resolver: Resolver) -> Resolver:
        """Let a resolver work for everybody; what its policy refuses is answered alike."""
        return self._wrapped(resolver, None, None)

    def _wrapped(
        self,
        resolver: Resolver,
        scopes: tuple[str, ...] | None,
        owner: Callable[..., str] | None,
    ) -> Resolver:
        @wraps(resolver)
        def resolve(root: Any, info: Any, **arguments: Any) -> Any:
            try:
                if scopes is not None:
                    self._check(info, scopes, owner and (lambda: owner(root, info, **arguments)))
                found = resolver(root, info, **arguments)
            except REFUSALS as refusal:
                raise self._refused(refusal) from None
            return self._awaited(found) if isawaitable(found) else found

        declare(resolve, _declaration(self, scopes))
        return cast("Resolver", resolve)

    async def _awaited(self, found: Awaitable[Any]) -> Any:
        try:
            return await found
        except REFUSALS as refusal:
            raise self._refused(refusal) from None

    def _check(self, info: Any, scopes: tuple[str, ...], owner: Callable[[], str] | None) -> None:
        user = self._identify(info)
        if user is None:
            raise TokenMissing
        if self._clock.now() >= user.expires_at:  # a subscription outlives its token
            raise TokenMissing
        missing = [scope for scope in scopes if scope not in user.scopes]
        if missing:
            raise ScopeMissing(scopes, detail=f"missing {' '.join(missing)}")
        if owner is not None and not user.is_admin and owner() != user.id:
            raise NotOwner(detail="the subject is not the owner and no admin")

    def _refused(self, refusal: Exception) -> FieldRefused:
        problem: dict[str, object] = json.loads(self._answers.answer(refusal).body)
        extensions = {name: value for name, value in problem.items() if name not in _OF_HTTP}
        return FieldRefused(str(problem["title"]), extensions)


def _declaration(guard: FieldGuard, scopes: tuple[str, ...] | None) -> Declaration:
    if scopes is None:
        return Declaration(None, Access.PUBLIC)
    return Declaration(guard, Access.REQUIRED, scopes)
