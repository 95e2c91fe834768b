"""What Django tells of its users: a row was saved or deleted, and its account follows at once.

An update of many rows, or SQL, tells of nothing. It is found when its person signs in, refreshes or
shows a session, or by `manage.py watchword_users`.

Source: users.md U10; security.md rule 42; decisions/0289.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models.signals import post_delete, post_save

from watchword.stores import SchemaMissing, StoreError

__all__ = ["listen"]

_log = logging.getLogger(__name__)
_OF_EVERY_LOGIN = frozenset({"last_login"})  # which Django writes by itself


def listen() -> None:
    """Have changes of users brought over from then on."""
    post_save.connect(_saved, dispatch_uid="watchword.saved")
    post_delete.connect(_deleted, dispatch_uid="watchword.deleted")


def _saved(
    *,
    instance: Any,
    created: bool,
    using: str,
    update_fields: frozenset[str] | None = None,
    **_: Any,
) -> None:
    if update_fields != _OF_EVERY_LOGIN and _is_followed(instance):
        bring = partial(_look_at, str(instance.pk), is_same_row=not created)
        transaction.on_commit(partial(_tell, bring), using=using)


def _deleted(*, instance: Any, using: str, **_: Any) -> None:
    if _is_followed(instance):
        transaction.on_commit(partial(_tell, partial(_forget, str(instance.pk))), using=using)


def _is_followed(instance: Any) -> bool:
    """Whether a row is one of a user, and the site says that accounts follow these."""
    setting = getattr(settings, "WATCHWORD", None)
    is_said = isinstance(setting, Mapping) and "USERS" in setting and "ISSUER" not in setting
    return is_said and isinstance(instance, get_user_model())


def _tell(bring: Callable[[Any], Awaitable[Any]]) -> None:
    # Whoever saves a user may be a command that asks for no server otherwise.
    from watchword.django.views import site_server  # noqa: PLC0415

    try:
        site_server().follow(bring)
    except SchemaMissing:
        pass  # before the first start nobody has an account
    except (StoreError, TimeoutError, ImproperlyConfigured):
        # The row is committed, and whoever saved it is not told of an error that is none of it.
        _log.exception(
            "a change of a user waits for the next sign-in or refresh to be brought over"
        )


async def _look_at(key: str, store: Any, *, is_same_row: bool) -> None:
    await store.look_at(key, is_same_row=is_same_row)


async def _forget(key: str, store: Any) -> None:
    await store.forget(key)
