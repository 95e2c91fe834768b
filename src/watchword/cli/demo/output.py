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

WITHOUT_TERMINAL = (
    "The passphrases of its users are told to a terminal only, and this is none.\n"
    "`watchword demo --check` proves the flow without them."
)


def welcome(url: str, people: Sequence[Person], notes: Notes, directory: str) -> str:
    """Return what a terminal is told."""
    return "\n".join(_lines(url, people, notes, directory))


def discreet_welcome(url: str) -> str:
    """Return what is told where nobody may be looking: nothing secret."""
    return f"watchword demo: {url}\n{WITHOUT_TERMINAL}"


def _lines(url: str, people: Sequence[Person], notes: Notes, directory: str) -> Iterator[str]:
    first = people[0]
    yield f"\nwatchword demo: open {url} in a browser, or paste the lines below into a shell.\n"
    yield "Users, with passphrases that are good until this demo ends:"
    for person in people:
        roles = ", ".join(sorted(person.user.roles - {"user"}))
        shown = f"  {person.user.name:8} {person.passphrase.reveal()}"
        yield f"{shown}   ({roles})" if roles else shown
    yield ""
    for comment, line in curl_lines(url, first, notes):
        yield f"# {comment}"
        yield line
    yield f"\nIts database and keys are in {directory}. Ctrl-C ends it.\n"


def curl_lines(url: str, person: Person, notes: Notes) -> Iterator[tuple[str, str]]:
    """Yield the flow as lines for a shell, each with what it shows.

    Args:
        url: where the demonstration listens.
        person: who logs in.
        notes: what the demonstration starts with.
    """
    name = person.user.name
    document = json.dumps({"username": name, "password": person.passphrase.reveal()})
    bearer = '-H "Authorization: Bearer $TOKEN"'
    note = json.dumps({"title": "Mine", "body": "Written with a token"})
    yield (
        f"Log in as {name}: the answer holds the JWT",
        f"LOGIN=$(curl -s {url}/login --json {shlex.quote(document)}); echo $LOGIN",
    )
    yield (
        "Keep the two tokens",
        f'TOKEN=$(echo "$LOGIN" | {_member("access_token")}); '
        f'REFRESH=$(echo "$LOGIN" | {_member("refresh_token")})',
    )
    yield "Write a note", f"curl -s {url}/notes {bearer} --json {shlex.quote(note)}; echo"
    yield "Read what the policy lets you read", f"curl -s {url}/notes {bearer}; echo"
    yield (
        "Be refused, with the reason: a note shared with you is not yours to delete",
        f"curl -si -X DELETE {url}/notes/{notes.shared} {bearer}; echo",
    )
    yield (
        "Refresh: the next pair; the old refresh token is spent",
        f'curl -s {url}/refresh --json "{{\\"refresh_token\\": \\"$REFRESH\\"}}"; echo',
    )


def _member(name: str) -> str:
    """Return the command that takes one text member out of a JSON answer, with what all have."""
    return f"""sed 's/.*"{name}": *"\\([^"]*\\)".*/\\1/'"""
