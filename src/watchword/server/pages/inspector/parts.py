"""The parts of a token that hold JSON, as a page shows them: each member with what it means.

Source: users.md U44.
"""

import json

from watchword.base.limits import DATE_MAX
from watchword.base.records import dataclass
from watchword.jose.jwt.explain import Part
from watchword.server.pages.inspector.glosses import gloss
from watchword.server.pages.times import moment

__all__ = ["TIME_CLAIMS", "MemberView", "PartView", "part_view"]

TIME_CLAIMS = frozenset({"iat", "nbf", "exp", "auth_time"})


@dataclass(frozen=True, slots=True)
class MemberView:
    """One member, its value as text, and what it means."""

    name: str
    value: str
    gloss: str


@dataclass(frozen=True, slots=True)
class PartView:
    """Header or payload."""

    name: str
    title: str
    encoded: str
    bytes: int
    json_text: str
    members: tuple[MemberView, ...]
    fault: str = ""
    """Why it cannot be read; empty where it can."""


def part_view(name: str, title: str, part: Part) -> PartView:
    """Return what a page shows of a part.

    Args:
        name: "header" or "payload".
        title: its heading.
        part: as `explain` took it apart.
    """
    kind = "encrypted header" if name == "header" and "enc" in part.members else name
    members = tuple(
        MemberView(member, _value(value), _meaning(kind, member, value))
        for member, value in part.members.items()
    )
    return PartView(name, title, part.b64u, len(part.data), part.text, members, part.fault)


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _meaning(part: str, name: str, value: object) -> str:
    meaning = gloss(part, name)
    if name in TIME_CLAIMS and type(value) is int and 0 <= value <= DATE_MAX:
        return f"{meaning} Here: {moment(value).words}."
    return meaning
