"""Results of searches: cut into pages whose tokens hold for one search alone.

A token says where the page before it ended and is bound to the question and the limit by a
message authentication code. It carries no time and no randomness: equal requests get equal answers.

Source: AuthZEN Authorization API 1.0 section 8.2; access.md Z14, Z16 and Z17.
"""

import hashlib
import json
from dataclasses import asdict
from itertools import islice
from typing import assert_never

from watchword.access.authzen.parse import (
    LIMIT_MAX,
    InvalidQuestion,
    Page,
    Question,
    Search,
    Sought,
)
from watchword.access.authzen.point import DecisionPoint
from watchword.access.authzen.world import World
from watchword.base import base64url
from watchword.base.base64url import MalformedBase64url
from watchword.base.records import dataclass
from watchword.base.secrets import same

__all__ = ["search"]

TOKEN_CHARACTERS_MAX = 4_096
MAC_BYTES = 32


@dataclass(frozen=True, slots=True)
class _Cut:
    """Where a page begins and how long it is."""

    after: str
    limit: int
    is_asked: bool  # for pages; an answer that fits says nothing of them otherwise


def search(wanted: Search, point: DecisionPoint, world: World, *, key: bytes) -> dict[str, object]:
    """Return the answer of a search: complete, or a page with the token of the next one.

    Args:
        wanted: what is sought.
        point: who decides.
        world: the stored facts.
        key: 32 secret bytes that every node has.

    Raises:
        InvalidQuestion: a token of another search, or a limit that is not its own.
    """
    cut = _cut(wanted, key)
    found, total = _found(wanted, point, world, cut)
    is_last = len(found) <= cut.limit
    found = found[: cut.limit]
    answer: dict[str, object] = {"results": [_entity(wanted, each) for each in found]}
    if is_last and not cut.is_asked:
        return answer
    page = {
        "next_token": "" if is_last else _token(wanted, found[-1], cut.limit, key),
        "count": len(found),
        "total": total,
        "properties": {},
    }
    return {"page": page} | answer


def _found(wanted: Search, point: DecisionPoint, world: World, cut: _Cut) -> tuple[list[str], int]:
    """Return one result more than the page holds, if there is one, and how many there are."""
    if wanted.sought is Sought.RESOURCE:
        condition = point.condition(wanted.question, world)
        if condition is None:
            return [], 0
        rows = world.rows(*condition, after=cut.after, at_most=cut.limit + 1)
        return list(rows), world.count(*condition)
    is_subject = wanted.sought is Sought.SUBJECT
    every = sorted((point.subjects if is_subject else point.actions)(wanted.question, world))
    behind = (each for each in every if each > cut.after)
    return list(islice(behind, cut.limit + 1)), len(every)


def _entity(wanted: Search, found: str) -> dict[str, str]:
    match wanted.sought:
        case Sought.ACTION:
            return {"name": found}
        case Sought.SUBJECT:
            return {"type": wanted.question.subject.type, "id": found}
        case Sought.RESOURCE:
            return {"type": wanted.question.resource.type, "id": found}
        case _:
            assert_never(wanted.sought)


def _cut(wanted: Search, key: bytes) -> _Cut:
    page = wanted.page or Page()
    if not page.token:
        return _Cut("", page.limit or LIMIT_MAX, is_asked=wanted.page is not None)
    after, limit = _read_token(page.token, wanted.question, wanted.sought, key)
    if page.limit not in {None, limit}:
        raise InvalidQuestion("page.limit is another one than that of the first page")
    return _Cut(after, limit, is_asked=True)


def _token(wanted: Search, after: str, limit: int, key: bytes) -> str:
    said = json.dumps([after, limit]).encode("utf-8")
    mac = _mac(said, wanted.question, wanted.sought, key)
    return base64url.encode(mac + said)


def _read_token(token: str, question: Question, sought: Sought, key: bytes) -> tuple[str, int]:
    refused = InvalidQuestion("page.token is of another search, or no token of this server")
    if len(token) > TOKEN_CHARACTERS_MAX:
        raise refused
    try:
        whole = base64url.decode(token)
    except MalformedBase64url:
        raise refused from None
    mac, said = whole[:MAC_BYTES], whole[MAC_BYTES:]
    if not same(mac, _mac(said, question, sought, key)):
        raise refused
    after, limit = json.loads(said)  # our own words
    return after, limit


def _mac(said: bytes, question: Question, sought: Sought, key: bytes) -> bytes:
    asked = json.dumps([sought.value, asdict(question)], sort_keys=True).encode("utf-8")
    fixed = hashlib.sha256(asked).digest()
    return hashlib.blake2b(
        fixed + said, key=key, digest_size=MAC_BYTES, person=b"decision page"
    ).digest()
