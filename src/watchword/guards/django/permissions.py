"""Django's names of permissions, as questions to the policy. Needs no application of Django's.

Source: access.md section 4.3.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from django.db import models

from watchword.access import Policy, Subject
from watchword.guards.django.guard import current

__all__ = ["is_allowed", "models_of"]

_DJANGOS_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {"view": "read", "add": "create", "change": "update", "delete": "delete"}
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
    for model in models_of(policy):
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


def models_of(policy: Policy) -> set[type[models.Model]]:
    """Return the models that a policy is about."""
    return {model for model, _ in policy.plans if issubclass(model, models.Model)}


def _action(word: str, model: type[models.Model]) -> str | None:
    """Return the action that one of Django's own permissions of a model means."""
    verb, _, name = word.partition("_")
    return _DJANGOS_WORDS.get(verb) if name == model._meta.model_name else None  # noqa: SLF001 - Django's documented name


def _label(model: type[models.Model]) -> str:
    return model._meta.app_label  # noqa: SLF001 - as above
