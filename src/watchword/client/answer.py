"""The answers of the endpoints that lead to tokens, read strictly.

Source: RFC 6749 sections 5.1 and 5.2; RFC 6750 section 2.1; oauth.md L-1 and section 6.
"""

import re
from collections.abc import Mapping

from watchword.base.records import dataclass
from watchword.base.secrets import Secret
from watchword.base.strict_json import MalformedJSON, loads
from watchword.client.errors import LoginFailed
from watchword.client.flight import Pair

__all__ = ["Step", "asked_step", "granted_code", "members_of", "received_pair"]

ANSWER_BYTES_MAX = 64 * 1024  # two tokens of 16 KiB and the rest
TOKEN_CHARACTERS_MAX = 16 * 1024
EXPIRES_IN_MAX = 365 * 86_400
DESCRIPTION_CHARACTERS_MAX = 300
OFFERS_MAX = 16
UNFINISHED = frozenset({400, 401})  # the challenge endpoint, and the login API

_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")  # RFC 6750 section 2.1
_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")


@dataclass(frozen=True, slots=True)
class Step:
    """What a login needs beside the password."""

    auth_session: Secret
    kinds: tuple[str, ...]  # "totp", "recovery_code", "passkey"


def received_pair(status: int, headers: Mapping[str, str], body: bytes, *, now: float) -> Pair:
    """Return the pair that an answer holds.

    Args:
        status: of the answer.
        headers: of the answer.
        body: of the answer, whole.
        now: when the request was sent, in monotonic seconds; the token's life is counted from it.

    Raises:
        LoginFailed: an error of the server, with its code; or no answer of a token endpoint.
    """
    members = members_of(body)
    if status != 200:
        raise _refusal(status, headers, members)
    access = members.get("access_token")
    refresh = members.get("refresh_token")
    expires_in = members.get("expires_in")
    token_type = members.get("token_type")
    if (
        not _is_token(access)
        or not isinstance(token_type, str)
        or token_type.lower() != "bearer"
        or type(expires_in) is not int
        or not 0 < expires_in <= EXPIRES_IN_MAX
        or not (refresh is None or _is_token(refresh))
    ):
        raise LoginFailed(
            "the answer of the login endpoint is no token response; is this the issuer's URL?",
            code="bad_answer",
            status=status,
        )
    return Pair.received(
        Secret(str(access)),
        None if refresh is None else Secret(str(refresh)),
        expires_in=expires_in,
        now=now,
    )


def asked_step(status: int, body: bytes) -> Step | None:
    """Return the step that an answer asks for, None where it asks for none."""
    if status not in UNFINISHED:
        return None
    members = members_of(body)
    auth_session, offers = members.get("auth_session"), members.get("next")
    if not _is_token(auth_session) or not isinstance(offers, list):
        return None
    kinds = tuple(
        offer["type"]
        for offer in offers[:OFFERS_MAX]
        if isinstance(offer, dict) and isinstance(offer.get("type"), str)
    )
    return Step(Secret(str(auth_session)), kinds)


def granted_code(status: int, body: bytes) -> Secret | None:
    """Return the authorization code of a login that is complete, None where there is none."""
    code = members_of(body).get("authorization_code") if status == 200 else None  # OK
    return Secret(str(code)) if _is_token(code) else None


def members_of(body: bytes) -> dict[str, object]:
    """Return the members of a JSON object; none where the body is no such thing."""
    try:
        value = loads(body, bytes_max=ANSWER_BYTES_MAX)
    except MalformedJSON:
        return {}
    return value if isinstance(value, dict) else {}


def _refusal(status: int, headers: Mapping[str, str], members: Mapping[str, object]) -> LoginFailed:
    error, text = members.get("error"), members.get("error_description")
    if error == "insufficient_authorization" and "reason" in members:
        error = members["reason"]  # what the login API says at once
    code = error if isinstance(error, str) and _CODE.fullmatch(error) else "bad_answer"
    said = text if isinstance(text, str) else f"the login endpoint answered {status}"
    # What a server says ends up in logs and terminals.
    said = _UNPRINTABLE.sub("?", said[:DESCRIPTION_CHARACTERS_MAX])
    return LoginFailed(
        f"{said} ({code})",
        code=code,
        status=status,
        retry_after=headers.get("retry-after", ""),
    )


def _is_token(value: object) -> bool:
    return (
        isinstance(value, str)
        and len(value) <= TOKEN_CHARACTERS_MAX
        and _TOKEN.fullmatch(value) is not None
    )
