"""The time line of an application's tokens as a drawing: down the page, one step a row.

Each kind of step has a shape of its own, so that nothing is told by colour alone; the whole is text
of at most 20 kB. Ordinary refreshes that follow one another on one device are one row.

Source: oauth.md R-6; users.md U90; WCAG 1.4.1.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import accumulate
from types import MappingProxyType

from markupsafe import Markup

from watchword.base.records import dataclass
from watchword.oauth.families import RevokedBecause
from watchword.oauth.timeline import FamilyLife, Moment, MomentKind, moments
from watchword.server.device import device_of
from watchword.server.languages import N_, Message, say

__all__ = ["CAUSES", "REASONS", "SENTENCES", "Row", "draw_family", "rows"]

ROWS_MAX = 24  # of the newest; a drawing is read, not searched
FIRST_PIXELS = 16  # of the first point from the top
LINE_PIXELS = 16
TEXT_CHARACTERS_MAX = 40  # what fits a page of 320 pixels: an IPv6 address is the longest
LAST_WORDS = (N_("It can still be used"), N_("It is over"))

SENTENCES: Mapping[MomentKind, str] = MappingProxyType(
    {
        MomentKind.ISSUED: N_("Signed in"),
        MomentKind.REFRESHED: N_("Renewed its access"),
        MomentKind.ACCEPTED_AGAIN: N_("Asked again, and was answered"),
        MomentKind.REUSED: N_("A used token came back"),
        MomentKind.KEYS_CHANGED: N_("The application changed its keys"),
        MomentKind.REVOKED: N_("Signed out"),
        MomentKind.EXPIRED: N_("Expired"),
    }
)
# Why a used token was taken a second time, or not; and who ended the rest.
REASONS: Mapping[MomentKind, str] = MappingProxyType(
    {
        MomentKind.ACCEPTED_AGAIN: N_("The answer before it was never used"),
        MomentKind.REUSED: N_("Its successor was in use: two hold it"),
        MomentKind.KEYS_CHANGED: N_("It signed in with others"),
    }
)
CAUSES: Mapping[RevokedBecause, str] = MappingProxyType(
    {
        RevokedBecause.ACCOUNT_SUSPENDED: N_("The account was suspended"),
        RevokedBecause.CLIENT_ENDED: N_("The application was switched off"),
        RevokedBecause.CLIENT_REVOKED: N_("The application gave its access up"),
        RevokedBecause.CODE_REUSED: N_("Because a used code came back"),
        RevokedBecause.DISCONNECTED: N_("The application was disconnected"),
        RevokedBecause.FACTORS_RESET: N_("The second factors were reset"),
        RevokedBecause.PASSWORD_SET: N_("The password was set anew"),
        RevokedBecause.REFRESH_REUSED: N_("Because a used token came back"),
        RevokedBecause.ROLE_REMOVED: N_("A role was taken from the account"),
        RevokedBecause.SESSION_ENDED: N_("The session was ended"),
    }
)
# Drawn around the point where a row's line stands.
SHAPES: Mapping[MomentKind, str] = MappingProxyType(
    {
        MomentKind.ISSUED: '<circle r="7"/>',
        MomentKind.REFRESHED: '<circle r="4"/>',
        MomentKind.ACCEPTED_AGAIN: '<path d="M0-7 7 0 0 7-7 0Z" fill="none" stroke="currentColor" '
        'stroke-width="2"/>',
        MomentKind.REUSED: '<path d="M0-8 8 6H-8Z"/>',
        MomentKind.KEYS_CHANGED: '<path d="M-6-6H6V6H-6Z" fill="none" stroke="currentColor" '
        'stroke-width="2"/>',
        MomentKind.REVOKED: '<path d="M-6-6 6 6M6-6-6 6" fill="none" stroke="currentColor" '
        'stroke-width="3" stroke-linecap="round"/>',
        MomentKind.EXPIRED: '<path d="M-7 0H7" stroke="currentColor" stroke-width="3" '
        'stroke-linecap="round"/>',
    }
)

DRAWING = Markup("""\
<svg class="family-timeline" role="img" aria-labelledby="{id}-title {id}-text" width="100%" \
height="{height}" font-family="inherit" font-size="14" fill="currentColor" stroke="none">
<title id="{id}-title">{title}</title>
<desc id="{id}-text">{text}</desc>
<line x1="12" x2="12" y1="16" y2="{lived}" stroke="currentColor" stroke-width="2" opacity="0.5"/>
{ahead}{rows}</svg>""")
AHEAD = Markup("""\
<line x1="12" x2="12" y1="{begin}" y2="{end}" stroke="currentColor" stroke-width="2" \
stroke-dasharray="2 6" stroke-linecap="round" opacity="0.5"/>
<text x="32" y="{line}" opacity="0.75">{words}</text>
""")
ROW = Markup("""\
<g class="{kind}"><svg x="12" y="{y}" overflow="visible">{shape}</svg>
<text x="32" y="{line}" font-weight="600">{words}</text>
{further}</g>
""")
LINE = Markup('<text x="32" y="{y}" font-size="13" opacity="{opacity}">{words}</text>\n')


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a moment, or several ordinary refreshes of one device."""

    moment: Moment  # the last of them
    count: int = 1


