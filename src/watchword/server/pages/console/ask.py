"""May alice delete note 7, and why: a question, the decision, and each rule as a tree.

The question stands in the address, so that an answer can be handed on; asking changes nothing.

Source: users.md U45; access.md section 8.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from watchword.access.decision import Kind
from watchword.server.administration.desk import Desk
from watchword.server.languages import N_, Message
from watchword.server.pages.account.frame import Member
from watchword.server.pages.console.frame import page_of, show_console

if TYPE_CHECKING:  # imported by the first question, with the mapper that the policy needs
    from watchword.access.authzen.inquiry import Unknown
    from watchword.access.why import Reading, Why

__all__ = ["VERDICTS", "sentence", "show_question"]

PATH = "/admin/access"
FIELDS = ("rules", "who", "action", "type", "id")
WORD_CHARACTERS_MAX = 256
MISSING = N_("Say which.")
NAMES_NOTHING: Mapping[str, str] = MappingProxyType(
    {
        "who": N_("There is nobody called %(word)s."),
        "action": N_("No rule knows the action %(word)s."),
        "type": N_("No rule is about things of the kind %(word)s."),
        "id": N_("There is no such thing with the id %(word)s."),
    }
)
MEANT: Mapping[str, str] = MappingProxyType(
    {
        "action": N_("No rule knows the action %(word)s. Did you mean %(meant)s?"),
        "type": N_("No rule is about things of the kind %(word)s. Did you mean %(meant)s?"),
    }
)
DOES_NOT_FIT = N_("What is stored about %(word)s does not fit the rules: %(fault)s.")
VERDICTS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.ALLOWED: N_("A rule allows it, and none forbids it."),
        Kind.FORBIDDEN: N_("A rule forbids it, and nothing overrides that."),
        Kind.NOT_ALLOWED: N_("No rule allows it."),
        Kind.STEP_UP: N_("A rule would allow it after a stronger sign-in."),
        Kind.SCOPE: N_("The token does not reach it."),
    }
)


async def _show(request: Request, desk: Desk, member: Member) -> Response:
    """Answer `GET /admin/access/ask`."""
    from watchword.access.authzen.inquiry import Unanswerable  # noqa: PLC0415  # sqlalchemy.orm
    from watchword.server.administration.questions import (  # noqa: PLC0415  # as above
        Asked,
        Rules,
        answer,
        person,
        rulebooks,
    )

    books = rulebooks(desk)
    words = {name: _word(request, name) for name in FIELDS}
    known = {book.rules.value: book for book in books}
    words["rules"] = words["rules"] if words["rules"] in known else books[0].rules.value
    found: Why | None = None
    name = words["who"]
    errors: dict[str, str | Message] = {}
    if any(words[name] for name in ("action", "type", "id")):  # a name alone only fills in
        asked = Asked(Rules(words["rules"]), *(words[name] for name in FIELDS[1:]))
        try:
            found = await answer(asked, desk.store, desk.runtime.decided, now=desk.now)
            account = await person(asked.who, desk.store)
            name = name if account is None else account.name  # as it is spelt
        except Unanswerable as refused:
            errors = {one.part.value: sentence(one) for one in refused.unknown}
    values = {
        "books": books,
        "asked": words,
        "name": name,
        "actions": sorted({name for book in books for name in book.policy.words.actions}),
        "types": sorted({name for book in books for name in book.types}),
        "errors": {name: errors.get(name) for name in FIELDS},
        "has_errors": bool(errors),
        "why": found,
        "verdict": None if found is None else VERDICTS[found.decision.kind],
        "lacks_context": bool(known[words["rules"]].policy.words.context),
        "turning": None if found is None else _turning(found),
    }
    return show_console(member, "ask.html", values, here=PATH, status=400 if errors else 200)


show_question = page_of("policy", _show)


def _word(request: Request, name: str) -> str:
    asked = request.query_params.get(name, "").replace("\x00", "")
    return asked.strip()[:WORD_CHARACTERS_MAX]


def sentence(unknown: "Unknown") -> str | Message:
    """Return what is wrong with a word of a question."""
    part, word = unknown.part.value, unknown.word
    if not word:
        return MISSING
    if unknown.fault:
        return Message(DOES_NOT_FIT, {"word": word, "fault": unknown.fault})
    if unknown.meant is not None:
        return Message(MEANT[part], {"word": word, "meant": unknown.meant})
    return Message(NAMES_NOTHING[part], {"word": word})


def _turning(found: "Why") -> "Reading | None":
    """Return the rule that an answer hangs on: the deciding one, or the nearest that would allow.

    The rules come with the fewest failing conditions first.
    """
    if found.decision.rule is not None:
        return found.readings[0]
    return next((one for one in found.readings if one.considered.effect == "allow"), None)
