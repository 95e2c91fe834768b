"""Replay: every recorded request again with the token of somebody else.

A request that its owner may make and another may make too, to the same effect, is either meant to
be public or a missing check on the object (insecure direct object reference).

Source: access.md section 9 (T6); OWASP API1:2023.
"""

import json
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any
from urllib.parse import urljoin

from watchword.base import strict_json
from watchword.base.records import dataclass
from watchword.base.strict_json import MalformedJSON
from watchword.cli.exits import Misconfigured, Refused, Unavailable
from watchword.net.document import Answer, Request, Sending
from watchword.net.errors import FetchFailed
from watchword.net.fetcher import fetcher_for

__all__ = ["Outcome", "Replayed", "replayed"]

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
LINE_BYTES_MAX = 1024 * 1024
ANSWER_BYTES_MAX = 8 * 1024 * 1024


class Outcome(Enum):
    """What became of a request that another made."""

    REFUSED = "refused"  # 401, 403, 404, or another 4xx
    SAME = "the same answer"  # reached
    CHANGED = "accepted"  # reached: a request that changes something
    OTHER = "another answer"  # such as a list of their own
    UNPROVED = "proves nothing"  # its owner is refused too
    FAILED = "failed"  # 5xx


REACHED = frozenset({Outcome.SAME, Outcome.CHANGED, Outcome.FAILED})


@dataclass(frozen=True, slots=True)
class Replayed:
    """One request with one other token."""

    method: str
    path: str
    token: str  # the name of its file
    status: int
    outcome: str

    @property
    def is_reached(self) -> bool:
        """True when another had the effect that only the owner should have, or broke the API."""
        return Outcome(self.outcome) in REACHED

    def __str__(self) -> str:
        mark = "REACHED" if self.is_reached else "ok"
        return (
            f"{mark:7}  {self.status}  {self.method} {self.path}  as {self.token}: {self.outcome}"
        )


@dataclass(frozen=True, slots=True)
class _Recorded:
    method: str
    path: str
    body: bytes


def replayed(
    lines: str, url: str, tokens: Mapping[str, str], *, is_changing: bool
) -> tuple[Replayed, ...]:
    """Send recorded requests with each other token, and compare with the owner's answer.

    Args:
        lines: one JSON object a line.
        url: where the API runs.
        tokens: by name; the first is the owner's.
        is_changing: send requests that change something too; the owner's comes last, since it may
            remove what the others ask for.

    Raises:
        CommandFailed: no such record, no answer, or nothing was proved because the others' tokens
            were never accepted.
    """
    try:
        fetcher = fetcher_for(url)
    except FetchFailed as problem:
        raise Misconfigured(f"{url}: {problem}", fix="Give the API's https address") from None
    wanted = [each for each in _recorded(lines) if is_changing or each.method in SAFE]
    if not wanted:
        raise Refused("no request to replay", fix="Record some, or add --changes")
    found = [each for request in wanted for each in _each(fetcher, url, request, tokens)]
    owner, *others = tokens
    for token in others:
        if all(each.status == 401 for each in found if each.token == token):
            raise Refused(
                f"the API takes the token of {token} for none, so nothing was proved",
                fix="Put an access token for this API into the file",
            )
    if all(each.outcome == Outcome.UNPROVED.value for each in found):
        raise Refused(
            f"the API refuses {owner} each of these requests, so nothing was proved",
            fix="Put the token of whom they are into the file",
        )
    return tuple(found)


def _each(
    fetcher: Sending, url: str, request: _Recorded, tokens: Mapping[str, str]
) -> Iterator[Replayed]:
    names = list(tokens)
    order = names if request.method in SAFE else [*names[1:], names[0]]
    answers = {name: _sent(fetcher, url, request, tokens[name]) for name in order}
    for name in names[1:]:
        outcome = _outcome(request, answers[names[0]], answers[name])
        status = answers[name].status
        yield Replayed(request.method, request.path, name, status, outcome.value)


def _outcome(request: _Recorded, owners: Answer, others: Answer) -> Outcome:
    if others.status >= 500:
        return Outcome.FAILED
    if others.status >= 400:
        return Outcome.REFUSED if owners.status < 400 else Outcome.UNPROVED
    if request.method not in SAFE:
        return Outcome.CHANGED
    return Outcome.SAME if others.body == owners.body else Outcome.OTHER


def _sent(fetcher: Sending, url: str, request: _Recorded, token: str) -> Answer:
    headers = {"authorization": f"Bearer {token}", "accept": "*/*"}
    if request.body:
        headers["content-type"] = "application/json"
    try:
        return fetcher.send(
            Request(
                url=urljoin(url, request.path),
                method=request.method,
                headers=headers,
                body=request.body,
                bytes_max=ANSWER_BYTES_MAX,
            )
        )
    except FetchFailed as problem:
        raise Unavailable(f"{url} does not answer: {problem}", fix="Start the API") from None


def _recorded(lines: str) -> Iterator[_Recorded]:
    for number, line in enumerate(lines.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            said: Any = strict_json.loads(line.encode(), bytes_max=LINE_BYTES_MAX)
            body = json.dumps(said["body"]).encode() if "body" in said else b""
            method, path = said["method"], said["path"]
            if not (isinstance(method, str) and isinstance(path, str) and path.startswith("/")):
                raise TypeError("method and path are text, and a path begins with /")
        except (MalformedJSON, KeyError, TypeError) as problem:
            raise Misconfigured(
                f"line {number} records no request: {problem}",
                fix='Write {"method": "GET", "path": "/notes/7"}',
            ) from None
        yield _Recorded(method.upper(), path, body)
