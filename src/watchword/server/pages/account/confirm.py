"""Confirm that it is you: the step before everything that could hurt.

Source: users.md U39; security.md rules 38 and 43; OWASP ASVS 5.0 V7.5.1.
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from watchword.accounts.attempts import (
    Attempt,
    Caller,
    PasskeyAttempt,
    PasswordAttempt,
    RecoveryCodeAttempt,
    TOTPAttempt,
)
from watchword.accounts.credentials import VerifiedCredential, forgive, verify_credential
from watchword.accounts.errors import InvalidCredentials, TooManyAttempts
from watchword.accounts.factors.passkeys import begin_assertion
from watchword.accounts.factors.together import Standing
from watchword.accounts.flow import AnswerKind
from watchword.accounts.levels import ACR_VALUES, Level, Method, Proof
from watchword.accounts.sessions import RaiseSession
from watchword.base.chance import new_secret
from watchword.base.records import dataclass
from watchword.base.secrets import Secret, digest
from watchword.oauth.errors import Busy
from watchword.server.languages import N_
from watchword.server.pages import fields
from watchword.server.pages.account.frame import Form, Member, notice_in, show
from watchword.server.pages.account.step_up import CONFIRM_PATH, form_at, page_at
from watchword.server.pages.begun_session import BUSY
from watchword.server.pages.render import see_other
from watchword.server.pages.signing_in.second_factor import WRONG_CODE, WRONG_RECOVERY
from watchword.server.pages.way_back import address
from watchword.server.runtime import Runtime

__all__ = ["confirm", "confirm_options", "raised", "show_confirm"]

WRONG_PASSWORD = N_("This is not the password of your account.")  # a sentence
WRONG_PASSKEY = N_("This passkey is not one of your account, or it was not you. Try another way.")
TOO_MANY = N_("Too many attempts did not match. Wait a while, then try again.")
NOTHING = N_("Enter your password.")
RECOVERY_CODE = AnswerKind.RECOVERY_CODE.value  # the way of a form whose code is of the sheet
DELETED = Standing(has_password=False, totps=0, passkeys=0, recovery_codes=0)  # a moment ago


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong with the form."""

    password: str | None = None
    code: str | None = None
    form: str | None = None


async def _show(request: Request, runtime: Runtime, member: Member) -> Response:
    """Answer `GET /account/confirm`."""
    asked = request.query_params
    return await _page(runtime, member, asked, Faults(), notice=notice_in(request))


async def _confirm(form: Mapping[str, str], runtime: Runtime, member: Member) -> Response:
    """Answer `POST /account/confirm`: add the proof to the session, and go on."""
    try:
        verified = await _verify(form, runtime, member)
    except InvalidCredentials:
        return await _page(runtime, member, form, _refusal(form), status=400)
    except TooManyAttempts as throttled:
        response = await _page(runtime, member, form, Faults(form=TOO_MANY), status=429)
        response.headers["retry-after"] = str(throttled.retry_after)
        return response
    except Busy as busy:
        response = await _page(runtime, member, form, Faults(form=BUSY), status=busy.status)
        response.headers.update(dict(busy.headers))
        return response
    if verified is None:
        return await _page(runtime, member, form, Faults(password=NOTHING), status=400)
    there = member.back or member.guest.site.path("/account")
    return await raised(verified.proof, there, runtime, member)


async def _options(form: Form, runtime: Runtime, member: Member) -> Response:  # noqa: ARG001  # all forms have one shape
    """Answer `POST /account/confirm/passkey` for the script: a challenge for this person."""
    bound_to = member.guest.bound_to
    return JSONResponse(await begin_assertion(member.user_id, bound_to, runtime.passkeys))


show_confirm = page_at(CONFIRM_PATH, _show)
confirm_options = form_at(f"{CONFIRM_PATH}/passkey", _options)
confirm = form_at(CONFIRM_PATH, _confirm)


async def _verify(form: Form, runtime: Runtime, member: Member) -> VerifiedCredential | None:
    """Compare what the form shows; None where it shows nothing.

    Raises:
        InvalidCredentials: it is wrong, or somebody else's.
        TooManyAttempts: a wrong one came too often.
        Busy: too many wait.
    """
    attempt = _attempt(form, member)
    if attempt is None:
        return None
    caller = Caller(member.origin, member.guest.device)  # strangers' failures count elsewhere
    verified = await verify_credential(attempt, caller, runtime.credentials)
    if verified.user_id != member.user_id:
        raise InvalidCredentials(f"{verified.user_id} is not who is signed in")
    if verified.failures and verified.proof.method is Method.PASSWORD:
        await _forgive(caller, runtime, member)
    return verified


