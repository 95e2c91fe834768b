"""Django's own user behind a token or a session, where accounts follow Django's table.

Source: users.md U10; decisions/0289.
"""

from typing import Any

from django.utils.functional import SimpleLazyObject

from watchword.access.subject import Subject
from watchword.guards.django.guard import PROVED, current

__all__ = ["account_of", "set_user"]


def account_of(user_id: str, proved: Subject) -> Any:
    """Return Django's user behind an account; None where the server has none such, or is elsewhere.

    It blocks.

    Args:
        user_id: of the account.
        proved: who sends the request, which Django's own permission calls keep to.
    """
    served = current().served
    if served is None or not served.has_accounts:
        return None
    return _marked(served.account(user_id), proved)


def set_user(request: Any, user_id: str) -> None:
    """Have `request.user` and `request.auser` be Django's user, read when it is asked for.

    Elsewhere both stay what Django's own login says.
    """
    served, proved = current().served, request.subject
    if served is None or not served.has_accounts:
        return

    def user() -> Any:
        return account_of(user_id, proved) or _nobody()

    async def auser() -> Any:
        return _marked(await served.aaccount(user_id), proved) or _nobody()

    request.user, request.auser = SimpleLazyObject(user), auser


def _marked(account: Any, proved: Subject) -> Any:
    if account is not None:
        setattr(account, PROVED, proved)
    return account


def _nobody() -> Any:
    from django.contrib.auth.models import AnonymousUser  # noqa: PLC0415  # wants installed models

    return AnonymousUser()
