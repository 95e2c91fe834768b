"""Django's own user behind a token or a session, where accounts follow Django's table.

Source: users.md U10; decisions/0289.
"""

from typing import Any

from django.utils.functional import SimpleLazyObject

from watchword.guards.django.guard import current

__all__ = ["account_of", "set_user"]


def account_of(user_id: str) -> Any:
    """Return Django's user behind an account; None where the server has none such, or is elsewhere.

    It blocks.
    """
    served = current().served
    return served.account(user_id) if served is not None and served.has_accounts else None


def set_user(request: Any, user_id: str) -> None:
    """Have `request.user` and `request.auser` be Django's user, read when it is asked for.

    Elsewhere both stay what Django's own login says.
    """
    served = current().served
    if served is None or not served.has_accounts:
        return

    def user() -> Any:
        return account_of(user_id) or _nobody()

    async def auser() -> Any:
        return await served.aaccount(user_id) or _nobody()

    request.user, request.auser = SimpleLazyObject(user), auser


def _nobody() -> Any:
    from django.contrib.auth.models import AnonymousUser  # noqa: PLC0415  # wants installed models

    return AnonymousUser()
