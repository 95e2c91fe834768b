"""The refresh rule, line by line.

Source: oauth.md section 5; security.md section 3.1 and rule 59; RFC 9700 section 4.14.2.
"""

from dataclasses import replace

from watchword.accounts.events import EventKind
from watchword.oauth.families import (
    Refusal,
    Refused,
    RevokeByRefreshToken,
    RevokedBecause,
    Rotated,
    Rotation,
)
from watchword.oauth.timeline import FamilyLife, MomentKind, PairLife, moments
from watchword.testing.store_conformance.expectation import expect, kind
from watchword.testing.store_conformance.world import (
    CLIENT,
    FAMILY_IDLE,
    LIFETIME,
    NOW,
    ORIGIN,
    OTHER_CLIENT,
    OTHER_RESOURCE,
    RESOURCE,
    SCOPES,
    SESSION_IDLE,
    World,
    new_token,
)

__all__ = ["CHECKS"]


async def live_token_is_rotated(world: World) -> None:
    """The facts are the login's, with the generation of the pair just minted."""
    login = await world.log_in()
    answer, successor = await world.present(login.token, now=NOW + 1)
    wanted = replace(login.facts, generation_id=successor.generation_id)
    expect(answer, Rotated(Rotation.ROTATED, wanted), "a live token is rotated")


async def lost_answer_is_repeated_with_another_pair(world: World) -> None:
    """Several times over, as long as nobody used a successor; the last pair works."""
    login = await world.log_in()
    await world.refresh(login.token, now=NOW + 1)
    successor = login.token
    for _ in range(3):
        answer, successor = await world.present(login.token, now=NOW + 2)
        expect(kind(answer, Rotated, "repeated").outcome, Rotation.RETRIED, "it was spent")
    answer, _ = await world.present(successor, now=NOW + 3)
    expect(kind(answer, Rotated, "used").outcome, Rotation.ROTATED, "the last pair is live")


async def spent_token_is_reuse_once_its_successor_was_used(world: World) -> None:
    """The family is revoked with the successor's successor."""
    login = await world.log_in()
    second = await world.refresh(login.token, now=NOW + 1)
    third = await world.refresh(second, now=NOW + 2)
    answer, _ = await world.present(login.token, now=NOW + 3)
    expect(answer, Refused(Refusal.REUSED), "reuse is noticed")
    expect(await world.is_live(login.facts), False, "the family is revoked")
    answer, _ = await world.present(third, now=NOW + 3)
    expect(answer, Refused(Refusal.REVOKED), "also for the honest one")


async def spent_token_is_reuse_once_the_access_token_was_seen(world: World) -> None:
    """The answer had arrived: whoever repeats it is another."""
    login = await world.log_in()
    successor = await world.refresh(login.token, now=NOW + 1)
    await world.store.mark_access_seen(successor.generation_id, now=NOW + 1)
    answer, _ = await world.present(login.token, now=NOW + 2)
    expect(answer, Refused(Refusal.REUSED), "the pair was not wholly unused")


async def killed_token_is_reuse(world: World) -> None:
    """A pair that a repetition replaced is nobody's any more."""
    login = await world.log_in()
    killed = await world.refresh(login.token, now=NOW + 1)
    kept = await world.refresh(login.token, now=NOW + 2)
    answer, _ = await world.present(killed, now=NOW + 3)
    expect(answer, Refused(Refusal.REUSED), "reuse is noticed")
    answer, _ = await world.present(kept, now=NOW + 3)
    expect(answer, Refused(Refusal.REVOKED), "the family is revoked")


async def foreign_presentation_spends_nothing(world: World) -> None:
    """Another client, resource or a wider scope neither wins nor burns the token."""
    login = await world.log_in()
    good = world.presenting(login.token, now=NOW + 1)
    wider = frozenset({*SCOPES, "notes:delete"})
    refused = (
        (replace(good, token_hash=new_token().token_hash), Refusal.UNKNOWN),
        (replace(good, client_id=OTHER_CLIENT.client_id), Refusal.WRONG_CLIENT),
        (replace(good, resource=OTHER_RESOURCE.identifier), Refusal.WRONG_RESOURCE),
        (replace(good, scopes=wider), Refusal.WRONG_SCOPE),
    )
    for command, reason in refused:
        answer = await world.store.rotate_refresh_token(command)
        expect(answer, Refused(reason), reason.value)
    narrower = replace(good, resource=RESOURCE.identifier, scopes=frozenset(SCOPES[:1]))
    answer = await world.store.rotate_refresh_token(narrower)
    rotated = kind(answer, Rotated, "the token was not spent")
    expect(rotated.facts.scopes, SCOPES, "the family keeps all of its scopes")


