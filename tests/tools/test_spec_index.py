"""What `tools/spec_index.py` reads out of the sources of docstrings. STYLE section 9."""

import pytest


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("RFC 7515 section 4.1.9", [("RFC 7515", "4.1.9")]),
        ("RFC 7515 sections 5 and 7.1", [("RFC 7515", "5"), ("RFC 7515", "7.1")]),
        ("RFC 7519 appendix A", [("RFC 7519", "A")]),
        ("RFC 8246 (immutable)", [("RFC 8246", "the document")]),
        ("RFC 6749 section 5.2 (400, never 500)", [("RFC 6749", "5.2")]),
        ("tokens.md J-15 to J-20; security.md rule 18", []),
        ("RFC 7515 section 2; RFC 4648 section 5", [("RFC 7515", "2"), ("RFC 4648", "5")]),
        (
            "draft-ietf-oauth-status-list-21 section 4.1",
            [("draft-ietf-oauth-status-list-21", "4.1")],
        ),
        ("OpenID Connect Discovery section 4", [("OpenID Connect Discovery", "4")]),
    ],
)
def test_documents_and_sections_are_told_apart(tool, source, found):
    assert list(tool("spec_index").references(source)) == found


def test_sections_are_in_the_order_of_the_document(tool):
    key = tool("spec_index").sort_key
    sections = ["A.1", "10", "9.2", "the document", "9.10", "9"]
    assert sorted(sections, key=key) == ["the document", "9", "9.2", "9.10", "10", "A.1"]


def test_a_page_that_is_not_current_is_named(tool, tmp_path, monkeypatch, capsys):
    index = tool("spec_index")
    code = tmp_path / "src" / "watchword"
    code.mkdir(parents=True)
    (code / "one.py").write_text('"""Do one thing.\n\nSource: RFC 7515 section 4.\n"""\n')
    for name, path in (("ROOT", tmp_path), ("SOURCES", code), ("PAGES", tmp_path / "docs/specs")):
        monkeypatch.setattr(index, name, path)
    monkeypatch.setattr("sys.argv", ["spec_index"])
    assert index.main() == 0
    page = (tmp_path / "docs/specs/rfc7515.md").read_text()
    assert "| 4 | [one.py](../../src/watchword/one.py) | Do one thing. |" in page
    monkeypatch.setattr("sys.argv", ["spec_index", "--check"])
    assert index.main() == 0
    (code / "one.py").write_text('"""Do two things.\n\nSource: RFC 7515 section 5.\n"""\n')
    assert index.main() == 1
    assert "docs/specs/rfc7515.md is not current" in capsys.readouterr().out
