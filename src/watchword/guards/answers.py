"""From a refusal to an answer: status, challenge and problem body. Pure.

Production tells the code, what helps, and an id that the operator's log has too; development adds
the detail. "Absent" and "hidden" give the same bytes, so that answer has no id.

Source: RFC 6750 section 3; RFC 9449 section 7.1; RFC 9457 section 3; users.md U50 to U56;
access.md D5, G1, G3.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import field, replace
from enum import Enum
from types import MappingProxyType

from watchword.access import InsufficientScope, NotFound, Refusal, StepUpRequired
from watchword.base.chance import Chance, new_id
from watchword.base.log_text import one_line
from watchword.base.problem import PROBLEM_TYPE, Problem
from watchword.base.reasons import REASONS
from watchword.base.records import dataclass
from watchword.guards.errors import GuardError, ProofRefused
from watchword.guards.records import Told, claims_behind
from watchword.guards.sender import PROOF_ALGORITHMS
from watchword.jose.errors import KeysUnavailable, TokenError
from watchword.oauth.access_token import AccessClaims
from watchword.oauth.bearer import BearerError, challenge
from watchword.oauth.characters import as_description

__all__ = ["REFUSALS", "UNREACHED", "Answer", "Answers", "Disclosure"]

# The roots of everything that a guard answers.
REFUSALS: tuple[type[Exception], ...] = (
    BearerError,
    TokenError,
    KeysUnavailable,
    GuardError,
    Refusal,
)

ID_CHARACTERS_MAX = 200  # of one id in the log; those of issuers in use have up to 64

_log = logging.getLogger(__name__)


class Disclosure(Enum):
    """How much a refusal tells the peer."""

    PRODUCTION = "production"
    DEVELOPMENT = "development"  # with times, rules and attribute values


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back instead of the resource."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    told: Told | None = field(default=None, repr=False)
    """What the operator may be told; what is absent has no id, by which to ask."""


@dataclass(frozen=True, slots=True)
class _Refused:
    """A refusal of any room, in the words of an answer."""

    status: int
    code: str
    public: str
    error: str | None = None  # RFC 6750
    detail: str = ""
    scopes: tuple[str, ...] = ()
    acr: str | None = None
    max_age: int | None = None
    retry_after: int | None = None
    id: str | None = None
    is_proof: bool = False  # what is refused is a proof of possession
    hint: str = ""  # of this occurrence; otherwise that of the code


@dataclass(frozen=True, slots=True)
class Answers:
    """Makes the answers of one guard.

    Args:
        issuer: its server explains every code at `/errors/CODE`.
        realm: what is protected, in any characters.
        disclosure: what the body tells.
        chance: where ids come from.
        scheme: of the challenge.
        resource_metadata: where the API says who issues its tokens (RFC 9728 section 5.1).
        scopes: what a login for this API has to ask; every 401 names them.
    """

    issuer: str
    realm: str
    disclosure: Disclosure
    chance: Chance
    scheme: str = "Bearer"
    resource_metadata: str | None = None
    scopes: tuple[str, ...] = ()

    def answer(
        self, error: Exception, *, scopes: tuple[str, ...] = (), claims: AccessClaims | None = None
    ) -> Answer:
        """Return the answer to a refusal, one of `REFUSALS`, and note it in the log.

        Args:
            error: the refusal.
            scopes: all that the operation needs, so that a client asks for them once.
            claims: of the good token that the request had, where the refusal does not hold them.
        """
        refused = _read(error)
        if refused.error == "insufficient_scope" or (
            refused.status == 401 and refused.error in _ASKS_FOR_A_TOKEN
        ):
            refused = replace(refused, scopes=tuple(dict.fromkeys(refused.scopes + scopes)))
        refusal_id = refused.id or new_id(self.chance, "refusal")
        whose = _whose(claims or claims_behind(error))
        self._note(refusal_id, refused.status, refused.code, refused.detail, whose)
        problem = Problem(
            type=self._page(refused.code),
            title=REASONS[refused.code].title,
            status=refused.status,
            code=refused.code,
            hint=refused.hint or REASONS[refused.code].fix_at(self.issuer),
            detail=refused.detail or None if self._tells_detail(refused) else None,
            id=None if refused.status == 404 else refusal_id,
        )
        decision = error.decision if isinstance(error, Refusal) else None
        told = Told(
            refusal_id, refused.status, refused.code, refused.public, refused.detail, decision
        )
        return Answer(
            refused.status,
            self._headers(refused),
            problem.body(),
            None if refused.status == 404 else told,
        )

    def invalid(self, status: int, errors: tuple[dict[str, str], ...], *, hint: str) -> Answer:
        """Return the answer to a request that the application cannot read."""
        problem = Problem(
            type=self._page("invalid_request"),
            title=REASONS["invalid_request"].title,
            status=status,
            code="invalid_request",
            hint=hint,
            id=new_id(self.chance, "refusal"),
            extensions=(("errors", list(errors)),) if errors else (),
        )
        return Answer(status, _COMMON, problem.body())

    def unreached(self, status: int, *, hint: str = "") -> Answer:
        """Return the answer to a request that never reaches a handler, or breaks one.

        Args:
            status: 400, 404, 405, 413, 415; 500 where the application broke, 503 where it may not
                start.
            hint: of this occurrence; otherwise that of the code.
        """
        code = UNREACHED[status]
        refusal_id = new_id(self.chance, "refusal")
        self._note(refusal_id, status, code)
        problem = Problem(
            type=self._page(code),
            title=REASONS[code].title,
            status=status,
            code=code,
            hint=hint or REASONS[code].fix_at(self.issuer),
            id=None if status == 404 else refusal_id,
        )
        return Answer(status, _COMMON, problem.body())

    def _note(
        self, refusal_id: str, status: int, code: str, detail: str = "", whose: str = ""
    ) -> None:
        """Tell the operator; what is ours to mend is told also where nobody asked for details."""
        level = logging.ERROR if status >= 500 else logging.INFO
        told = f" {one_line(detail)}" if detail else ""
        _log.log(level, "%s %d %s%s%s", refusal_id, status, code, whose, told)

    def _page(self, code: str) -> str:
        return f"{self.issuer}/errors/{code}"

    def _tells_detail(self, refused: _Refused) -> bool:
        return self.disclosure is Disclosure.DEVELOPMENT and refused.status != 404

    def _headers(self, refused: _Refused) -> tuple[tuple[str, str], ...]:
        headers: tuple[tuple[str, str], ...] = _COMMON
        if refused.retry_after is not None:
            headers = (*headers, ("Retry-After", str(refused.retry_after)))
        if refused.status not in {400, 401, 403}:
            return headers
        value = challenge(
            realm=as_description(self.realm),
            error=refused.error,
            error_description=refused.public if refused.error else None,
            scope=refused.scopes or (self.scopes if refused.status == 401 else ()),
            acr_values=refused.acr,
            max_age=refused.max_age,
            resource_metadata=self.resource_metadata,
            scheme="DPoP" if refused.is_proof else self.scheme,
        )
        if refused.is_proof:  # RFC 9449 section 7.1
            value = f'{value}, algs="{" ".join(PROOF_ALGORITHMS)}"'
        return (*headers, ("WWW-Authenticate", value))


_ASKS_FOR_A_TOKEN = frozenset({None, "invalid_token"})

UNREACHED: Mapping[int, str] = MappingProxyType(
    {
        400: "invalid_request",
        404: "not_found",
        405: "method_not_allowed",
        413: "invalid_request",
        415: "invalid_request",
        500: "server_error",
        503: "unguarded_routes",
    }
)

_COMMON = (
    ("Content-Type", PROBLEM_TYPE),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
)


def _whose(claims: AccessClaims | None) -> str:
    """Return whose token was refused, as a log says it: ids alone, which proved good.

    They stand before everything else and as JSON texts, so that no id can look like two.
    """
    if claims is None:
        return ""
    return f" sub={_quoted(claims.sub)} client_id={_quoted(claims.client_id)}"


def _quoted(text: str) -> str:
    return json.dumps(text[:ID_CHARACTERS_MAX])


def _read(error: Exception) -> _Refused:
    match error:
        case BearerError():
            return _Refused(error.status, error.code, error.public, error.error)
        case TokenError():
            detail = f"{error} {error.detail}".strip()
            return _Refused(401, error.code, error.public, "invalid_token", detail=detail)
        case KeysUnavailable():
            return _Refused(
                503, error.code, error.public, detail=str(error), retry_after=error.retry_after
            )
        case GuardError():
            return _Refused(
                error.status,
                error.code,
                error.public,
                error.error,
                detail=error.detail,
                scopes=error.scopes,
                acr=error.acr,
                max_age=error.max_age,
                retry_after=error.retry_after,
                is_proof=isinstance(error, ProofRefused),
            )
        case NotFound():
            return _Refused(404, error.code, error.text, detail=error.detail, hint=error.text)
        case Refusal():
            return _refused_by_policy(error)
        case _:
            raise TypeError(f"no answer is known for {type(error).__name__}") from error


def _refused_by_policy(error: Refusal) -> _Refused:
    decision_id = error.decision.id if error.decision is not None else None
    if isinstance(error, InsufficientScope):
        return _Refused(
            403,
            error.code,
            error.text,
            "insufficient_scope",
            detail=error.detail,
            scopes=error.scopes,
            id=decision_id,
        )
    if isinstance(error, StepUpRequired):
        return _Refused(
            401,
            error.code,
            error.text,
            "insufficient_user_authentication",
            detail=error.detail,
            acr=" ".join(error.acr_values),
            id=decision_id,
        )
    return _Refused(
        403, error.code, error.text, detail=error.detail, id=decision_id, hint=error.text
    )
