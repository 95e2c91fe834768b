"""The authentication backend by which Django's own permission calls ask the policy.

    user.has_perm("notes.update", note)

Source: access.md section 4.3.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from django.contrib.auth.backends import BaseBackend
from django.db import models

from watchword.access import Policy, Subject
from watchword.guards.django.guard import current

__all__ = ["PolicyBackend", "is_allowed"]

_DJANGOS_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {"view": "read", "add": "create", "change": "update", "delete": "delete"}
)


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

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Tell whether the user could read anything of an application."""
        policy, ctx = current().policy, current().circumstances
        me = current().subject_of_account(user_obj)
        return me is not None and any(
            policy.possible(me, "read", model, ctx)
            for model in _models(policy)
            if _label(model) == app_label
        )


def is_allowed(me: Subject, perm: str, obj: models.Model | None) -> bool:
    """Decide on a permission by its name.

    Args:
        me: who asks.
        perm: "notes.update" or "notes.change_note".
        obj: the object; None asks about the kind of object, which only Django's names tell.
    """
    policy, ctx = current().policy, current().circumstances
    label, _, word = perm.partition(".")
    for model in _models(policy):
        if _label(model) != label or (obj is not None and type(obj) is not model):
            continue
        action = _action(word, model)
        if action is None and obj is not None and word in policy.words.actions:
            action = word
        if action is not None:
            if obj is None:
                return policy.possible(me, action, model, ctx)
            return policy.check(me, action, obj, ctx).allowed
    return False


def _action(word: str, model: type[models.Model]) -> str | None:
    """Return the action that one of Django's own permissions of a model means."""
    verb, _, name = word.partition("_")
    return _DJANGOS_WORDS.get(verb) if name == model._meta.model_name else None  # noqa: SLF001 - Django's documented name


def _models(policy: Policy) -> set[type[models.Model]]:
    return {model for model, _ in policy.plans if issubclass(model, models.Model)}


def _label(model: type[models.Model]) -> str:
    return model._meta.app_label  # noqa: SLF001 - as above
