"""The example calls of the notes API: one row each, and what came back when one was run."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from watchword.base.records import dataclass

__all__ = ["Answer", "Call", "Notes", "calls_for", "curl_line", "login_curl", "read_answer"]

CONTINUED = " \\\n  "  # of a line in a shell
BODY_CHARACTERS_MAX = 8_000  # a page, not a download


@dataclass(frozen=True, slots=True)
class Notes:
    """The notes that the demo starts with, by their numbers."""

    own: Mapping[str, int]  # user name -> a note of theirs, shared with nobody
    shared: int  # shared with a role of everybody's; owned by none of those who look
    strangers: Mapping[str, int]  # user name -> a note that is not theirs, nor shared


@dataclass(frozen=True, slots=True)
class Call:
    """One request that the page can make."""

    id: str
    title: str
    method: str
    path: str
    action: str  # as the policy names it
    note: int | None  # which note it is about; None for all, or for one that is to be
    expectation: str
    body: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str
    code: str | None  # of a refusal, RFC 9457
    reason: str | None  # its words

    @property
    def phrase(self) -> str:
        """The name of the status."""
        return HTTPStatus(self.status).phrase

    @property
    def is_success(self) -> bool:
        """Whether the call was allowed and done."""
        return self.status < 400


def calls_for(user_name: str | None, notes: Notes) -> tuple[Call, ...]:
    """Return the calls, with the note numbers of one user.

    Args:
        user_name: who is signed in; None shows the calls of the first user of the demo.
        notes: what the demo starts with.
    """
    name = next(iter(notes.own))
    if user_name is not None and user_name in notes.own:
        name = user_name
    mine, strangers = notes.own[name], notes.strangers[name]
    own = f"/notes/{mine}"
    text = {"title": "From the start page", "body": "Written with a token."}
    other = {"title": "Changed", "body": "Changed from the start page."}
    return (
        Call(
            "list",
            "List the notes that you may see",
            "GET",
            "/notes",
            "read",
            None,
            "200, with your own notes and those shared with you. The rules that answer for one "
            "note also filter the list.",
        ),
        Call(
            "create",
            "Write a note",
            "POST",
            "/notes",
            "create",
            None,
            "201. The note is yours because the token says who you are; nothing in the body could "
            "make it someone else's.",
            text,
        ),
        Call("read", "Read a note of your own", "GET", own, "read", mine, "200. You own it."),
        Call("update", "Change it", "PUT", own, "update", mine, "200. You own it.", other),
        Call(
            "stranger",
            "Read a stranger's note",
            "GET",
            f"/notes/{strangers}",
            "read",
            strangers,
            "404. The note exists, but that is not for you to know: the answer is the same as for "
            "a note that does not. An admin gets 200.",
        ),
        Call(
            "delete",
            "Delete a note that was shared with you",
            "DELETE",
            f"/notes/{notes.shared}",
            "delete",
            notes.shared,
            "403, with the reason. You may read this note, so its existence is no secret; but only "
            "its owner, or an admin, may delete it.",
        ),
    )


def curl_line(call: Call, origin: str) -> str:
    """Return the call as it is typed into a shell that holds the token in `$TOKEN`."""
    lines = [f"curl {origin}{call.path}", '-H "Authorization: Bearer $TOKEN"']
    if call.method not in {"GET", "POST"}:  # curl's own choice without and with a body
        lines[0] = f"curl -X {call.method} {origin}{call.path}"
    if call.body is not None:
        lines.append(f"--json '{json.dumps(call.body)}'")
    return CONTINUED.join(lines)


def login_curl(user_name: str, origin: str) -> str:
    """Return the login as it is typed into a shell; the passphrase is for the person to fill in."""
    document = json.dumps({"username": user_name, "password": "..."})
    return CONTINUED.join((f"curl {origin}/login", f"--json '{document}'"))


def read_answer(status: int, headers: Sequence[tuple[str, str]], body: bytes) -> Answer:
    """Return an answer with its JSON laid out for reading."""
    text, code, reason = body.decode("utf-8", "replace"), None, None
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if document is not None:
        text = json.dumps(document, indent=2, ensure_ascii=False)
    if status >= 400 and isinstance(document, dict):
        code = _text(document, "code")
        reason = _text(document, "detail") or _text(document, "hint") or _text(document, "title")
    return Answer(status, tuple(headers), text[:BODY_CHARACTERS_MAX], code, reason)


def _text(document: Mapping[str, object], name: str) -> str | None:
    value = document.get(name)
    return value if isinstance(value, str) else None
