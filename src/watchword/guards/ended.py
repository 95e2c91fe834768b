"""What has ended before its tokens have expired: the set that a guard holds each token against.

Asked at every request, so a look costs a fraction of what reading a token from a cache costs
(bench/feed.py).

Source: oauth.md F-1, F-2, K-5.
"""

from collections.abc import Iterable

from watchword.oauth.access_token import AccessClaims
from watchword.oauth.feed import Revocation, RevocationKind

__all__ = ["Ended"]

UNTIL_SECONDS_MAX = 24 * 3_600  # no access token lives longer, whatever a feed says
_NEVER = (-1, 0)


class Ended:
    """What has ended, each until its last token has expired. One thread adds, any thread asks."""

    __slots__ = (
        *("_by_kind", "_clients", "_families", "_kids", "_lost_before", "_sids", "_tokens"),
        "_users",
    )

    def __init__(self) -> None:
        # By value: when it ended, and until when that matters.
        self._sids: dict[str, tuple[int, int]] = {}
        self._users: dict[str, tuple[int, int]] = {}
        self._families: dict[str, tuple[int, int]] = {}
        self._clients: dict[str, tuple[int, int]] = {}
        self._tokens: dict[str, tuple[int, int]] = {}
        self._kids: dict[str, tuple[int, int]] = {}
        self._lost_before = 0  # the latest of those times
        self._by_kind = {
            RevocationKind.SESSION: self._sids,
            RevocationKind.USER: self._users,
            RevocationKind.FAMILY: self._families,
            RevocationKind.CLIENT: self._clients,
            RevocationKind.TOKEN: self._tokens,
            RevocationKind.ISSUED_BEFORE: self._kids,
        }

    def __len__(self) -> int:
        return sum(len(entries) for entries in self._by_kind.values())

    def add(self, events: Iterable[Revocation], *, now: int) -> None:
        """Keep what ended."""
        for event in events:
            until = min(event.until, now + UNTIL_SECONDS_MAX)
            entries = self._by_kind[event.kind]  # an account does not end (`guards.accounts`)
            known = entries.get(event.value, (0, 0))
            entries[event.value] = (max(event.at, known[0]), max(until, known[1]))
        self._date()

    def sweep(self, *, now: int) -> None:
        """Forget what no living token can belong to."""
        for entries in self._by_kind.values():
            for value in [value for value, (_, until) in entries.items() if until <= now]:
                del entries[value]
        self._date()

    def find(self, claims: AccessClaims, kid: str | None) -> RevocationKind | None:
        """Return what has ended of that which a token belongs to; None for a token that holds."""
        # A session, a family and a token end once and for all.
        if claims.sid in self._sids:
            return RevocationKind.SESSION
        if claims.fam in self._families:
            return RevocationKind.FAMILY
        if claims.jti in self._tokens:
            return RevocationKind.TOKEN
        return self._find_earlier(claims, kid)

    def _find_earlier(self, claims: AccessClaims, kid: str | None) -> RevocationKind | None:
        """Look for what may begin anew: tokens from before the end are dead, later ones hold."""
        iat = claims.iat
        if claims.sub in self._users and iat <= self._users.get(claims.sub, _NEVER)[0]:
            return RevocationKind.USER
        if (
            claims.client_id in self._clients
            and iat <= self._clients.get(claims.client_id, _NEVER)[0]
        ):
            return RevocationKind.CLIENT
        # Whoever holds a stolen key dates tokens as they like; the other keys' are judged by time.
        if iat <= self._lost_before or kid in self._kids:
            return RevocationKind.ISSUED_BEFORE
        return None

    def _date(self) -> None:
        self._lost_before = max((at for at, _ in self._kids.values()), default=0)
