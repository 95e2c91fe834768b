"""The rules of the notes API, in words. The policy module beside the notes is what decides."""

from dataclasses import dataclass

__all__ = ["LAWBOOK", "Rule"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, as a person would say it."""

    title: str
    text: str


LAWBOOK = (
    Rule("Suspended is suspended", "A suspended user may do nothing, whatever the others say."),
    Rule("Yours is yours", "You may read, change and delete the notes that you own."),
    Rule("Shared is readable", "You may read a note that its owner shared with a role of yours."),
    Rule("An admin may do anything", "The role admin opens every note."),
    Rule("Anything else", "What no rule allows is refused."),
)
