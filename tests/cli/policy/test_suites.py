"""`watchword policy test` and `mutate`: laws, dead rules, and what a suite holds."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.policy.test_group import POLICY_WITH_CONTEXT

from watchword.cli.policy import suites
from watchword.testing.laws import LawBroken

SUITE = """
from notes_policy import Note, policy


def test_owner():
    assert policy.check(policy.subject("bo"), "read", Note(owner="bo")).allowed
    assert not policy.check(policy.subject("bo"), "read", Note(owner="cy")).allowed
"""
ONE_RULE = """
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from watchword.access import Policy


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]


policy = Policy()


@policy.allow("read", on=Note)
def owner(me, note):
    "What is yours is yours."
    return note.owner == me.id
"""
DJANGO = """
from tests.django_site.site import ready

ready()
from tests.django_site.models import Entry, ShareRow

from watchword.access import Policy

policy = Policy(context={"now": int}, shares=ShareRow)


@policy.allow("read", on=Entry)
def of_mine(me, entry):
    "What lies in your folder, or is shared with you, is yours to read."
    return (entry.folder.owner == me.id) | entry.shared("reader", me)
"""
SITE = """
SECRET_KEY = "of a test"
INSTALLED_APPS = ["leaves"]
# Nothing listens there: the laws leave the site's own database alone.
DATABASES = {
    "default": {"ENGINE": "django.db.backends.postgresql", "HOST": "127.0.0.1", "PORT": "1"}
}
"""
LEAVES = """
from django.db import models


class Leaf(models.Model):
    owner = models.TextField()
"""
LEAVES_POLICY = """
from leaves.models import Leaf
from watchword.access import Policy

policy = Policy()


@policy.allow("read", on=Leaf)
def owner(me, leaf):
    "What is yours is yours."
    return leaf.owner == me.id
"""
DECLARED = """
from dataclasses import dataclass

from watchword.access import Policy
from watchword.access.lower.raw import table


@table("note")
@dataclass
class Note:
    id: int
    owner: str


policy = Policy()


@policy.allow("read", on=Note)
def owner(me, note):
    "What is yours is yours."
    return note.owner == me.id
