"""Logins under way: what has been proved, what is missing, and the row between two requests.

The machine itself is `decide`, a function of what was proved, what the account has and what was
asked for. A flow that is not finished is a row; its secret is replaced at every step, so that of
any number of requests with one secret the first goes on and the others hold nothing.

Source: oauth.md L-1, L-5 and L-8; security.md rules 38 and 44, class C11; NIST SP 800-63B-4
section 2.2; RFC 9470 section 4.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Protocol, assert_never

from watchword.accounts.attempts import (
    Attempt,
    Caller,
    PasskeyAttempt,
    PasswordAttempt,
    RecoveryCodeAttempt,
    TOTPAttempt,
)
from watchword.accounts.credentials import (
    CredentialContext,
    VerifiedCredential,
    forgive,
    verify_credential,
)
from watchword.accounts.errors import FlowNotValid, InvalidCredentials, TooManyAttempts
from watchword.accounts.factors import FactorStore, Standing
from watchword.accounts.levels import Level, Method, Proof, auth_time, level
from watchword.accounts.passkeys import PasskeyContext, begin_assertion
from watchword.base.chance import Chance, new_id, new_secret
from watchword.base.clock import Clock
from watchword.base.secrets import Secret, digest

__all__ = [
    "FLOW_IDLE_SECONDS",
    "AdvanceFlow",
    "Answer",
    "AnswerKind",
    "Begun",
    "Bindings",
    "Completed",
    "Flow",
    "FlowContext",
    "FlowPurpose",
    "FlowStore",
    "LiveLogin",
    "Missing",
    "NewFlow",
    "Offer",
    "Unfinished",
    "Wish",
    "answer",
    "begin",
    "begin_with_passkey",
    "continue_session",
    "decide",
    "look",
]

FLOW_IDLE_SECONDS = 600  # oauth.md L-5
FLOW_ID_PREFIX = "flow"


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
    ELSEWHERE = "elsewhere"  # something that only pages can do


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
class FlowContext:
    """What logins work with."""

    credentials: CredentialContext
    flows: FlowStore
    factors: FactorStore
    passkeys: PasskeyContext
    clock: Clock
    chance: Chance


@dataclass(frozen=True, slots=True)
class Completed:
    """A login that has everything it needs. Whoever began it makes a session of it."""

    user_id: str
    proofs: tuple[Proof, ...]
    password_hash: str | None = field(repr=False)
    sid: str | None  # of the session that is raised; None: a session is opened
    request: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A login that needs more. The secret leads to its next step, once."""

    missing: Missing
    secret: Secret
    offers: tuple[Offer, ...]
    expires_in: int = FLOW_IDLE_SECONDS
    is_wrong: bool = False  # what was shown was refused
    retry_after: int | None = None  # it was not even compared; seconds


def decide(proofs: tuple[Proof, ...], standing: Standing, wish: Wish, *, now: int) -> Missing:
    """Decide what a login still needs.

    An account with a second factor is never opened without two.
    """
    if standing.must_change_password:
        return Missing.ELSEWHERE
    if wish.max_age is not None and now - auth_time(proofs) > wish.max_age:
        return Missing.NEWER_PROOF
    needed = Level.TWO_FACTORS if standing.seconds else wish.level
    if level(proofs).rank >= needed.rank:
        return Missing.NOTHING
    return Missing.SECOND_FACTOR if standing.seconds else Missing.ELSEWHERE


async def begin(
    attempt: PasswordAttempt, caller: Caller, begun: Begun, ctx: FlowContext
) -> Completed | Unfinished:
    """Begin a login with a password.

    Raises:
        InvalidCredentials, TooManyAttempts, Busy: as `verify_credential`.
    """
    verified = await verify_credential(attempt, caller, ctx.credentials)
    flow = _with(_new_flow(begun, ctx), verified)
    return await _finish(flow, verified, caller, ctx) or await _store(flow, begun.bindings, ctx)


