"""What you may do: rules as typed functions, decided, listed and explained from one reading.

Owns the policy, subjects, decisions and the SQL filter. Implements access.md sections 1 to 8 in the
words of the AuthZEN Authorization API 1.0 (subject, action, resource, context, decision).
Leaves loading, HTTP answers and headers to `guards`, subjects' facts to `accounts` and `stores`.
"""

from watchword.base.lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from watchword.access.decision import Answer, Considered, Decision, Kind, Verdict
    from watchword.access.errors import (
        AccessError,
        Forbidden,
        InsufficientScope,
        InvalidSubject,
        NotAllowed,
        NotFound,
        NotListable,
        PolicyError,
        Refusal,
        StepUpRequired,
    )
    from watchword.access.lookup import Lookup
    from watchword.access.policy import Policy
    from watchword.access.shares import Share, ShareReader
    from watchword.access.subject import Context, Freshness, Subject
    from watchword.access.symbols import Condition, Me, Row

__all__ = [
    "AccessError",
    "Answer",
    "Condition",
    "Considered",
    "Context",
    "Decision",
    "Forbidden",
    "Freshness",
    "InsufficientScope",
    "InvalidSubject",
    "Kind",
    "Lookup",
    "Me",
    "NotAllowed",
    "NotFound",
    "NotListable",
    "Policy",
    "PolicyError",
    "Refusal",
    "Row",
    "Share",
    "ShareReader",
    "StepUpRequired",
    "Subject",
    "Verdict",
]

# Resolved at first use: a server without a policy loads what roles and shares are, and no rules.
_HOMES = {
    "access.decision": (
        "Answer",
        "Considered",
        "Decision",
        "Kind",
        "Verdict",
    ),
    "access.errors": (
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
    ),
    "access.lookup": ("Lookup",),
    "access.policy": ("Policy",),
    "access.shares": (
        "Share",
        "ShareReader",
    ),
    "access.subject": (
        "Context",
        "Freshness",
        "Subject",
    ),
    "access.symbols": (
        "Condition",
        "Me",
        "Row",
    ),
}

__getattr__, __dir__ = lazy_names(__name__, __all__, _HOMES)
