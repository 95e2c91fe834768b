"""From an exception to an answer: the one place where errors of all rooms become HTTP.

The peer gets the code and the text that the error holds for it; the detail goes to the log with an
id. What nobody foresaw is `server_error` and the id, nothing else.

Source: ARCHITECTURE section 5; RFC 6749 section 5.2; RFC 9457; security.md rule 110; users.md U50,
U58.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from typing import ClassVar, Protocol

from starlette.requests import Request
from starlette.responses import Response

from watchword.base.log_text import one_line
from watchword.base.problem import PROBLEM_TYPE, Problem
from watchword.base.reasons import REASONS
from watchword.base.records import dataclass
from watchword.jose.errors import TokenError
from watchword.oauth.bearer import BearerError, challenge
from watchword.oauth.errors import InvalidRequest, OAuthError
from watchword.oauth.protected_resource import address
from watchword.server.errors import AccountSuspended, LoginOver, NotStarted, Rejected
from watchword.server.log import FAILURES
from watchword.server.pages.problem import problem_page
from watchword.server.pages.render import site_for
from watchword.server.settings import Settings
from watchword.stores.errors import StoreBusy, StoreUnavailable

__all__ = ["Failure", "Kind", "failure_of", "log_failure", "render"]


class _Told(Protocol):
    """An error with a stable code and a text for the peer."""

    code: ClassVar[str]
    public: ClassVar[str]


class Kind(Enum):
    """What a route speaks, and so how its errors look."""

    PROTOCOL = "protocol"  # RFC 6749 section 5.2
    RESOURCE = "resource"  # RFC 9457 with the challenge of RFC 6750
    PAGE = "page"  # HTML for a person


@dataclass(frozen=True, slots=True)
class Failure:
    """A refused request: what the peer is told, and what the log gets."""

    status: int
    code: str
    text: str  # for the peer; RFC 6749 characters
    id: str
    headers: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, object] = field(default_factory=dict, repr=False)
    detail: str = ""  # for the operator
    cause: BaseException | None = None


def failure_of(error: Exception, failure_id: str, *, issuer: str) -> Failure:
    """Classify an exception that a handler raised."""
    match error:
        case Rejected():
            return Failure(
                error.status, error.code, error.text, failure_id, headers=dict(error.headers)
            )
        case OAuthError():
            return Failure(
                error.status,
                error.code,
                error.public,
                failure_id,
                headers=dict(error.headers),
                members=error.members,
                detail=error.detail,
            )
        case BearerError() | LoginOver() | AccountSuspended():
            header = _challenge(error, error.error, issuer)
            return _challenged(error.status, error, failure_id, header)
        case TokenError():
            header = _challenge(error, "invalid_token", issuer)
            return _challenged(401, error, failure_id, header)
        case StoreUnavailable() | StoreBusy():
            text = error.public
            return _unavailable(error.code, text, error, failure_id, error.retry_after_seconds)
        case _:
            return _unforeseen(error, failure_id)


def log_failure(failure: Failure, *, method: str, path: str) -> None:
    """Write what the operator needs. The peer's input is not part of it, except the path."""
    ours = failure.status >= 500
    FAILURES.log(
        logging.ERROR if ours else logging.INFO,
        "%s %s %s: %s %s: %s",
        failure.id,
        method,
        one_line(path),
        failure.status,
        failure.code,
        one_line(failure.detail or failure.text),
        exc_info=failure.cause,
    )


def render(failure: Failure, kind: Kind, request: Request, settings: Settings) -> Response:
    """Return the answer in the form of the route's kind."""
    headers = {"cache-control": "no-store", **failure.headers}
    uri = f"{settings.issuer}/errors/{failure.code}"
    match kind:
        case Kind.PROTOCOL:
            members: dict[str, object] = {
                "error": failure.code,
                "error_description": failure.text,
                "error_uri": uri,
                **failure.members,
            }
            if failure.status >= 500:
                members["id"] = failure.id
            body = json.dumps(members).encode("ascii")
            return Response(body, failure.status, headers, "application/json")
        case Kind.RESOURCE:
            problem = Problem(
                type=uri,
                title=REASONS[failure.code].title,
                status=failure.status,
                code=failure.code,
                hint=REASONS[failure.code].fix_at(settings.issuer),
                # "Absent" and "not yours" are one answer, to the byte (users.md U56).
                id=None if failure.status == 404 else failure.id,
            )
            return Response(problem.body(), failure.status, headers, PROBLEM_TYPE)
        case Kind.PAGE:
            page = problem_page(
                failure.code,
                site_for(request, settings),
                status=failure.status,
                failure_id=failure.id,
                said=failure.text if failure.code == InvalidRequest.code else "",
            )
            page.headers.update(headers)
            return page


def _challenge(error: _Told, name: str | None, issuer: str) -> str:
    """Return the challenge of RFC 6750 section 3 for a bearer token that was refused."""
    asked = error if isinstance(error, BearerError) else None
    return challenge(
        realm="watchword",
        error=name,
        error_description=error.public if name else None,
        error_uri=f"{issuer}/errors/{error.code}" if name else None,
        scope=asked.scope if asked else (),
        acr_values=asked.acr_values if asked else None,
        max_age=asked.max_age if asked else None,
        resource_metadata=address(issuer),
    )


def _challenged(status: int, error: _Told, failure_id: str, header: str) -> Failure:
    headers = {"www-authenticate": header}
    return Failure(status, error.code, error.public, failure_id, headers=headers, detail=str(error))


def _unforeseen(error: Exception, failure_id: str) -> Failure:
    match error:
        case TimeoutError():
            return _unavailable("busy", "the request took too long", error, failure_id, 1)
        case NotStarted():
            return _unavailable(error.code, "the server has not started", error, failure_id, 1)
        case _:
            text = "the server met an unexpected fault"
            return Failure(500, "server_error", text, failure_id, cause=error)


def _unavailable(
    code: str, text: str, error: Exception, failure_id: str, retry_after_seconds: int
) -> Failure:
    headers = {"retry-after": str(retry_after_seconds)}
    return Failure(503, code, text, failure_id, headers=headers, detail=str(error))
