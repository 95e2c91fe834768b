"""Logins under way: what has been proved, what is missing, and the row between two requests.

The machine itself is `decide`, a function of what was proved, what the account has and what was
asked for; `steps` carries it out.

Source: oauth.md L-1, L-5 and L-8; security.md rules 38 and 44, class C11; NIST SP 800-63B-4
section 2.2; RFC 9470 section 4.
"""

from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from typing import Any, Protocol

from watchword.accounts.factors.together import Standing
from watchword.accounts.levels import Level, Proof, auth_time, level
from watchword.base.records import dataclass
from watchword.base.secrets import Secret

__all__ = [
    "FLOW_IDLE_SECONDS",
    "AdvanceFlow",
    "Answer",
    "AnswerKind",
    "Begun",
    "Bindings",
    "Completed",
    "Flow",
    "FlowPurpose",
    "FlowStore",
    "LiveLogin",
    "Missing",
    "NewFlow",
    "Offer",
    "Unfinished",
    "Waiting",
    "Wish",
    "decide",
    "kinds_of",
]

FLOW_IDLE_SECONDS = 600  # oauth.md L-5


class FlowPurpose(Enum):
    """Where a flow was begun. One cannot be finished elsewhere."""

    API = "api"  # POST /login and the authorization challenge endpoint
    PAGE = "page"


class Missing(Enum):
    """What a login still needs."""

    NOTHING = "nothing"
    SECOND_FACTOR = "second_factor"
    NEWER_PROOF = "newer_proof"  # what was proved is too old for what is asked
    PASSKEY = "passkey"  # nobody is known yet
    OTHER_PASSWORD = "other_password"  # noqa: S105  # a state, not a password
    FURTHER_FACTOR = "further_factor"  # the account has none to show

    @property
    def is_for_pages(self) -> bool:
        """Whether nothing that is shown can help, but only what a person sets up on pages."""
        return self in {Missing.OTHER_PASSWORD, Missing.FURTHER_FACTOR}


class AnswerKind(Enum):
    """What a person may show at a step. The value is its word in `next`."""

    PASSWORD = "password"  # noqa: S105  # a kind of answer, not a password
    TOTP = "totp"
    RECOVERY_CODE = "recovery_code"
    PASSKEY = "passkey"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was shown at a step."""

    kind: AnswerKind
    text: Secret


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be shown at the next step."""

    kind: AnswerKind
    options: Mapping[str, Any] | None = None  # of a passkey: for `navigator.credentials.get()`


@dataclass(frozen=True, slots=True)
class Wish:
    """What the login is to reach.

    Args:
        level: at least.
        max_age: seconds since the last proof, at most.
    """

    level: Level = Level.ONE_FACTOR
    max_age: int | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """A login under way, as it stood in one transaction."""

    id: str  # never leaves the server
    purpose: FlowPurpose
    user_id: str | None
    client_id: str | None
    password_hash: str | None = field(repr=False)  # as it was verified
    proofs: tuple[Proof, ...]
    wish: Wish
    name: str | None  # of the user, where a password may still be asked
    sid: str | None  # of the session that is raised; None: a session is opened
    request: Mapping[str, str]  # what was asked when it began, as whoever began it writes it


@dataclass(frozen=True, slots=True)
class Bindings:
    """What a flow is bound to: every further request has to bring the same.

    Args:
        purpose: where it was begun.
        client_id: for which client; None in a further request: whichever it was.
        bound_to: hash of what is brought beside the flow's own secret, such as a cookie.
    """

    purpose: FlowPurpose
    client_id: str | None = None
    bound_to: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Begun:
    """What a flow is begun with.

    Args:
        bindings: what it stays bound to.
        wish: what it is to reach.
        request: what is asked for, to be remembered.
    """

    bindings: Bindings
    wish: Wish
    request: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LiveLogin:
    """A session that stands, of whoever holds one of its tokens or its cookie."""

    sid: str
    user_id: str
    name: str
    proofs: tuple[Proof, ...]


@dataclass(frozen=True, slots=True)
class NewFlow:
    """A flow to be stored: only the hash of its secret."""

    flow: Flow
    secret_hash: bytes
    bindings: Bindings
    created_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class AdvanceFlow:
    """The presentation of a flow's secret, with all that it is bound to."""

    secret_hash: bytes
    successor_hash: bytes
    bindings: Bindings
    now: int
    expires_at: int


class FlowStore(Protocol):
    """What logins under way need of a store. Each method is one transaction."""

    async def add_flow(self, new: NewFlow) -> None:
        """Store a flow."""
        ...

    async def advance_flow(self, command: AdvanceFlow) -> Flow | None:
        """Replace the secret of a live flow of this epoch with these very bindings.

        Of any number of concurrent callers with one secret exactly one gets the flow.
        """
        ...

    async def find_flow(self, secret_hash: bytes, bindings: Bindings, *, now: int) -> Flow | None:
        """Return a live flow of this epoch with these very bindings; its secret stays."""
        ...

    async def save_flow(self, flow: Flow) -> None:
        """Write what has been proved, if the flow has not ended."""
        ...

    async def end_flow(self, flow_id: str, *, now: int) -> bool:
        """End a flow; true for the one caller that ended it."""
        ...

    async def find_login(self, token_hash: bytes, client_id: str, *, now: int) -> LiveLogin | None:
        """Return the session behind a live refresh token of the client. The token stays live."""
        ...


@dataclass(frozen=True, slots=True)
class Completed:
    """A login that has everything it needs. Whoever began it makes a session of it."""

    user_id: str
    proofs: tuple[Proof, ...]
    password_hash: str | None = field(repr=False)
    sid: str | None  # of the session that is raised; None: a session is opened
    request: Mapping[str, str]
    device_hash: bytes | None = None  # of what showed the last proof


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A login that needs more. The secret leads to its next step, once."""

    missing: Missing
    secret: Secret
    offers: tuple[Offer, ...]
    expires_in: int = FLOW_IDLE_SECONDS
    is_wrong: bool = False  # what was shown was refused
    retry_after: int | None = None  # it was not even compared; seconds


@dataclass(frozen=True, slots=True)
class Waiting:
    """A login under way, and what may be shown at its next step."""

    flow: Flow
    kinds: tuple[AnswerKind, ...]


def decide(proofs: tuple[Proof, ...], standing: Standing, wish: Wish, *, now: int) -> Missing:
    """Decide what a login still needs.

    An account with a second factor is never opened without two.
    """
    if standing.must_change_password:
        return Missing.OTHER_PASSWORD
    if wish.max_age is not None and now - auth_time(proofs) > wish.max_age:
        return Missing.NEWER_PROOF
    needed = Level.TWO_FACTORS if standing.seconds else wish.level
    if level(proofs).rank >= needed.rank:
        return Missing.NOTHING
    return Missing.SECOND_FACTOR if standing.seconds else Missing.FURTHER_FACTOR


def kinds_of(missing: Missing, standing: Standing, flow: Flow) -> tuple[AnswerKind, ...]:
    """Return what may be shown next, the easiest first."""
    if missing.is_for_pages:
        return ()
    is_newer = missing is Missing.NEWER_PROOF
    possible = (
        (AnswerKind.PASSWORD, is_newer and standing.has_password and flow.name is not None),
        (AnswerKind.PASSKEY, standing.passkeys > 0),
        (AnswerKind.TOTP, standing.totps > 0),
        (AnswerKind.RECOVERY_CODE, standing.recovery_codes > 0 and not is_newer),
    )
    return tuple(kind for kind, is_possible in possible if is_possible)
