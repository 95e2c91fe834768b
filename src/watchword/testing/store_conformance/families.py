"""Families: what opens one, and what refuses it.

Source: ARCHITECTURE section 3 (`issue`); security.md rule 61.
"""

from dataclasses import replace

from watchword.accounts.sessions import Session
from watchword.oauth.families import Facts, OpenFamilyInSession, Refusal, Refused, Rotated
from watchword.testing.store_conformance.expectation import expect, kind
from watchword.testing.store_conformance.world import (
    CLIENT,
    HASH,
    LIFETIME,
    NOW,
    ORIGIN,
    OTHER_HASH,
    RESOURCE,
    SCOPES,
    SESSION_IDLE,
    World,
)

__all__ = ["CHECKS"]


async def _sign_in(world: World) -> Session:
    user_id = await world.user()
    opened = await world.store.open_session(
        world.session(), user_id=user_id, password_hash=HASH, now=NOW
    )
    return kind(opened, Session, "an active user signs in")


def _in_session(world: World, sid: str, *, now: int = NOW + 1) -> OpenFamilyInSession:
    return OpenFamilyInSession(sid, world.family(now=now), ORIGIN, now)


async def resource_that_loses_its_scopes_opens_to_no_stranger(world: World) -> None:
    """Not to those who were let in while it had some, and to nobody after them."""
    store, user_id = world.store, await world.user()
    await store.register_client(replace(CLIENT, is_first_party=False))
    emptied = replace(RESOURCE, scopes=())
    command = world.opening(user_id)
    kind(await store.open_family(command), Facts, "while it declares scopes")
    for _ in range(2):
        await store.register_resource(emptied)
        (found,) = [
            one for one in await store.list_resources() if one.identifier == emptied.identifier
        ]
        expect(found.is_narrowed, True, "it is remembered that it had some")
        await store.register_resource(found)
    rotated = await store.rotate_refresh_token(
        world.presenting(command.family.refresh, now=NOW + 1)
    )
    facts = kind(rotated, Rotated, "the login goes on").facts
    expect(facts.opens_resource(SCOPES), False, "and opens nothing that it did not")
    later = kind(await store.open_family(world.opening(user_id)), Facts, "a later login")
    expect(later.opens_resource(("openid",)), False, "as little")
    await store.register_resource(RESOURCE)
    back = kind(await store.open_family(world.opening(user_id)), Facts, "with scopes again")
    expect(back.opens_resource(SCOPES), True, "they open it as before")


async def login_returns_the_facts_of_its_transaction(world: World) -> None:
    """User, roles, session and family as they stood when the family was written."""
    user_id = await world.user(roles=frozenset({"admin", "editor"}))
    command = world.opening(user_id)
    facts = kind(await world.store.open_family(command), Facts, "an active user logs in")
    user = await world.store.find_user("alice")
    wanted = Facts(
        user=user or facts.user,
        client_id=CLIENT.client_id,
        resource=RESOURCE.identifier,
        scopes=SCOPES,
        sid=command.session.sid,
        proofs=command.session.proofs,
        family_id=command.family.family_id,
        generation_id=command.family.refresh.generation_id,
        family_expires_at=NOW + LIFETIME,
        is_first_party=CLIENT.is_first_party,
        resource_scopes=RESOURCE.scope_names,
    )
    expect(facts, wanted, "the facts are complete")
    expect(await world.is_live(facts), True, "the login lives")


async def refused_login_leaves_nothing(world: World) -> None:
    """Each reason, and after it the same session and family can still be opened."""
    user_id = await world.user()
    good = world.opening(user_id)
    family = good.family
    refused = (
        (replace(good, user_id="user_0"), Refusal.USER_INACTIVE),
        (replace(good, password_hash=OTHER_HASH), Refusal.CREDENTIAL_CHANGED),
        (replace(good, family=replace(family, client_id="nobody")), Refusal.CLIENT_INACTIVE),
        (replace(good, family=replace(family, resource="nothing")), Refusal.RESOURCE_INACTIVE),
    )
    for command, reason in refused:
        expect(await world.store.open_family(command), Refused(reason), reason.value)
    await world.store.suspend_user(user_id, now=NOW)
    answer = await world.store.open_family(good)
    expect(answer, Refused(Refusal.USER_INACTIVE), "a suspended user does not log in")
    await world.store.restore_user(user_id, now=NOW)
    kind(await world.store.open_family(good), Facts, "nothing of the refused ones was left")


async def session_opens_further_families(world: World) -> None:
    """Each on its own, all with the session's level."""
    session = await _sign_in(world)
    for _ in range(2):
        answer = await world.store.open_family_in_session(_in_session(world, session.sid))
        facts = kind(answer, Facts, "a live session opens a family")
        expect(
            (facts.sid, facts.user, facts.auth_time, facts.amr),
            (session.sid, session.user, NOW, ("pwd", "otp", "mfa")),
            "the facts are the session's",
        )


async def dead_session_opens_nothing(world: World) -> None:
    """Unknown, expired, ended, of an old epoch, of a suspended user."""
    store = world.store
    session = await _sign_in(world)
    sid = session.sid

    async def refusal(command: OpenFamilyInSession) -> Refusal:
        return kind(await store.open_family_in_session(command), Refused, "refused").reason

    expect(await refusal(_in_session(world, "sid_0")), Refusal.SESSION_ENDED, "unknown")
    late = _in_session(world, sid, now=NOW + SESSION_IDLE)
    expect(await refusal(late), Refusal.SESSION_ENDED, "idle too long")
    command = _in_session(world, sid)
    foreign = replace(command, family=replace(command.family, client_id="nobody"))
    expect(await refusal(foreign), Refusal.CLIENT_INACTIVE, "no such client")
    foreign = replace(command, family=replace(command.family, resource="nothing"))
    expect(await refusal(foreign), Refusal.RESOURCE_INACTIVE, "no such resource")
    await store.end_session(sid, now=NOW + 1)
    expect(await refusal(command), Refusal.SESSION_ENDED, "ended")
    await store.suspend_user(session.user.id, now=NOW + 1)
    expect(await refusal(command), Refusal.USER_INACTIVE, "suspended")
    await store.bump_epoch(now=NOW + 1)
    expect(await refusal(command), Refusal.OLD_EPOCH, "of an old epoch")


CHECKS = (
    resource_that_loses_its_scopes_opens_to_no_stranger,
    login_returns_the_facts_of_its_transaction,
    refused_login_leaves_nothing,
    session_opens_further_families,
    dead_session_opens_nothing,
)
