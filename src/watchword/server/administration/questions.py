"""May somebody do something, and why: asked of the server's own rules, or of the application's.

Both are answered by the policy's own decision, as log, command line and decision point tell it.
This module is imported by the first question, with the mapper that the policy needs.

Source: users.md U45; access.md section 8.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from enum import Enum
from functools import partial
from typing import get_args

from starlette.concurrency import run_in_threadpool

from watchword.access.authzen.inquiry import Part, Unanswerable, Unknown, inquire
from watchword.access.authzen.point import DecisionPoint
from watchword.access.authzen.world import World
from watchword.access.policy import Policy
from watchword.access.values import meant
from watchword.access.why import Why, why
from watchword.accounts.users import User, canonical_name
from watchword.base.records import dataclass
from watchword.server.administration.desk import Desk
from watchword.server.administration.policy import Administered, administrator, policy
from watchword.server.administration.scopes import Thing
from watchword.server.decided import Decided
from watchword.stores import Store

__all__ = ["Asked", "Rulebook", "Rules", "answer", "person", "rulebooks"]

NO_PERSON = "the application has nobody for this account"  # beside people of its own


class Rules(Enum):
    """Whose rules a question is about."""

    SERVER = "server"
    APPLICATION = "application"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was typed."""

    rules: Rules
    who: str  # the name of a user, or an id
    action: str
    type: str
    id: str


@dataclass(frozen=True, slots=True)
class Rulebook:
    """A policy that questions can be about, and the kinds of things that it knows."""

    rules: Rules
    policy: Policy
    types: tuple[str, ...]

    def things(self, resource: str) -> str:
        """Return what a resource of the policy is, for people."""
        # The server's own policy has one record for all that is administered.
        return ", ".join(self.types) if self.rules is Rules.SERVER else resource


def rulebooks(desk: Desk) -> tuple[Rulebook, ...]:
    """Return the application's rules, where it handed them over, and the server's own."""
    own = Rulebook(Rules.SERVER, policy, get_args(Thing))
    decided = desk.runtime.decided
    if decided is None:
        return (own,)
    point = decided.point
    return (Rulebook(Rules.APPLICATION, point.policy, tuple(sorted(point.types))), own)


async def answer(asked: Asked, store: Store, decided: Decided | None, *, now: int) -> Why:
    """Answer a question with the decision and every rule that was considered.

    Args:
        asked: the question.
        store: of the tenant that the server's rules are asked about.
        decided: the application's rules and facts, where it handed them over.
        now: seconds since the epoch.

    Raises:
        Unanswerable: lists every word that names nothing.
    """
    user = await person(asked.who, store)
    if asked.rules is Rules.APPLICATION:
        if decided is None:
            raise Unanswerable([Unknown(Part.TYPE, asked.type)])
        people = (asked.who,) if user is None else (user.id, asked.who)
        opened = partial(decided.world, store, now=now)
        return await run_in_threadpool(_of_application, asked, people, decided.point, opened)
    return _of_server(asked, user, store.tenant)


def _of_server(asked: Asked, user: User | None, tenant: str) -> Why:
    """Ask about a kind of thing; the rules look at the kind, and never at which one it is."""
    actions, things = policy.words.actions, get_args(Thing)
    unknown = [] if user is not None else [Unknown(Part.WHO, asked.who)]
    if asked.action not in actions:
        unknown.append(Unknown(Part.ACTION, asked.action, meant(asked.action, actions)))
    if asked.type not in things:
        unknown.append(Unknown(Part.TYPE, asked.type, meant(asked.type, things)))
    if user is None or unknown:
        raise Unanswerable(unknown)
    me = administrator(user, tenant=tenant, scopes=None)
    return why(policy, me, asked.action, Administered(tenant=tenant, kind=asked.type))


def _of_application(
    asked: Asked,
    people: tuple[str, ...],
    point: DecisionPoint,
    opened: Callable[[], AbstractContextManager[World]],
) -> Why:
    try:
        with opened() as world:
            return inquire(
                point,
                world,
                people=people,
                action=asked.action,
                type_=asked.type,
                id_=asked.id,
            )
    except Unanswerable as refused:
        if len(people) == 1:
            raise
        raise Unanswerable([_of_account(one) for one in refused.unknown]) from None


def _of_account(unknown: Unknown) -> Unknown:
    """Say of an account that the application does not know it; that it is nobody would be wrong."""
    if unknown.part is Part.WHO and not unknown.fault:
        return replace(unknown, fault=NO_PERSON)
    return unknown


async def person(who: str, store: Store) -> User | None:
    """Return the account that a question means, by its name or id."""
    try:
        found = await store.find_user(canonical_name(who))
    except ValueError:  # nobody can be called so
        return None
    return found or await store.read_user(who)
