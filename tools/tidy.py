"""Hold what the linter cannot see: lengths of files and functions, and what comments say.

    python tools/tidy.py [PATH ...]       (default: the package, tests, tools, bench, examples)

In the package it refuses a frozen dataclass with slots that the standard library declares: it works
as well as one of `watchword.base.records`, and every start is slower (decisions/0300).

In tests of pages it refuses what passes on an idle machine and fails on a busy one: an assertion
on what a browser shows at this instant, and any look at the page right after a click.

Source: STYLE sections 3, 5, 9 and 10.
"""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

DEFAULT_PATHS = ("src", "tests", "tools", "bench", "examples")
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60  # without the docstring
EXEMPT_FROM_LENGTH = re.compile(r"(^|/)(tables?|reasons|statements?|migrations/.*)\.py$")
BANNED_NAMES = frozenset({"utils", "helpers", "common", "misc"})

HISTORY = re.compile(
    r"\b(no longer|used to (be|do|have)|previously|formerly|as before|"
    r"was (added|changed|fixed|introduced|moved|removed|renamed|replaced) (by|for|from|in|to)|"
    r"has been (added|changed|fixed|moved|removed|renamed|replaced)|"
    r"fixed (a|the) (bug|issue|problem)|old (code|version|way|behaviour))\b",
    re.IGNORECASE,
)
HISTORY_START = re.compile(
    r"^#+\s*(new|now|fixed|changed|added|updated|removed)\b[:,]?", re.IGNORECASE
)
FIRST_PERSON = re.compile(r"\b(we|we're|we'll|our own code|let's|I'm|I've)\b", re.IGNORECASE)
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
BROWSER = re.compile(r"\b(playwright|tests\.pages\.chromium)\b")
INSTANTS = frozenset({"is_checked", "is_disabled", "is_enabled", "is_hidden", "is_visible"})
# The start of the command line imports nothing of the package but names.
EAGER_RECORDS = re.compile(r"(^|/)src/watchword/(?!base/records\.py$|cli/root\.py$)")
ISSUE_NUMBER = re.compile(r"(issue |#)\d+")


def main(arguments: Sequence[str]) -> int:
    """Print every finding as `path:line: text`; return 1 if there is any."""
    paths = [Path(argument) for argument in arguments or DEFAULT_PATHS]
    findings = [finding for path in python_files(paths) for finding in check(path)]
    for finding in findings:
        print(finding)
    return 1 if findings else 0


def python_files(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield the Python files below the paths, in order."""
    for path in paths:
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


def check(path: Path) -> Iterator[str]:
    """Yield what is untidy in one file."""
    text = path.read_text(encoding="utf-8")
    lines = text.count("\n")
    is_exempt = EXEMPT_FROM_LENGTH.search(path.as_posix()) is not None
    if lines > FILE_LINES_MAX and not is_exempt:
        yield f"{path}:1: {lines} lines; {FILE_LINES_MAX} is the limit"
    if path.stem in BANNED_NAMES:
        yield f"{path}:1: no file is called {path.stem}: name the concept"
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = body_lines(node)
            if length > FUNCTION_LINES_MAX and not is_exempt:
                yield f"{path}:{node.lineno}: {node.name} has {length} lines"
    if BROWSER.search(text):
        yield from (f"{path}:{line}: {problem}" for line, problem in impatience(tree))
    if EAGER_RECORDS.search(path.as_posix()):
        for line in eager_records(tree):
            yield f"{path}:{line}: a record takes its dataclass from watchword.base.records"
    for line, comment in comments(text):
        yield from (f"{path}:{line}: {problem}" for problem in problems(comment))


def eager_records(tree: ast.Module) -> Iterator[int]:
    """Yield the lines of frozen dataclasses with slots that the standard library writes."""
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    named = {(each.module, name.name) for each in imports for name in each.names}
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="dataclass"), keywords=options):
                is_eager = ("dataclasses", "dataclass") in named
            case ast.Call(
                func=ast.Attribute(ast.Name(id="dataclasses"), "dataclass"), keywords=options
            ):
                is_eager = True
            case _:
                continue
        if is_eager and {"frozen", "slots"} <= {option.arg for option in options}:
            yield node.lineno


def impatience(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield where a test of pages does not wait for what it asserts."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            for name in sorted(INSTANTS & set(called(node))):
                yield node.lineno, f"{name}() does not wait; expect(...) does"
        for body in (getattr(node, "body", None), getattr(node, "orelse", None)):
            if isinstance(body, list):
                yield from looks_after_clicks(body)


def looks_after_clicks(body: Sequence[ast.stmt]) -> Iterator[tuple[int, str]]:
    """Yield where the page before may still stand."""
    for statement, following in pairwise(body):
        is_look = isinstance(following, ast.Assert) or (
            isinstance(following, ast.Expr) and "check" in called(following)
        )
        if is_look and isinstance(statement, ast.Expr) and is_click(statement.value):
            yield following.lineno, "a click does not wait for the page it leads to; follow() does"


def is_click(call: ast.expr) -> bool:
    """Return whether a call presses a button or a link, by the mouse or by the Enter key."""
    match call:
        case ast.Call(func=ast.Attribute(attr="click")):
            return True
        case ast.Call(func=ast.Attribute(attr="press"), args=[*_, ast.Constant(value="Enter")]):
            return True
        case _:
            return False


def called(node: ast.AST) -> Iterator[str]:
    """Yield the last names of everything that a statement calls."""
    for call in ast.walk(node):
        match call:
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
                yield name


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a function from `def` to its end, its docstring left out."""
    length = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    if ast.get_docstring(node, clean=False) is not None:
        length -= (first.end_lineno or first.lineno) - first.lineno + 1
    return length


def comments(text: str) -> Iterator[tuple[int, str]]:
    """Yield each comment with its line."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def problems(comment: str) -> Iterator[str]:
    """Yield what a comment says that it should not."""
    if HISTORY.search(comment) or HISTORY_START.search(comment):
        yield "a comment tells history; git has it"
    if FIRST_PERSON.search(comment):
        yield "a comment says who wrote it; say what holds"
    if UNFINISHED.search(comment) and not ISSUE_NUMBER.search(comment):
        yield "an open end without an issue number"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
