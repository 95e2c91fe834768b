"""What the access room raises.

    AccessError
    |-- PolicyError              the policy's author: raised while the policy module is imported
    |   `-- NotListable          a list of what an opaque predicate decides
    |-- InvalidSubject           token, store or application handed over what no subject may have
    `-- Refusal                  the answer is no
        |-- Forbidden            forbidden      a deny rule says no
        |   `-- NotAllowed       not_allowed    no rule says yes
        |-- StepUpRequired       step_up_required   a stronger login would be allowed
        |-- InsufficientScope    insufficient_scope
        `-- NotFound             not_found      absent, or not to be seen: the peer cannot tell

Every class has a stable `code`. `text` may be shown to the peer; `detail` is for the operator.

Source: access.md section 8 (D4, D5), section 5 (G1, G3); RFC 6750 section 3.1.
"""

from typing import ClassVar

from watchword.access.decision import Decision

__all__ = [
    "AccessError",
    "Forbidden",
    "InsufficientScope",
    "InvalidSubject",
    "NotAllowed",
    "NotFound",
    "NotListable",
    "PolicyError",
    "Refusal",
    "StepUpRequired",
]


class AccessError(Exception):
    """The root of this room's errors.

    Args:
        text: a sentence that the peer may read.
        detail: what the operator needs; equals `text` where nothing more is known.
    """

    code: ClassVar[str] = "access_error"

    def __init__(self, text: str, *, detail: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.detail = text if detail is None else detail


class PolicyError(AccessError):
    """A rule or declaration that cannot mean what its author wants, found at import."""

    code = "invalid_policy"


class NotListable(PolicyError):
    """An action's rows cannot be listed: an opaque predicate decides and states no SQL (P5)."""

    code = "not_listable"


class InvalidSubject(AccessError):
    """A subject or context with a value that no decision can be made about.

    The value stands in `detail` and in the traceback's note, not in the text.
    """

    code = "invalid_subject"

    def __init__(self, detail: str) -> None:
        super().__init__("These facts about a subject cannot be used.", detail=detail)
        self.add_note(detail)


class Refusal(AccessError):
    """The answer is no. `decision` is the whole record, for the operator."""

    code = "refused"

    def __init__(self, text: str, *, decision: Decision | None, detail: str | None = None) -> None:
        super().__init__(text, detail=str(decision) if detail is None else detail)
        self.decision = decision


class Forbidden(Refusal):
    """A deny rule applies; its docstring is the text."""

    code = "forbidden"


class NotAllowed(Forbidden):
    """No rule allows it; the text is neutral, the nearest rules stand in the decision."""

    code = "not_allowed"


class StepUpRequired(Refusal):
    """The subject would be allowed with a stronger login: one of `acr_values`.

    Source: RFC 9470 section 3.
    """

    code = "step_up_required"

    def __init__(self, text: str, *, decision: Decision, acr_values: tuple[str, ...]) -> None:
        super().__init__(text, decision=decision)
        self.acr_values = acr_values


class InsufficientScope(Refusal):
    """The delegated token's scopes do not reach this action; any of `scopes` would.

    Source: RFC 6750 section 3.1.
    """

    code = "insufficient_scope"

    def __init__(self, text: str, *, decision: Decision, scopes: tuple[str, ...]) -> None:
        super().__init__(text, decision=decision)
        self.scopes = scopes


class NotFound(Refusal):
    """There is no such row, or the subject may not read it. The two look alike.

    No decision is attached: making one for the hidden row only would be work that the absent row
    does not cost.
    """

    code = "not_found"

    def __init__(self, *, detail: str) -> None:
        super().__init__("There is nothing here that you may see.", decision=None, detail=detail)
