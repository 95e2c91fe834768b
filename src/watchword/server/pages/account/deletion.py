"""Deletion: what will happen, and the name typed once more.

Source: users.md U39, U43; security.md rules 42 and 43.
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.mail.addresses import EmailAddress
from watchword.accounts.mail.messages import (
    NOTICE_LIFETIME_SECONDS,
    Mail,
    MailKind,
    MailSealer,
    SealedMail,
    notice_of,
)
from watchword.accounts.person.deletion import DeleteAccount, DeletionOutcome, is_name_of
from watchword.server.languages import N_
from watchword.server.pages.account.frame import Member, show
from watchword.server.pages.account.step_up import form_at, page_at
from watchword.server.pages.fields import Field
from watchword.server.pages.render import see_other
from watchword.server.runtime import Runtime

__all__ = ["delete_account", "show_deletion"]

PATH = "/account/delete"
OTHER_NAME = N_("This is not the name of your account. Type it as it stands above.")
LAST_ADMINISTRATOR = N_(
    "You are the last administrator: without you nobody could run this server. "
    "Give the role admin to somebody else first."
)


async def _show(request: Request, runtime: Runtime, member: Member) -> Response:  # noqa: ARG001  # all pages have one shape
    """Answer `GET /account/delete`."""
    return _page(member)


async def _delete(form: Mapping[str, str], runtime: Runtime, member: Member) -> Response:
    """Answer `POST /account/delete`: delete everything, and forget the browser's cookies."""
    if not is_name_of(form.get("name", ""), member.profile.user.name):
        return _page(member, error=OTHER_NAME, status=400)
    command = DeleteAccount(member.user_id, await _farewell(runtime, member), member.now)
    outcome = await runtime.store.delete_account(command)
    if outcome is DeletionOutcome.LAST_ADMINISTRATOR:
        return _page(member, problem=LAST_ADMINISTRATOR, status=409)
    site, rules = member.guest.site, member.guest.rules
    response = see_other(site, f"{site.path('/')}?notice=account-deleted")
    rules.clear(response, rules.session)
    rules.clear(response, rules.form)
    return response


show_deletion = page_at(PATH, _show)
delete_account = form_at(PATH, _delete)


async def _farewell(runtime: Runtime, member: Member) -> SealedMail | None:
    """Write the last mail, while the address is known; None where none was ever confirmed."""
    account = await runtime.store.read_overview(member.user_id, now=member.now)
    if account is None or account.primary_email is None:
        return None
    told = notice_of(MailKind.ACCOUNT_DELETED, member.user_id, now=member.now, origin=member.origin)
    to = EmailAddress(account.primary_email)
    mail = Mail(MailKind.ACCOUNT_DELETED, to, member.profile.locale, told.values)
    sealer = MailSealer(runtime.sealing, runtime.chance)
    return sealer.seal(mail, user_id=None, lifetime_seconds=NOTICE_LIFETIME_SECONDS, now=member.now)


def _page(
    member: Member, *, error: str | None = None, problem: str | None = None, status: int = 200
) -> Response:
    name = Field(
        name="name",
        label=N_("Your user name"),
        type="text",
        autocomplete="off",
        error=error,
        is_first=error is not None,
        rules_id="name-hint",
    )
    values = {
        "name": name,
        "user_name": member.profile.user.name,
        "problem": problem,
        "has_errors": status != 200,
    }
    return show(member, "deletion.html", values, here=PATH, status=status)
