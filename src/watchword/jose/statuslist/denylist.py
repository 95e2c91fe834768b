"""The denylist of a `jwt.Verifier`: it finds a token's list, keeps it, and reads the status.

The token has been verified by then. What is not known of it counts against it: an index that the
list has not refuses the token, and a list that cannot be had is answered 503.

Source: draft-ietf-oauth-status-list-21 sections 8.3 and 13.7; tokens.md J-49.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from watchword.base.clock import SYSTEM, Clock
from watchword.jose.errors import (
    ClaimInvalid,
    KeysUnavailable,
    PolicyRefused,
    StatusUnavailable,
    TokenError,
    TokenSuspended,
)
from watchword.jose.jwt.claims import Claims
from watchword.jose.jwt.verified import C, Verified
from watchword.jose.statuslist.packing import SUSPENDED, VALID
from watchword.jose.statuslist.reference import reference
from watchword.jose.statuslist.verifier import Statuses, Verifier
from watchword.jose.uri import MalformedURI, normalised

__all__ = ["Denylist", "Fetch"]

Fetch = Callable[[str], str]
"""Gets the token of a list from its URI; raises StatusUnavailable where it cannot be had."""

LISTS_MAX = 16  # kept at once, at most 4 MiB each
KEPT_SECONDS = 600  # where the list says nothing
KEPT_SECONDS_MIN = 60  # whatever its ttl: the issuer's server is not asked at every token
KEPT_SECONDS_MAX = 86_400  # whatever its ttl: what is taken back shows within a day
RETRY_SECONDS = 30  # after a failure


@dataclass(frozen=True, slots=True)
class _Held:
    """What is known of a list, and when it is asked for again."""

    statuses: Statuses | None
    ask_at: int
    fault: str = ""


class Denylist:
    """Refuses tokens that their status list has taken back. Give it to a Verifier as `denylist=`.

    Tokens without a `status` claim pass; a Verifier with `require=("status",)` refuses them. Two
    threads may fetch a list at the same time; either answer is good.

    Args:
        verifier: of the lists' tokens.
        fetch: gets a list's token, such as `statuslist.fetch`. It blocks.
        allow: the URIs of lists that may be fetched; one that ends in a slash allows those below.
        clock: the system's where left out.

    Raises:
        PolicyRefused: no URI is allowed, or one that is no http URI in its usual spelling.
    """

    __slots__ = ("_allow", "_clock", "_fetch", "_held", "_verifier")

    def __init__(
        self,
        verifier: Verifier[Claims],
        *,
        fetch: Fetch,
        allow: Iterable[str],
        clock: Clock = SYSTEM,
    ) -> None:
        if isinstance(allow, str):
            raise PolicyRefused("allow= is a list of URIs")
        self._allow = tuple(allow)
        if not self._allow or not all(_is_usual(uri) for uri in self._allow):
            raise PolicyRefused("allow= lists http URIs as they are usually spelt, with their path")
        self._verifier = verifier
        self._fetch = fetch
        self._clock = clock
        self._held: dict[str, _Held] = {}

    def __call__(self, verified: Verified[C]) -> bool:
        """Return whether a token has been taken back.

        Raises:
            TokenSuspended: it does not count for the time being.
            ClaimInvalid: its reference is malformed, not allowed, or names no place of the list.
            StatusUnavailable: the list cannot be had.
        """
        found = reference(verified)
        if found is None:
            return False
        if not self._is_allowed(found.uri):
            raise ClaimInvalid("the token's status list is not one to be asked", claim="status")
        status = self._statuses(found.uri)[found.idx]
        if status == SUSPENDED:
            raise TokenSuspended("its status list suspends the token", claim="status")
        return status != VALID

    def __repr__(self) -> str:
        return f"Denylist({len(self._held)} lists)"

    def _is_allowed(self, uri: str) -> bool:
        return _is_usual(uri) and any(
            uri == allowed or (allowed.endswith("/") and uri.startswith(allowed))
            for allowed in self._allow
        )

    def _statuses(self, uri: str) -> Statuses:
        now = self._clock.now()
        held = self._held.get(uri)
        if held is None or held.ask_at <= now:
            held = self._asked(uri, held, now)
            self._keep(uri, held)
        if held.statuses is None or held.statuses.is_expired(now):
            raise StatusUnavailable(
                "the token's status list is missing", retry_after=RETRY_SECONDS, detail=held.fault
            )
        return held.statuses

    def _asked(self, uri: str, held: _Held | None, now: int) -> _Held:
        """Ask for a list; after a failure the one at hand stays until it expires."""
        try:
            statuses = self._verifier.verify(self._fetch(uri), uri=uri)
        except (TokenError, KeysUnavailable) as error:  # the list's fault is not the token's
            at_hand = held.statuses if held else None
            return _Held(at_hand, now + RETRY_SECONDS, f"{error} {error.detail}".rstrip())
        kept = KEPT_SECONDS if statuses.ttl is None else statuses.ttl
        return _Held(statuses, now + min(max(kept, KEPT_SECONDS_MIN), KEPT_SECONDS_MAX))

    def _keep(self, uri: str, held: _Held) -> None:
        self._held.pop(uri, None)
        if len(self._held) >= LISTS_MAX:
            self._held.pop(next(iter(list(self._held))), None)  # the one asked longest ago
        self._held[uri] = held


def _is_usual(uri: object) -> bool:
    """Return whether a URI is spelt as it is compared: no query, dots, or needless escapes."""
    try:
        return normalised(uri) == uri
    except MalformedURI:
        return False
