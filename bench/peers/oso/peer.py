"""oso: rules in Polar; shares are facts of its knowledge base."""

import importlib.metadata
import platform
import sys
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import decisions
import worker
from oso import Oso

RULES = """
allow(person: Person, action, note: Note) if
    not person.suspended and permitted(person, action, note);
permitted(person, _action, _note) if "admin" in person.roles;
permitted(person, _action, note) if note.owner = person.id;
permitted(person, "update", _note) if "editor" in person.roles;
permitted(person, action, note) if share(person.id, action, note.id);
"""


@dataclass
class Person:
    """Who asks."""

    id: str
    roles: list = field(default_factory=list)
    suspended: bool = False


@dataclass
class Note:
    """What is asked about."""

    id: int
    owner: str


def make(column, operation):
    """Return the call of `is_allowed`."""
    if operation != "check":
        return None
    kind, count = decisions.split(column)
    engine = Oso()
    engine.register_class(Person)
    engine.register_class(Note)
    shares = range(count) if kind == "shares" else (-1,)
    engine.load_str(RULES + "".join(f'share("user-{n}", "read", {n});\n' for n in shares))
    roles = [decisions.EDITOR] if kind == "assignments" else []
    people = {name: Person(name, roles) for name in decisions.people(count)}
    calls = [
        (people[q.who], q.action, Note(q.note, decisions.OTHER))
        for q in decisions.questions(column)
    ]
    assert all(engine.is_allowed(*call) for call in calls)
    return lambda number: engine.is_allowed(*calls[number % len(calls)])


worker.serve(f"oso {importlib.metadata.version('oso')}, Python {platform.python_version()}", make)
