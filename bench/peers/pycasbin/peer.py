"""pycasbin: roles in its role manager; shares in the enforcer that filters rules by a key."""

import importlib.metadata
import logging
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import casbin
import decisions
import worker
from casbin.model import FastModel

logging.disable()

# There is one matcher, so what every rule asks stands in it.
MODEL = """
[request_definition]
r = {request}
[policy_definition]
p = sub, obj, act
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = {matcher}
"""
BY_ROLE = {
    "request": "sub, obj, act",
    "matcher": "!r.sub.suspended && (g(r.sub.id, p.sub) || r.obj.owner == r.sub.id)"
    " && r.act == p.act",
}
BY_ROW = {
    "request": "sub, obj, act, suspended",
    "matcher": "!r.suspended && r.sub == p.sub && r.obj == p.obj && r.act == p.act",
}
ROW = [0, 1, 2]  # the parts of a request that find its line


@dataclass
class Person:
    """Who asks."""

    id: str
    suspended: bool = False


@dataclass
class Note:
    """What is asked about."""

    id: int
    owner: str


def make(column, operation):
    """Return the call of `enforce`."""
    if operation != "check":
        return None
    kind, count = decisions.split(column)
    asked = decisions.questions(column)
    if kind == "assignments":
        enforcer = casbin.Enforcer(casbin.Enforcer.new_model(text=MODEL.format(**BY_ROLE)))
        enforcer.add_policies([[decisions.EDITOR, "*", "update"], ["admin", "*", "update"]])
        enforcer.add_grouping_policies(
            [[name, decisions.EDITOR] for name in decisions.people(count)]
        )
        calls = [(Person(q.who), Note(q.note, decisions.OTHER), q.action) for q in asked]
    else:
        model = FastModel(ROW)
        model.load_model_from_text(MODEL.format(**BY_ROW))
        enforcer = casbin.FastEnforcer(model, cache_key_order=ROW)
        enforcer.add_policies([[f"user-{n}", f"note-{n}", "read"] for n in range(count)])
        calls = [(q.who, f"note-{q.note}", q.action, False) for q in asked]
    assert all(enforcer.enforce(*call) for call in calls)
    return lambda number: enforcer.enforce(*calls[number % len(calls)])


worker.serve(
    f"pycasbin {importlib.metadata.version('pycasbin')}, Python {platform.python_version()}", make
)
