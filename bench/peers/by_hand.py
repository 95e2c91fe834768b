"""The same rules as an application without an engine writes them: dictionaries and one `if`."""

import platform
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import decisions
import worker


@dataclass
class Person:
    """Who asks."""

    id: str
    roles: frozenset
    suspended: bool = False


@dataclass
class Note:
    """What is asked about."""

    id: int
    owner: str


def make(column, operation):
    """Return the check; there are no reasons to tell."""
    if operation != "check":
        return None
    kind, count = decisions.split(column)
    roles = frozenset({decisions.EDITOR}) if kind == "assignments" else frozenset()
    people = {name: Person(name, roles) for name in decisions.people(count)}
    shares = set()
    if kind == "shares":
        shares = {(f"user-{number}", number, "read") for number in range(count)}
    asked = [(q.who, q.action, Note(q.note, decisions.OTHER)) for q in decisions.questions(column)]

    def check(who, action, note):
        me = people[who]
        if me.suspended:
            return False
        return (
            "admin" in me.roles
            or note.owner == me.id
            or (action == "update" and decisions.EDITOR in me.roles)
            or (me.id, note.id, action) in shares
        )

    assert all(check(*each) for each in asked)
    return lambda number: check(*asked[number % len(asked)])


worker.serve(f"by hand, Python {platform.python_version()}", make)
