"""The second fence between tenants: every statement of a session is about one tenant's rows.

The policy's own deny rule decides on rows that it is asked about. The fence stands in the session,
so that a statement that forgot to ask, a lazy load and a bulk UPDATE meet it too.

    fence(SessionLocal, policy, tenant=lambda session: session.info["tenant"])

Source: access.md section 5 (S6); ASVS 5.0 8.4.1.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

from sqlalchemy import false
from sqlalchemy.event import listen
from sqlalchemy.orm import ORMExecuteState, Session, sessionmaker, with_loader_criteria

from watchword.access.errors import PolicyError
from watchword.access.policy import Policy
from watchword.access.values import Scalar

__all__ = ["fence"]

Fenced: TypeAlias = sessionmaker[Any] | type[Session] | Session


def fence(sessions: Fenced, policy: Policy, *, tenant: Callable[[Session], Scalar | None]) -> None:
    """Add the tenant's condition to every ORM SELECT, UPDATE and DELETE of these sessions.

    Args:
        sessions: a sessionmaker, a Session class or one session; of an AsyncSession its
            `sync_session_class`.
        policy: whose models are fenced; it is sealed by this.
        tenant: returns the tenant of a session; None matches no row.

    Raises:
        PolicyError: the policy declares no tenant column.
    """
    column = policy.words.tenant
    if column is None:
        raise PolicyError("the policy declares no tenant column: Policy(tenant=)")
    models = list({plan.resource.model: None for plan in policy.plans.values()})
    listen(sessions, "do_orm_execute", partial(_keep_inside, models, column, tenant))


def _keep_inside(
    models: list[type[Any]],
    column: str,
    tenant: Callable[[Session], Scalar | None],
    state: ORMExecuteState,
) -> None:
    if not (state.is_select or state.is_update or state.is_delete):
        return
    of = tenant(state.session)
    state.statement = state.statement.options(
        *(
            with_loader_criteria(
                model,
                false() if of is None else getattr(model, column) == of,
                include_aliases=True,
            )
            for model in models
        )
    )