async def begin_with_passkey(begun: Begun, ctx: FlowContext) -> Unfinished:
    """Begin a login with whatever passkey comes; nobody is named, and nothing told of anybody."""
    return await _store(_new_flow(begun, ctx), begun.bindings, ctx)


async def continue_session(
    login: LiveLogin, begun: Begun, ctx: FlowContext
) -> Completed | Unfinished:
    """Begin a login on what a live session has proved already; only what is missing is asked.

    Source: RFC 9470 section 4; oauth.md L-8.
    """
    flow = replace(
        _new_flow(begun, ctx),
        user_id=login.user_id,
        name=login.name,
        sid=login.sid,
        proofs=login.proofs,
    )
    standing = await _standing(flow, ctx)
    if decide(flow.proofs, standing, flow.wish, now=ctx.clock.now()) is Missing.NOTHING:
        return _completed(flow)
    return await _store(flow, begun.bindings, ctx)


async def answer(
    presented: Secret, shown: Answer, caller: Caller, bindings: Bindings, ctx: FlowContext
) -> Completed | Unfinished:
    """Go on with a login.

    Args:
        presented: the secret of the step before.
        shown: what the person shows.
        caller: who shows it.
        bindings: what the request brings; it has to be what the flow was begun with.
        ctx: flows, factors, the comparison.

    Returns:
        What is missing where anything is, also where what was shown is wrong or came too soon.

    Raises:
        FlowNotValid: no live flow has this secret and these bindings.
        Busy: as `verify_credential`; the flow has to be begun again.
    """
    secret, flow = await _advance(presented, bindings, ctx)
    caller = replace(caller, flow_id=flow.id)
    try:
        verified = await verify_credential(_attempt(shown, flow), caller, ctx.credentials)
        if verified.user_id != (flow.user_id or verified.user_id):
            raise InvalidCredentials(f"{verified.user_id} is not whom the login is of")
    except InvalidCredentials:
        return replace(await _unfinished(flow, secret, ctx), is_wrong=True)
    except TooManyAttempts as error:
        return replace(await _unfinished(flow, secret, ctx), retry_after=error.retry_after)
    flow = _with(flow, verified)
    finished = await _finish(flow, verified, caller, ctx)
    if finished is not None:
        await ctx.flows.end_flow(flow.id, now=ctx.clock.now())
        return finished
    await ctx.flows.save_flow(flow)
    return await _unfinished(flow, secret, ctx)


async def look(presented: Secret, bindings: Bindings, ctx: FlowContext) -> Unfinished:
    """Say what a login needs, to whoever brings its secret and shows nothing.

    Raises:
        FlowNotValid: no live flow has this secret and these bindings.
    """
    secret, flow = await _advance(presented, bindings, ctx)
    return await _unfinished(flow, secret, ctx)


def _new_flow(begun: Begun, ctx: FlowContext) -> Flow:
    return Flow(
        id=new_id(ctx.chance, FLOW_ID_PREFIX),
        user_id=None,
        client_id=begun.bindings.client_id,
        password_hash=None,
        proofs=(),
        wish=begun.wish,
        name=None,
        sid=None,
        request=begun.request,
    )


def _with(flow: Flow, verified: VerifiedCredential) -> Flow:
    """Return the flow with what was proved."""
    return replace(
        flow,
        user_id=verified.user_id,
        proofs=(*flow.proofs, verified.proof),
        password_hash=verified.password_hash or flow.password_hash,
    )


def _completed(flow: Flow) -> Completed:
    assert flow.user_id is not None  # noqa: S101  # whoever proved anything is known
    return Completed(flow.user_id, flow.proofs, flow.password_hash, flow.sid, flow.request)


