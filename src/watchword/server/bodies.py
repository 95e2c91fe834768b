"""Bodies, read strictly: one type, a limit of bytes, a deadline, nothing twice.

The limit of a route stands in the route table; `read_json` and `read_form` take it from there.

Source: oauth.md E-4; RFC 6749 sections 3.1 and 3.2 (a parameter at most once); RFC 8259;
security.md rules 67 and 104; security.md section 3.5 (a body that drips).
"""

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from watchword.base import strict_json
from watchword.base.records import dataclass
from watchword.server.errors import (
    BodyTimedOut,
    BodyTooLarge,
    ContentTypeRefused,
    MalformedBody,
)
from watchword.server.within import within

__all__ = [
    "FORM_TYPE",
    "JSON_TYPE",
    "LIMITS",
    "SENT",
    "BodyLimits",
    "content_type",
    "query_pairs",
    "read_form",
    "read_json",
    "read_pairs",
    "read_query",
]

JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"
LIMITS = "watchword.body_limits"  # where the route table's limits stand in the ASGI scope
SENT = "watchword.sent"  # where the parameters that were read stand in the ASGI scope
PARAMETERS_MAX = 64  # the largest registered request has about thirty
NAME_CHARACTERS_MAX = 128


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """What the body of one route may cost."""

    bytes_max: int
    seconds: float  # for the whole of it


def content_type(request: Request) -> str:
    """Return the media type without its parameters, in lower case, or "" without one.

    Raises:
        MalformedBody: the header came twice.
    """
    values = request.headers.getlist("content-type")
    if len(values) > 1:
        raise MalformedBody("the request has two Content-Type headers")
    return values[0].partition(";")[0].strip().lower() if values else ""


async def read_json(request: Request) -> Mapping[str, object]:
    """Return the JSON object that the request carries.

    Raises:
        ContentTypeRefused, BodyTooLarge, BodyTimedOut, MalformedBody
    """
    _require_type(request, JSON_TYPE)
    body = await read_bytes(request)
    try:
        document = strict_json.loads(body, bytes_max=len(body))
    except strict_json.MalformedJSON as error:
        raise MalformedBody(str(error)) from None
    if not isinstance(document, dict):
        raise MalformedBody("the body is not a JSON object")
    request.scope[SENT] = tuple(document.items())
    return document


async def read_form(request: Request) -> Mapping[str, str]:
    """Return the parameters of an urlencoded form. Empty values count as absent.

    Raises:
        ContentTypeRefused, BodyTooLarge, BodyTimedOut, MalformedBody

    Source: RFC 6749 section 3.2 (parameters without a value are treated as omitted).
    """
    return _each_once(await read_pairs(request))


def read_query(request: Request) -> Mapping[str, str]:
    """Return the parameters of the query, as `read_form` does those of a form.

    Raises:
        MalformedBody: not in UTF-8, too many, or one of them twice.
    """
    return _each_once(query_pairs(request))


async def read_pairs(request: Request) -> Sequence[tuple[str, str]]:
    """Return the parameters of an urlencoded form as they came, repeated ones too.

    Raises:
        ContentTypeRefused, BodyTooLarge, BodyTimedOut, MalformedBody
    """
    _require_type(request, FORM_TYPE)
    body = await read_bytes(request)
    pairs = _pairs(body, where="body", strict_parsing=bool(body))
    request.scope[SENT] = pairs
    return pairs


def query_pairs(request: Request) -> Sequence[tuple[str, str]]:
    """Return the parameters of the query as they came, repeated ones too.

    Raises:
        MalformedBody: the query is not in UTF-8, or has too many parameters or too long names.
    """
    query: bytes = request.scope["query_string"]
    pairs = _pairs(query, where="query", strict_parsing=False)
    request.scope[SENT] = pairs
    return pairs


async def read_bytes(request: Request) -> bytes:
    """Return the whole body.

    The length that the peer announces only refuses early; what arrives is counted as well.

    Raises:
        BodyTooLarge, BodyTimedOut
    """
    limits: BodyLimits = request.scope[LIMITS]
    most = limits.bytes_max
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and announced.isascii() and int(announced[:12]) > most:
        raise _too_large(most)
    try:
        return await within(limits.seconds, _received(request, most))
    except TimeoutError:
        raise BodyTimedOut(f"the body did not arrive within {limits.seconds:g} s") from None


# Names of the protocol, which may stand in an answer; any other word may be somebody's secret.
_NAMED = frozenset(
    {
        "client_assertion", "client_assertion_type", "client_id", "client_secret", "code",
        "code_verifier", "device_code", "grant_type", "redirect_uri", "refresh_token", "resource",
        "scope", "token", "token_type_hint",
    }
)  # fmt: skip


def _each_once(pairs: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    parameters: dict[str, str] = {}
    for name, value in pairs:
        if name in parameters:
            which = f"the parameter {name}" if name in _NAMED else "a parameter"
            raise MalformedBody(f"{which} is repeated")
        parameters[name] = value
    return {name: value for name, value in parameters.items() if value}


async def _received(request: Request, most: int) -> bytes:
    body = bytearray()
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > most:
            raise _too_large(most)
        if not message.get("more_body"):
            return bytes(body)


def _require_type(request: Request, accepted: str) -> None:
    if content_type(request) != accepted:
        raise ContentTypeRefused(f"the body must be {accepted}", accepted=accepted)


def _too_large(most: int) -> BodyTooLarge:
    return BodyTooLarge(f"the body is larger than {most} bytes")


def _pairs(text: bytes, *, where: str, strict_parsing: bool) -> Sequence[tuple[str, str]]:
    try:
        pairs = parse_qsl(
            text.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=strict_parsing,
            encoding="utf-8",
            errors="strict",
            max_num_fields=PARAMETERS_MAX,
        )
    except ValueError:
        raise MalformedBody(
            f"the {where} is not an urlencoded form in UTF-8 of at most {PARAMETERS_MAX} parameters"
        ) from None
    for name, value in pairs:
        if len(name) > NAME_CHARACTERS_MAX:
            raise MalformedBody("a parameter name is too long")
        if "\0" in value:  # of no grammar (RFC 6749 appendix A); PostgreSQL does not store it
            raise MalformedBody("a parameter holds the character NUL")
    return pairs
