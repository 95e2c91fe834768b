"""The life of a token as a drawing: issued, now, expires.

Positions are percentages, so the line stretches with the page while its text keeps its size.

Source: users.md section 12 (token lifetime timeline), U90.
"""

from markupsafe import Markup

from watchword.base.records import dataclass
from watchword.server.pages.times import clock_time, span

__all__ = ["Lifetime", "draw_lifetime", "summary"]

# What a label needs on both sides of its point, in percent of the narrowest page.
LABEL_MARGIN_PERCENT = 22

DRAWING = Markup("""\
<svg class="timeline" role="img" aria-labelledby="life-title life-text" width="100%" height="104" \
font-family="inherit" font-size="14" fill="currentColor" stroke="none">
<title id="life-title">{title}</title>
<desc id="life-text">{text}</desc>
<line x1="0%" x2="100%" y1="52" y2="52" stroke="currentColor" stroke-width="2" \
stroke-dasharray="2 6" stroke-linecap="round" opacity="0.6"/>
<line class="lived" x1="0%" x2="{lived}%" y1="52" y2="52" stroke="currentColor" stroke-width="6"/>
<rect x="0" y="40" width="3" height="24" rx="1.5"/>
<text x="0" y="82" font-weight="600">issued</text>
<text x="0" y="100">{issued}</text>
<svg x="{end}%" y="0" overflow="visible"><rect x="-3" y="40" width="3" height="24" rx="1.5"/></svg>
<text x="{end}%" y="82" text-anchor="end" font-weight="600">expires</text>
<text x="{end}%" y="100" text-anchor="end">{expires}</text>
<svg x="{at}%" y="0" overflow="visible"><path d="M-6 28h12l-6 11Z"/></svg>
<text x="{at}%" y="18" text-anchor="{anchor}">\
<tspan font-weight="600">now</tspan> <tspan>{now}</tspan></text>
</svg>""")


@dataclass(frozen=True, slots=True)
class Lifetime:
    """Three moments of a token, in seconds since the epoch."""

    issued_at: int
    expires_at: int
    now: int

    @property
    def is_over(self) -> bool:
        """Whether the token has expired; its last second is the one before `exp`."""
        return self.now >= self.expires_at


def draw_lifetime(life: Lifetime) -> Markup:
    """Return the drawing as SVG text. Escaping is done by the template of the drawing itself."""
    last = max(life.expires_at, life.now)
    whole = max(last - life.issued_at, 1)
    at = _percent(life.now - life.issued_at, whole)
    end = _percent(life.expires_at - life.issued_at, whole)
    return DRAWING.format(
        title="The life of this token",
        text=f"Issued at {clock_time(life.issued_at)}, expires at {clock_time(life.expires_at)}. "
        f"At {clock_time(life.now)}: {summary(life)}.",
        lived=min(at, end),
        at=at,
        end=end,
        anchor=_anchor(at),
        issued=clock_time(life.issued_at),
        expires=clock_time(life.expires_at),
        now=clock_time(life.now),
    )


def summary(life: Lifetime) -> str:
    """Say in words where in its life the token stands."""
    if life.is_over:
        return f"expired {span(life.now - life.expires_at)} ago"
    left = span(life.expires_at - life.now)
    return f"{left} left of {span(life.expires_at - life.issued_at)}"


def _percent(part: int, whole: int) -> float:
    return round(min(max(part / whole, 0), 1) * 100, 1)


def _anchor(percent: float) -> str:
    if percent < LABEL_MARGIN_PERCENT:
        return "start"
    return "end" if percent > 100 - LABEL_MARGIN_PERCENT else "middle"
