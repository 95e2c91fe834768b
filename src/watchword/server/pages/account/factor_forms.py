"""What the pages of second factors have in common: who acts, names, and what comes next.

Source: users.md U48; security.md rule 43; decisions/0123.
"""

from watchword.accounts.factors.together import Changer, factor_name
from watchword.server.languages import N_
from watchword.server.pages.account.frame import Form, Member
from watchword.server.pages.fields import Field
from watchword.server.pages.way_back import address
from watchword.server.runtime import Runtime

__all__ = [
    "LONG_NAME",
    "RECOVERY_PATH",
    "changer_of",
    "name_field",
    "typed_name",
    "way_on",
]

RECOVERY_PATH = "/account/recovery-codes"
LONG_NAME = N_("The name is too long. Use at most 64 characters.")


def changer_of(member: Member) -> Changer:
    """Return who changes the factors, and from where."""
    return Changer(member.user_id, member.origin, member.session.sid)


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


async def way_on(member: Member, runtime: Runtime, path: str, *, notice: str) -> str:
    """Return where a person goes who has added a factor.

    To recovery codes as long as there are none; then to where they were going before.
    """
    sheet = await runtime.store.read_recovery_sheet(member.user_id)
    if sheet.left and member.back:
        return member.back
    there = path if sheet.left else RECOVERY_PATH
    return address(member.guest.site.path(there), notice=notice, back=member.back)
