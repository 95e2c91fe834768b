"""The token inspector: a token taken apart, its times, the verdict, and the rule that failed.

With script all of it happens in the browser, and the page's own policy forbids the script to open
a connection. Only the button sends the token here, where this server's keys give the verdict; so
does the page without script. Nothing of it is kept or logged.

Source: users.md U44; issue 3 ("Shown"); security.md rules 47, 48 and 99.
"""

import json
from dataclasses import field

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from watchword.base.reasons import REASONS
from watchword.base.records import dataclass
from watchword.jose.jwt.expected import ANY, Expected
from watchword.jose.jwt.explain import Explanation, Failure, Instant, Verdict, explain
from watchword.server.bodies import read_form
from watchword.server.csrf import FORM_TOKEN
from watchword.server.pages.begun_session import STALE
from watchword.server.pages.inspector.examples import make_examples
from watchword.server.pages.inspector.parts import PartView, part_view
from watchword.server.pages.inspector.rules import inspector_rules
from watchword.server.pages.inspector.timeline import Lifetime, draw_lifetime, summary
from watchword.server.pages.render import CONTENT_SECURITY_POLICY, page
from watchword.server.pages.visit import Visit, refuse_foreign, visit
from watchword.server.runtime import Runtime

__all__ = ["inspect", "show_inspector"]

NO_TOKEN = "Paste a token first."  # noqa: S105  # a sentence
NO_BEARER = (
    "“Bearer” was left away. It belongs to the Authorization header and is no part of the token."
)
NO_DISCLOSURES = "Only the token that the issuer signed was checked, up to the first “~”."
SCHEME = "bearer "
PARTS_OF_A_JWS = 3
PARTS_OF_A_JWE = 5

# The script needs no connection, so the browser is told to allow it none.
SEALED_POLICY = CONTENT_SECURITY_POLICY.replace("connect-src 'self'", "connect-src 'none'")


@dataclass(frozen=True, slots=True)
class RuleView:
    """One rule that the token breaks, and whether a page tells more of its code."""

    code: str
    claim: str | None
    hint: str
    is_documented: bool


@dataclass(frozen=True, slots=True)
class LifeView:
    """The drawing of a token's life, and in words."""

    summary: str
    drawing: Markup


@dataclass(frozen=True, slots=True)
class AnswerView:
    """What this server says of a token that was sent to it."""

    explained: Explanation
    is_verified: bool
    is_encrypted: bool  # for somebody else: this server has no key that opens tokens
    notes: tuple[str, ...]
    rules: tuple[RuleView, ...]
    parts: tuple[PartView, ...]
    life: LifeView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the page holds: a token, and what is said of it or of the form."""

    token: str = field(default="", repr=False)
    answer: AnswerView | None = field(default=None, repr=False)
    problem: str | None = None
    error: str | None = None


async def show_inspector(request: Request, runtime: Runtime) -> Response:
    """Answer `GET /inspect`."""
    guest = await visit(request, runtime)
    return _page(guest, runtime, Shown())


async def inspect(request: Request, runtime: Runtime) -> Response:
    """Answer `POST /inspect`: explain a token under this server's published keys.

    Raises:
        Rejected: the form comes from another site, or is no form.
    """
    refuse_foreign(request, runtime)
    form = await read_form(request)
    guest = await visit(request, runtime)
    text = form.get("token", "").strip()
    if not guest.owns(form.get(FORM_TOKEN)):
        return _page(guest, runtime, Shown(token=text, problem=STALE), status=403)
    if not text:
        return _page(guest, runtime, Shown(error=NO_TOKEN), status=400)
    token, notes = _bare_token(text)
    return _page(guest, runtime, Shown(token=token, answer=_answer(token, notes, runtime)))


def _bare_token(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the token that a header line holds, and what is to be said of the rest."""
    if text[: len(SCHEME)].lower() == SCHEME:
        return text[len(SCHEME) :].strip(), (NO_BEARER,)
    return text, ()


def _answer(token: str, notes: tuple[str, ...], runtime: Runtime) -> AnswerView:
    """Explain a token: signature, issuer and times. Audience and type are for the API to ask."""
    now = runtime.clock.now()
    signed, tilde, _ = token.partition("~")
    expect = Expected(issuer=runtime.settings.issuer, audience=ANY, typ=ANY)
    explained = explain(signed, runtime.ring.ring.public_keys, expect=expect, now=now)
    parts = [part_view("header", "Header", explained.header)]
    if signed.count(".") == PARTS_OF_A_JWS - 1:
        parts.append(part_view("payload", "Payload", explained.payload))
    return AnswerView(
        explained=explained,
        is_verified=explained.verdict is Verdict.VERIFIED,
        is_encrypted=token.count(".") == PARTS_OF_A_JWE - 1 and "enc" in explained.header.members,
        notes=(*notes, NO_DISCLOSURES) if tilde else notes,
        rules=tuple(_rule(failure) for failure in explained.failures),
        parts=tuple(parts),
        life=_life(explained.times, now),
    )


def _rule(failure: Failure) -> RuleView:
    return RuleView(failure.code, failure.claim, failure.hint, failure.code in REASONS)


def _life(times: tuple[Instant, ...], now: int) -> LifeView | None:
    found = {time.claim: int(time.value) for time in times}
    if "iat" not in found or found.get("exp", 0) < found["iat"]:
        return None
    life = Lifetime(found["iat"], found["exp"], now)
    return LifeView(summary(life), draw_lifetime(life))


def _page(guest: Visit, runtime: Runtime, shown: Shown, *, status: int = 200) -> Response:
    rules = json.dumps(inspector_rules(), ensure_ascii=False, separators=(",", ":"))
    response = page(
        guest.site,
        "inspector.html",
        {
            "shown": shown,
            "examples": make_examples(runtime.chance, runtime.clock.now()),
            "rules": rules,
            "form_token": guest.form_token,
        },
        status=status,
    )
    response.headers["Content-Security-Policy"] = SEALED_POLICY
    return guest.remember(response)
