"""The promise about coverage. STYLE section 10."""

import pytest


def file(statements, covered, branches=0, covered_branches=0, lines=(), arcs=()):
    return {
        "summary": {
            "num_statements": statements,
            "covered_lines": covered,
            "num_branches": branches,
            "covered_branches": covered_branches,
        },
        "missing_lines": list(lines),
        "missing_branches": [list(arc) for arc in arcs],
    }


@pytest.fixture
def gate(tool, monkeypatch, capsys):
    module = tool("coverage_gate")

    def run(files):
        monkeypatch.setattr(module, "report", lambda: {"files": files})
        code = module.main()
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_full_core_rooms_and_nine_tenths_over_all_pass(gate):
    code, out, _ = gate({
        "src/watchword/jose/a.py": file(50, 50, 10, 10),
        "src/watchword/server/b.py": file(40, 36),
        "src/watchword/jwt.py": file(10, 9),
    })  # fmt: skip
    assert code == 0
    assert "doors" in out


def test_one_missing_branch_of_a_core_room_fails_and_is_named(gate):
    code, _, err = gate({"src/watchword/oauth/a.py": file(50, 50, 10, 9, arcs=[(3, 5)])})
    assert code == 1
    assert "src/watchword/oauth/a.py: 3->5" in err


def test_under_nine_tenths_over_all_fails(gate):
    code, _, err = gate({"src/watchword/server/a.py": file(100, 89, lines=range(11))})
    assert (code, "under 90 %" in err) == (1, True)
