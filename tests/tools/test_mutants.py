"""What `tools/mutants.py` makes of the changes that mutmut wrote down."""

import pytest

WRITTEN = """
def x_f__mutmut_orig(a):
    hint = "wrong"
    if a > 1:
        raise MalformedToken("a is large", claim="a")
    return a

def x_f__mutmut_1(a):
    hint = "XXwrongXX"
    if a > 1:
        raise MalformedToken("a is large", claim="a")
    return a

def x_f__mutmut_2(a):
    hint = "wrong"
    if a >= 1:
        raise MalformedToken("a is large", claim="a")
    return a

def x_f__mutmut_3(a):
    hint = "wrong"
    if a > 1:
        raise MalformedToken(None, claim="a")
    return a

def x_f__mutmut_4(a):
    hint = "wrong"
    if a > 1:
        raise MalformedToken("a is large", claim=None)
    return a
"""

TYPES_AND_CODECS = """
def x_f__mutmut_orig(a):
    return cast("Text", a).encode("ascii", "strict")

def x_f__mutmut_1(a):
    return cast(None, a).encode("ascii", "strict")

def x_f__mutmut_2(a):
    return cast("Text", a).encode("ASCII", "strict")

def x_f__mutmut_3(a):
    return cast("Text", None).encode("ascii", "strict")

def x_f__mutmut_4(a):
    return cast("Text", a).encode("XXasciiXX", "strict")
"""


@pytest.fixture
def changes(tool, tmp_path):
    return read(tool, tmp_path, WRITTEN)


def test_a_change_of_a_text_alone_is_told_from_one_of_what_an_error_names(changes):
    assert [change.is_text for change in changes] == [True, False, True, False]


def read(tool, tmp_path, source):
    """Return the four changes of a function in a file as mutmut writes it."""
    written = tmp_path / "f.py"
    written.write_text(source)
    names = [f"watchword.f.x_f__mutmut_{number}" for number in range(1, 5)]
    return [*tool("mutants").changes(written, names)]


def test_the_type_of_a_cast_and_the_capitals_of_a_codec_change_nothing(tool, tmp_path):
    changes = read(tool, tmp_path, TYPES_AND_CODECS)
    assert [change.is_text for change in changes] == [True, True, False, False]


def test_a_change_is_shown_as_the_line_before_and_after(changes):
    assert (changes[1].line, changes[1].becomes) == ("if a > 1:", "if a >= 1:")
    assert str(changes[1]).splitlines() == [
        *("watchword.f.x_f__mutmut_2", "- if a > 1:", "+ if a >= 1:"),
    ]


def test_every_module_that_is_listed_exists_and_has_tests(tool):
    mutants = tool("mutants")
    for module in mutants.MODULES:
        assert (mutants.ROOT / mutants.PACKAGE / module).exists()
        files = [*mutants.tests_of(module)]
        assert files
        assert all((mutants.ROOT / name).exists() for name in files)


@pytest.mark.requirement("tokens:J-50:mutants", "security-a:26:mutants")
def test_every_file_of_the_token_library_is_tried_or_says_why_not(tool):
    """`make nightly` tries them. The door of PyJWT has tests of its own, against PyJWT."""
    mutants = tool("mutants")
    package = mutants.ROOT / mutants.PACKAGE
    files = {str(path.relative_to(package)) for path in (package / "jose").rglob("*.py")}
    left = {name for name in files if name.endswith("__init__.py") or "/pyjwt/" in name}
    tried = {name for name in mutants.MODULES if name.startswith("jose/")}
    assert tried.isdisjoint(mutants.UNTRIED)
    assert tried | mutants.UNTRIED.keys() == files - left


def test_what_is_listed_as_equivalent_has_a_module_of_the_list_and_a_reason(tool):
    mutants = tool("mutants")
    listed = mutants.tomllib.loads(mutants.EQUIVALENT.read_text())["equivalent"]
    assert all(one["module"] in mutants.MODULES and one["why"] for one in listed)
    assert len({(one["module"], one["line"], one["becomes"]) for one in listed}) == len(listed)
