"""The e-mail addresses of an account: claimed, confirmed by mail, preferred, given up.

Nothing here tells whether another account has an address: a claim always sends the mail, and who
reads it, decides.

Source: users.md U39, U46, U47; security.md rules 29, 43 and 45.
"""

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.mail.addresses import EmailAddress, MalformedAddress, parse_email
from watchword.accounts.mail.limits import MailDelayed
from watchword.accounts.mail.verification import (
    ADDRESSES_MAX,
    ClaimOutcome,
    OwnedAddress,
    PrimaryOutcome,
    RemoveAddress,
    RemoveOutcome,
    claim_address,
    make_primary,
)
from watchword.base.records import dataclass
from watchword.server.languages import N_, Message
from watchword.server.pages import fields
from watchword.server.pages.account.frame import Form, Member, by_button, go, notice_in, show
from watchword.server.pages.account.step_up import form_at, page_at
from watchword.server.pages.ago import When, ago
from watchword.server.pages.mail_desk import (
    AddressFault,
    delayed,
    read_address,
    verification_context,
    with_retry,
)
from watchword.server.pages.problem import not_found_page
from watchword.server.runtime import Runtime

__all__ = ["change_emails", "emails"]

PATH = "/account/emails"
TOO_MANY = Message(
    N_("An account has at most %(count)s addresses. Remove one first."), {"count": ADDRESSES_MAX}
)
PRIMARY = N_("Mails go to this address. Let them go to another one first, then remove it.")


@dataclass(frozen=True, slots=True)
class AddressView:
    """An address, as its person sees it."""

    written: str
    is_primary: bool
    is_verified: bool
    since: When


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong with the form."""

    address: str | None = None
    form: str | Message | None = None


async def _show(request: Request, runtime: Runtime, member: Member) -> Response:
    """Answer `GET /account/emails`."""
    return await _page(runtime, member, notice=notice_in(request))


emails = page_at(PATH, _show)


async def _claim(form: Form, runtime: Runtime, member: Member) -> Response:
    """Send a mail to the address, the first time or once more."""
    address = read_address(form.get("email"))
    if isinstance(address, AddressFault):
        typed = form.get("email", "")
        return await _page(runtime, member, Faults(address=address.text), typed=typed, status=400)
    try:
        outcome = await claim_address(
            member.session.user,
            address,
            verification_context(runtime),
            locale=member.guest.site.language.tag,
            origin=member.origin,
        )
    except MailDelayed as error:
        response = await _page(runtime, member, Faults(form=delayed(error)), status=429)
        return with_retry(response, error)
    if outcome is ClaimOutcome.TOO_MANY:
        return await _page(runtime, member, Faults(form=TOO_MANY), status=409)
    is_sent = outcome is ClaimOutcome.ASKED
    return go(member, PATH, notice="address-asked" if is_sent else "address-confirmed")


async def _prefer(form: Form, runtime: Runtime, member: Member) -> Response:
    address = await _own(form, runtime, member)
    if address is None:
        return not_found_page(member.guest.site)
    context = verification_context(runtime)
    outcome = await make_primary(member.session.user, address, context, origin=member.origin)
    if outcome is PrimaryOutcome.NOT_VERIFIED:
        return not_found_page(member.guest.site)
    return go(member, PATH, notice="address-preferred")


async def _remove(form: Form, runtime: Runtime, member: Member) -> Response:
    address = await _own(form, runtime, member)
    if address is None:
        return not_found_page(member.guest.site)
    command = RemoveAddress(member.user_id, address.canonical, member.origin, member.now)
    outcome = await runtime.store.remove_address(command)
    if outcome is RemoveOutcome.PRIMARY:
        return await _page(runtime, member, Faults(form=PRIMARY), status=409)
    return go(member, PATH, notice="address-removed")


change_emails = form_at(PATH, by_button({"claim": _claim, "prefer": _prefer, "remove": _remove}))


async def _own(form: Form, runtime: Runtime, member: Member) -> EmailAddress | None:
    """Return the address that the form names if it is the account's."""
    try:
        address = parse_email(form.get("email", ""))
    except MalformedAddress:
        return None
    owned = await runtime.store.list_emails(member.user_id)
    known = {one.address.canonical for one in owned}
    return address if address.canonical in known else None


async def _page(
    runtime: Runtime,
    member: Member,
    faults: Faults = Faults(),  # noqa: B008  # frozen
    *,
    typed: str = "",
    notice: str | None = None,
    status: int = 200,
) -> Response:
    owned = await runtime.store.list_emails(member.user_id)
    return show(
        member,
        "emails.html",
        {
            "addresses": [_view(one, member.now) for one in owned],
            "email": fields.email(value=typed, error=faults.address),
            "notice": notice,
            "problem": faults.form,
            "has_errors": status != 200,
        },
        here=PATH,
        status=status,
    )


def _view(one: OwnedAddress, now: int) -> AddressView:
    return AddressView(
        written=one.address.written,
        is_primary=one.is_primary,
        is_verified=one.verified_at is not None,
        since=ago(one.verified_at or one.created_at, now),
    )