"""
FEW = ("--subjects", "2", "--rows", "5")


@pytest.fixture
def suite(monkeypatch):
    Path("tests").mkdir()
    # The plugins of this installation are none of the suite's, and take seconds to import.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def write(text: str = SUITE) -> str:
        Path("tests/test_notes.py").write_text(text, encoding="utf-8")
        return "tests"

    return write


@pytest.mark.requirement("access:T1:readings-agree")
def test_a_policy_is_put_under_its_laws(command, module):
    done = command("policy", "test", module(), *FEW)
    assert done.code == 0
    assert done.out.splitlines() == [
        "laws: 40 decisions, every reading agrees",
        "cedar: 40 decisions, Cedar agrees",
    ]
    told = command("policy", "test", "notes_policy:policy", *FEW, "--json").json
    assert told["faults"] == []


@pytest.mark.requirement("access:T1:readings-agree")
@pytest.mark.parametrize("text", [DJANGO, DECLARED])
def test_models_of_django_and_classes_that_declare_a_table_are_put_under_their_laws(
    command, module, text
):
    done = command("policy", "test", module(text), *FEW)
    assert done.out.splitlines()[0] == "laws: 40 decisions, every reading agrees"
    assert done.code == 0


@pytest.mark.requirement("access:T1:readings-agree")
def test_a_broken_law_of_django_models_is_a_fault(command, module, monkeypatch):
    monkeypatch.setattr("watchword.access.lower.django.select", lambda model, _tree: model.objects)
    done = command("policy", "test", module(DJANGO), "--subjects", "9")
    assert done.code == 1
    assert "fault: the check says False, the SQL filter True" in done.out


def test_a_site_that_the_environment_names_is_set_up(tmp_path):
    """In a process of its own, since Django is set up once for each."""
    (tmp_path / "site_settings.py").write_text(SITE)
    (tmp_path / "leaves").mkdir()
    (tmp_path / "leaves" / "__init__.py").write_text("")
    (tmp_path / "leaves" / "models.py").write_text(LEAVES)
    (tmp_path / "leaves_policy.py").write_text(LEAVES_POLICY)
    program = Path(sys.executable).parent / "watchword"
    done = subprocess.run(
        [str(program), "policy", "test", "leaves_policy:policy", *FEW],
        cwd=tmp_path,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "site_settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "laws: 40 decisions, every reading agrees" in done.stdout


def test_models_of_a_site_that_nobody_names_are_refused(command, module):
    text = (
        "from django.core.exceptions import AppRegistryNotReady\n"
        'raise AppRegistryNotReady("Apps are not loaded yet.")\n'
    )
    done = command("policy", "test", module(text))
    assert done.code == 3
    assert "is of a Django site that is not set up: Apps are not loaded yet." in done.err
    assert "Name its settings in DJANGO_SETTINGS_MODULE." in done.err


@pytest.mark.requirement("access:T5:dead-rules")
def test_dead_rules_are_faults(command, module):
    text = ONE_RULE + (
        '\n\n@policy.allow("read", on=Note)\ndef again(me, note):\n    "Twice."\n'
        "    return note.owner == me.id\n"
    )
    done = command("policy", "test", module(text), *FEW)
    assert done.code == 1
    assert "fault: note.owner changes nothing: note.again applies wherever it does" in done.out
    assert done.err == "1 fault. See the lines above.\n"


def test_a_broken_law_is_a_fault(command, module, monkeypatch):
    def broken(*_arguments, **_drawn):
        raise LawBroken("the check says True, the SQL filter False")

    monkeypatch.setattr(suites, "laws", broken)
    done = command("policy", "test", module(), *FEW)
    assert done.code == 1
    assert "fault: the check says True, the SQL filter False" in done.out


def test_what_cannot_be_asked_is_said(command, module, monkeypatch):
    out = command("policy", "test", module(POLICY_WITH_CONTEXT), *FEW).out
    assert "cedar: not asked: note.office: Cedar has no order of str" in out
    command("policy", "export", "notes_policy:policy", "--output", "kept.json")
    out = command("policy", "test", "kept.json", *FEW).out
    assert "laws: not run: neither SQLAlchemy alone nor Django alone maps note" in out
    monkeypatch.setattr(suites, "find_spec", lambda _name: None)
    out = command("policy", "test", "notes_policy:policy", *FEW).out
    assert "cedar: not asked: cedarpy is not installed" in out
    done = command("policy", "test", "notes_policy:policy", "tests", *FEW)
    assert done.code == 3
    assert "pytest is not installed. Install it beside the application." in done.err


@pytest.mark.requirement("access:T5:rule-coverage")
def test_a_suite_is_watched(command, module, suite):
    """T5: every rule fired and missed at least once, or it is named."""
    done = command("policy", "test", module(), suite(), *FEW)
    assert done.code == 1
    assert "suite: passes" in done.out
    assert "fault: note.admin never applied" in done.out


def test_a_suite_that_fails_or_is_none_is_refused(command, module, suite):
    failing = SUITE.replace("assert policy", "assert not policy")
    done = command("policy", "test", module(), suite(failing), *FEW)
    assert done.code == 1
    assert "the suite fails on the policy itself:" in done.err
    done = command("policy", "test", "notes_policy:policy", "no_such_directory", *FEW)
    assert done.code == 3
    assert "pytest ran no suite:" in done.err


@pytest.mark.requirement("access:T7:mutation")
def test_survivors_are_listed(command, module, suite):
    denials = SUITE.replace(
        '    assert policy.check(policy.subject("bo"), "read", Note(owner="bo")).allowed\n', ""
    )
    done = command("policy", "mutate", module(ONE_RULE), suite(denials))
    assert done.code == 1
    assert done.out.splitlines() == ["survived  note.owner: taken out", "2 mutants, 1 survived"]
    assert done.err == "the suite lets changes of the policy pass. Add a test for each of them.\n"


@pytest.mark.requirement("access:T7:mutation")
def test_a_suite_that_kills_every_mutant_passes(command, module, suite):
    done = command("policy", "mutate", module(ONE_RULE), suite(), "--json")
    assert done.code == 0
    assert done.json == {"mutants": 2, "survivors": []}
