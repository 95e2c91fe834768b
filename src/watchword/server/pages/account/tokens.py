"""One sign-in of a connected application: the time line of its tokens, drawn and as a table.

Source: oauth.md R-6; users.md U39, section 12 (the same data as a table); OWASP ASVS 5.0 V7.5.2.
"""

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from watchword.base.chance import is_id
from watchword.base.records import dataclass
from watchword.oauth.families import FAMILY_ID_PREFIX
from watchword.oauth.timeline import FamilyLife, Moment, moments
from watchword.server.device import Device, device_of
from watchword.server.languages import Message
from watchword.server.pages.account.family_timeline import CAUSES, REASONS, SENTENCES, draw_family
from watchword.server.pages.account.frame import Member, show
from watchword.server.pages.account.step_up import page_at
from watchword.server.pages.ago import When, ago
from watchword.server.pages.problem import not_found_page
from watchword.server.runtime import Runtime

__all__ = ["tokens"]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A time line that is drawn where it is shown, in the language that is spoken there."""

    life: FamilyLife
    now: int

    def __html__(self) -> Markup:
        """Return the drawing as SVG text."""
        return draw_family(self.life, now=self.now)


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table."""

    when: When
    what: str | Message
    why: str | None
    device: Device | None
    address: str | None


async def _show(request: Request, runtime: Runtime, member: Member) -> Response:
    """Answer `GET /account/apps/{family_id}`: another's family is answered like none."""
    family_id: str = request.path_params["family_id"]
    life = None
    if is_id(family_id, FAMILY_ID_PREFIX):
        life = await runtime.store.read_family_life(member.user_id, family_id)
    if life is None:
        return not_found_page(member.guest.site)
    told = moments(life, now=member.now)
    values = {
        "application": life.client_name,
        "client_id": life.client_id,
        "family_id": life.family_id,
        "is_live": life.revoked_at is None and life.ends_at > member.now,
        "since": ago(life.created_at, member.now),
        "drawing": Drawing(life, member.now),
        "steps": [_step(moment, member.now) for moment in reversed(told)],
    }
    return show(member, "tokens.html", values, here="/account/apps")


tokens = page_at("/account/apps/{family_id}", _show)


def _step(moment: Moment, now: int) -> Step:
    why = REASONS.get(moment.kind) if moment.because is None else CAUSES[moment.because]
    return Step(
        when=ago(moment.at, now),
        what=SENTENCES[moment.kind],
        why=why,
        device=device_of(moment.origin.device) if moment.origin.device else None,
        address=moment.origin.address,
    )
