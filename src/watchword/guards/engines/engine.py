"""The protocol of an engine, and the engine over our own policy.

Source: access.md section 14 (5).
"""

from typing import TYPE_CHECKING, Protocol

from watchword.access import Context, Policy, Subject, Verdict
from watchword.base.records import dataclass

if TYPE_CHECKING:
    from watchword.access.lower.sqlalchemy import Clause

__all__ = ["Engine", "PolicyEngine"]


class Engine(Protocol):
    """Whoever decides. The three answers agree: a row is listed where its check allows."""

    def check(
        self, me: Subject, action: str, obj: object, ctx: Context | None = None, /
    ) -> Verdict:
        """Decide on one object."""
        ...

    def filter(
        self, me: Subject, action: str, model: type[object], ctx: Context | None = None, /
    ) -> "Clause":
        """Return the condition on the rows that are allowed, for WHERE."""
        ...

    def explain(self, me: Subject, action: str, obj: object, ctx: Context | None = None, /) -> str:
        """Return the decision and its reasons, for the operator."""
        ...


@dataclass(frozen=True, slots=True)
class PolicyEngine:
    """Our own policy as an engine."""

    policy: Policy

    def check(self, me: Subject, action: str, obj: object, ctx: Context | None = None) -> Verdict:
        """Decide on one object."""
        return self.policy.check(me, action, obj, ctx)

    def filter(
        self, me: Subject, action: str, model: type[object], ctx: Context | None = None
    ) -> "Clause":
        """Return the condition on the rows that are allowed, for WHERE."""
        return self.policy.where(me, action, model, ctx)

    def explain(self, me: Subject, action: str, obj: object, ctx: Context | None = None) -> str:
        """Return the decision and its reasons, for the operator."""
        return self.policy.explain(me, action, obj, ctx)
