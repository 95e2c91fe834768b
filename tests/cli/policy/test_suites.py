"""`watchword policy test` and `mutate`: laws, dead rules, and what a suite holds."""

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
    assert "laws: not run: " in command("policy", "test", "kept.json", *FEW).out
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
