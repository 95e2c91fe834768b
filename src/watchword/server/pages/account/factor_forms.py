"""What the pages of second factors have in common: who acts, names, and what comes next.

Source: users.md U48; security.md rule 43.
"""

from starlette.responses import Response

from watchword.accounts.factors import Actor, factor_name
from watchword.server.languages import N_
from watchword.server.pages.account.frame import Form, Member, go
from watchword.server.pages.fields import Field
from watchword.server.runtime import Runtime

__all__ = ["LONG_NAME", "RECOVERY_PATH", "actor_of", "added", "name_field", "typed_name"]

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


async def added(member: Member, runtime: Runtime, path: str, *, notice: str) -> Response:
    """Go on after a factor was added: to recovery codes, as long as there are none."""
    sheet = await runtime.store.read_recovery_sheet(member.user_id)
    return go(member, path if sheet.left else RECOVERY_PATH, notice=notice)
