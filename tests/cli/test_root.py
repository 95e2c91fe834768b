"""The command line as a whole: help, exit codes, what it needs to be imported."""

import ast
import builtins
import os
import re
import subprocess
import sys
from importlib.metadata import version

import click
import pytest

from watchword.cli import main
from watchword.cli.root import COMMANDS, root

# Counted on CPython 3.11: 80 for a bare interpreter, the rest are click's. users.md U60 asks for
# 100 ms; a count does not depend on the machine.
MODULES_MAX = 190


@pytest.mark.requirement("users:U60:help-imports-click-alone")
def test_help_imports_click_and_only_names_of_ours():
    program = (
        "import sys; from watchword.cli import main; code = main(['--help']);"
        "print(code, len(sys.modules), file=sys.stderr);"
        "print([m for m in sys.modules if m.startswith('watchword')], file=sys.stderr);"
        "print([m for m in ('pydantic', 'rich', 'sqlalchemy', 'cryptography', 'msgspec')"
        " if m in sys.modules], file=sys.stderr)"
    )
    # Coverage starts in every process that is told to, and brings modules of its own.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE")}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], env=environment, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    counted, ours, heavy = done.stderr.splitlines()
    code, count = counted.split()
    assert code == "0"
    assert int(count) <= MODULES_MAX
    assert heavy == "[]"
    assert set(ast.literal_eval(ours)) == {
        "watchword",
        "watchword.cli",
        "watchword.cli.exits",
        "watchword.cli.loading",
        "watchword.cli.root",
    }


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_exists_and_its_help_ends_with_examples(command, name):
    """users.md U60."""
    done = command(name, "--help")
    assert done.code == 0
    assert "xamples:" in done.out
    assert "watchword" in done.out.split("xamples:")[1]


def every_command(group, words=()):
    """Yield the words of every command there is, through all groups."""
    ctx = click.Context(group)
    for name in group.list_commands(ctx):
        found = group.get_command(ctx, name)
        yield (*words, name)
        if isinstance(found, click.Group):
            yield from every_command(found, (*words, name))


@pytest.mark.requirement("users:U60:examples")
@pytest.mark.parametrize("words", list(every_command(root)), ids=" ".join)
def test_every_help_ends_with_lines_to_be_typed_and_cuts_no_sentence(command, words):
    """users.md U60: runnable examples, of the command itself."""
    done = command(*words, "--help")
    assert done.code == 0
    examples = done.out.split("xamples:")[-1]
    assert f"watchword {' '.join(words)}" in examples
    assert not re.search(r"\w\.\.\.$", done.out.split("xamples:")[0], re.MULTILINE)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_summary_in_the_table_is_the_commands_own(name):
    loaded = root.get_command(click.Context(root), name)
    assert loaded is not None
    assert (loaded.help or "").splitlines()[0] == COMMANDS[name].summary


def test_help_lists_every_command(command):
    done = command("--help")
    assert all(f"  {name} " in done.out for name in COMMANDS)


def test_the_version_is_that_of_the_package(command):
    done = command("--version")
    assert (done.code, done.out) == (0, f"watchword {version('watchword')}\n")


@pytest.mark.parametrize(
    "words", [["nonsense"], ["user"], ["user", "add"], ["serve", "--nonsense"]]
)
def test_words_that_make_no_command_exit_with_2(command, words):
    assert command(*words).code == 2


@pytest.mark.requirement("users:U66:core-only")
def test_the_bare_core_runs_token_commands_and_names_the_install_line(monkeypatch, capsys):
    """users.md U66, with click hidden."""
    real = builtins.__import__

    def without_click(name, *arguments, **named):
        if name.split(".")[0] == "click" or (name == "watchword.cli" and "root" in arguments[2]):
            raise ModuleNotFoundError(f"No module named {name!r}", name="click")
        return real(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", without_click)
    assert main(["token", "explain", "x.y.z"]) == 1
    assert "token_malformed" in capsys.readouterr().out
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"watchword {version('watchword')}\n"
    for words in (["serve"], []):
        assert main(words) == 3
        assert "pip install 'watchword[server]'" in capsys.readouterr().err


def test_a_broken_installation_of_another_library_is_not_taken_for_the_bare_core(monkeypatch):
    real = builtins.__import__

    def broken(name, *arguments, **named):
        if name == "watchword.cli" and "root" in arguments[2]:
            raise ModuleNotFoundError("No module named 'colorama'", name="colorama")
        return real(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", broken)
    with pytest.raises(ModuleNotFoundError):
        main(["--help"])


@pytest.mark.parametrize("words", [["--help"], ["token", "explain", "x.y.z"], ["config"]])
def test_a_reader_that_stops_reading_ends_the_command_quietly(words):
    program = f"import sys; from watchword.cli import main; sys.exit(main({words}))"
    reader = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.close()"],
                              stdin=subprocess.PIPE)  # fmt: skip
    reader.wait(60)
    done = subprocess.run(
        [sys.executable, "-c", program], stdout=reader.stdin, stderr=subprocess.PIPE, check=False
    )
    reader.stdin.close()
    assert done.returncode in {0, 1}  # click's own ending is 1
    assert done.stderr == b""


def test_token_commands_need_nothing_beside_the_core():
    """users.md U66: cryptography and msgspec, and what these bring."""
    program = (
        "import sys; before = set(sys.modules); from watchword.cli import core_only;"
        "core_only.run(['token', 'explain', 'x.y.z', '--json']);"
        "print({name.partition('.')[0] for name in set(sys.modules) - before}"
        " - set(sys.stdlib_module_names), file=sys.stderr)"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE")}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    core = {"watchword", "msgspec", "typing_extensions", "cryptography", "cffi", "_cffi_backend"}
    core |= {"_openssl"}  # how cryptography names its own binding
    core |= {"bcrypt"}  # which cryptography imports, for OpenSSH's keys, where it is installed
    assert ast.literal_eval(done.stderr) <= core
