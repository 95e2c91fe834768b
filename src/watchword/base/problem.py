"""The body of a refusal for programs: what happened, under a code that never changes.

Source: RFC 9457 section 3; users.md U50.
"""

import json
from dataclasses import field

from watchword.base.records import dataclass

__all__ = ["PROBLEM_TYPE", "Problem"]

PROBLEM_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One refusal.

    Args:
        type: URI of the page that explains the code.
        title: the code in words; the same for every occurrence.
        status: the HTTP status, repeated for readers that lose the header.
        code: stable, documented, never reworded.
        id: of this decision or failure, as the operator's log has it; None where two refusals must
            be the same bytes (users.md U56).
        hint: what the caller can do.
        detail: this occurrence; in development and for administrators only (users.md U55).
        extensions: further members, such as `errors`; none may have the name of a field above.
    """

    type: str
    title: str
    status: int
    code: str
    id: str | None
    hint: str | None = None
    detail: str | None = None
    extensions: tuple[tuple[str, object], ...] = field(default=())

    def body(self) -> bytes:
        """Return the problem as JSON; members without a value are left out."""
        members: dict[str, object] = dict(self.extensions)
        members |= {
            "type": self.type,
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "hint": self.hint,
            "id": self.id,
        }
        present = {name: value for name, value in members.items() if value is not None}
        return json.dumps(present, separators=(", ", ": ")).encode("ascii")