def _attempt(form: Form, member: Member) -> Attempt | None:
    if "passkey" in form:
        answer = Secret(form["passkey"])
        return PasskeyAttempt(member.user_id, answer, member.guest.bound_to)
    if "code" in form:
        kind = RecoveryCodeAttempt if form.get("way") == RECOVERY_CODE else TOTPAttempt
        return kind(member.user_id, Secret(form["code"]))
    if "password" in form:
        return PasswordAttempt(member.session.user.name, Secret(form["password"]))
    return None


async def _forgive(caller: Caller, runtime: Runtime, member: Member) -> None:
    """Forget the failures before a right password, where it is all that a sign-in asks for.

    Beside a second factor it would buy guesses of codes (decisions/0111).
    """
    standing = await runtime.store.read_standing(member.user_id)
    if standing is not None and not standing.seconds:
        await forgive(member.user_id, caller, runtime.credentials)


def _refusal(form: Form) -> Faults:
    if "passkey" in form:
        return Faults(form=WRONG_PASSKEY)
    if "code" in form:
        return Faults(code=WRONG_RECOVERY if form.get("way") == RECOVERY_CODE else WRONG_CODE)
    return Faults(password=WRONG_PASSWORD)


async def raised(proof: Proof, there: str, runtime: Runtime, member: Member) -> Response:
    """Add a proof to the session, which gets another cookie for it, and lead the person on.

    Where the session has ended meanwhile, the way leads to the sign-in page.
    """
    site, rules = member.guest.site, member.guest.rules
    cookie = new_secret(runtime.chance)
    session = await runtime.store.raise_session(
        RaiseSession(
            sid=member.session.sid,
            cookie_hash=member.guest.cookie_hash,
            new_cookie_hash=digest(cookie),
            proofs=(proof,),
            origin=member.origin,
            now=member.now,
        )
    )
    if session is None:
        return see_other(site, site.path("/signin"))
    response = see_other(site, there)
    rules.write(response, rules.session, cookie)
    return response


async def _page(
    runtime: Runtime,
    member: Member,
    asked: Mapping[str, str],
    faults: Faults,
    *,
    notice: str | None = None,
    status: int = 200,
) -> Response:
    """Ask for what is missing."""
    standing = await runtime.store.read_standing(member.user_id) or DELETED
    acr = asked.get("acr", "")
    return show(
        member,
        "confirm.html",
        {
            "password": fields.focused(fields.password(error=faults.password))[0],
            **_ways(standing, member, asked, faults),
            "factor_pages": {
                name: address(member.guest.site.path(f"/account/{name}"), back=member.back)
                for name in ("passkeys", "totp")
            },
            "acr": acr if acr in ACR_VALUES else "",
            "party": member.guest.party.id,
            "elsewhere": member.guest.party.origins[0] + member.guest.site.path(CONFIRM_PATH),
            "user_name": member.profile.user.name,
            "notice": notice,
            "asking": member.guest.asking,
            "problem": faults.form,
            "has_errors": status != 200,
        },
        here="",
        status=status,
    )


def _ways(
    standing: Standing, member: Member, asked: Mapping[str, str], faults: Faults
) -> dict[str, object]:
    """Return what may be shown: `acr` and `way` of the address or the form choose, no more.

    The same password once more makes no second factor, nor does it renew one. A recovery code is
    offered where the password will not do.
    """
    asks_two = asked.get("acr") == Level.TWO_FACTORS.value
    is_there = member.session.acr == asked.get("acr")
    asks_password = standing.has_password and not (
        asks_two and (is_there or "pwd" in member.session.amr)
    )
    has_sheet = standing.recovery_codes > 0 and not asks_password
    is_sheet = has_sheet and asked.get("way") == RECOVERY_CODE
    code = None
    if is_sheet:
        code = fields.recovery_code(error=faults.code)
    elif standing.totps:
        code = fields.one_time_code(error=faults.code)
    return {
        "asks_password": asks_password,
        "lacks_factor": asks_two and not standing.seconds,
        "code": code if code is None or asks_password else fields.focused(code)[0],
        "has_passkey": standing.passkeys > 0,
        "way": RECOVERY_CODE if is_sheet else "",
        "offers_sheet": has_sheet and not is_sheet,
        "offers_app": is_sheet and standing.totps > 0,
    }