async def foreign_presentation_of_a_spent_token_revokes_nothing(world: World) -> None:
    """A stranger who found an old token cannot end the login with it."""
    login = await world.log_in()
    second = await world.refresh(login.token, now=NOW + 1)
    await world.refresh(second, now=NOW + 2)
    command = replace(world.presenting(login.token, now=NOW + 3), client_id=OTHER_CLIENT.client_id)
    answer = await world.store.rotate_refresh_token(command)
    expect(answer, Refused(Refusal.WRONG_CLIENT), "it is another client's")
    expect(await world.is_live(login.facts), True, "the family lives")


async def idle_family_expires_and_use_moves_the_limit(world: World) -> None:
    """At the limit, counted from the last refresh."""
    login = await world.log_in()
    second = await world.refresh(login.token, now=NOW + FAMILY_IDLE - 1)
    third = await world.refresh(second, now=NOW + 2 * FAMILY_IDLE - 2)
    answer, _ = await world.present(third, now=NOW + 3 * FAMILY_IDLE - 2)
    expect(answer, Refused(Refusal.EXPIRED), "idle too long")


async def family_ends_at_its_absolute_limit(world: World) -> None:
    """However often it is refreshed; the session has the same limit here, and ends with it."""
    login = await world.log_in()
    token = login.token
    for now in range(NOW + 900, NOW + LIFETIME, 900):
        token = await world.refresh(token, now=now)
    answer, _ = await world.present(token, now=NOW + LIFETIME)
    refused = kind(answer, Refused, "a year is a year")
    expect(refused.reason in {Refusal.EXPIRED, Refusal.SESSION_ENDED}, True, "it has ended")


async def refresh_keeps_the_session_awake(world: World) -> None:
    """A login without a cookie is used by its refreshes."""
    login = await world.log_in()
    token = login.token
    for now in range(NOW + 900, NOW + SESSION_IDLE + 2_000, 900):
        token = await world.refresh(token, now=now)
    expect(await world.is_live(login.facts, now=NOW + SESSION_IDLE + 1), True, "still awake")


async def deliberate_end_beats_the_retry(world: World) -> None:
    """A lost answer is not repeated after logout, suspension, or an epoch."""
    for refusal in (Refusal.SESSION_ENDED, Refusal.USER_INACTIVE, Refusal.OLD_EPOCH):
        login = await world.log_in(await world.user(refusal.value))
        await world.refresh(login.token, now=NOW + 1)
        if refusal is Refusal.SESSION_ENDED:
            await world.store.end_session(login.facts.sid, now=NOW + 1)
        elif refusal is Refusal.USER_INACTIVE:
            await world.store.suspend_user(login.facts.user.id, now=NOW + 1)
        else:
            await world.store.bump_epoch(now=NOW + 1)
        answer, _ = await world.present(login.token, now=NOW + 2)
        expect(answer, Refused(refusal), "the end stands before the retry")


async def removed_role_refuses_the_refresh(world: World) -> None:
    """The next tokens have to be asked for again, without the role."""
    login = await world.log_in(await world.user(roles=frozenset({"editor"})))
    await world.store.remove_role(login.facts.user.id, "editor", now=NOW + 1)
    answer, _ = await world.present(login.token, now=NOW + 2)
    expect(answer, Refused(Refusal.REVOKED), "the family is revoked")


async def refresh_sees_the_roles_of_its_moment(world: World) -> None:
    """A role given after the login is in the next token."""
    login = await world.log_in()
    await world.store.assign_role(login.facts.user.id, "admin", now=NOW + 1)
    answer, _ = await world.present(login.token, now=NOW + 2)
    facts = kind(answer, Rotated, "accepted").facts
    expect((facts.user.roles, facts.user.version), ({"admin"}, 2), "the facts are fresh")


async def logout_by_refresh_token_ends_everything_of_the_session(world: World) -> None:
    """Live or spent, by its own client, and a second time without harm."""
    login = await world.log_in()
    successor = await world.refresh(login.token, now=NOW + 1)
    foreign = RevokeByRefreshToken(successor.token_hash, OTHER_CLIENT.client_id, NOW + 2)
    expect(await world.store.revoke_by_refresh_token(foreign), None, "not another client's")
    expect(await world.is_live(login.facts), True, "nothing changed")
    for token in (login.token, successor):
        command = RevokeByRefreshToken(token.token_hash, CLIENT.client_id, NOW + 2)
        user = await world.store.revoke_by_refresh_token(command)
        expect(user, login.facts.user, "the user is told")
    answer, _ = await world.present(successor, now=NOW + 3)
    expect(answer, Refused(Refusal.SESSION_ENDED), "the login is over")
    unknown = RevokeByRefreshToken(b"x" * 32, CLIENT.client_id, NOW + 2)
    expect(await world.store.revoke_by_refresh_token(unknown), None, "nothing was found")