async def _finish(
    flow: Flow, verified: VerifiedCredential, caller: Caller, ctx: FlowContext
) -> Completed | None:
    """Return the login if it has all it needs; failures with its password are then forgotten."""
    standing = await _standing(flow, ctx)
    if decide(flow.proofs, standing, flow.wish, now=ctx.clock.now()) is not Missing.NOTHING:
        return None
    by_password = any(proof.method is Method.PASSWORD for proof in flow.proofs)
    if by_password and (verified.failures or len(flow.proofs) > 1):
        await forgive(verified.user_id, caller, ctx.credentials)
    if caller.device_secret is not None:
        device = digest(caller.device_secret)
        await ctx.credentials.store.remember_device(verified.user_id, device, now=ctx.clock.now())
    return _completed(flow)


async def _store(flow: Flow, bindings: Bindings, ctx: FlowContext) -> Unfinished:
    secret, now = new_secret(ctx.chance), ctx.clock.now()
    new = NewFlow(flow, digest(secret), bindings, now, now + FLOW_IDLE_SECONDS)
    unfinished = await _unfinished(flow, secret, ctx)
    if unfinished.missing is not Missing.ELSEWHERE:
        await ctx.flows.add_flow(new)
    return unfinished


async def _advance(presented: Secret, bindings: Bindings, ctx: FlowContext) -> tuple[Secret, Flow]:
    secret, now = new_secret(ctx.chance), ctx.clock.now()
    command = AdvanceFlow(digest(presented), digest(secret), bindings, now, now + FLOW_IDLE_SECONDS)
    flow = await ctx.flows.advance_flow(command)
    if flow is None:
        raise FlowNotValid("no live login has this secret and these bindings")
    return secret, flow


async def _unfinished(flow: Flow, secret: Secret, ctx: FlowContext) -> Unfinished:
    if flow.user_id is None:
        return Unfinished(Missing.PASSKEY, secret, (await _passkey(flow, ctx),))
    standing = await _standing(flow, ctx)
    missing = decide(flow.proofs, standing, flow.wish, now=ctx.clock.now())
    return Unfinished(missing, secret, await _offers(missing, standing, flow, ctx))


async def _offers(
    missing: Missing, standing: Standing, flow: Flow, ctx: FlowContext
) -> tuple[Offer, ...]:
    """Return what may be shown next, the easiest first."""
    if missing is Missing.ELSEWHERE:
        return ()
    offers = []
    if missing is Missing.NEWER_PROOF and standing.has_password and flow.name is not None:
        offers.append(Offer(AnswerKind.PASSWORD))
    if standing.passkeys:
        offers.append(await _passkey(flow, ctx))
    if standing.totps:
        offers.append(Offer(AnswerKind.TOTP))
    if standing.recovery_codes and missing is Missing.SECOND_FACTOR:
        offers.append(Offer(AnswerKind.RECOVERY_CODE))
    return tuple(offers)


async def _passkey(flow: Flow, ctx: FlowContext) -> Offer:
    options = await begin_assertion(flow.user_id, digest(flow.id), ctx.passkeys)
    return Offer(AnswerKind.PASSKEY, options)


async def _standing(flow: Flow, ctx: FlowContext) -> Standing:
    found = None
    if flow.user_id is not None:
        found = await ctx.factors.read_standing(flow.user_id)
    return found or Standing(has_password=False, totps=0, passkeys=0, recovery_codes=0)


def _attempt(shown: Answer, flow: Flow) -> Attempt:
    """Return what is compared.

    Raises:
        InvalidCredentials: nobody is known yet whom such an answer could be of.
    """
    if shown.kind is AnswerKind.PASSKEY:
        return PasskeyAttempt(flow.user_id, shown.text, digest(flow.id))
    if flow.user_id is None:
        raise InvalidCredentials(f"a {shown.kind.value} where a passkey was asked for")
    match shown.kind:
        case AnswerKind.TOTP:
            return TOTPAttempt(flow.user_id, shown.text)
        case AnswerKind.RECOVERY_CODE:
            return RecoveryCodeAttempt(flow.user_id, shown.text)
        case AnswerKind.PASSWORD if flow.name is not None:
            return PasswordAttempt(flow.name, shown.text)
        case AnswerKind.PASSWORD:
            raise InvalidCredentials("a password where a second factor was asked for")
    assert_never(shown.kind)
