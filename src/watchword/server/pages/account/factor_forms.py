"""What the pages of second factors have in common: who acts, names, and what comes next.

Source: users.md U48; security.md rule 43; decisions/0123.
"""

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.confirmation import ACT_SECONDS, ASK_SECONDS, is_proven
from watchword.accounts.factors.together import Actor, factor_name
from watchword.accounts.levels import Level
from watchword.server.languages import N_
from watchword.server.pages.account.confirm import ask
from watchword.server.pages.account.frame import (
    Form,
    Handler,
    Member,
    MemberForm,
    MemberPage,
    for_member,
    form_of_member,
)
from watchword.server.pages.fields import Field
from watchword.server.pages.way_back import address
from watchword.server.runtime import Runtime

__all__ = [
    "LONG_NAME",
    "RECOVERY_PATH",
    "actor_of",
    "after_factor",
    "for_holder",
    "name_field",
    "typed_name",
    "way_on",
]

RECOVERY_PATH = "/account/recovery-codes"
LONG_NAME = N_("The name is too long. Use at most 64 characters.")


def actor_of(member: Member) -> Actor:
    """Return who changes the factors, and from where."""
    return Actor(member.user_id, member.origin, member.session.sid)


def name_field(value: str) -> Field:
    """Return the field for the name of a factor that is being added."""
    return Field(
        name="name",
        label=N_("Name"),
        type="text",
        autocomplete="off",
        value=value,
        is_required=False,
    )


def typed_name(form: Form, *, otherwise: str) -> str | None:
    """Return the name that a form gives to a factor; None where it is too long."""
    try:
        return factor_name(form.get("name", ""), otherwise=otherwise)
    except ValueError:
        return None


def for_holder(shown: MemberPage) -> Handler:
    """Return the handler of a page that is shown after all that the account can ask for.

    That is a proof of the last minutes and, of an account with a second factor, one of that factor:
    a session from before it was added adds no other one, nor does the password, typed once more.

    Source: NIST SP 800-63B-4 section 4.1.2 (binding an additional authenticator).
    """

    async def handler(request: Request, runtime: Runtime, member: Member) -> Response:
        lacking = await _lacking(member, runtime, within_seconds=ASK_SECONDS)
        return lacking or await shown(request, runtime, member)

    return for_member(handler)


def after_factor(sent: MemberForm) -> Handler:
    """Return the handler of a form that is taken after the same."""

    async def handler(form: Form, runtime: Runtime, member: Member) -> Response:
        lacking = await _lacking(member, runtime, within_seconds=ACT_SECONDS)
        return lacking or await sent(form, runtime, member)

    return form_of_member(handler)


async def way_on(member: Member, runtime: Runtime, path: str, *, notice: str) -> str:
    """Return where a person goes who has added a factor.

    To recovery codes as long as there are none; then to where they were going before.
    """
    sheet = await runtime.store.read_recovery_sheet(member.user_id)
    if sheet.left and member.back:
        return member.back
    there = path if sheet.left else RECOVERY_PATH
    return address(member.guest.site.path(there), notice=notice, back=member.back)


async def _lacking(member: Member, runtime: Runtime, *, within_seconds: int) -> Response | None:
    """Ask for the proof that a session lacks; None where it lacks none."""
    standing = await runtime.store.read_standing(member.user_id)
    has_factor = standing is not None and standing.seconds > 0
    asked = Level.TWO_FACTORS if has_factor else Level.ONE_FACTOR
    proofs = member.session.proofs
    if is_proven(proofs, asked, within_seconds=within_seconds, now=member.now):
        return None
    return ask(member, level=asked if has_factor else None)