def rows(told: Sequence[Moment]) -> tuple[Row, ...]:
    """Return the rows of a drawing: refreshes that follow one another on one device are one."""
    folded: list[Row] = []
    for each in told:
        last = folded[-1] if folded else None
        if last is not None and _continues(last.moment, each):
            folded[-1] = Row(each, last.count + 1)
        else:
            folded.append(Row(each))
    return tuple(folded)


def draw_family(life: FamilyLife, *, now: int) -> Markup:
    """Return the drawing as SVG text, in the language that is spoken.

    Args:
        life: of one family.
        now: seconds since the epoch.
    """
    told = moments(life, now=now)
    shown = rows(told)[-ROWS_MAX:]
    is_over = told[-1].kind in {MomentKind.REVOKED, MomentKind.EXPIRED, MomentKind.REUSED}
    *before, last = accumulate((_height(row) for row in shown), initial=FIRST_PIXELS)
    return DRAWING.format(
        id=f"life-{life.family_id}",
        height=last + (0 if is_over else LINE_PIXELS),
        title=say(Message(N_("The tokens of %(application)s"), {"application": life.client_name})),
        text=". ".join(_sentences(shown, is_over=is_over)) + ".",
        lived=before[-1],
        ahead=Markup() if is_over else _ahead(before[-1], last),
        rows=Markup().join(_draw(row, y) for row, y in zip(shown, before, strict=True)),
    )


def _continues(last: Moment, each: Moment) -> bool:
    both = {last.kind, each.kind}
    return both == {MomentKind.REFRESHED} and last.origin == each.origin


def _ahead(begin: int, end: int) -> Markup:
    return AHEAD.format(begin=begin, end=end, line=end + 4, words=say(LAST_WORDS[0]))


def _draw(row: Row, y: int) -> Markup:
    kind = row.moment.kind
    told = (_when(row.moment.at), *_where(row.moment))
    further = Markup().join(
        LINE.format(
            y=y + 22 + n * LINE_PIXELS,
            opacity="0.75" if n else "1",
            words=_fitting(words),
        )
        for n, words in enumerate(told)
    )
    shape = Markup(SHAPES[kind])  # noqa: S704  # of the table above
    return ROW.format(
        kind=kind.value, y=y, shape=shape, line=y + 5, words=_words(row), further=further
    )


def _height(row: Row) -> int:
    return 42 + LINE_PIXELS * len(_where(row.moment))


def _sentences(shown: Sequence[Row], *, is_over: bool) -> Iterator[str]:
    for row in shown:
        where = ", ".join(_where(row.moment))
        yield f"{_when(row.moment.at)}: {_words(row)}{f' ({where})' if where else ''}"
    yield say(LAST_WORDS[is_over])


def _words(row: Row) -> str:
    if row.count > 1:
        return say(Message(N_("Renewed its access %(count)s times"), {"count": row.count}))
    return say(SENTENCES[row.moment.kind])


def _where(moment: Moment) -> tuple[str, ...]:
    """Return the reason of what is out of the ordinary, and from where a step came."""
    if moment.because is not None:
        return (say(CAUSES[moment.because]),)
    told = [moment.origin.address] if moment.origin.address else []
    if moment.kind in REASONS:
        told.insert(0, say(REASONS[moment.kind]))
    elif moment.origin.device is not None:
        told.insert(0, say(device_of(moment.origin.device).label))
    return tuple(told)


def _fitting(text: str) -> str:
    is_long = len(text) > TEXT_CHARACTERS_MAX
    return f"{text[: TEXT_CHARACTERS_MAX - 1]}…" if is_long else text


def _when(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
