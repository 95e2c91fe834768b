"""Device codes: typed by one session, decided about by it alone, spent once.

Source: RFC 8628 section 3.5; oauth.md N-33 and section 8; security.md rules 60 and 73.
"""

from dataclasses import replace

from watchword.accounts.sessions import NewSession
from watchword.base.chance import SYSTEM, new_secret
from watchword.base.secrets import digest
from watchword.oauth.device_codes import (
    ClaimDeviceCode,
    DecideDeviceCode,
    Decision,
    NewDeviceCode,
    RedeemDeviceCode,
    WaitingDevice,
)
from watchword.oauth.families import Facts, Refusal, Refused
from watchword.testing.store_conformance.expectation import expect, kind
from watchword.testing.store_conformance.world import (
    CLIENT,
    HASH,
    NOW,
    OTHER_CLIENT,
    RESOURCE,
    SCOPES,
    World,
)

__all__ = ["CHECKS", "allowed", "new_device_code", "polling"]

LIFE = 600


def new_device_code() -> NewDeviceCode:
    """Return a code that nobody else has."""
    return NewDeviceCode(
        code_hash=digest(new_secret(SYSTEM)),
        user_code_hash=digest(new_secret(SYSTEM)),
        client_id=CLIENT.client_id,
        resource=RESOURCE.identifier,
        scopes=SCOPES,
        created_at=NOW,
        expires_at=NOW + LIFE,
    )


def polling(world: World, code: NewDeviceCode, *, now: int = NOW + 1) -> RedeemDeviceCode:
    """Return the command of one poll."""
    return RedeemDeviceCode(
        code_hash=code.code_hash,
        client_id=code.client_id,
        family=replace(world.family(now=now), resource="", scopes=()),
        session=replace(world.session(now=now), cookie_hash=None, proofs=()),
        now=now,
    )


async def allowed(world: World, name: str = "alice") -> tuple[NewDeviceCode, str, NewSession]:
    """Store a code that somebody has allowed; return it, who, and in which session."""
    code = new_device_code()
    user_id, session = await _sign_in(world, name)
    await world.store.add_device_code(code)
    await world.store.claim_device_code(_typing(code, user_id, session))
    decided = await world.store.decide_device_code(_deciding(code, user_id, session))
    kind(decided, WaitingDevice, "whoever typed it decides")
    return code, user_id, session


async def _sign_in(world: World, name: str) -> tuple[str, NewSession]:
    user_id, session = await world.user(name), world.session()
    await world.store.open_session(session, user_id=user_id, password_hash=HASH, now=NOW)
    return user_id, session


def _typing(
    code: NewDeviceCode, user_id: str, session: NewSession, *, now: int = NOW
) -> ClaimDeviceCode:
    return ClaimDeviceCode(code.user_code_hash, user_id, session.sid, now)


def _deciding(
    code: NewDeviceCode,
    user_id: str,
    session: NewSession,
    *,
    decision: Decision = Decision.ALLOWED,
    now: int = NOW,
) -> DecideDeviceCode:
    return DecideDeviceCode(code.user_code_hash, user_id, session.sid, decision, now)


async def allowed_code_buys_a_login_of_its_own(world: World) -> None:
    """With what was asked for, and at the level at which it was allowed."""
    code, user_id, session = await allowed(world)
    command = polling(world, code)
    facts = kind(await world.store.redeem_device_code(command), Facts, "it is allowed")
    expect((facts.user.id, facts.client_id), (user_id, code.client_id), "who, and by which client")
    expect((facts.resource, facts.scopes), (code.resource, code.scopes), "for what")
    expect(facts.sid, command.session.sid, "in a session of its own")
    expect(facts.proofs, session.proofs, "as it was proved")
    await world.store.end_session(session.sid, now=NOW + 2)
    expect(await world.is_live(facts, now=NOW + 3), True, "which outlives the browser's")


async def device_waits_and_slows_down(world: World) -> None:
    """It is told to wait; too soon again, to wait five seconds longer each time."""
    code = new_device_code()
    expect(await world.store.add_device_code(code), True, "it is stored")
    told = (
        (1, Refusal.PENDING),
        (6, Refusal.PENDING),
        (10, Refusal.TOO_SOON),  # 5 seconds, and from here on 10
        (19, Refusal.TOO_SOON),  # 10, and from here on 15
        (34, Refusal.PENDING),
        (LIFE, Refusal.EXPIRED),
    )
    for after, refusal in told:
        answer = await world.store.redeem_device_code(polling(world, code, now=NOW + after))
        expect(answer, Refused(refusal), f"after {after} seconds")


async def impatient_device_does_not_wait_for_ever(world: World) -> None:
    """However often it asks too soon, two minutes are enough."""
    code = replace(new_device_code(), expires_at=NOW + 10_000)
    await world.store.add_device_code(code)
    for _ in range(60):
        await world.store.redeem_device_code(polling(world, code, now=NOW + 1))
    answer = await world.store.redeem_device_code(polling(world, code, now=NOW + 121))
    expect(answer, Refused(Refusal.PENDING), "after two minutes it may ask")


async def code_belongs_to_its_client_and_its_epoch(world: World) -> None:
    """Another client's poll is told nothing and changes nothing; a restore ends all codes."""
    code, *_ = await allowed(world)
    other = replace(polling(world, code), client_id=OTHER_CLIENT.client_id)
    unknown = Refused(Refusal.UNKNOWN)
    expect(await world.store.redeem_device_code(other), unknown, "another client")
    none = replace(polling(world, code), code_hash=b"n" * 32)
    expect(await world.store.redeem_device_code(none), unknown, "another code")
    await world.store.bump_epoch(now=NOW)
    expect(await world.store.redeem_device_code(polling(world, code)), unknown, "an older epoch")


