"""`watchword explain`: why a request was refused, and whether somebody may do something.

Source: oauth.md section 17; users.md U45 and U58; access.md D6.
"""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from watchword.base.reasons import REASONS
from watchword.cli.administration import with_store
from watchword.cli.exits import Refused, WrongUsage
from watchword.cli.options import json_option, settings_option
from watchword.cli.printing import print_json
from watchword.oauth.causes import fix_of
from watchword.oauth.traces import FAILURE_PREFIX, Trace
from watchword.server.settings import Settings
from watchword.stores import Store

__all__ = ["explain"]

DECISION_PREFIX = "decision_"
EXAMPLES = """\b
Examples:
  watchword explain failure_7Q2mBfVQ9Q0x0c0l2p3T4A
  watchword explain --json failure_7Q2mBfVQ9Q0x0c0l2p3T4A
  watchword explain --who alice --action delete --type user
  watchword explain --who alice --action delete --type note --id 7 --decisions app:point
"""


@click.command(epilog=EXAMPLES)
@click.argument("trace_id", metavar="[ID]", required=False)
@click.option("--who", metavar="NAME", help="Ask about this user instead, by name or id.")
@click.option("--action", metavar="WORD", default="", help="What the user wants to do.")
@click.option("--type", metavar="WORD", default="", help="The kind of thing to do it with.")
@click.option(
    "--id", metavar="TEXT", default="", help="Which of them; the server's rules need none."
)
@click.option(
    "--decisions",
    metavar="MODULE:NAME",
    default="",
    help="Ask the rules of this PolicyDecisionPoint instead of the server's own.",
)
@settings_option
@json_option
def explain(
    trace_id: str | None,
    who: str | None,
    settings: Path | None,
    is_json: bool,  # noqa: FBT001 - click passes a flag
    **question: str,
) -> None:
    """Say why a request was refused, or what a user may do and why.

    ID stands in the answer (the member `id` of a guarded API's, the header Watchword-Trace of the
    server's), on its page, and in the log. What was sent is shown without secrets: of whatever may
    be one, only the length.

    With --who, the rules are asked at this moment, and each that was considered is shown. Ends with
    0 for yes and with 1 for no.
    """
    is_of_both = trace_id is not None and any(question.values())
    if (trace_id is None) is (who is None) or is_of_both:
        raise WrongUsage(
            "either an ID or a question is explained", fix="Give --who with a question, and no ID"
        )
    if trace_id is not None:
        _print_trace(trace_id, settings, is_json=is_json)
        return
    # The policy's mapper and the decision point are loaded by a question alone.
    from watchword.cli.question import Question, print_answer  # noqa: PLC0415

    print_answer(Question(who or "", **question), settings, is_json=is_json)


def _print_trace(trace_id: str, settings: Path | None, *, is_json: bool) -> None:
    async def read(store: Store, found: Settings) -> tuple[Trace | None, str]:
        return await store.find_trace(trace_id), found.issuer

    trace, issuer = with_store(settings, read)
    if trace is None:
        raise Refused(f"No refused request is called {trace_id} here", fix=_elsewhere(trace_id))
    usual = REASONS[trace.code].fix_at(issuer) if trace.code in REASONS else ""
    fix = fix_of(trace.detail) or usual
    if is_json:
        print_json({**asdict(trace), "fix": fix})
    else:
        print("\n".join(_lines(trace, fix)))


def _elsewhere(trace_id: str) -> str:
    """Return where a request may stand that is not kept here."""
    decided = (
        "What was allowed, and what a decision point answered, is not kept: ask again with --who. "
    )
    return (
        f"{decided if trace_id.startswith(DECISION_PREFIX) else ''}"
        "What a guard apart from the server refused stands in the log of its API alone. "
        "What this server refused is kept for a week, in a flood only some of it: try again in a "
        "second, or search its log"
    )


def _lines(trace: Trace, fix: str) -> list[str]:
    moment = f"{datetime.fromtimestamp(trace.at, UTC):%Y-%m-%d %H:%M:%S} UTC"
    lines = [
        f"{trace.id}  {moment}",
        f"{trace.endpoint} was answered {trace.status} {trace.code}: {trace.public}",
        f"client: {trace.client_id or 'not named'}",
        f"user: {trace.user_id or 'not known'}",
        *_way(trace),
    ]
    if trace.detail:
        lines.append(f"detail: {trace.detail}")
    if fix:
        lines.append(f"what to do: {fix}")
    return lines


def _way(trace: Trace) -> list[str]:
    """Return what the server went through, or what a guard proved and its policy considered."""
    sent = [f"  {each.name:24} {each.value}" for each in trace.sent]
    if trace.id.startswith(FAILURE_PREFIX):
        *through, last = trace.steps or ("",)
        steps = [*(f"  {step}" for step in through), f"  {last}  <- refused here"]
        return ["sent:", *sent, "steps:", *steps]
    rules = [f"  {step}" for step in trace.steps]
    proved = ["the token proved:", *sent] if sent else ["the request proved nothing"]
    return [*proved, *(["the policy considered:", *rules] if rules else [])]
