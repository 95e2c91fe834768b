"""Confirm that it is you: the step before everything that could hurt.

Source: users.md U39; security.md rules 38 and 43; OWASP ASVS 5.0 V7.5.1.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from watchword.accounts.attempts import Caller, PasskeyAttempt, PasswordAttempt, TOTPAttempt
from watchword.accounts.confirmation import ACT_SECONDS, ASK_SECONDS, is_confirmed
from watchword.accounts.credentials import VerifiedCredential, forgive, verify_credential
from watchword.accounts.errors import InvalidCredentials, TooManyAttempts
from watchword.accounts.factors.passkeys import begin_assertion
from watchword.accounts.levels import ACR_VALUES, Level, Method, Proof
from watchword.accounts.sessions import RaiseSession
from watchword.base.chance import new_secret
from watchword.base.secrets import Secret, digest
from watchword.oauth.errors import Busy
from watchword.server.languages import N_
from watchword.server.pages import fields
from watchword.server.pages.account.frame import (
    Form,
    Handler,
    Member,
    MemberForm,
    MemberPage,
    for_member,
    form_of_member,
    notice_in,
    show,
)
from watchword.server.pages.begun_session import BUSY
from watchword.server.pages.render import see_other
from watchword.server.pages.way_back import address
from watchword.server.runtime import Runtime

__all__ = [
    "after_proof",
    "ask",
    "confirm",
    "confirm_options",
    "for_recent_member",
    "raised",
    "show_confirm",
]

PATH = "/account/confirm"
WRONG_PASSWORD = N_("This is not the password of your account.")  # a sentence
WRONG_CODE = N_("This code is wrong, used or too old. Type the one that is shown at this moment.")
WRONG_PASSKEY = N_("This passkey is not one of your account, or it was not you. Try another way.")
TOO_MANY = N_("Too many attempts did not match. Wait a while, then try again.")
NOTHING = N_("Enter your password.")


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong with the form."""

    password: str | None = None
    code: str | None = None
    form: str | None = None


def for_recent_member(shown: MemberPage) -> Handler:
    """Return the handler of a page that asks for a proof of the last minutes first."""

    async def handler(request: Request, runtime: Runtime, member: Member) -> Response:
        if not is_confirmed(member.session.auth_time, within_seconds=ASK_SECONDS, now=member.now):
            return ask(member)
        return await shown(request, runtime, member)

    return for_member(handler)


def after_proof(sent: MemberForm) -> Handler:
    """Return the handler of a form that is taken only after a proof of the last minutes."""

    async def handler(form: Form, runtime: Runtime, member: Member) -> Response:
        if not is_confirmed(member.session.auth_time, within_seconds=ACT_SECONDS, now=member.now):
            return ask(member)
        return await sent(form, runtime, member)

    return form_of_member(handler)


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


show_confirm = for_member(_show)
confirm_options = form_of_member(_options)
confirm = form_of_member(_confirm)


async def _verify(form: Form, runtime: Runtime, member: Member) -> VerifiedCredential | None:
    """Compare what the form shows; None where it shows nothing.

    Raises:
        InvalidCredentials: it is wrong, or somebody else's.
        TooManyAttempts: a wrong one came too often.
        Busy: too many wait.
    """
    attempt: PasswordAttempt | TOTPAttempt | PasskeyAttempt
    if "passkey" in form:
        answer = Secret(form["passkey"])
        attempt = PasskeyAttempt(member.user_id, answer, member.guest.bound_to)
    elif "code" in form:
        attempt = TOTPAttempt(member.user_id, Secret(form["code"]))
    elif "password" in form:
        attempt = PasswordAttempt(member.session.user.name, Secret(form["password"]))
    else:
        return None
    caller = Caller(
        member.origin, member.guest.device
    )  # a stranger's failures are not counted here
    verified = await verify_credential(attempt, caller, runtime.credentials)
    if verified.user_id != member.user_id:
        raise InvalidCredentials(f"{verified.user_id} is not who is signed in")
    if verified.failures and verified.proof.method is Method.PASSWORD:
        await _forgive(caller, runtime, member)
    return verified


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
    return Faults(code=WRONG_CODE) if "code" in form else Faults(password=WRONG_PASSWORD)


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
    """Ask for what is missing: `acr` of the address or the form chooses what to ask, no more."""
    account = await runtime.store.read_overview(member.user_id, now=member.now)
    has_code = account is not None and account.authenticator_apps > 0
    has_passkey = account is not None and account.passkeys > 0
    acr = asked.get("acr", "")
    asks_two = acr == Level.TWO_FACTORS.value
    is_there = member.session.acr == acr
    # The same password once more makes no second factor, nor does it renew one.
    asks_password = member.profile.has_password and not (
        asks_two and (is_there or "pwd" in member.session.amr)
    )
    lacks_factor = asks_two and not (has_code or has_passkey)
    code = fields.one_time_code(error=faults.code)
    return show(
        member,
        "confirm.html",
        {
            "password": fields.focused(fields.password(error=faults.password))[0],
            "code": (code if asks_password else fields.focused(code)[0]) if has_code else None,
            "has_passkey": has_passkey,
            "lacks_factor": lacks_factor,
            "factor_pages": {
                name: address(member.guest.site.path(f"/account/{name}"), back=member.back)
                for name in ("passkeys", "totp")
            },
            "acr": acr if acr in ACR_VALUES else "",
            "party": member.guest.party.id,
            "elsewhere": member.guest.party.origins[0] + member.guest.site.path(PATH),
            "asks_password": asks_password,
            "user_name": member.profile.user.name,
            "notice": notice,
            "asking": member.guest.asking,
            "problem": faults.form,
            "has_errors": status != 200,
        },
        here="",
        status=status,
    )


def ask(
    member: Member, *, level: Level | None = None, there: str = "", notice: str | None = None
) -> Response:
    """Lead a person to this step, and back.

    Args:
        member: who is led.
        level: what is to be reached; any proof will do unless given.
        there: where they are led then; the page that they ask for unless given.
        notice: the name of a sentence to be said there.
    """
    site = member.guest.site
    back, acr = there or member.here, None if level is None else level.value
    return see_other(site, address(site.path(PATH), notice=notice, back=back, acr=acr))
