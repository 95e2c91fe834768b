"""Change verify and decode in every small way, and see that a test notices each change.

mutmut makes the changes, module by module, in a copy of the tree under build/mutants/, and runs
the tests that mirror the module (and those that MODULES names beside them) on each. A change that
none of them notices is a finding, unless it touches only what an error says to people, the type of
a cast or the capitals of a codec's name, or is listed in tools/mutants_equivalent.toml as one that
cannot be noticed. An entry there that fits no change that is left is a finding too.

mutmut leaves alone: what stands outside of functions (constants, tables, the fields of records),
decorated functions other than static and class methods, calls of `len` and `isinstance`, default
values that are more than a literal, annotations, and enumerations.

    python tools/mutants.py                          every module below
    python tools/mutants.py jose/jws/compact.py      some of them

Source: tokens.md J-50; security.md (a) 26.
"""

import argparse
import ast
import difflib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COPY = ROOT / "build" / "mutants"
PACKAGE = Path("src") / "watchword"
EQUIVALENT = ROOT / "tools" / "mutants_equivalent.toml"
# Verify and decode, from text to what is believed; and the tests, beside the mirrored ones, that
# hold a module through what is built on it.
_EXAMPLES = ("tests/jose/test_rfc_examples.py",)
_JWK = (
    *(f"tests/jose/jwk/test_{name}.py" for name in ("key", "asymmetric", "binding", "rfc_keys")),
    *("tests/jose/jwe/test_key.py", "tests/jose/jwe/test_secret.py"),
    "tests/attacks/tokens/test_weak_keys.py",
)
_EXTRAS = ("tests/jose/algorithms/test_es256k.py", "tests/jose/algorithms/test_extras.py")
_JWT = ("tests/jose/jwt/test_claims.py", "tests/jose/jwt/test_verifier.py")
_SHAPES = ("tests/jose/jwt/test_prove.py", "tests/jose/jwt/test_shape.py")
_JWS = ("tests/jose/jws/test_signing.py", "tests/jose/jws/test_verifier.py")
_JWE = (
    *("tests/jose/jwe/test_compact.py", "tests/jose/jwe/test_rfc_examples.py"),
    *("tests/jose/jwe/test_decrypter.py", "tests/attacks/tokens/test_jwe_lengths.py"),
)
_STATUSLIST = (
    *("tests/jose/statuslist/test_verifier.py", "tests/jose/statuslist/test_issued.py"),
    "tests/attacks/tokens/test_statuslist_bomb.py",
)
MODULES: dict[str, tuple[str, ...]] = {
    "base/base64url.py": (),
    "base/strict_json.py": (),
    "jose/header_members.py": ("tests/jose/jws/test_header.py", *_JWS),
    "jose/json_part.py": (),
    "jose/other_form.py": (),
    "jose/segment.py": (),
    "jose/uri.py": ("tests/jose/dpop/test_verifier.py",),
    "jose/algorithms/der.py": ("tests/jose/algorithms/test_ecdsa.py", *_EXTRAS, *_EXAMPLES),
    "jose/algorithms/ecdsa.py": _EXAMPLES,
    "jose/algorithms/eddsa.py": _EXAMPLES,
    "jose/algorithms/es256k.py": _EXTRAS,
    "jose/algorithms/families.py": _EXAMPLES,
    "jose/algorithms/fixed_length.py": (
        *("tests/jose/algorithms/test_eddsa.py", "tests/jose/algorithms/test_mldsa.py"),
        *_EXAMPLES,
    ),
    "jose/algorithms/hmac.py": _EXAMPLES,
    "jose/algorithms/mldsa.py": _EXAMPLES,
    "jose/algorithms/rsa.py": _EXAMPLES,
    "jose/algorithms/sodium.py": ("tests/jose/algorithms/test_eddsa.py", *_EXTRAS),
    "jose/jwk/akp.py": _JWK,
    "jose/jwk/binding.py": ("tests/jose/jwk/test_forms.py", *_JWK),
    "jose/jwk/ec.py": _JWK,
    "jose/jwk/forms.py": _JWK,
    "jose/jwk/key.py": _JWK,
    "jose/jwk/keyset.py": (),
    "jose/jwk/kinds.py": _JWK,
    "jose/jwk/material.py": ("tests/jose/jwk/test_okp.py", "tests/jose/jwk/test_akp.py", *_JWK),
    "jose/jwk/secret.py": ("tests/jose/jwk/test_thumbprint.py", *_JWK),
    "jose/jwk/symmetric.py": (
        *("tests/jose/jwk/test_secret.py", "tests/jose/jwk/test_thumbprint.py"),
        *_JWK,
    ),
    "jose/jwk/thumbprint.py": _JWK,
    "jose/jws/compact.py": _JWS,
    "jose/jws/detached.py": (),
    "jose/jws/header.py": _JWS,
    "jose/jws/json.py": (),
    "jose/jws/policy.py": (*_JWS, *_JWT),
    "jose/jws/verifier.py": ("tests/jose/jws/test_detached.py", "tests/jose/jws/test_json.py"),
    "jose/jwt/cache.py": (),
    "jose/jwt/claims.py": (*_SHAPES, *_JWT),
    "jose/jwt/convert.py": _SHAPES,
    "jose/jwt/expected.py": ("tests/jose/jwt/test_verifier_kept.py", *_JWT),
    "jose/jwt/lookup.py": (
        *("tests/jose/jwt/test_verifier_arrivals.py", "tests/jose/jwt/test_cache.py"),
        "tests/jose/jwt/test_verifier.py",
    ),
    "jose/jwt/nested.py": (),
    "jose/jwt/padding.py": (),
    "jose/jwt/parse.py": (),
    "jose/jwt/payload.py": _JWT,
    "jose/jwt/peek.py": (),
    "jose/jwt/prove.py": ("tests/jose/jwt/test_shape.py", *_JWT),
    "jose/jwt/registered.py": ("tests/jose/jwt/test_rules.py", "tests/jose/jwt/test_signer.py"),
    "jose/jwt/rules.py": (),
    "jose/jwt/shape.py": ("tests/jose/jwt/test_prove.py",),
    "jose/jwt/verifier.py": (
        *("tests/jose/jwt/test_verifier_arrivals.py", "tests/jose/jwt/test_verifier_switches.py"),
        *("tests/jose/jwt/test_claims.py", "tests/jose/jwt/test_cache.py"),
        "tests/jose/jwt/test_verifier_kept.py",
    ),
    "jose/jwt/verifiers.py": (),
    "jose/jwe/agreement.py": ("tests/attacks/tokens/test_jwe_invalid_curve.py", *_JWE),
    "jose/jwe/compact.py": ("tests/jose/test_other_form.py", *_JWE),
    "jose/jwe/compression.py": ("tests/attacks/tokens/test_jwe_zip_bomb.py", *_JWE),
    "jose/jwe/content.py": ("tests/jose/jwe/test_opening.py", *_JWE),
    "jose/jwe/decrypter.py": _JWE,
    "jose/jwe/document.py": ("tests/jose/jwe/test_json.py", *_JWE),
    "jose/jwe/header.py": _JWE,
    "jose/jwe/json.py": _JWE,
    "jose/jwe/key.py": _JWE,
    "jose/jwe/opening.py": _JWE,
    "jose/jwe/operations.py": ("tests/jose/jwe/test_secret.py", *_JWE),
    "jose/jwe/password.py": (
        *("tests/jose/jwe/test_secret.py", "tests/attacks/tokens/test_jwe_pbes2_cost.py"),
        *_JWE,
    ),
    "jose/jwe/recipient.py": _JWE,
    "jose/jwe/sealing.py": ("tests/jose/jwe/test_json.py", *_JWE),
    "jose/jwe/secret.py": _JWE,
    "jose/jwe/wrapping.py": _JWE,
    "jose/sdjwt/disclosure.py": (),
    "jose/sdjwt/form.py": (),
    "jose/sdjwt/keybinding.py": ("tests/jose/sdjwt/test_verifier.py",),
    "jose/sdjwt/process.py": ("tests/jose/sdjwt/test_verifier.py",),
    "jose/sdjwt/verifier.py": (),
    "jose/statuslist/packing.py": _STATUSLIST,
    "jose/statuslist/reference.py": (),
    "jose/statuslist/verifier.py": _STATUSLIST,
    "jose/dpop/memory.py": ("tests/attacks/tokens/test_dpop_replay.py",),
    "jose/dpop/verifier.py": ("tests/attacks/tokens/test_dpop_header_key.py",),
}
# The other files of jose, and why they are not tried.
_WRITERS = (
    *("jose/dpop/prover.py", "jose/jws/signing.py", "jose/jwt/signer.py", "jose/jwt/token.py"),
    *("jose/sdjwt/holder.py", "jose/sdjwt/issue.py", "jose/sdjwt/paths.py"),
    *("jose/statuslist/issued.py", "jose/writable.py"),
)
_TABLES = (
    *("jose/algorithms/hashing.py", "jose/algorithms/operations.py", "jose/algorithms/table.py"),
    *("jose/jwk/roca.py", "jose/small_order.py"),
)
_RECORDS = ("jose/errors.py", "jose/jwt/verified.py")
_KEY_FILES = ("jose/jwk/asymmetric.py", "jose/jwk/disguise.py", "jose/jwk/pem.py")
UNTRIED: dict[str, str] = {
    **dict.fromkeys(_WRITERS, "writes tokens"),
    **dict.fromkeys(_TABLES, "computed when it is imported, before a change is made"),
    **dict.fromkeys(_RECORDS, "records, and classes of errors"),
    **dict.fromkeys(_KEY_FILES, "reads and writes files of keys, and no token"),
    "jose/jwk/okp.py": "reads keys; a changed loop over its large numbers runs into its minute",
    "jose/jwk/rsa.py": "reads keys; a changed loop over its large numbers runs into its minute",
    "jose/jwt/explain.py": "tells people what a token holds, and believes nothing",
}
# It counts the comparisons in the source text, of which a changed module holds many copies.
LEFT_OUT = ("tests/jose/algorithms/test_hmac.py::test_macs_are_compared_in_constant_time",)
COPIED = ("src", "tests", "tools", "bench", "docs", "examples", "pyproject.toml", "README.md")
MUTMUT = [sys.executable, "-m", "mutmut"]
PYTEST = (
    *("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--assert=plain", "--tb=native"),
    *(f"--deselect={name}" for name in LEFT_OUT),
)
NOTICED = ("killed", "timeout")


