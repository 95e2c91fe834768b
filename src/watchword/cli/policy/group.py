"""`watchword policy`: the commands, one function each.

Source: access.md section 9 (T4 to T7); ARCHITECTURE section 6 (command names).
"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from watchword.access.errors import PolicyError
from watchword.access.export import matrix
from watchword.access.export.forms import Form
from watchword.access.policy import Policy
from watchword.cli.exits import CommandFailed, Misconfigured, Refused, WrongUsage
from watchword.cli.options import json_option
from watchword.cli.policy import replaying, suites
from watchword.cli.policy.differences import differences
from watchword.cli.policy.grid import grids
from watchword.cli.printing import examples, harmless, print_json
from watchword.testing.named import NoSuchPolicy, named_policy

__all__ = ["policy"]

EXAMPLES = """\b
Examples:
  watchword policy show notes.policy:policy
  watchword policy matrix notes.policy:policy policy.csv
  watchword policy test notes.policy:policy tests
  watchword policy diff released.json notes.policy:policy
"""
CHANGED = 1


class _Named(click.ParamType[Policy]):
    """A policy by its module and name, or by the file of its JSON form."""

    name = "policy"

    def convert(
        self,
        value: str | Policy,
        param: click.Parameter | None,  # noqa: ARG002 - click's signature
        ctx: click.Context | None,  # noqa: ARG002 - as above
    ) -> Policy:
        """Return the policy, sealed."""
        if isinstance(value, Policy):
            return value
        try:
            found = named_policy(value)
            found.seal()
        except NoSuchPolicy as problem:
            raise Misconfigured(problem.problem, fix=problem.fix) from problem
        except PolicyError as problem:
            raise Misconfigured(f"{value}: {problem}", fix="Mend the rule") from problem
        return found


POLICY = _Named()
POLICY_HELP = "POLICY is module:name, such as notes.policy:policy, or a file of its JSON form."


@click.group(epilog=EXAMPLES)
def policy() -> None:
    """Show, compare, export and test a policy.

    POLICY is module:name, such as notes.policy:policy, or a file of its JSON form.
    """


@policy.command(epilog=examples("watchword policy show notes.policy:policy"))
@click.argument("subject", metavar="POLICY", type=POLICY)
@json_option
def show(subject: Policy, is_json: bool) -> None:  # noqa: FBT001 - click passes a flag
    """Show the rules, and who may do what.

    A column is a relation of the person to the row, named after the rule that it makes apply;
    `other` is a row that is related in none of these ways.
    """
    cells = subject.matrix()
    if is_json:
        rules = [{"id": r.id, "effect": r.heading.effect, "text": r.text} for r in subject.rules]
        told = [asdict(cell) for cell in cells]
        print_json({"version": subject.version, "rules": rules, "cells": told})
        return
    print(f"version {subject.version}")
    for rule in subject.rules:
        actions = ", ".join(sorted(rule.heading.actions))
        print(harmless(f"{rule.heading.effect:5}  {rule.id}  {actions}: {rule.text}"))
    for line in grids(cells):
        print(harmless(line))


@policy.command(
    short_help="Say what changed between two versions.",
    epilog=examples("watchword policy diff released.json notes.policy:policy"),
)
@click.argument("before", metavar="BEFORE", type=POLICY)
@click.argument("after", metavar="AFTER", type=POLICY)
@click.option("--check", "is_check", is_flag=True, help="End with 1 when something changed.")
@json_option
def diff(before: Policy, after: Policy, is_check: bool, is_json: bool) -> int:  # noqa: FBT001 - click passes flags
    """Say what changed between two versions: rules, and cells of the matrix that flipped."""
    found = differences(before, after)
    if is_json:
        print_json(found.as_json())
    else:
        print(harmless("\n".join(found.lines())))
    return CHANGED if is_check and found.is_any else 0


@policy.command(
    short_help="Write it as JSON, Markdown or Cedar.",
    epilog=examples(
        "watchword policy export notes.policy:policy --json > policy.json",
        "watchword policy export notes.policy:policy --cedar --output policy.cedar",
    ),
)
@click.argument("subject", metavar="POLICY", type=POLICY)
@click.option(
    "--json", "form", flag_value="json", default=True, help="The form that is read again."
)
@click.option("--markdown", "form", flag_value="markdown", help="The document with the matrix.")
@click.option("--cedar", "form", flag_value="cedar", help="Policies of the Cedar language.")
@click.option("--cedar-schema", "form", flag_value="cedar-schema", help="Their schema.")
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file."
)
def export(subject: Policy, form: Form, output: Path | None) -> None:
    """Write the policy for other programs, or as a document for people."""
    try:
        text = subject.export(form)
    except PolicyError as problem:
        raise Refused(str(problem), fix="Change the rule, or export another form") from problem
    _deliver(text, output)


@policy.command(
    "matrix",
    short_help="Write who may do what, one cell a line.",
    epilog=examples(
        "watchword policy matrix notes.policy:policy policy.csv",
        "watchword policy matrix notes.policy:policy policy.csv --check",
    ),
)
@click.argument("subject", metavar="POLICY", type=POLICY)
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--check", "is_check", is_flag=True, help="Compare with FILE instead of writing it.")
def matrix_(subject: Policy, file: Path | None, is_check: bool) -> None:  # noqa: FBT001 - as above
    """Write the matrix of role, action and relation, one cell a line, to be reviewed as a diff."""
    text = matrix.written(subject.matrix())
    if not is_check:
        _deliver(text, file)
        return
    if file is None:
        raise WrongUsage("--check compares with a file", fix="Name the file")
    try:
        kept = matrix.read(_read(file))
    except PolicyError as problem:
        raise Refused(f"{file}: {problem}", fix="Write it without --check") from problem
    flips = matrix.flips(kept, subject.matrix())
    if flips:
        told = "\n".join(flip.told for flip in flips)
        raise Refused(
            f"{_counted(flips, 'cell differs', 'cells differ')} from {file}:\n{harmless(told)}",
            fix="Write the file without --check, and review its diff",
        )
    print(f"{file} is what the policy says")


@policy.command(
    "test",
    short_help="Put it under its laws, and a suite under watch.",
    epilog=examples(
        "watchword policy test notes.policy:policy",
        "watchword policy test notes.policy:policy tests",
    ),
)
@click.argument("name", metavar="POLICY")
@click.argument("tests", nargs=-1)
@click.option("--subjects", default=30, show_default=True, help="How many subjects to draw.")
@click.option("--rows", default=40, show_default=True, help="How many rows to draw.")
@click.option("--seed", default=0, show_default=True, help="The same seed draws the same.")
@json_option
def test(name: str, tests: Sequence[str], is_json: bool, **drawn: int) -> None:  # noqa: FBT001 - as above
    """Put the policy under its laws, look for dead rules, and see what a suite covers.

    The laws run in a database in memory. Where the models are Django's, DJANGO_SETTINGS_MODULE
    names the settings of their site. TESTS are words for pytest, which runs them while the rules
    are watched: a rule that never applied or never missed is not held by them.
    """
    found = suites.tested(POLICY.convert(name, None, None), name, tests, drawn)
    if is_json:
        print_json(found.as_json())
    else:
        print(harmless("\n".join(found.lines())))
    if found.faults:
        raise Refused(_counted(found.faults, "fault", "faults"), fix="See the lines above")


@policy.command(
    short_help="List the changes that no test notices.",
    epilog=examples("watchword policy mutate notes.policy:policy tests/test_policy.py"),
)
@click.argument("name", metavar="POLICY")
@click.argument("tests", nargs=-1, required=True, metavar="TEST [TEST]...")
@json_option
def mutate(name: str, tests: Sequence[str], is_json: bool) -> None:  # noqa: FBT001 - as above
    """Change the policy in one place after another, and list the changes that no test notices.

    TEST are words for pytest, which runs once for each change, in a process of its own.
    """
    found = suites.mutated(POLICY.convert(name, None, None), name, tests)
    if is_json:
        print_json({"mutants": found.count, "survivors": [str(each) for each in found.survivors]})
    else:
        for each in found.survivors:
            print(harmless(f"survived  {each}"))
        print(f"{found.count} mutants, {len(found.survivors)} survived")
    if found.survivors:
        raise Refused(
            "the suite lets changes of the policy pass", fix="Add a test for each of them"
        )


@policy.command(
    short_help="Send requests again with the tokens of others.",
    epilog=examples(
        "watchword policy replay requests.jsonl --url https://api.example.com"
        " --owner bo.token --other cy.token",
    ),
)
@click.argument("recorded", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--url", required=True, help="Where the API runs.")
@click.option(
    "--owner",
    required=True,
    type=click.Path(path_type=Path),
    help="File with the token of whom the requests are.",
)
@click.option(
    "--other",
    "others",
    required=True,
    multiple=True,
    type=click.Path(path_type=Path),
    help="File with the token of another user, or of another tenant's.",
)
@click.option(
    "--changes", "is_changing", is_flag=True, help="Replay POST, PUT, PATCH and DELETE too."
)
@json_option
def replay(
    recorded: Path,
    url: str,
    owner: Path,
    others: Sequence[Path],
    is_changing: bool,  # noqa: FBT001 - as above
    is_json: bool,  # noqa: FBT001 - as above
) -> None:
    """Send every recorded request again with the tokens of others, and say what they reached.

    RECORDED has one JSON object a line: {"method": "GET", "path": "/notes/7"}, with "body" for
    what is sent as JSON. A token stands alone in its file.
    """
    tokens = {path.name: _read(path).strip() for path in (owner, *others)}
    lines = _read(recorded)
    found = replaying.replayed(lines, url, tokens, is_changing=is_changing)
    if is_json:
        print_json({"answers": [asdict(each) for each in found]})
    else:
        print(harmless("\n".join(str(each) for each in found)))
    reached = [each for each in found if each.is_reached]
    if reached:
        told = _counted(reached, "request reached", "requests reached")
        raise Refused(f"{told} what is another's", fix="Guard its route")


def _counted(found: Sequence[object], one: str, many: str) -> str:
    return f"{len(found)} {one if len(found) == 1 else many}"


def _deliver(text: str, file: Path | None) -> None:
    if file is None:
        print(text, end="")
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise Misconfigured(
            f"{file} cannot be written: {problem}", fix="Name another file"
        ) from None
    print(f"{file} is written")


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise _unreadable(file, problem) from None


def _unreadable(file: Path, problem: Exception) -> CommandFailed:
    return Misconfigured(f"{file} cannot be read: {problem}", fix="Name another file")
