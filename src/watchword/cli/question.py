"""May somebody do something, and why: the second form of `watchword explain`.

Source: users.md U45; access.md section 8.
"""

from pathlib import Path

from watchword.access.authzen.inquiry import Unanswerable, Unknown
from watchword.access.why import Why
from watchword.base import clock
from watchword.base.records import dataclass
from watchword.cli.administration import with_store
from watchword.cli.exits import Misconfigured, Refused
from watchword.cli.imported import imported, working_directory
from watchword.cli.printing import harmless, print_json
from watchword.server.administration.questions import Asked, Rules, answer
from watchword.server.decided import Decided
from watchword.server.pages.console.ask import sentence
from watchword.server.pdp import PolicyDecisionPoint
from watchword.server.settings import Settings
from watchword.stores import Store

__all__ = ["Question", "print_answer"]


@dataclass(frozen=True, slots=True)
class Question:
    """What the options ask, as it was typed."""

    who: str
    action: str
    type: str
    id: str
    decisions: str  # MODULE:NAME of the application's decision point; empty for the server's rules


def print_answer(question: Question, settings_file: Path | None, *, is_json: bool) -> None:
    """Answer by the server's own rules, or by those of the decision point that is named.

    Ends with the code of a refusal where the answer is no.

    Raises:
        Refused: a word of the question names nothing.
        Misconfigured: the decision point cannot be had.
    """
    with working_directory():
        decided = _decided(question.decisions) if question.decisions else None
        found = _answer(question, decided, settings_file)
    if is_json:
        print_json(found.members())
    else:
        print(harmless(found.decision.explanation))
    if not found.decision.allowed:
        raise SystemExit(Refused.exit_code)


def _answer(question: Question, decided: Decided | None, settings_file: Path | None) -> Why:
    rules = Rules.SERVER if decided is None else Rules.APPLICATION
    asked = Asked(rules, question.who, question.action, question.type, question.id)

    async def ask(store: Store, _: Settings) -> Why:
        return await answer(asked, store, decided, now=clock.SYSTEM.now())

    try:
        return with_store(settings_file, ask)
    except Unanswerable as refused:
        told = " ".join(f"--{one.part.value}: {_sentence(one)}" for one in refused.unknown)
        raise Refused(harmless(told).removesuffix(".")) from None


def _sentence(unknown: Unknown) -> str:
    """Return what the admin page says of the word, in English."""
    said = sentence(unknown)
    return said if isinstance(said, str) else said.text % said.values


def _decided(place: str) -> Decided:
    found = imported(place)
    if not isinstance(found, PolicyDecisionPoint):
        raise Misconfigured(
            f"{place} is no PolicyDecisionPoint",
            fix="Name the object that AuthServer(decisions=...) gets",
        )
    return found.decided
