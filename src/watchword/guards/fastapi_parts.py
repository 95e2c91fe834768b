"""Dependencies of FastAPI that do not care how a person was recognised: by a token or a session.

Source: access.md section 4.1; users.md U3; RFC 9470.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from inspect import Parameter, Signature, isawaitable
from typing import Annotated, Any

from fastapi import Path
from fastapi.params import Depends, Security
from pydantic import BeforeValidator
from starlette.requests import HTTPConnection

from watchword.access import Context, Lookup, Policy, Subject
from watchword.base.clock import Clock
from watchword.guards.circumstances import Circumstances
from watchword.guards.declarations import Row, look_up
from watchword.guards.errors import NotOwner
from watchword.guards.step_up import Demand
from watchword.guards.user import Proved, User

__all__ = ["Dependable", "circumstances_of", "loaded", "narrowed"]

Dependable = Callable[..., object]


def narrowed(
    user: Dependable,
    proof: Dependable,
    *,
    owner: Dependable | None,
    asked: Demand | None,
    clock: Clock,
) -> Dependable:
    """Return a dependency that yields the user whom further conditions let pass.

    Args:
        user: yields the `User`, or refuses.
        proof: yields what was proved of the request.
        owner: yields the id of the owning user; the role `admin` passes it.
        asked: of the login; judged last, so that nobody logs in again in vain.
        clock: the time.

    Raises:
        TypeError: `owner` is a text.
    """
    if isinstance(owner, str):
        raise TypeError("owner= is a dependency that returns a user id")
    found = user if owner is None else _owned(user, owner)
    return found if asked is None else _raised(found, proof, asked, clock)


def circumstances_of(told: Circumstances) -> Dependable:
    """Return a dependency that yields what the policy is told of a request."""

    async def circumstances(connection: HTTPConnection) -> Context | None:
        return told.of(connection)

    return circumstances


def loaded(
    policy: Policy,
    what: tuple[str, type[object], str],
    subject: Dependable,
    db: Dependable,
    circumstances: Dependable,
) -> Dependable:
    """Return a dependency that yields the row which the path names, if the action is allowed.

    Args:
        policy: the rules.
        what: the action, the mapped class, and the path parameter with the primary key.
        subject: yields the `Subject`.
        db: yields the application's SQLAlchemy session.
        circumstances: yields what the policy is told of the request.
    """
    sent = partial(_sent, policy, what)
    sent.__signature__ = Signature(  # type: ignore[attr-defined]  # FastAPI reads it
        [
            _keyword(what[2], Annotated[str, BeforeValidator(str), Path()]),
            _keyword("watchword_subject", Annotated[Subject, Depends(subject)]),
            _keyword("watchword_session", Annotated[Any, Depends(db)]),
            _keyword("watchword_circumstances", Annotated[Any, Depends(circumstances)]),
        ]
    )
    return _answered(sent)


def _owned(user: Dependable, owner: Dependable) -> Dependable:
    async def owned(
        found: Annotated[User, Security(user)], owner_id: Annotated[str, Depends(owner)]
    ) -> User:
        if owner_id != found.id and not found.is_admin:
            raise NotOwner(detail="the subject is not the owner and no admin")
        return found

    return owned


def _raised(user: Dependable, proof: Dependable, asked: Demand, clock: Clock) -> Dependable:
    async def raised(
        found: Annotated[User, Security(user)], proved: Annotated[Proved, Security(proof)]
    ) -> User:
        asked.check(proved.acr, proved.auth_time, now=clock.now())
        return found

    return raised


def _keyword(name: str, annotation: object) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation)


def _sent(
    policy: Policy, what: tuple[str, type[object], str], **given: Any
) -> tuple[Lookup[object], Any]:
    """Send the statement; runs in a thread, where a synchronous session may block."""
    row = Row(*what)
    me, ctx = given["watchword_subject"], given["watchword_circumstances"]
    found = look_up(policy, me, row, given[row.key], ctx)
    result = given["watchword_session"].execute(found.statement)
    return found, result if isawaitable(result) else result.first()


def _answered(look_up: Dependable) -> Callable[..., Awaitable[object]]:
    async def row(sent: Annotated[tuple[Lookup[object], Any], Depends(look_up)]) -> object:
        found, result = sent
        return found.answer((await result).first() if isawaitable(result) else result)

    return row
