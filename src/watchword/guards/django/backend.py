"""The authentication backend by which Django's own permission calls ask the policy.

    user.has_perm("notes.update", note)

Source: access.md section 4.3.
"""

from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.backends import BaseBackend
from django.db import models

from watchword.guards.django.guard import current
from watchword.guards.django.permissions import is_allowed, models_of

__all__ = ["PolicyBackend"]


class PolicyBackend(BaseBackend):
    """Answers `has_perm` by the policy; logs nobody in.

    A permission is the application's label and an action: "notes.update", with the object. Django's
    own names, "notes.change_note", mean the actions read, create, update and delete; without an
    object they ask whether any could be allowed. Django asks no backend about an active superuser.
    """

    def has_perm(self, user_obj: Any, perm: str, obj: models.Model | None = None) -> bool:
        """Tell whether the policy allows an action to one of Django's users."""
        me = current().subject_of_account(user_obj)
        return me is not None and is_allowed(me, perm, obj)

    async def ahas_perm(self, user_obj: Any, perm: str, obj: models.Model | None = None) -> bool:
        """Do as `has_perm`, on an event loop."""
        return await sync_to_async(self.has_perm)(user_obj, perm, obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Tell whether the user could read anything of an application."""
        policy, ctx = current().policy, current().circumstances
        me = current().subject_of_account(user_obj)
        return me is not None and any(
            policy.possible(me, "read", model, ctx)
            for model in models_of(policy)
            if model._meta.app_label == app_label  # noqa: SLF001 - Django's documented name
        )

    async def ahas_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Do as `has_module_perms`, on an event loop."""
        return await sync_to_async(self.has_module_perms)(user_obj, app_label)
