"""Passkeys: what there is, one more, another name, one less.

The ceremony needs a script (`static/page.js`): it asks for options, lets the browser carry them
out, and sends the answer in the form of the page. Everything else works without.

Source: users.md U27, U33, U39 and U48; security.md rule 43; decisions/0123.
"""

from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from watchword.accounts.errors import PasskeyRefused
from watchword.accounts.events import EventKind
from watchword.accounts.factors.passkeys import (
    Passkey,
    begin_registration,
    finish_registration,
)
from watchword.accounts.factors.together import FactorOutcome, change_of
from watchword.accounts.levels import Level, level
from watchword.base import base64url
from watchword.base.records import dataclass
from watchword.base.secrets import Secret
from watchword.server.device import device_of
from watchword.server.languages import N_, say, speaking
from watchword.server.pages.account.factor_forms import (
    LONG_NAME,
    changer_of,
    name_field,
    typed_name,
    way_on,
)
from watchword.server.pages.account.frame import Form, Member, by_button, go, notice_in, show
from watchword.server.pages.account.step_up import ask, form_at, page_at
from watchword.server.pages.ago import When, ago
from watchword.server.pages.problem import not_found_page
from watchword.server.pages.render import see_other
from watchword.server.runtime import Runtime

__all__ = ["change_passkeys", "passkey_options", "passkeys"]

PATH = "/account/passkeys"
NOTICES = MappingProxyType(
    {
        FactorOutcome.CHANGED: "passkey-removed",
        FactorOutcome.UNKNOWN: "passkey-removed",  # by another tab, a moment ago
        FactorOutcome.LAST_ONE: "last-factor",
    }
)
REFUSED = N_("The passkey was not accepted. Please try again.")
TAKEN = N_("This passkey is known here already.")
TOO_MANY = N_("There are too many passkeys. Remove one that you do not use.")


@dataclass(frozen=True, slots=True)
class PasskeyView:
    """A passkey as its owner sees it."""

    id: str
    name: str
    added: When
    used: When | None
    is_synced: bool


async def _show(request: Request, runtime: Runtime, member: Member) -> Response:
    """Answer `GET /account/passkeys`."""
    return await _page(runtime, member, notice=notice_in(request))


async def _options(form: Form, runtime: Runtime, member: Member) -> Response:  # noqa: ARG001  # all forms have one shape
    """Answer `POST /account/passkeys/options` for the script."""
    user = member.session.user
    return JSONResponse(await begin_registration(user, member.guest.bound_to, runtime.passkeys))


passkeys = page_at(PATH, _show)
passkey_options = form_at("/account/passkeys/options", _options)


async def _add(form: Form, runtime: Runtime, member: Member) -> Response:
    name = typed_name(form, otherwise=_usual_name(member))
    if name is None:
        return await _page(runtime, member, problem=LONG_NAME, status=400)
    answer = Secret(form.get("passkey", ""))
    try:
        outcome = await finish_registration(
            answer, name, changer_of(member), member.guest.bound_to, runtime.passkeys
        )
    except PasskeyRefused:
        return await _page(runtime, member, problem=REFUSED, status=400)
    if outcome is FactorOutcome.CHANGED:
        return await _go_on(runtime, member)
    problem = TOO_MANY if outcome is FactorOutcome.TOO_MANY else TAKEN
    return await _page(runtime, member, problem=problem, status=409)


async def _go_on(runtime: Runtime, member: Member) -> Response:
    """Lead on; a session without two factors by way of the first use of the passkey.

    Its making proves nothing: no signature of its key is looked at.
    """
    there = await way_on(member, runtime, PATH, notice="passkey-added")
    if level(member.session.proofs) is Level.TWO_FACTORS:
        return see_other(member.guest.site, there)
    return ask(member, level=Level.TWO_FACTORS, there=there, notice="passkey-first-use")


async def _rename(form: Form, runtime: Runtime, member: Member) -> Response:
    name = typed_name(form, otherwise=_usual_name(member))
    if name is None:
        return await _page(runtime, member, problem=LONG_NAME, status=400)
    change = change_of(EventKind.PASSKEY_RENAMED, changer_of(member), about=name, now=member.now)
    outcome = await runtime.store.rename_passkey(_id(form), name=name, change=change)
    if outcome is FactorOutcome.UNKNOWN:
        return not_found_page(member.guest.site)
    return go(member, PATH, notice="factor-renamed")


async def _remove(form: Form, runtime: Runtime, member: Member) -> Response:
    passkey = await runtime.store.find_passkey(_id(form))
    if passkey is None or passkey.user_id != member.user_id:
        return not_found_page(member.guest.site)
    change = change_of(
        EventKind.PASSKEY_REMOVED, changer_of(member), about=passkey.name, now=member.now
    )
    outcome = await runtime.store.remove_passkey(passkey.credential_id, change)
    return go(member, PATH, notice=NOTICES[outcome])


change_passkeys = form_at(PATH, by_button({"add": _add, "rename": _rename, "remove": _remove}))


async def _page(
    runtime: Runtime,
    member: Member,
    *,
    notice: str | None = None,
    problem: str | None = None,
    status: int = 200,
) -> Response:
    found = await runtime.store.list_passkeys(member.user_id)
    party = member.guest.party
    values = {
        "passkeys": [_view(passkey, member.now) for passkey in found],
        "name": name_field(_usual_name(member)),
        "party": party.id,
        "elsewhere": party.origins[0] + member.guest.site.path(PATH),
        "notice": notice,
        "problem": problem,
    }
    return show(member, "passkeys.html", values, here=PATH, status=status)


def _view(passkey: Passkey, now: int) -> PasskeyView:
    return PasskeyView(
        id=base64url.encode(passkey.credential_id),
        name=passkey.name,
        added=ago(passkey.created_at, now),
        used=None if passkey.used_at is None else ago(passkey.used_at, now),
        is_synced=passkey.is_backed_up,
    )


def _usual_name(member: Member) -> str:
    """Return the name that is offered: that of the device in front of its owner."""
    with speaking(member.guest.site.language):
        return say(device_of(member.origin.device).label)


def _id(form: Form) -> bytes:
    try:
        return base64url.decode(form.get("id", ""))
    except base64url.MalformedBase64url:
        return b""