async def only_the_session_that_typed_it_decides(world: World) -> None:
    """security.md rule 73: a second user, and a second browser of the first one."""
    store, code = world.store, new_device_code()
    user_id, session = await _sign_in(world, "alice")
    other_id, other = await _sign_in(world, "mallory")
    await store.add_device_code(code)
    untyped = await store.decide_device_code(_deciding(code, user_id, session))
    expect(untyped, None, "nobody decides before it is typed")
    waiting = WaitingDevice(code.client_id, code.resource, code.scopes, NOW)
    for _ in range(2):
        typed = await store.claim_device_code(_typing(code, user_id, session))
        expect(typed, waiting, "typed, and typed again")
    second = world.session()
    await store.open_session(second, user_id=user_id, password_hash=HASH, now=NOW)
    for who, where in ((other_id, other), (user_id, second), (other_id, session)):
        expect(await store.claim_device_code(_typing(code, who, where)), None, "taken")
        decided = await store.decide_device_code(_deciding(code, who, where))
        expect(decided, None, "somebody else decides nothing")
    refusal = _deciding(code, user_id, session, decision=Decision.DENIED)
    expect(await store.decide_device_code(refusal), waiting, "its own session does")
    expect(await store.decide_device_code(_deciding(code, user_id, session)), None, "once")
    denied = await store.redeem_device_code(polling(world, code))
    expect(denied, Refused(Refusal.DENIED), "and the device is told")


async def code_that_was_let_go_is_kept_by_whoever_types_it_next(world: World) -> None:
    """Nobody but the session that typed it lets go, and not after it has decided."""
    store, code = world.store, new_device_code()
    user_id, session = await _sign_in(world, "alice")
    other_id, other = await _sign_in(world, "bob")
    await store.add_device_code(code)
    await store.claim_device_code(_typing(code, user_id, session))
    await store.release_device_code(_typing(code, other_id, other))
    expect(await store.claim_device_code(_typing(code, other_id, other)), None, "not theirs")
    await store.release_device_code(_typing(code, user_id, session))
    decided = await store.decide_device_code(_deciding(code, user_id, session))
    expect(decided, None, "whoever let go decides nothing")
    kind(await store.claim_device_code(_typing(code, other_id, other)), WaitingDevice, "typed anew")
    await store.decide_device_code(_deciding(code, other_id, other))
    await store.release_device_code(_typing(code, other_id, other))
    expect(await store.claim_device_code(_typing(code, user_id, session)), None, "it is decided")


async def code_that_is_over_is_not_typed(world: World) -> None:
    """Nor one that was never given out."""
    store, code = world.store, new_device_code()
    user_id, session = await _sign_in(world, "alice")
    unknown = await store.claim_device_code(_typing(code, user_id, session))
    expect(unknown, None, "an unknown one")
    await store.add_device_code(code)
    late = await store.claim_device_code(_typing(code, user_id, session, now=NOW + LIFE))
    expect(late, None, "one that is too old")
    twin = replace(new_device_code(), user_code_hash=code.user_code_hash)
    expect(await store.add_device_code(twin), False, "what is shown to people is shown once")


async def permission_ends_with_the_session_that_gave_it(world: World) -> None:
    """Whoever ended it, the device is told no; so it is when the account may not act."""
    for number, end in enumerate(("session", "user")):
        code, user_id, session = await allowed(world, f"user{number}")
        if end == "session":
            await world.store.end_session(session.sid, now=NOW)
        else:
            await world.store.suspend_user(user_id, now=NOW)
        answer = await world.store.redeem_device_code(polling(world, code))
        expect(answer, Refused(Refusal.DENIED), end)


async def second_use_revokes_what_the_first_bought(world: World) -> None:
    """As with authorization codes; the spent one stays as long as what it bought."""
    code, *_ = await allowed(world)
    facts = kind(await world.store.redeem_device_code(polling(world, code)), Facts, "the first")
    later = replace(new_device_code(), created_at=NOW + LIFE + 3_600)
    await world.store.add_device_code(replace(later, expires_at=later.created_at + LIFE))
    reused = await world.store.redeem_device_code(polling(world, code, now=NOW + 2))
    expect(reused, Refused(Refusal.REUSED), "the second")
    expect(await world.is_live(facts, now=NOW + 3), False, "what it bought is dead")


async def codes_nobody_types_go(world: World) -> None:
    """An hour after their end, by the codes that follow them."""
    code = new_device_code()
    await world.store.add_device_code(code)
    later = replace(new_device_code(), created_at=NOW + LIFE + 3_600)
    await world.store.add_device_code(replace(later, expires_at=later.created_at + LIFE))
    answer = await world.store.redeem_device_code(polling(world, code, now=later.created_at))
    expect(answer, Refused(Refusal.UNKNOWN), "it is forgotten")


CHECKS = (
    allowed_code_buys_a_login_of_its_own,
    device_waits_and_slows_down,
    impatient_device_does_not_wait_for_ever,
    code_belongs_to_its_client_and_its_epoch,
    only_the_session_that_typed_it_decides,
    code_that_was_let_go_is_kept_by_whoever_types_it_next,
    code_that_is_over_is_not_typed,
    permission_ends_with_the_session_that_gave_it,
    second_use_revokes_what_the_first_bought,
    codes_nobody_types_go,
)