async def a_hundred_tokens_of_a_family_are_remembered(world: World) -> None:
    """Reuse is noticed that far back; what is older is unknown."""
    login = await world.log_in()
    token = login.token
    second = token
    for number in range(100):
        token = await world.refresh(token, now=NOW + 1)
        second = token if number == 0 else second
    answer, _ = await world.present(login.token, now=NOW + 1)
    expect(answer, Refused(Refusal.UNKNOWN), "the oldest is forgotten")
    answer, _ = await world.present(second, now=NOW + 1)
    expect(answer, Refused(Refusal.REUSED), "the second oldest is remembered")


async def retry_and_reuse_are_events_of_the_family(world: World) -> None:
    """An ordinary refresh writes none: its rows say when it was."""
    login = await world.log_in()
    second = await world.refresh(login.token, now=NOW + 1)
    third = await world.refresh(login.token, now=NOW + 2)
    await world.refresh(third, now=NOW + 3)
    await world.present(second, now=NOW + 4)
    facts = login.facts
    story = await world.store.list_family_events(facts.user.id, facts.family_id)
    kinds = [each.event.kind for each in story]
    wanted = [EventKind.SIGNED_IN, EventKind.REFRESH_RETRIED, EventKind.REFRESH_REUSED]
    expect(kinds, wanted, "what was out of the ordinary")
    last = story[-1].event
    expect((last.at, last.origin, last.sid), (NOW + 4, ORIGIN, facts.sid), "when and from where")


async def life_of_a_family_is_read_by_its_person(world: World) -> None:
    """Each pair with its times and place, and what was out of the ordinary; nobody else's."""
    login = await world.log_in()
    killed = await world.refresh(login.token, now=NOW + 1)
    second = await world.refresh(login.token, now=NOW + 2)
    await world.store.mark_access_seen(second.generation_id, now=NOW + 3)
    await world.present(killed, now=NOW + 4)
    facts = login.facts
    found = await world.store.read_family_life(facts.user.id, facts.family_id)
    life = kind(found, FamilyLife, "it is theirs")
    pairs = (
        PairLife(1, NOW, NOW + 1, None, None, ORIGIN),
        PairLife(2, NOW + 1, None, None, NOW + 2, ORIGIN),
        PairLife(3, NOW + 2, None, NOW + 3, None, ORIGIN),
    )
    expect(life.pairs, pairs, "three pairs")
    told = (life.client_name, life.scopes, life.created_at, life.revoked_at, life.revoked_because)
    wanted = (CLIENT.name, SCOPES, NOW, NOW + 4, RevokedBecause.REFRESH_REUSED)
    expect(told, wanted, "the family")
    steps = [(each.kind, each.at) for each in moments(life, now=NOW + 9)]
    story = [
        (MomentKind.ISSUED, NOW),
        (MomentKind.REFRESHED, NOW + 1),
        (MomentKind.ACCEPTED_AGAIN, NOW + 2),
        (MomentKind.REUSED, NOW + 4),
        (MomentKind.REVOKED, NOW + 4),
    ]
    expect(steps, story, "what happened, in its order")
    other = await world.user("bob")
    for user_id, family_id in ((other, facts.family_id), (facts.user.id, "fam_0")):
        none = await world.store.read_family_life(user_id, family_id)
        expect(none, None, "another's, or none")


CHECKS = (
    live_token_is_rotated,
    lost_answer_is_repeated_with_another_pair,
    spent_token_is_reuse_once_its_successor_was_used,
    spent_token_is_reuse_once_the_access_token_was_seen,
    killed_token_is_reuse,
    foreign_presentation_spends_nothing,
    foreign_presentation_of_a_spent_token_revokes_nothing,
    idle_family_expires_and_use_moves_the_limit,
    family_ends_at_its_absolute_limit,
    refresh_keeps_the_session_awake,
    deliberate_end_beats_the_retry,
    removed_role_refuses_the_refresh,
    refresh_sees_the_roles_of_its_moment,
    logout_by_refresh_token_ends_everything_of_the_session,
    a_hundred_tokens_of_a_family_are_remembered,
    retry_and_reuse_are_events_of_the_family,
    life_of_a_family_is_read_by_its_person,
)
