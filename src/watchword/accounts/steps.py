"""The steps of a login: begun, gone on with, completed.

A flow that is not finished is a row; its secret is replaced at every step, so that of any number of
requests with one secret the first goes on and the others hold nothing.

Source: oauth.md L-1, L-5 and L-8; security.md rules 38 and 44, class C11; RFC 9470 section 4.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, assert_never

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
from watchword.accounts.factors.passkeys import PasskeyContext, begin_assertion
from watchword.accounts.factors.together import FactorStore, Standing
from watchword.accounts.flow import (
    FLOW_IDLE_SECONDS,
    AdvanceFlow,
    Answer,
    AnswerKind,
    Begun,
    Bindings,
    Completed,
    Flow,
    FlowPurpose,
    FlowStore,
    LiveLogin,
    Missing,
    NewFlow,
    Offer,
    Unfinished,
    Waiting,
    Wish,
    decide,
    kinds_of,
)
from watchword.accounts.levels import Level, Method
from watchword.base.chance import Chance, new_id, new_secret
from watchword.base.clock import Clock
from watchword.base.records import dataclass
from watchword.base.secrets import Secret, digest

__all__ = [
    "FlowContext",
    "answer",
    "begin",
    "begin_with_passkey",
    "continue_session",
    "look",
    "passkey_options",
    "peek",
]

FLOW_ID_PREFIX = "flow"


@dataclass(frozen=True, slots=True)
class FlowContext:
    """What logins work with."""

    credentials: CredentialContext
    flows: FlowStore
    factors: FactorStore
    passkeys: PasskeyContext
    clock: Clock
    chance: Chance
    least: Level = Level.ONE_FACTOR  # of every login; pages lead to what is missing themselves


async def begin(
    attempt: PasswordAttempt | PasskeyAttempt, caller: Caller, begun: Begun, ctx: FlowContext
) -> Completed | Unfinished:
    """Begin a login with a password, or with a passkey whose challenge somebody else had bound.

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
        if not await ctx.flows.end_flow(flow.id, now=ctx.clock.now()):
            raise FlowNotValid("the login was ended while its last step was taken")
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


async def peek(presented: Secret, bindings: Bindings, ctx: FlowContext) -> Waiting:
    """Say what a login waits for, without a step. A page is shown as often as it is asked for.

    Raises:
        FlowNotValid: no live flow has this secret and these bindings.
    """
    flow = await ctx.flows.find_flow(digest(presented), bindings, now=ctx.clock.now())
    if flow is None:
        raise FlowNotValid("no live login has this secret and these bindings")
    standing = await _standing(flow, ctx)
    missing = decide(flow.proofs, standing, flow.wish, now=ctx.clock.now())
    return Waiting(flow, kinds_of(missing, standing, flow))


async def passkey_options(waiting: Waiting, ctx: FlowContext) -> Mapping[str, Any]:
    """Return the options of `navigator.credentials.get()` for the step that a login waits for."""
    return (await _passkey(waiting.flow, ctx)).options or {}


def _new_flow(begun: Begun, ctx: FlowContext) -> Flow:
    return Flow(
        id=new_id(ctx.chance, FLOW_ID_PREFIX),
        purpose=begun.bindings.purpose,
        user_id=None,
        client_id=begun.bindings.client_id,
        password_hash=None,
        proofs=(),
        wish=_wish(begun, ctx),
        name=None,
        sid=None,
        request=begun.request,
    )


def _wish(begun: Begun, ctx: FlowContext) -> Wish:
    """Return what a login is to reach: of a page, what its session will be asked for later."""
    if begun.bindings.purpose is FlowPurpose.PAGE or begun.wish.level.rank >= ctx.least.rank:
        return begun.wish
    return replace(begun.wish, level=ctx.least)


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
    """Return the login if it has all it needs.

    Failures with its password are then forgotten.
    """
    standing = await _standing(flow, ctx)
    if decide(flow.proofs, standing, flow.wish, now=ctx.clock.now()) is not Missing.NOTHING:
        return None
    by_password = any(proof.method is Method.PASSWORD for proof in flow.proofs)
    if by_password and (verified.failures or len(flow.proofs) > 1):
        await forgive(verified.user_id, caller, ctx.credentials)
    return replace(_completed(flow), device_hash=_device_hash(caller))


def _device_hash(caller: Caller) -> bytes | None:
    return None if caller.device_secret is None else digest(caller.device_secret)


async def _store(flow: Flow, bindings: Bindings, ctx: FlowContext) -> Unfinished:
    secret, now = new_secret(ctx.chance), ctx.clock.now()
    new = NewFlow(flow, digest(secret), bindings, now, now + FLOW_IDLE_SECONDS)
    unfinished = await _unfinished(flow, secret, ctx)
    if not unfinished.missing.is_for_pages:
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
    return tuple(
        [
            await _passkey(flow, ctx) if kind is AnswerKind.PASSKEY else Offer(kind)
            for kind in kinds_of(missing, standing, flow)
        ]
    )


async def _passkey(flow: Flow, ctx: FlowContext) -> Offer:
    options = await begin_assertion(flow.user_id, digest(flow.id), ctx.passkeys)
    return Offer(AnswerKind.PASSKEY, options)


async def _standing(flow: Flow, ctx: FlowContext) -> Standing:
    found = None if flow.user_id is None else await ctx.factors.read_standing(flow.user_id)
    if found is not None and flow.purpose is FlowPurpose.PAGE:
        found = replace(found, must_change_password=False)  # where else could it be changed?
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
