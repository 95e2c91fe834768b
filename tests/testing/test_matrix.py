"""T4: the matrix file parametrises the tests."""

import pytest
from tests.access.example import Note, notes

from watchword.access.export import matrix
from watchword.testing import cells


@pytest.mark.requirement("access:T4:matrix-file")
def test_each_cell_of_the_file_is_a_case(tmp_path):
    people = notes()
    file = tmp_path / "policy.csv"
    file.write_text(matrix.written(people.policy.matrix()), encoding="utf-8")
    rows = {
        "owner": Note(owner="bo"),
        "shared": Note(owner="cy", shared_role="user"),
        "other": Note(owner="cy"),
    }
    found = cells(file)
    assert len(found) == 36
    assert str(found[0]) == "nobody in particular, other: create note"
    for cell in found:
        me = people.policy.subject("bo", roles=[cell.role] if cell.role else [])
        if cell.relation == "shared" and not cell.role:
            continue  # nobody in particular holds no role
        allowed = people.policy.check(me, cell.action, rows[cell.relation]).allowed
        assert allowed is (cell.answer == "allow"), cell
