"""cedarpy, everything parsed beforehand: one call each, or its batch of 300 (the fastest way)."""

import importlib.metadata
import json
import platform
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import decisions
import worker
from cedarpy import Entities, PolicySet, is_authorized, is_authorized_batch

BATCH = 300 if "--batch" in sys.argv else 0
RULES = """
forbid(principal, action, resource) when { principal.suspended };
permit(principal in Role::"admin", action, resource);
permit(principal, action, resource) when { resource.owner == principal };
permit(principal in Role::"editor", action == Action::"update", resource);
"""
SHARE = 'permit(principal == User::"{0}", action == Action::"read", resource == Note::"{1}");\n'


def make(column, operation):
    """Return one decision out of a batch, or one call."""
    if operation != "check":
        return None
    kind, count = decisions.split(column)
    shares = range(count) if kind == "shares" else ()
    policies = PolicySet.from_str(RULES + "".join(SHARE.format(f"user-{n}", n) for n in shares))
    asked = decisions.questions(column)
    entities = Entities.from_json_str(json.dumps(described(kind, count, asked)))
    requests = [
        {
            "principal": f'User::"{question.who}"',
            "action": f'Action::"{question.action}"',
            "resource": f'Note::"{question.note}"',
            "context": {},
        }
        for question in asked
    ]
    assert all(is_authorized(request, policies, entities).allowed for request in requests)
    if not BATCH:
        return lambda number: is_authorized(requests[number % len(requests)], policies, entities)
    many = [requests[number % len(requests)] for number in range(BATCH)]

    def one_of_many(number):
        if number % BATCH == 0:
            is_authorized_batch(many, policies, entities)

    return one_of_many


def described(kind, count, asked):
    """Return the people, their roles, and the notes that are asked about."""
    roles = ("admin", decisions.EDITOR)
    parents = [{"type": "Role", "id": decisions.EDITOR}] if kind == "assignments" else []
    owner = {"__entity": {"type": "User", "id": decisions.OTHER}}
    return [
        *({"uid": {"type": "Role", "id": role}, "attrs": {}, "parents": []} for role in roles),
        *(
            {
                "uid": {"type": "User", "id": name},
                "attrs": {"suspended": False},
                "parents": parents,
            }
            for name in decisions.people(count)
        ),
        *(
            {"uid": {"type": "Note", "id": str(q.note)}, "attrs": {"owner": owner}, "parents": []}
            for q in asked
        ),
    ]


worker.serve(
    f"cedarpy {importlib.metadata.version('cedarpy')}"
    f"{f' in batches of {BATCH}' if BATCH else ''}, Python {platform.python_version()}",
    make,
    batch=BATCH or worker.BATCH,
)
