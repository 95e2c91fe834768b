"""Another password: chosen by the person, or made for them.

Source: users.md U37, U39, U47; security.md rules 30 to 32, 38 and 43.
"""

import asyncio
from collections.abc import Mapping
from typing import assert_never

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.errors import PasswordRefused
from watchword.accounts.password_change import (
    OtherSessions,
    PasswordChange,
    PasswordChangeContext,
    PasswordWish,
)
from watchword.accounts.password_change import change_password as write_password
from watchword.accounts.password_rules import PasswordReason, PasswordRules
from watchword.accounts.passwords.acceptance import new_passphrase
from watchword.accounts.passwords.strength import Strength, estimate
from watchword.accounts.person.overview import Overview
from watchword.base.chance import new_secret
from watchword.base.records import dataclass
from watchword.base.secrets import Secret, same
from watchword.oauth.errors import Busy
from watchword.server.languages import N_
from watchword.server.pages import fields
from watchword.server.pages.account.frame import Member, go, notice_in, show
from watchword.server.pages.account.step_up import form_at, page_at
from watchword.server.pages.begun_session import BUSY
from watchword.server.pages.choose_passphrase import DIFFERENT, NO_PASSPHRASE
from watchword.server.pages.render import see_other
from watchword.server.runtime import Runtime

__all__ = ["change_password", "show_password"]

PATH = "/account/password"


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong with the form."""

    password: tuple[str, ...] = ()  # every broken rule
    repeated: str | None = None
    form: str | None = None


async def _show(request: Request, runtime: Runtime, member: Member) -> Response:
    """Answer `GET /account/password`."""
    return await _page(runtime, member, Faults(), notice=notice_in(request))


async def _change(form: Mapping[str, str], runtime: Runtime, member: Member) -> Response:
    """Answer `POST /account/password`: set the password, and give the browser another cookie."""
    faults = _compare(form)
    if faults != Faults():
        return await _page(runtime, member, faults, status=400)
    cookie = new_secret(runtime.chance)
    account = await runtime.store.read_overview(member.user_id, now=member.now)
    wish = PasswordWish(
        user=member.session.user,
        password=Secret(form["password"]),
        others=OtherSessions.END if "end_others" in form else OtherSessions.KEEP,
        rules=_rules(account),
        sid=member.session.sid,
        cookie=cookie,
        origin=member.origin,
    )
    try:
        changed = await write_password(wish, _context(runtime, member))
    except PasswordRefused as refused:
        told = tuple(reason.text for reason in refused.reasons)
        return await _page(runtime, member, Faults(password=told), status=400)
    except Busy as busy:
        response = await _page(runtime, member, Faults(form=BUSY), status=busy.status)
        response.headers.update(dict(busy.headers))
        return response
    if changed is PasswordChange.FACTOR_GONE:
        told = (PasswordReason.TOO_SHORT.text,)
        return await _page(runtime, member, Faults(password=told), status=400)
    site, rules = member.guest.site, member.guest.rules
    if changed is PasswordChange.SESSION_OVER:
        return see_other(site, site.path("/signin"))
    response = go(member, PATH, notice=await _notice(wish.password, member))
    rules.write(response, rules.session, cookie)
    return response


show_password = page_at(PATH, _show)
change_password = form_at(PATH, _change)


def _compare(form: Mapping[str, str]) -> Faults:
    if "password" not in form:
        return Faults(password=(NO_PASSPHRASE,))
    if not same(form["password"], form.get("repeated", "")):
        return Faults(repeated=DIFFERENT)
    return Faults()


async def _notice(password: Secret, member: Member) -> str:
    """Return the sentence for a password that is set: whether more of it would be worth while."""
    words = (member.profile.user.name, member.guest.site.name)
    found = await asyncio.to_thread(estimate, password, context=words)
    match found:
        case Strength.FAIR:
            return "password-changed-fair"
        case Strength.STRONG:
            return "password-changed"
    assert_never(found)


def _rules(account: Overview | None) -> PasswordRules:
    """Return what the password has to hold out against: alone, unless a code comes after it."""
    has_code = account is not None and account.authenticator_apps > 0
    return PasswordRules.WITH_SECOND_FACTOR if has_code else PasswordRules.ALONE


def _context(runtime: Runtime, member: Member) -> PasswordChangeContext:
    return PasswordChangeContext(
        store=runtime.store,
        hasher=runtime.hasher,
        clock=runtime.clock,
        service_name=member.guest.site.name,
        parameters=runtime.credentials.parameters,
        breaches=runtime.breaches,
    )


async def _page(
    runtime: Runtime,
    member: Member,
    faults: Faults,
    *,
    notice: str | None = None,
    status: int = 200,
) -> Response:
    account = await runtime.store.read_overview(member.user_id, now=member.now)
    password, repeated = (
        fields.new_passphrase("password", N_("New password")),
        fields.new_passphrase("repeated", N_("The same once more"), error=faults.repeated),
    )
    return show(
        member,
        "password.html",
        {
            "password": password,
            "repeated": repeated,
            "reasons": faults.password,
            "has_password": member.profile.has_password,
            "user_name": member.profile.user.name,
            "characters_min": _rules(account).characters_min,
            "offered": new_passphrase(runtime.chance).reveal(),
            "others": max((account.sessions if account else 1) - 1, 0),
            "notice": notice,
            "problem": faults.form,
            "has_errors": status != 200,
        },
        here=PATH,
        status=status,
    )
