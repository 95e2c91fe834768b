"""Another user name: a person is called otherwise from then on, and nobody takes the earlier name.

The id stays, and with it sessions, applications and roles. The earlier name is kept for its person
for a while, so that nobody who takes it is mistaken for them; they may have it back.

Source: users.md U46; security.md rules 29 and 43; decisions/0114.
"""

from enum import Enum
from typing import Protocol

from watchword.accounts.errors import TooManyAttempts
from watchword.accounts.origin import Origin
from watchword.accounts.signup import NameRefused
from watchword.accounts.throttle import Limit, ThrottleStore, bucket
from watchword.accounts.users import User
from watchword.base.clock import Clock
from watchword.base.records import dataclass

__all__ = [
    "FORMER_NAMES_MAX",
    "NAME_KEPT_SECONDS",
    "ChangeName",
    "NameChange",
    "RenameContext",
    "RenameStore",
    "change_name",
]

NAME_KEPT_SECONDS = 90 * 86_400  # whoever knows somebody by a name has met them by then
FORMER_NAMES_MAX = 3  # of one person: they hold no more names than that beside their own
# Each try tells whether somebody has a name.
_TRIES = Limit(burst=10, interval_seconds=60, failures_max=30, memory_seconds=3_600)


@dataclass(frozen=True, slots=True)
class ChangeName:
    """The change as it is written."""

    user_id: str
    name: str  # canonical
    sid: str
    origin: Origin
    now: int


class NameChange(Enum):
    """What became of a change."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    TAKEN = "taken"  # somebody has the name, or had it lately
    TOO_MANY = "too_many"  # earlier names are still kept
    UNKNOWN_USER = "unknown_user"


class RenameStore(ThrottleStore, Protocol):
    """What a change needs of a store. Each method is one transaction."""

    async def change_name(self, command: ChangeName) -> NameChange:
        """Give the user the name, keep the earlier one, and tell its owner: all or nothing.

        Of concurrent callers who want one name a single one is CHANGED.
        """
        ...


@dataclass(frozen=True, slots=True)
class RenameContext:
    """What a change works with."""

    store: RenameStore
    clock: Clock
    key: bytes  # 32 bytes: buckets are drawn with it


async def change_name(
    user: User, name: str, sid: str, origin: Origin, ctx: RenameContext
) -> NameChange:
    """Give a user another name.

    Args:
        user: as it stands.
        name: canonical, as `parse_new_name` returns it.
        sid: the session in which it is asked.
        origin: from where.
        ctx: where it is written.

    Raises:
        NameRefused: somebody has the name, or had it lately ("taken"); or this person keeps as many
            earlier names as one may ("too_many").
        TooManyAttempts: too many names were tried; says when to try again.
    """
    tries = bucket("rename", user.id, _TRIES, key=ctx.key)
    delayed = await ctx.store.take_turn([tries], now=ctx.clock.now())
    if delayed is not None:
        raise TooManyAttempts(delayed.retry_after)
    changed = await ctx.store.change_name(ChangeName(user.id, name, sid, origin, ctx.clock.now()))
    if changed in {NameChange.TAKEN, NameChange.TOO_MANY}:
        raise NameRefused(changed.value)
    return changed
