"""Recovery codes: how many are left, and a sheet of others, shown once.

The codes stand in the answer to the form that makes them and nowhere else: a reload makes others.

Source: users.md U39 and U48; security.md rules 37 and 43.
"""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.factors.recovery_codes import CODES, make_codes
from watchword.accounts.factors.together import has_second
from watchword.server.pages.account.factor_forms import (
    RECOVERY_PATH,
    changer_of,
)
from watchword.server.pages.account.frame import Form, Member, go, notice_in, show
from watchword.server.pages.account.step_up import form_at, page_at
from watchword.server.pages.ago import ago
from watchword.server.runtime import Runtime

__all__ = ["make_recovery_codes", "recovery_codes"]

FILE_NAME = "recovery-codes.txt"


async def _show(request: Request, runtime: Runtime, member: Member) -> Response:
    """Answer `GET /account/recovery-codes`."""
    sheet = await runtime.store.read_recovery_sheet(member.user_id)
    standing = await runtime.store.read_standing(member.user_id)
    values = {
        "left": sheet.left,
        "codes_of_a_sheet": CODES,
        "made": None if sheet.made_at is None else ago(sheet.made_at, member.now),
        "has_factor": has_second(standing),
        "notice": notice_in(request),
    }
    return show(member, "recovery_codes.html", values, here=RECOVERY_PATH)


async def _make(form: Form, runtime: Runtime, member: Member) -> Response:  # noqa: ARG001  # all forms have one shape
    """Answer `POST /account/recovery-codes`: the one time that the codes are shown."""
    made = await make_codes(
        changer_of(member), runtime.store, chance=runtime.chance, now=member.now
    )
    if made is None:
        return go(member, RECOVERY_PATH)
    codes = [code.reveal() for code in made]
    values = {
        "codes": codes,
        "file": f"data:text/plain;charset=utf-8,{quote(_text(codes, member))}",
        "file_name": FILE_NAME,
    }
    return show(member, "recovery_sheet.html", values, here=RECOVERY_PATH)


recovery_codes = page_at(RECOVERY_PATH, _show)
make_recovery_codes = form_at(RECOVERY_PATH, _make)


def _text(codes: list[str], member: Member) -> str:
    """Return the sheet as a file: whose it is, and one code a line."""
    heading = f"{member.guest.site.host} {member.profile.user.name}"
    return "\r\n".join((heading, "", *codes, ""))
