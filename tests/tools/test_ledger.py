"""The ledger of requirements, held both ways. STYLE section 10."""

import pytest

ENTRY = """
[[requirement]]
id = "{id}"
section = "1"
text = "A sentence of ours."
state = "{state}"
{more}
"""


@pytest.fixture
def ledger(tool, tmp_path, monkeypatch, capsys):
    (tmp_path / "tests" / "requirements").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)

    def run(entries, test=""):
        (tmp_path / "tests/requirements/doc.toml").write_text(entries)
        (tmp_path / "tests/test_it.py").write_text(test)
        code = tool("ledger").main()
        return code, capsys.readouterr().out

    return run


def kept(name):
    return ENTRY.format(id=name, state="kept", more="")


MARK = 'import pytest\n@pytest.mark.requirement("a:1:x")\ndef test_it(): ...\n'


def test_an_entry_with_its_test_holds(ledger):
    assert ledger(kept("a:1:x"), MARK) == (0, "1 requirements (1 kept)\n")


@pytest.mark.parametrize("state", ["gap", "not-ours"])
def test_what_is_not_kept_says_why(ledger, state):
    assert ledger(ENTRY.format(id="a:1:y", state=state, more='why = "Later."'))[0] == 0
    code, out = ledger(ENTRY.format(id="a:1:y", state=state, more=""))
    assert (code, "why it is not kept" in out) == (1, True)


@pytest.mark.parametrize(
    ("entries", "test", "finding"),
    [
        (kept("a:1:x"), "", "is kept by no test"),
        ("", MARK, "stands in no ledger"),
        (kept("a:1:x") * 2, MARK, "2 times"),
        (ENTRY.format(id="a:1:x", state="gap", more='why = "x"'), MARK, "its entry says gap"),
        (ENTRY.format(id="a:1:x", state="nearly", more=""), "", "its state is none of"),
        (ENTRY.format(id="a:1:x", state="kept", more="note = 1"), MARK, "unknown member note"),
        ('[[requirement]]\nid = "a:1:x"\n', "", "lacks section, state, text"),
        (kept("a:1:x"), MARK.replace('"a:1:x"', "NAME"), "must be a literal"),
    ],
)
def test_every_disagreement_is_found(ledger, entries, test, finding):
    code, out = ledger(entries, test)
    assert (code, finding in out) == (1, True)
