"""The rules of the notes API, in words. The policy module beside the notes is what decides.

A test holds the ids against those of the policy.
"""

from watchword.base.records import dataclass

__all__ = ["LAWBOOK", "Rule"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, as a person would say it."""

    id: str  # as explanations name it
    text: str


LAWBOOK = (
    Rule("*.suspended", "A suspended user may do nothing, whatever the others say."),
    Rule("note.admin", "The role admin may do anything with every note."),
    Rule("note.author", "You may write notes, and they are yours."),
    Rule("note.owner", "You may read, change and delete the notes that you own."),
    Rule("note.shared", "You may read a note that its owner shared with a role of yours."),
    Rule("otherwise", "What no rule allows is refused."),
)