@dataclass(frozen=True, slots=True)
class Change:
    """A change: its name, the lines it takes and the lines it puts there."""

    name: str
    line: str
    becomes: str
    is_text: bool

    def __str__(self) -> str:
        return f"{self.name}\n- {self.line}\n+ {self.becomes}"


def main() -> int:
    """Judge module by module."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("modules", nargs="*", default=[*MODULES], metavar="module")
    findings = sum(judge(module) for module in arguments.parse_args().modules)
    print(f"{findings:,} findings")
    return 1 if findings else 0


def judge(module: str) -> int:
    """Print how the changes of a module ended; return how many are findings."""
    copy = COPY / module.replace("/", ".")
    copy_tree(module, copy)
    # With a name that fits none, mutmut writes the changes down, learns which test reaches which
    # function, and tries nothing.
    run(copy, *MUTMUT, "run", "--max-children", "1", "none")
    changed = copy / "mutants" / PACKAGE / module
    try:
        metadata = json.loads(changed.with_name(f"{changed.name}.meta").read_text())
        every = [*changes(changed, metadata["exit_code_by_key"])]
        ended = tried(copy, module, [one.name for one in every if not one.is_text])
    except (OSError, ValueError):
        print(f"{module}: not finished: {(copy / 'run.log').read_text()[-2000:]}")
        return 1
    left = [one for one in every if ended.get(one.name, "killed") not in NOTICED]
    listed = equivalents(module)
    found = [one for one in left if (one.line, one.becomes) not in listed]
    stale = listed - {(one.line, one.becomes) for one in left}
    print(
        f"{module}: {len(every):,} changes, {len(ended) - len(left):,} noticed, "
        f"{len(every) - len(ended):,} of texts, {len(left) - len(found):,} equivalent, "
        f"{len(found):,} open",
        flush=True,
    )
    for one in found:
        print(f"\n{one}: {ended[one.name]}", flush=True)
    for line, becomes in sorted(stale):
        print(f"\nlisted as equivalent, and no such change is left:\n- {line}\n+ {becomes}")
    return len(found) + len(stale)


def tried(copy: Path, module: str, names: list[str]) -> dict[str, str]:
    """Return how each change ended, by its name.

    Raises:
        ValueError: the tests do not notice that a change is made at all.
        OSError: the trial did not come to an end.
    """
    stats = json.loads((copy / "mutants" / "mutmut-stats.json").read_text())
    reached, duration = stats["tests_by_mangled_function_name"], stats["duration_by_test"]
    plan: dict[str, list[str]] = {"fail": []}
    for name in names:
        tests = reached.get(name.partition("__mutmut_")[0], [])
        plan[name] = sorted(tests, key=lambda test: duration.get(test, 0))
    files = [copy / name for name in ("plan.json", "outcome.json")]
    files[0].write_text(json.dumps(plan))
    trial = [sys.executable, str(ROOT / "tools" / "mutants_trial.py"), *map(str, files)]
    run(copy / "mutants", *trial, "--rootdir=.", *PYTEST, *tests_of(module))
    ended: dict[str, str] = json.loads(files[1].read_text())
    if ended.pop("fail") != "killed":
        raise ValueError("the tests run without the changes")
    return ended


def copy_tree(module: str, copy: Path) -> None:
    """Lay a fresh copy, with mutmut's settings for one module in its pyproject.toml."""
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    settings = {
        "source_paths": ["src"],
        "only_mutate": [str(PACKAGE / module)],
        "also_copy": [*COPIED],
        "pytest_add_cli_args": [*PYTEST],
        "pytest_add_cli_args_test_selection": [*tests_of(module)],
    }
    with (copy / "pyproject.toml").open("a") as file:
        file.write("\n[tool.mutmut]\nuse_git_change_detection = false\n")
        file.writelines(f"{key} = {value!r}\n" for key, value in settings.items())


