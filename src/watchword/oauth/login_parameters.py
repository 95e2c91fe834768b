"""The parameters of a login: what a program sends to either door of the login API, typed.

Source: oauth.md section 6 (L-1, L-3 to L-5, L-13); draft-ietf-oauth-first-party-apps-03.
"""

from collections.abc import Mapping

from watchword.accounts.attempts import PasswordAttempt
from watchword.accounts.flow import Answer, AnswerKind, Wish
from watchword.accounts.levels import ACR_VALUES, Level
from watchword.base.chance import is_secret
from watchword.base.records import dataclass
from watchword.base.secrets import Secret
from watchword.oauth.errors import InvalidRequest
from watchword.oauth.parameters import optional_text, required_secret, required_text
from watchword.oauth.scopes import parse_scope

__all__ = ["Continued", "LoginParameters", "Started", "parse"]

MAX_AGE_MAX = 10 * 365 * 86_400  # ten years; more is a mistake
PASSKEY_WANTED = "begin"  # as the value of `passkey`: begin a login with a passkey alone

_ANSWERS = {
    "otp": AnswerKind.TOTP,
    "recovery_code": AnswerKind.RECOVERY_CODE,
    "passkey": AnswerKind.PASSKEY,
    "password": AnswerKind.PASSWORD,
}


@dataclass(frozen=True, slots=True)
class Started:
    """What is shown at the beginning: a name and a password, a live login, or nothing yet."""

    password: PasswordAttempt | None = None
    refresh_token: Secret | None = None  # of the session that is to be raised


@dataclass(frozen=True, slots=True)
class Continued:
    """What is shown at a further step; without an answer, the step is only looked at."""

    auth_session: Secret
    answer: Answer | None


@dataclass(frozen=True, slots=True)
class LoginParameters:
    """A request of a login, typed."""

    step: Started | Continued
    resource: str | None
    scope: str | None
    wish: Wish
    device: Secret | None
    wants_device: bool


def parse(members: Mapping[str, object]) -> LoginParameters:
    """Turn a body into typed parameters.

    Raises:
        InvalidRequest: a member is missing or of the wrong type; the text names it.
        InvalidScope: the scope is malformed.
    """
    scope = optional_text(members, "scope")
    parse_scope(scope)
    device = optional_text(members, "device_token")
    return LoginParameters(
        step=_parse_step(members),
        resource=optional_text(members, "resource"),
        scope=scope,
        wish=_parse_wish(members),
        device=Secret(device) if device is not None and is_secret(device) else None,
        wants_device=members.get("remember_device") in (True, "true"),  # the value may be a list
    )


def _parse_step(members: Mapping[str, object]) -> Started | Continued:
    auth_session = optional_text(members, "auth_session")
    if auth_session is not None:
        return Continued(Secret(auth_session), _parse_answer(members))
    refresh_token = optional_text(members, "refresh_token")
    if refresh_token is not None:
        return Started(refresh_token=Secret(refresh_token))
    if optional_text(members, "passkey") == PASSKEY_WANTED:
        return Started()
    name = required_text(members, "username")
    return Started(password=PasswordAttempt(name, required_secret(members, "password")))


def _parse_answer(members: Mapping[str, object]) -> Answer | None:
    shown = [
        Answer(kind, required_secret(members, name))
        for name, kind in _ANSWERS.items()
        if optional_text(members, name) is not None
    ]
    if len(shown) > 1:
        raise InvalidRequest("show one of otp, recovery_code, passkey and password")
    return shown[0] if shown else None


def _parse_wish(members: Mapping[str, object]) -> Wish:
    """Return what the login is to reach. Of several `acr_values` the first known one counts.

    Source: OpenID Connect Core section 3.1.2.1 (acr_values, in order of preference; max_age).
    """
    asked = (optional_text(members, "acr_values") or "").split(" ")
    level = next((Level(value) for value in asked if value in ACR_VALUES), Level.ONE_FACTOR)
    max_age = members.get("max_age")
    if isinstance(max_age, str) and max_age.isascii() and max_age.isdecimal():
        max_age = int(max_age[:12])
    if max_age is None or max_age == "":
        return Wish(level)
    if not isinstance(max_age, int) or isinstance(max_age, bool) or not 0 <= max_age <= MAX_AGE_MAX:
        raise InvalidRequest("max_age must be a number of seconds")
    return Wish(level, max_age)
