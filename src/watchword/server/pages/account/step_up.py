"""What each page of the account asks for before it is shown, and before its form is taken.

The rule stands here and nowhere else: a page of the account is made by `page_at` and `form_at`,
which look its path up in one table. A page that is not in the table cannot be made.

Source: users.md U39 and U48; security.md rules 38 and 43; OWASP ASVS 5.0 V7.5.1; NIST SP 800-63B-4
section 4.1.2; decisions/0135, 0294.
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.confirmation import ACT_SECONDS, ASK_SECONDS, is_proven
from watchword.accounts.factors.together import has_second
from watchword.accounts.levels import Level
from watchword.server.pages.account.frame import (
    Form,
    Handler,
    Member,
    MemberForm,
    MemberPage,
    for_member,
    form_of_member,
)
from watchword.server.pages.render import see_other
from watchword.server.pages.way_back import address
from watchword.server.runtime import Runtime

__all__ = ["ASKED", "CONFIRM_PATH", "Asked", "ask", "form_at", "page_at"]

CONFIRM_PATH = "/account/confirm"


class Asked(Enum):
    """What somebody has to show who comes to a page of the account."""

    SESSION = "session"  # that they are signed in
    PROOF = "proof"  # who they are, lately; of the second factor where the account has one


# Whatever opens the account to somebody else, carries its data away or ends it asks for a proof.
# What only shows, or takes away what somebody was given, does not.
ASKED: Mapping[str, Asked] = MappingProxyType(
    {
        "/account": Asked.SESSION,
        "/account/activity": Asked.SESSION,
        "/account/apps": Asked.SESSION,  # an application is let go; it is let in elsewhere
        "/account/apps/{family_id}": Asked.SESSION,
        "/account/confirm": Asked.SESSION,  # here the proof is given
        "/account/confirm/passkey": Asked.SESSION,
        "/account/delete": Asked.PROOF,
        "/account/emails": Asked.PROOF,
        "/account/export": Asked.PROOF,
        "/account/name": Asked.PROOF,
        "/account/passkeys": Asked.PROOF,
        "/account/passkeys/options": Asked.PROOF,
        "/account/password": Asked.PROOF,
        "/account/profile": Asked.SESSION,  # the name that is shown, and the language
        "/account/recovery-codes": Asked.PROOF,
        "/account/sessions": Asked.SESSION,
        "/account/totp": Asked.PROOF,
    }
)


def page_at(path: str, shown: MemberPage) -> Handler:
    """Return the handler of a page of the account, which asks first for what the table says.

    Args:
        path: its row of the table.
        shown: what is answered after that.
    """
    return for_member(_after_proof(shown) if ASKED[path] is Asked.PROOF else shown)


def form_at(path: str, sent: MemberForm) -> Handler:
    """Return the handler of a form of the account; see `page_at`."""
    return form_of_member(_taken_after_proof(sent) if ASKED[path] is Asked.PROOF else sent)


def ask(
    member: Member, *, level: Level | None = None, there: str = "", notice: str | None = None
) -> Response:
    """Lead a person to the page where they show once more who they are, and back.

    Args:
        member: who is led.
        level: what is to be reached; any proof will do unless given.
        there: where they are led then; the page that they ask for unless given.
        notice: the name of a sentence to be said there.
    """
    site = member.guest.site
    back, acr = there or member.here, None if level is None else level.value
    return see_other(site, address(site.path(CONFIRM_PATH), notice=notice, back=back, acr=acr))


def _after_proof(shown: MemberPage) -> MemberPage:
    async def proven(request: Request, runtime: Runtime, member: Member) -> Response:
        lacking = await _lacking(member, runtime, within_seconds=ASK_SECONDS)
        return lacking or await shown(request, runtime, member)

    return proven


def _taken_after_proof(sent: MemberForm) -> MemberForm:
    async def proven(form: Form, runtime: Runtime, member: Member) -> Response:
        lacking = await _lacking(member, runtime, within_seconds=ACT_SECONDS)
        return lacking or await sent(form, runtime, member)

    return proven


async def _lacking(member: Member, runtime: Runtime, *, within_seconds: int) -> Response | None:
    """Ask for the proof that a session lacks; None where it lacks none.

    What counts is what the account has at this moment: a session from before a factor was added
    changes nothing, nor does the password, typed once more into a session of two factors.
    """
    has_factor = has_second(await runtime.store.read_standing(member.user_id))
    asked = Level.TWO_FACTORS if has_factor else Level.ONE_FACTOR
    proofs = member.session.proofs
    if is_proven(proofs, asked, within_seconds=within_seconds, now=member.now):
        return None
    return ask(member, level=asked if has_factor else None)
