"""The second step of a sign-in: a code, a recovery code or a passkey after the password.

Between the steps the browser holds a cookie of its own, which finds the login under way and is
replaced at every attempt; the session begins at the end.

Source: users.md U35, U36 and U48; security.md rules 36, 38 and 47; OWASP ASVS 5.0 V6.3.3, V7.2.4.
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from watchword.accounts.errors import FlowNotValid
from watchword.accounts.flow import Answer, AnswerKind, Completed, Unfinished, Waiting
from watchword.accounts.steps import answer, passkey_options, peek
from watchword.base.secrets import Secret
from watchword.oauth.errors import Busy
from watchword.server.bodies import read_form
from watchword.server.csrf import FORM_TOKEN
from watchword.server.languages import N_
from watchword.server.pages import fields
from watchword.server.pages.authorizing.asking import accompanied
from watchword.server.pages.begun_session import (
    BUSY,
    STALE,
    TOO_MANY,
    bindings_of,
    caller_of,
    complete,
)
from watchword.server.pages.render import page, see_other
from watchword.server.pages.visit import ForeignForm, Visit, refuse_foreign, visit
from watchword.server.runtime import Runtime

__all__ = ["factor_options", "show_factor", "take_factor"]

WRONG_CODE = N_("This code is wrong, used or too old. Type the one that is shown at this moment.")
WRONG_RECOVERY = N_("This is not one of your unused recovery codes.")
WRONG_PASSKEY = N_("This passkey does not belong to the account. Try another way.")
NO_CODE = N_("Enter the code.")
_CODES = {"totp": AnswerKind.TOTP, "recovery_code": AnswerKind.RECOVERY_CODE}
_WRONG = {
    AnswerKind.TOTP: WRONG_CODE,
    AnswerKind.RECOVERY_CODE: WRONG_RECOVERY,
    AnswerKind.PASSKEY: WRONG_PASSKEY,
}


async def show_factor(request: Request, runtime: Runtime) -> Response:
    """Answer `GET /signin/factor`."""
    guest = await visit(request, runtime)
    presented = guest.rules.read(request.headers, guest.rules.flow)
    if presented is None:
        return _begin_again(guest)
    try:
        waiting = await peek(presented, bindings_of(guest), runtime.flow)
    except FlowNotValid:
        return _begin_again(guest)
    guest = await accompanied(guest, waiting.flow.request.get("next"), runtime)
    return _page(guest, waiting.kinds, request.query_params.get("way", ""))


async def take_factor(request: Request, runtime: Runtime) -> Response:
    """Answer `POST /signin/factor`: open the session, or show the form with what is wrong.

    Raises:
        Rejected: the form comes from another site, or is no form.
    """
    refuse_foreign(request, runtime)
    form = await read_form(request)
    guest = await visit(request, runtime)
    presented = guest.rules.read(request.headers, guest.rules.flow)
    if presented is None:
        return _begin_again(guest)
    try:
        waiting = await peek(presented, bindings_of(guest), runtime.flow)
        guest = await accompanied(guest, waiting.flow.request.get("next"), runtime)
        shown = _answer(form)
        if not guest.owns(form.get(FORM_TOKEN)):
            return _page(guest, waiting.kinds, form.get("way", ""), problem=STALE, status=403)
        if shown is None:
            way = form.get("way", "")
            return _page(guest, waiting.kinds, way, error=NO_CODE, status=400)
        return await _take(presented, shown, guest, runtime)
    except FlowNotValid:
        return _begin_again(guest)
    except Busy as busy:
        response = _page(guest, (), "", problem=BUSY, status=busy.status)
        response.headers.update(dict(busy.headers))
        return response


async def factor_options(request: Request, runtime: Runtime) -> Response:
    """Answer `POST /signin/factor/passkey` for the script: a challenge for the one who is known.

    Raises:
        Rejected: the form comes from another site, or from another browser or login.
    """
    refuse_foreign(request, runtime)
    form = await read_form(request)
    guest = await visit(request, runtime)
    presented = guest.rules.read(request.headers, guest.rules.flow)
    if presented is None or not guest.owns(form.get(FORM_TOKEN)):
        raise ForeignForm("this form was shown to another browser")
    try:
        waiting: Waiting = await peek(presented, bindings_of(guest), runtime.flow)
    except FlowNotValid:
        raise ForeignForm("this login took too long") from None
    return JSONResponse(await passkey_options(waiting, runtime.flow))


async def _take(presented: Secret, shown: Answer, guest: Visit, runtime: Runtime) -> Response:
    caller = caller_of(guest, runtime)
    outcome = await answer(presented, shown, caller, bindings_of(guest), runtime.flow)
    if isinstance(outcome, Completed):
        response = await complete(outcome, caller, guest, runtime)
        if response is None:
            return _begin_again(guest)
        guest.rules.clear(response, guest.rules.flow)
        return response
    return _again(outcome, shown, guest)


def _again(outcome: Unfinished, shown: Answer, guest: Visit) -> Response:
    kinds = tuple(offer.kind for offer in outcome.offers)
    way = shown.kind.value
    if outcome.retry_after is not None:
        response = _page(guest, kinds, way, problem=TOO_MANY, status=429)
        response.headers["retry-after"] = str(outcome.retry_after)
    elif shown.kind is AnswerKind.PASSKEY:
        response = _page(guest, kinds, "", problem=WRONG_PASSKEY, status=400)
    else:
        response = _page(guest, kinds, way, error=_WRONG[shown.kind], status=400)
    guest.rules.write(response, guest.rules.flow, outcome.secret)
    return response


def _answer(form: Mapping[str, str]) -> Answer | None:
    if "passkey" in form:
        return Answer(AnswerKind.PASSKEY, Secret(form["passkey"]))
    if "code" not in form:
        return None
    kind = _CODES.get(form.get("way", ""), AnswerKind.TOTP)
    return Answer(kind, Secret(form["code"]))


def _begin_again(guest: Visit) -> Response:
    response = see_other(guest.site, f"{guest.site.path('/signin')}?notice=signin-over")
    guest.rules.clear(response, guest.rules.flow)
    return response


def _page(
    guest: Visit,
    kinds: tuple[AnswerKind, ...],
    way: str,
    *,
    error: str | None = None,
    problem: str | None = None,
    status: int = 200,
) -> Response:
    """Show the step: the code field of the chosen way, and the other ways beside it."""
    codes = [kind for kind in kinds if kind in _WRONG and kind is not AnswerKind.PASSKEY]
    chosen = _CODES.get(way)
    if chosen not in codes:
        chosen = codes[0] if codes else None
    response = page(
        guest.site,
        "signin_factor.html",
        {
            "code": _field(chosen, error),
            "way": chosen.value if chosen else "",
            "other": next((kind.value for kind in codes if kind is not chosen), ""),
            "has_passkey": AnswerKind.PASSKEY in kinds,
            "problem": problem,
            "has_errors": status != 200,  # OK
            "form_token": guest.form_token,
            "party": guest.party.id,
        },
        status=status,
    )
    return guest.remember(response)


def _field(kind: AnswerKind | None, error: str | None) -> fields.Field | None:
    if kind is None:
        return None
    field = fields.one_time_code if kind is AnswerKind.TOTP else fields.recovery_code
    return fields.focused(field(error=error))[0]
