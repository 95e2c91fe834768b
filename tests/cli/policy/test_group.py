"""`watchword policy`: what it says, what changed, its forms and its matrix."""

import json
from pathlib import Path

import pytest

from watchword.access import Policy
from watchword.access.export import matrix


def test_show_draws_rules_and_grid(command, module):
    done = command("policy", "show", module())
    assert done.code == 0
    assert "allow  note.owner  read: What is yours is yours." in done.out
    assert "note    role   other  owner\n" in done.out
    assert "read    -      deny   allow\n" in done.out
    told = command("policy", "show", "notes_policy:policy", "--json").json
    assert told["rules"][1] == {
        "id": "note.owner",
        "effect": "allow",
        "text": "What is yours is yours.",
    }
    assert len(told["cells"]) == 4 * 2 * 2


def test_show_tells_what_a_cell_depends_on(command, module):
    text = POLICY_WITH_CONTEXT
    assert "if context.office == True" in command("policy", "show", module(text)).out


POLICY_WITH_CONTEXT = """
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from watchword.access import Policy


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


policy = Policy(context={"office": bool})


@policy.allow("read", on=Note)
def office(me, note, ctx):
    "In the office."
    return (ctx.office == True) & (note.name < "x")
"""


@pytest.mark.requirement("access:T4:flips")
def test_diff_says_which_rules_and_cells_changed(command, module):
    name = module()
    assert command("policy", "export", name, "--output", "old.json").out == "old.json is written\n"
    same = command("policy", "diff", "old.json", name, "--check")
    assert same.code == 0
    assert same.out.startswith("nothing changed: both are version ")
    text = Path("notes_policy.py").read_text(encoding="utf-8")
    changed = (
        text.replace('"read", on', '"read", "share", on')
        .replace('roles={"admin": []}', 'roles={"admin": ["user"]}, actions=["share"]')
        .replace('"notes": ["read"]', '"all": ["*"]')
    )
    name = module(changed, "changed_policy")
    done = command("policy", "diff", "old.json", name, "--check")
    assert done.code == 1
    lines = done.out.splitlines()
    assert lines[:6] == [
        "action share came",
        "role admin was nothing, is user",
        "role user came",
        "scope all came: *",
        "scope notes went",
        "rule note.owner was allow read if resource.owner == subject.id "
        '("What is yours is yours."); is allow read, share if resource.owner == subject.id '
        '("What is yours is yours.")',
    ]
    assert "  admin, owner: share note: was not asked, is allow (note.admin)" in lines
    told = command("policy", "diff", "old.json", name, "--json").json
    assert told["before"] != told["after"]
    assert {"before", "after"} == set(told["flips"][0])
    assert command("policy", "diff", name, "old.json", "--json").code == 0


def test_diff_tells_rules_that_came_and_went(command, module):
    old = module()
    text = Path("notes_policy.py").read_text(encoding="utf-8")
    new = module(
        text.replace("def owner", "def author").replace(
            '"read", on=Note', '"update", on=Note, fields={"text"}'
        ),
        "other_policy",
    )
    out = command("policy", "diff", old, new).out
    assert 'rule note.owner went: allow read if resource.owner == subject.id ("What' in out
    assert "rule note.author came: allow update of text if resource.owner == subject.id" in out


@pytest.mark.requirement("access:T4:matrix-file")
def test_matrix_is_written_and_compared(command, module):
    name = module()
    printed = command("policy", "matrix", name).out
    assert matrix.read(printed) == Policy.load(command("policy", "export", name).out).matrix()
    assert command("policy", "matrix", name, "policy.csv").out == "policy.csv is written\n"
    assert Path("policy.csv").read_text(encoding="utf-8") == printed
    assert command("policy", "matrix", name, "policy.csv", "--check").code == 0
    text = Path("notes_policy.py").read_text(encoding="utf-8")
    name = module(text.replace('"read", on', '"read", "update", on'))
    done = command("policy", "matrix", name, "policy.csv", "--check")
    assert done.code == 1
    assert done.err.startswith("1 cell differs from policy.csv:\nnobody in particular, owner: ")
    Path("policy.csv").write_text("x\n", encoding="utf-8")
    assert "begins with the line" in command("policy", "matrix", name, "policy.csv", "--check").err
    assert command("policy", "matrix", name, "--check").code == 2
    assert "cannot be read" in command("policy", "matrix", name, "no.csv", "--check").err


def test_export_writes_every_form(command, module):
    name = module()
    assert json.loads(command("policy", "export", name).out)["format"] == "watchword-policy-1"
    assert command("policy", "export", name, "--json").out == command("policy", "export", name).out
    assert command("policy", "export", name, "--markdown").out.startswith("# Who may do what")
    assert "permit (principal, " in command("policy", "export", name, "--cedar").out
    assert "entity Note = {" in command("policy", "export", name, "--cedar-schema").out
    done = command("policy", "export", name, "--output", "no/where.json")
    assert done.code == 3
    assert "no/where.json cannot be written" in done.err
    refused = command("policy", "export", module(POLICY_WITH_CONTEXT), "--cedar")
    assert refused.code == 1
    assert "note.office: Cedar has no order of str" in refused.err


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("nothing", "'nothing' names no policy. Name it as module:attribute"),
        ("no_such_module:policy", "no_such_module cannot be imported: No module named"),
        ("notes_policy:polcy", "notes_policy has no Policy called 'polcy'"),
        ("broken_policy:policy", "broken_policy: note.rule: "),
        ("no.json", "no.json cannot be read"),
        ("bad.json", "bad.json: the declarative policy is no strict JSON"),
        (
            "own_policy:policy",
            "own_policy: note.owner: action 'cancel' is not declared; known: create, delete, read, "
            "update; words of your own: Policy(actions=[...]). Mend the policy.",
        ),
        ("dead_policy:policy", "dead_policy:policy: secret attribute 'ownr' is not declared"),
    ],
)
def test_a_name_that_leads_to_no_policy_is_refused_with_the_cause(command, module, name, told):
    module()
    text = Path("notes_policy.py").read_text(encoding="utf-8")
    broken = text.replace("def owner", "def rule").replace("note.owner ==", "note.ownr ==")
    module(broken, "broken_policy")
    module(text.replace('.allow("read"', '.allow("cancel"'), "own_policy")
    module(text.replace("scopes={", 'secret=["ownr"], scopes={'), "dead_policy")
    Path("bad.json").write_text("{", encoding="utf-8")
    done = command("policy", "show", name)
    assert done.code == 3
    assert told in done.err


def test_help_names_every_command(command):
    out = command("policy", "--help").out
    for name in ("show", "diff", "export", "matrix", "test", "mutate", "replay"):
        assert f"\n  {name} " in out
