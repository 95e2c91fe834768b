"""Authenticator apps: the picture, the first code, another name, one less.

Source: users.md U39, U48 and U90; security.md rules 37, 38 and 43; decisions/0123.
"""

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.errors import CodeRefused
from watchword.accounts.events import EventKind
from watchword.accounts.factors.together import FactorOutcome, change_of
from watchword.accounts.factors.totp import (
    TOTP,
    Enrolment,
    begin_enrolment,
    confirm_enrolment,
    open_enrolment,
)
from watchword.base.records import dataclass
from watchword.base.secrets import Secret
from watchword.server.languages import N_
from watchword.server.pages.account.confirm import raised
from watchword.server.pages.account.factor_forms import (
    LONG_NAME,
    changer_of,
    name_field,
    typed_name,
    way_on,
)
from watchword.server.pages.account.frame import Form, Member, by_button, go, notice_in, show
from watchword.server.pages.account.step_up import form_at, page_at
from watchword.server.pages.ago import When, ago
from watchword.server.pages.fields import Field
from watchword.server.pages.problem import not_found_page
from watchword.server.runtime import Runtime

__all__ = ["change_totp", "picture", "totp"]

PATH = "/account/totp"
USUAL_NAME = "Authenticator app"
WRONG_CODE = N_("This is not the code that the app shows at this moment. Enter the next one.")
NO_CODE = N_("Enter the six digits that the app shows.")
TOO_MANY = N_("There are too many authenticator apps. Remove one that you do not use.")
GROUP_CHARACTERS = 4


@dataclass(frozen=True, slots=True)
class AppView:
    """An authenticator app as its owner sees it."""

    id: str
    name: str
    added: When
    used: When


@dataclass(frozen=True, slots=True)
class EnrolmentView:
    """What the person's app has to be told."""

    name: str
    picture: str  # a data: URL of an SVG
    uri: str
    groups: tuple[str, ...]  # the key, to be typed


async def _show(request: Request, runtime: Runtime, member: Member) -> Response:
    """Answer `GET /account/totp`."""
    return await _page(runtime, member, notice=notice_in(request))


totp = page_at(PATH, _show)


async def _begin(form: Form, runtime: Runtime, member: Member) -> Response:
    name = typed_name(form, otherwise=USUAL_NAME)
    if name is None:
        return await _page(runtime, member, problem=LONG_NAME, status=400)
    outcome = await begin_enrolment(member.session.user, name, runtime.totp)
    if outcome is FactorOutcome.TOO_MANY:
        return await _page(runtime, member, problem=TOO_MANY, status=409)
    return go(member, PATH)


async def _confirm(form: Form, runtime: Runtime, member: Member) -> Response:
    if "code" not in form:
        return await _page(runtime, member, code_error=NO_CODE, status=400)
    user = member.session.user
    try:
        proof = await confirm_enrolment(
            Secret(form["code"]), changer_of(member), user, runtime.totp
        )
    except CodeRefused:
        return await _page(runtime, member, code_error=WRONG_CODE, status=400)
    there = await way_on(member, runtime, PATH, notice="totp-added")
    return await raised(proof, there, runtime, member)


async def _cancel(form: Form, runtime: Runtime, member: Member) -> Response:  # noqa: ARG001  # all forms have one shape
    await runtime.store.cancel_enrolment(member.user_id)
    return go(member, PATH)


async def _rename(form: Form, runtime: Runtime, member: Member) -> Response:
    name = typed_name(form, otherwise=USUAL_NAME)
    if name is None:
        return await _page(runtime, member, problem=LONG_NAME, status=400)
    change = change_of(EventKind.TOTP_RENAMED, changer_of(member), about=name, now=member.now)
    outcome = await runtime.store.rename_totp(form.get("id", ""), name=name, change=change)
    if outcome is FactorOutcome.UNKNOWN:
        return not_found_page(member.guest.site)
    return go(member, PATH, notice="factor-renamed")


async def _remove(form: Form, runtime: Runtime, member: Member) -> Response:
    apps = {app.id: app for app in await runtime.store.list_totps(member.user_id)}
    app = apps.get(form.get("id", ""))
    if app is None:
        return not_found_page(member.guest.site)
    change = change_of(EventKind.TOTP_REMOVED, changer_of(member), about=app.name, now=member.now)
    outcome = await runtime.store.remove_totp(app.id, change)
    is_kept = outcome is FactorOutcome.LAST_ONE
    return go(member, PATH, notice="last-factor" if is_kept else "totp-removed")


change_totp = form_at(
    PATH,
    by_button(
        {
            "begin": _begin,
            "confirm": _confirm,
            "cancel": _cancel,
            "rename": _rename,
            "remove": _remove,
        }
    ),
)


async def _page(
    runtime: Runtime,
    member: Member,
    *,
    notice: str | None = None,
    problem: str | None = None,
    code_error: str | None = None,
    status: int = 200,
) -> Response:
    apps = await runtime.store.list_totps(member.user_id)
    enrolment = await open_enrolment(member.session.user, runtime.totp)
    if enrolment is None and code_error is not None:
        problem = N_("The time for the first code is over. Please begin anew.")
    values = {
        "apps": [_view(app, app.confirmed_at, member.now) for app in apps if app.confirmed_at],
        "enrolment": None if enrolment is None else _enrolment(enrolment),
        "code": _code_field(code_error),
        "name": name_field(""),
        "notice": notice,
        "problem": problem,
        "has_errors": status != 200,
    }
    return show(member, "totp.html", values, here=PATH, status=status)


def picture(uri: Secret) -> str:
    """Return the picture that an app scans, as a data: URL of an SVG in black on white."""
    import segno  # noqa: PLC0415  # imported at first use: few pages show a picture

    code = segno.make(uri.reveal(), error="m", micro=False)
    return code.svg_data_uri(scale=4, border=4, dark="#000", light="#fff")


def _enrolment(enrolment: Enrolment) -> EnrolmentView:
    key = enrolment.key.reveal()
    groups = range(0, len(key), GROUP_CHARACTERS)
    return EnrolmentView(
        name=enrolment.name,
        picture=picture(enrolment.uri),
        uri=enrolment.uri.reveal(),
        groups=tuple(key[at : at + GROUP_CHARACTERS] for at in groups),
    )


def _view(app: TOTP, confirmed_at: int, now: int) -> AppView:
    used_at = confirmed_at if app.used_at is None else app.used_at
    return AppView(app.id, app.name, ago(confirmed_at, now), ago(used_at, now))


def _code_field(error: str | None) -> Field:
    return Field(
        name="code",
        label=N_("Code from the app"),
        type="text",
        autocomplete="one-time-code",
        error=error,
        is_first=error is not None,
    )
