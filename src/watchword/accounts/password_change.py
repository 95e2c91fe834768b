"""Changing a password: a person who has just shown who they are chooses another one.

Whatever hangs on the old one goes with it: links that set a password, logins under way, and, if the
person wants it so, every other session. The session in which it happens gets another cookie.

Source: OWASP ASVS 5.0 V7.2.4, V7.4.3, V7.5.1 and V6.3.7; users.md U47; security.md rules 38 and 43.
"""

from dataclasses import field
from enum import Enum
from typing import Protocol

from watchword.accounts.errors import PasswordRefused
from watchword.accounts.origin import Origin
from watchword.accounts.password_rules import PasswordRules
from watchword.accounts.passwords.acceptance import check_password
from watchword.accounts.passwords.breaches import BreachedPasswords, accept_password
from watchword.accounts.passwords.hashing import PARAMETERS, Argon2Parameters, Hasher
from watchword.accounts.users import User
from watchword.base.clock import Clock
from watchword.base.records import dataclass
from watchword.base.secrets import Secret, digest

__all__ = [
    "ChangePassword",
    "OtherSessions",
    "PasswordChange",
    "PasswordChangeContext",
    "PasswordChangeStore",
    "PasswordWish",
    "change_password",
]


class OtherSessions(Enum):
    """What becomes of the sessions in other browsers and applications."""

    END = "end"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class PasswordWish:
    """What a person wants, and the session in which they say so."""

    user: User
    password: Secret
    others: OtherSessions
    rules: PasswordRules
    sid: str
    cookie: Secret  # of the session from then on
    origin: Origin


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """The change as it is written."""

    user_id: str
    password_hash: str = field(repr=False)
    others: OtherSessions
    sid: str
    cookie_hash: bytes = field(repr=False)
    origin: Origin
    now: int
    needs_second_factor: bool = False  # it is too short to be alone
    password: Secret | None = None  # for a directory, which hashes in its own way


class PasswordChange(Enum):
    """What became of a change."""

    CHANGED = "changed"
    SESSION_OVER = "session_over"
    FACTOR_GONE = "factor_gone"  # the factor beside which it would do was removed meanwhile


class PasswordChangeStore(Protocol):
    """What a change needs of a store."""

    async def change_password(self, command: ChangePassword) -> PasswordChange:
        """Set the hash, renew the cookie, end what hangs on the old password: all or nothing.

        A session that has ended by then changes nothing.
        """
        ...


@dataclass(frozen=True, slots=True)
class PasswordChangeContext:
    """What a change works with."""

    store: PasswordChangeStore
    hasher: Hasher
    clock: Clock
    service_name: str  # no part of a password
    parameters: Argon2Parameters = PARAMETERS
    breaches: BreachedPasswords | None = None


async def change_password(wish: PasswordWish, ctx: PasswordChangeContext) -> PasswordChange:
    """Accept the password, hash it, and write it.

    Raises:
        PasswordRefused: names every rule that is broken.
        Busy: what the hasher raises when too many wait.
    """
    await accept_password(
        wish.password,
        context=(wish.user.name, ctx.service_name),
        rules=wish.rules,
        breaches=ctx.breaches,
    )
    password_hash = await ctx.hasher.hash(wish.password, ctx.parameters)
    command = ChangePassword(
        user_id=wish.user.id,
        password_hash=password_hash,
        others=wish.others,
        sid=wish.sid,
        cookie_hash=digest(wish.cookie),
        origin=wish.origin,
        now=ctx.clock.now(),
        needs_second_factor=not _stands_alone(wish, ctx),
        password=wish.password,
    )
    return await ctx.store.change_password(command)


def _stands_alone(wish: PasswordWish, ctx: PasswordChangeContext) -> bool:
    """Whether the password would do for an account without a second factor."""
    try:
        check_password(wish.password, context=(wish.user.name, ctx.service_name))
    except PasswordRefused:
        return False
    return True
