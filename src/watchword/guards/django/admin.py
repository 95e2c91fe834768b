"""Django's admin site, where lists, forms and buttons ask the policy.

    @admin.register(Note)
    class NoteAdmin(PolicyAdmin): ...

Source: access.md section 4.3 (dfunckt/django-rules issue 132).
"""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest

from watchword.access import Subject
from watchword.guards.django.guard import current
from watchword.guards.django.manager import allowed

__all__ = ["PolicyAdmin"]


class PolicyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs alone
    """Shows the rows that its user may read, and offers what the user may do with each.

    Who the user is to the policy: see `SiteGuard.subject_of_account`. A superuser is asked about
    like everybody else.
    """

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """Return the rows that the user may read."""
        rows = super().get_queryset(request)
        me = _subject(request)
        if me is None:
            return rows.none()
        return rows.filter(allowed(me, "read", self.model))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether the user may read the row, or any."""
        return self._may(request, "read", obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Tell whether the user may create any row; the one that is sent is judged when saved."""
        return self._may(request, "create", None)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether the user may update the row, or any."""
        return self._may(request, "update", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether the user may delete the row, or any."""
        return self._may(request, "delete", obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Tell whether the user may read any row."""
        return self._may(request, "read", None)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fields that no rule lets the user set on the row."""
        fields = tuple(super().get_readonly_fields(request, obj))
        me = _subject(request)
        if obj is None or me is None:
            return fields
        allowed_columns = current().policy.fields(me, "update", obj, current().circumstances)
        columns = self.model._meta.concrete_fields  # noqa: SLF001 - Django's documented name
        return fields + tuple(
            field.name
            for field in columns
            if field.attname not in allowed_columns and field.name not in fields
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Save a row whose values the user may give it. Raises PermissionDenied."""
        action = "update" if change else "create"
        me, ctx = _subject(request), current().circumstances
        if me is None or not current().policy.check(me, action, obj, ctx).allowed:
            raise PermissionDenied
        if not change:
            columns = {field.name: field.attname for field in obj._meta.concrete_fields}  # noqa: SLF001 - as above
            given = {columns[name] for name in form.changed_data if name in columns}
            if given - current().policy.fields(me, action, obj, ctx):
                raise PermissionDenied
        super().save_model(request, obj, form, change)

    def _may(self, request: HttpRequest, action: str, obj: Any) -> bool:
        policy, me = current().policy, _subject(request)
        if me is None:
            return False
        ctx = current().circumstances
        if obj is None:
            return policy.possible(me, action, self.model, ctx)
        return policy.check(me, action, obj, ctx).allowed


def _subject(request: HttpRequest) -> Subject | None:
    return current().subject_of_account(request.user)
