"""Hold the ledger of requirements against the tests, both ways.

Every MUST of a document that watchword implements is an entry in `tests/requirements/*.toml`; a
test that holds it carries its id in `@pytest.mark.requirement(...)`. A kept entry without a test,
a mark without an entry, and an entry that says neither why it is a gap nor whose it is, are errors.

Source: STYLE section 10.
"""

import ast
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

STATES = frozenset({"kept", "gap", "not-ours"})
MEMBERS = frozenset({"id", "section", "text", "state", "why"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One requirement of one document."""

    id: str
    state: str
    origin: str  # the file that holds it


def main() -> int:
    """Print the findings and a summary; return 1 if there is any finding."""
    tests = Path("tests")
    findings: list[str] = []
    entries = list(read_entries(tests / "requirements", findings))
    marks = dict(read_marks(tests, findings))
    findings.extend(compare(entries, marks))
    for finding in findings:
        print(finding)
    states = Counter(entry.state for entry in entries)
    counts = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    print(f"{len(entries)} requirements ({counts or 'none'})")
    return 1 if findings else 0


def read_entries(directory: Path, findings: list[str]) -> Iterator[Entry]:
    """Yield the well-formed entries; add what is wrong with the others to `findings`."""
    for path in sorted(directory.glob("*.toml")):
        for member in tomllib.loads(path.read_text(encoding="utf-8")).get("requirement", []):
            identifier = str(member.get("id", "without id"))
            state = str(member.get("state", ""))
            problem = wrong_with(member)
            if problem:
                findings.append(f"{path}: {identifier}: {problem}")
            else:
                yield Entry(identifier, state, str(path))


def wrong_with(member: dict[str, object]) -> str:
    """Return what is wrong with an entry, or nothing."""
    if unknown := set(member) - MEMBERS:
        return f"unknown member {', '.join(sorted(unknown))}"
    if missing := {"id", "section", "text", "state"} - set(member):
        return f"lacks {', '.join(sorted(missing))}"
    if member["state"] not in STATES:
        return f"its state is none of {', '.join(sorted(STATES))}"
    if member["state"] != "kept" and not member.get("why"):
        return "it does not say why it is not kept"
    return ""


def read_marks(tests: Path, findings: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each marked id with the file that marks it."""
    for path in sorted(tests.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and ast.unparse(node.func).endswith("requirement")):
                continue
            for argument in node.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value, str(path)
                else:
                    findings.append(f"{path}:{node.lineno}: a mark must be a literal string")


def compare(entries: list[Entry], marks: dict[str, str]) -> Iterator[str]:
    """Yield where ledger and tests disagree."""
    for identifier, count in Counter(entry.id for entry in entries).items():
        if count > 1:
            yield f"{identifier} stands in the ledger {count} times"
    known = {entry.id: entry for entry in entries}
    for identifier, path in sorted(marks.items()):
        if identifier not in known:
            yield f"{path}: {identifier} is marked and stands in no ledger"
        elif known[identifier].state != "kept":
            yield f"{path}: {identifier} is tested and its entry says {known[identifier].state}"
    for entry in entries:
        if entry.state == "kept" and entry.id not in marks:
            yield f"{entry.origin}: {entry.id} is kept by no test"


if __name__ == "__main__":
    sys.exit(main())