def run(where: Path, *command: str) -> None:
    """Run a command in a copy, with its own package first, and write down what it says."""
    with (where / "run.log").open("w") as log:
        subprocess.run(
            command,
            cwd=where,
            env=os.environ
            | {"WATCHWORD_VECTORS": str(vectors()), "PYTHONPATH": str(where / "src")},
            stdout=log,
            stderr=log,
            check=False,
        )


def tests_of(module: str) -> Iterator[str]:
    """Yield the mirrored tests of a module, and those named beside them."""
    path = Path("tests") / module
    mirrored = path.with_name(f"test_{path.name}")
    if (ROOT / mirrored).exists():
        yield str(mirrored)
    yield from MODULES.get(module, ())


def vectors() -> Path:
    """Return where the shared vectors lie, as seen from the checkout."""
    named = os.environ.get("WATCHWORD_VECTORS")
    return Path(named) if named else ROOT.parent / "shared" / "vectors"


def equivalents(module: str) -> set[tuple[str, str]]:
    """Return the changes of a module that are listed as such that cannot be noticed."""
    listed = tomllib.loads(EQUIVALENT.read_text()).get("equivalent", [])
    return {(one["line"], one["becomes"]) for one in listed if one["module"] == module}


def changes(path: Path, names: Iterable[str]) -> Iterator[Change]:
    """Read the changes of these names in a file of mutmut's, which holds every changed function."""
    source = path.read_text()
    functions = {
        node.name: node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    for name in names:
        changed = name.rpartition(".")[2]
        original = changed.rpartition("__mutmut_")[0] + "__mutmut_orig"
        before, after = (functions[one] for one in (original, changed))
        old, new = (
            ast.unparse(node).replace(node.name, "f").splitlines() for node in (before, after)
        )
        diff = [*difflib.unified_diff(old, new, n=0, lineterm="")][2:]
        line, becomes = (
            " ".join(one[1:].strip() for one in diff if one.startswith(sign)) for sign in "-+"
        )
        yield Change(name, line, becomes, what_runs(before) == what_runs(after))


def what_runs(function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """Return a function's tree without its name and without what only people and types hang on."""
    tree = ast.parse(ast.unparse(function)).body[0]
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                node.name = "f"
            case ast.Call(func=ast.Name(id=name)) if name in ERRORS:
                node.args = []
            case ast.Call(func=ast.Name(id="cast"), args=[_, value]):
                node.args = [value]
            case ast.Call(
                func=ast.Attribute(attr="encode" | "decode"), args=[ast.Constant(str(codec)), *_]
            ):
                node.args[0] = ast.Constant(codec.lower())
            case ast.Assign(targets=[ast.Name(id=name), *_]) if name in TEXTS:
                node.value = ast.Constant(None)
    return ast.dump(tree)


def error_names() -> frozenset[str]:
    """Return the classes of jose.errors, and those that readers below it raise."""
    tree = ast.parse((ROOT / PACKAGE / "jose" / "errors.py").read_text())
    names = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    names |= {"MalformedBase64url", "MalformedJSON", "MalformedURI"}
    return frozenset(names | {"IndexError", "TypeError", "ValueError"})


ERRORS = error_names()
TEXTS = frozenset(("hint", "fault", "malformed"))  # what functions call the text of an error

if __name__ == "__main__":
    sys.exit(main())
