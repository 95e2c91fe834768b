"""Change verify and decode in every small way, and see that a test notices each change.

mutmut makes the changes and runs the tests that reach them, in a copy of the tree under
build/mutants/. A change that no test notices is a finding, unless it touches only what an error
says to people, or is listed in tools/mutants_equivalent.toml as one that cannot be noticed.

    python tools/mutants.py                          every module below
    python tools/mutants.py jose/jws/compact.py      some of them

Source: tokens.md J-50.
"""

import argparse
import ast
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COPY = ROOT / "build" / "mutants"
PACKAGE = Path("src") / "watchword"
EQUIVALENT = ROOT / "tools" / "mutants_equivalent.toml"
# Verify and decode: from text to what is believed.
MODULES = (
    *("base/base64url.py", "base/strict_json.py", "jose/segment.py"),
    *("jose/header_members.py", "jose/jws/compact.py", "jose/jws/header.py"),
    *("jose/jwk/keyset.py",),
    *("jose/jwt/expected.py", "jose/jwt/payload.py", "jose/jwt/prove.py", "jose/jwt/rules.py"),
    *("jose/jwt/verifier.py", "jose/jwt/verifiers.py", "jose/jwt/cache.py"),
    *("jose/jwt/padding.py", "jose/jwt/peek.py", "jose/jwt/parse.py"),
    *("jose/jwe/opening.py", "jose/jwe/wrapping.py", "jose/jwe/compression.py"),
    *("jose/algorithms/hmac.py", "jose/algorithms/rsa.py"),
    *("jose/algorithms/ecdsa.py", "jose/algorithms/eddsa.py"),
    *("jose/sdjwt/disclosure.py", "jose/sdjwt/form.py", "jose/sdjwt/process.py"),
    *("jose/sdjwt/keybinding.py", "jose/sdjwt/verifier.py"),
)
TESTS = (
    *("tests/base", "tests/jose/jws", "tests/jose/jwe", "tests/jose/jwt", "tests/jose/jwk"),
    *(
        "tests/jose/sdjwt",
        "tests/jose/algorithms",
        "tests/jose/test_segment.py",
        "tests/jose/test_header_members.py",
        "tests/attacks/tokens",
    ),
)
COPIED = ("src", "tests", "tools", "bench", "docs", "examples", "pyproject.toml", "README.md")
MUTMUT = [sys.executable, "-m", "mutmut"]
SHOWN_MAX = 100  # findings whose change is printed


def main() -> int:
    """Copy, mutate, judge the survivors."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("modules", nargs="*", default=MODULES, metavar="module")
    modules = arguments.parse_args().modules
    copy_tree(modules)
    environment = os.environ | {"WATCHWORD_VECTORS": str(vectors())}
    with (COPY / "run.log").open("w") as log:
        ended = subprocess.run(
            [*MUTMUT, "run"], cwd=COPY, env=environment, stdout=log, stderr=log, check=False
        )
    if ended.returncode != 0:
        print(f"mutmut did not finish: {(COPY / 'run.log').read_text()[-2000:]}", file=sys.stderr)
        return 1
    counts, undetected = results()
    findings = list(judged(undetected))
    print(", ".join(f"{count:,} {status}" for status, count in sorted(counts.items())))
    print(
        f"{len(undetected):,} unnoticed, {len(findings):,} of them change more than an error's text"
    )
    for name, change in findings[:SHOWN_MAX]:
        print(f"\n{name}\n{change}")
    return 1 if findings else 0


def copy_tree(modules: list[str]) -> None:
    """Lay a fresh copy with mutmut's settings in its pyproject.toml."""
    shutil.rmtree(COPY, ignore_errors=True)
    COPY.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, COPY / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, COPY / name)
    settings = {
        "source_paths": ["src"],
        "only_mutate": [str(PACKAGE / module) for module in modules],
        "also_copy": [*COPIED],
        "pytest_add_cli_args": ["-p", "no:cacheprovider", "-p", "no:xdist"],
        "pytest_add_cli_args_test_selection": [*TESTS],
    }
    with (COPY / "pyproject.toml").open("a") as file:
        file.write("\n[tool.mutmut]\nuse_git_change_detection = false\n")
        file.writelines(f"{key} = {value!r}\n" for key, value in settings.items())


def vectors() -> Path:
    """Return where the shared vectors lie, as seen from the checkout."""
    named = os.environ.get("WATCHWORD_VECTORS")
    return Path(named) if named else ROOT.parent / "shared" / "vectors"


def results() -> tuple[dict[str, int], list[str]]:
    """Return how many changes ended in which way, and the names of those nobody noticed."""
    lines = run("results", "--all", "true").splitlines()
    ended = dict(line.strip().rsplit(": ", 1) for line in lines if ": " in line)
    counts: dict[str, int] = {}
    for status in ended.values():
        counts[status] = counts.get(status, 0) + 1
    return counts, [name for name, status in ended.items() if status in ("survived", "no tests")]


def judged(undetected: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the survivors that are findings, with their change."""
    listed = tomllib.loads(EQUIVALENT.read_text()).get("equivalent", [])
    known = {(one["module"], one["line"], one["becomes"]) for one in listed}
    texts: dict[str, frozenset[str]] = {}
    for name in undetected:
        diff = run("show", name).splitlines()
        module = next(line for line in diff if line.startswith("--- "))[4:].strip()
        removed, added = (
            " ".join(
                line[1:].strip() for line in diff if line.startswith(sign) and line[1:3] != sign * 2
            )
            for sign in "-+"
        )
        if module not in texts:
            texts[module] = error_lines(COPY / module)
        is_text = all(
            line[1:].strip() in texts[module]
            for line in diff
            if line.startswith("-") and not line.startswith("---")
        )
        if not is_text and (module.removeprefix(f"{PACKAGE}/"), removed, added) not in known:
            yield name, f"- {removed}\n+ {added}"


def error_lines(path: Path) -> frozenset[str]:
    """Return the lines, stripped, in which an error is made: they say something to people."""
    text = path.read_text()
    lines = text.splitlines()
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.stmt) and (isinstance(node, ast.Raise) or is_error(node)):
            found.update(line.strip() for line in lines[node.lineno - 1 : node.end_lineno])
    return frozenset(found)


def is_error(node: ast.stmt) -> bool:
    """Return whether a statement hands out an error, or its text, without raising it."""
    if not isinstance(node, ast.Return | ast.Expr | ast.Assign):
        return False
    if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in TEXTS:
        return True
    value = node.value.value if isinstance(node.value, ast.Yield) else node.value
    name = getattr(getattr(value, "func", None), "id", "")
    return name in ERRORS


def run(*words: str) -> str:
    """Return what a mutmut command prints."""
    return subprocess.run(
        [*MUTMUT, *words], cwd=COPY, check=True, capture_output=True, text=True
    ).stdout


def error_names() -> frozenset[str]:
    """Return the classes of jose.errors."""
    tree = ast.parse((ROOT / PACKAGE / "jose" / "errors.py").read_text())
    return frozenset(node.name for node in tree.body if isinstance(node, ast.ClassDef))


ERRORS = error_names()
TEXTS = frozenset(("hint", "fault", "malformed"))  # what functions call the text of an error

if __name__ == "__main__":
    sys.exit(main())
