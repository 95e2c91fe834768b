"""The manager of models that a policy is about: `Note.objects.for_(me, "read")`.

Source: access.md section 4.3.
"""

from typing import Self, TypeVar, cast

from django.db import models

from watchword.access import Context, Subject
from watchword.guards.django.guard import current

__all__ = ["AccessManager", "AccessQuerySet", "allowed"]

M = TypeVar("M", bound=models.Model)


class AccessQuerySet(models.QuerySet[M]):
    """Rows that can be narrowed to those on which an action is allowed."""

    def for_(self, me: Subject, action: str, ctx: Context | None = None) -> Self:
        """Return the rows on which the action is allowed; none for a refused subject (G5).

        Args:
            me: who asks.
            action: as the policy names it.
            ctx: the circumstances; without them the time, where the policy declares it.
        """
        return self.filter(allowed(me, action, self.model, ctx))


class AccessManager(models.Manager[M]):
    """Adds `for_` to a model: `objects = AccessManager()`. Combine it with others by `filter`."""

    def get_queryset(self) -> AccessQuerySet[M]:
        """Return all rows."""
        return AccessQuerySet(self.model, using=self._db)

    def for_(self, me: Subject, action: str, ctx: Context | None = None) -> AccessQuerySet[M]:
        """Return the rows on which the action is allowed; see `AccessQuerySet.for_`."""
        return self.get_queryset().for_(me, action, ctx)


def allowed(
    me: Subject, action: str, model: type[models.Model], ctx: Context | None = None
) -> models.Q:
    """Return the condition under which an action is allowed on a row."""
    site = current()
    clause = site.policy.where(me, action, model, ctx or site.circumstances)
    return cast("models.Q", clause)
