"""`watchword audit`: the log is walked, noted and copied. security.md rule 100; decisions/0250."""

import json

import apsw
import pytest


@pytest.fixture
def logged(command):
    assert command("migrate").code == 0
    for name in ("editor", "reader", "chief"):
        assert command("role", "add", name, "--reason", f"ticket of {name}").code == 0
    return command


@pytest.fixture
def tamper(tmp_path):
    def run(statement):
        connection = apsw.Connection(str(tmp_path / "watchword.db"))
        connection.execute(statement)
        connection.close()

    return run


@pytest.mark.requirement("security:100:chain")
def test_a_whole_log_is_said_to_be_whole(logged):
    done = logged("audit", "verify")
    assert (done.code, done.out) == (0, "3 entries, each as it was written\n")
    head = logged("audit", "head").out.strip()
    assert logged("audit", "head", "--json").json == {"entries": 3, "head": head}
    assert logged("audit", "verify", "--json").json == {"whole": True, "entries": 3, "head": head}
    logged("role", "add", "more")
    done = logged("audit", "verify", "--head", f"{head}\n")
    assert done.out == "4 entries, each as it was written\nIt grew from the head of entry 3\n"


@pytest.mark.requirement("security:100:chain")
@pytest.mark.parametrize(
    ("statement", "position", "flaw", "sentence"),
    [
        ("UPDATE audit SET reason = 'x' WHERE position = 2", 2, "altered", "is not what was"),
        ("DELETE FROM audit WHERE position = 2", 2, "missing", "later ones are there"),
        ("DELETE FROM audit WHERE position > 1", 2, "cut_off", "all later ones are gone"),
        ("UPDATE tenants SET audit_position = 2", 3, "added", "stands after the end"),
    ],
)
def test_the_first_broken_entry_is_said_and_ends_with_1(
    logged, tamper, statement, position, flaw, sentence
):
    tamper(statement)
    done = logged("audit", "verify")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"Entry {position} ")
    assert sentence in done.err
    done = logged("audit", "verify", "--json")
    assert (done.code, done.json) == (
        1, {"whole": False, "first_broken": position, "flaw": flaw})  # fmt: skip


@pytest.mark.requirement("security:100:head")
def test_a_log_that_began_anew_does_not_grow_from_the_head_that_was_kept(logged, tamper):
    head = logged("audit", "head").out.strip()
    tamper("DELETE FROM audit")
    tamper("UPDATE tenants SET audit_position = 0, audit_chain = NULL")
    for name in ("a", "b", "c"):
        logged("role", "add", name)
    assert logged("audit", "verify").code == 0
    done = logged("audit", "verify", "--head", head)
    assert (done.code, done.err.startswith("Entry 3 belongs to another log")) == (1, True)


def test_a_head_that_is_none_is_refused(logged):
    done = logged("audit", "verify", "--head", "7")
    assert (done.code, "64 hexadecimal digits" in done.err) == (2, True)


@pytest.mark.requirement("security:100:export")
def test_the_log_is_exported_whole_the_oldest_first(logged, tamper, monkeypatch):
    monkeypatch.setattr("watchword.cli.audit.WALK_ENTRIES_MAX", 2)
    lines = [json.loads(line) for line in logged("audit", "export").out.splitlines()]
    assert [(one["position"], one["actor"], one["target"], one["reason"]) for one in lines] == [
        (1, "command", "editor", "ticket of editor"),
        (2, "command", "reader", "ticket of reader"),
        (3, "command", "chief", "ticket of chief"),
    ]
    assert logged("audit", "head").out.strip() == f"3:{lines[-1]['chain']}"
    later = logged("audit", "export", "--after", "2").out.splitlines()
    assert [json.loads(line) for line in later] == lines[2:]
    tamper("UPDATE audit SET action = 'no such word' WHERE position = 3")
    done = logged("audit", "export")
    assert (done.code, len(done.out.splitlines())) == (1, 2)
    assert "Entry 3 cannot be read" in done.err
    assert "a later version of watchword wrote" in done.err
    assert "Entry 3 is not what was written there" in logged("audit", "verify").err
