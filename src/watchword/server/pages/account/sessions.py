"""Sessions: where somebody is signed in to this account, and the way to end it.

Source: users.md U39; OWASP ASVS 5.0 V7.4.5, V7.5.2; security.md rule 45.
"""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.sessions import EndOutcome, ListedSession
from watchword.base.records import dataclass
from watchword.server.device import Device, device_of
from watchword.server.languages import N_
from watchword.server.pages.account.frame import (
    Member,
    go,
    notice_in,
    place_of,
    show,
)
from watchword.server.pages.account.step_up import form_at, page_at
from watchword.server.pages.ago import When, ago
from watchword.server.pages.problem import not_found_page
from watchword.server.places import Places
from watchword.server.runtime import Runtime

__all__ = ["Place", "end_sessions", "place_seen", "sessions"]

PATH = "/account/sessions"

# How the person proved who they are, in the words of RFC 8176; `user` and `mfa` say it of others.
PROOFS: Mapping[str, str] = MappingProxyType(
    {
        "pwd": N_("password"),
        "otp": N_("code from an app"),
        "rcv": N_("recovery code"),
        "mail": N_("code by mail"),
        "hwk": N_("passkey"),
        "swk": N_("passkey"),
    }
)


@dataclass(frozen=True, slots=True)
class Place:
    """A session, as its person sees it."""

    sid: str
    is_this: bool
    device: Device
    applications: tuple[str, ...]
    address: str | None
    place: str | None
    used: When
    since: When
    proofs: tuple[str, ...]
    actor: str | None  # who acts as the person there


async def _show(request: Request, runtime: Runtime, member: Member) -> Response:
    """Answer `GET /account/sessions`: this one first, then the one used last."""
    found = await runtime.store.list_sessions(member.user_id, now=member.now)
    seen = (place_seen(one, member, runtime.places) for one in found.listed)
    places = sorted(seen, key=lambda place: not place.is_this)
    values = {"places": places, "more": found.more, "notice": notice_in(request)}
    return show(member, "sessions.html", values, here=PATH)


async def _end(form: Mapping[str, str], runtime: Runtime, member: Member) -> Response:
    """Answer `POST /account/sessions`: end the one that the form names, or all but this one."""
    store, user_id, now = runtime.store, member.user_id, member.now
    if "others" in form:
        await store.end_sessions(user_id, keep=member.session.sid, now=now, origin=member.origin)
        return go(member, PATH, notice="others-ended")
    ended = await store.end_own_session(user_id, form.get("sid", ""), now=now, origin=member.origin)
    if ended is EndOutcome.UNKNOWN:
        return not_found_page(member.guest.site)
    return go(member, PATH, notice="session-ended")


sessions = page_at(PATH, _show)
end_sessions = form_at(PATH, _end)


def place_seen(session: ListedSession, member: Member, places: Places | None) -> Place:
    """Return a session, of whoever it is, as `member` sees it."""
    methods = (word for proof in session.proofs for word in proof.method.value.split("+"))
    return Place(
        sid=session.sid,
        is_this=session.sid == member.session.sid,
        device=device_of(session.origin.device),
        applications=session.clients,
        address=session.origin.address,
        place=place_of(session.origin.address, member, places),
        used=ago(session.used_at, member.now),
        since=ago(session.created_at, member.now),
        proofs=tuple(dict.fromkeys(PROOFS[word] for word in methods if word in PROOFS)),
        actor=None if session.actor is None else session.actor.name,
    )
