"""What the demonstration tells the terminal that started it: address, users, lines to paste.

Passphrases appear here once and nowhere else, and only where standard output is a terminal.

Source: ARCHITECTURE section 6 (the demo); users.md U23 and U24.
"""

import json
import shlex
from collections.abc import Iterator, Sequence

from watchword.cli.demo.pages.calls import Notes
from watchword.cli.demo.users import Person

__all__ = ["discreet_welcome", "welcome"]

BEARER = '-H "Authorization: Bearer $TOKEN"'
WITHOUT_TERMINAL = (
    "No password is told, because standard output is no terminal; "
    "`{program} demo --check` proves the flow without one."
)


def welcome(
    url: str, people: Sequence[Person], notes: Notes, *, directory: str, program: str
) -> str:
    """Return what a terminal is told.

    Args:
        url: where the demonstration listens.
        people: its users; the first one logs in.
        notes: what it starts with.
        directory: where its data are.
        program: how this program is typed.
    """
    return "\n".join(_lines(url, people, notes, directory, program))


def discreet_welcome(url: str, program: str) -> str:
    """Return what is told where nobody may be looking: nothing secret."""
    return f"watchword demo: {url}\n{WITHOUT_TERMINAL.format(program=program)}"


def _lines(
    url: str, people: Sequence[Person], notes: Notes, directory: str, program: str
) -> Iterator[str]:
    first = people[0]
    yield f"\nwatchword demo: open {url} in a browser, or paste the lines below into a shell.\n"
    yield "Users, with passwords that are good until this demo ends:"
    for person in people:
        roles = ", ".join(sorted(person.user.roles - {"user"}))
        shown = f"  {person.user.name:8} {person.passphrase.reveal()}"
        yield f"{shown}   ({roles})" if roles else shown
    yield ""
    for comment, line in _flow(url, first, notes, program):
        yield f"# {comment}"
        yield line
    yield f"\nIts database and keys are in {directory}. Ctrl-C ends it.\n"


def _flow(url: str, person: Person, notes: Notes, program: str) -> Iterator[tuple[str, str]]:
    """Yield the flow as lines for a shell, each with what it shows.

    What it shows holds no quotation mark: zsh takes comments for commands unless told otherwise,
    and an open quotation would swallow the lines after it.
    """
    name = person.user.name
    document = json.dumps({"username": name, "password": person.passphrase.reveal()})
    yield (
        f"Log in as {name}: the answer holds the JWT",
        f'LOGIN=$(curl -s {url}/login --json {shlex.quote(document)}); echo "$LOGIN"',
    )
    yield (
        "Keep the two tokens",
        f'TOKEN=$(echo "$LOGIN" | {_member("access_token")}); '
        f'REFRESH=$(echo "$LOGIN" | {_member("refresh_token")})',
    )
    yield from _use(f"{url}/notes")
    yield from _refusals(f"{url}/notes", notes, name)
    yield (
        "Refresh: the next pair; the old refresh token is spent",
        f'curl -s {url}/refresh --json "{{\\"refresh_token\\": \\"$REFRESH\\"}}"; echo',
    )
    yield "Fetch the public keys", f"curl -s {url}/jwks.json > jwks.json"
    yield (
        "Take the token apart and verify it",
        f'{program} token explain --jwks jwks.json "$TOKEN"',
    )


def _use(url: str) -> Iterator[tuple[str, str]]:
    """Yield what a user does with notes: write, change, list, delete."""
    note, change = (
        shlex.quote(json.dumps({"title": "Mine", "body": body}))
        for body in ("Written with a token", "Changed")
    )
    yield (
        "Write a note, and keep its number",
        f'NOTE=$(curl -s {url} {BEARER} --json {note}); echo "$NOTE"; '
        f'ID=$(echo "$NOTE" | {_number("id")})',
    )
    yield "Change it", f"curl -s -X PUT {url}/$ID {BEARER} --json {change}; echo"
    yield "Read what the policy lets you read", f"curl -s {url} {BEARER}; echo"
    yield (
        "Delete it: 204, and nothing to say",
        f"curl -s -o /dev/null -w '%{{http_code}}\\n' -X DELETE {url}/$ID {BEARER}",
    )


def _refusals(url: str, notes: Notes, name: str) -> Iterator[tuple[str, str]]:
    """Yield the two kinds of no: with the reason, and as if there were nothing."""
    yield (
        "Be refused, 403 with the reason: a note shared with you is not yours to delete",
        f"curl -si -X DELETE {url}/{notes.shared} {BEARER}; echo",
    )
    yield (
        "A note of a stranger does not exist for you: 404",
        f"curl -si {url}/{notes.strangers[name]} {BEARER}; echo",
    )


def _member(name: str) -> str:
    """Return the command that takes one text member out of a JSON answer, with what all have."""
    return f"""sed 's/.*"{name}": *"\\([^"]*\\)".*/\\1/'"""


def _number(name: str) -> str:
    """Return the command that takes one number out of a JSON answer."""
    return f"""sed 's/.*"{name}": *\\([0-9]*\\).*/\\1/'"""
