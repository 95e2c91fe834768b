"""Acting as a user: a session that names who acts, and stands no longer than they may.

Source: users.md U42; RFC 8693 section 4.1; decisions/0281.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from watchword.accounts.acting import ACTING_SECONDS, ACTS_AS
from watchword.accounts.administration.audit import AuditAction, Author
from watchword.accounts.events import EventKind
from watchword.accounts.levels import Method, Proof
from watchword.accounts.mail.messages import MailKind
from watchword.accounts.origin import NOWHERE
from watchword.accounts.password_change import ChangePassword, OtherSessions, PasswordChange
from watchword.accounts.person.deletion import DeleteAccount
from watchword.accounts.sessions import (
    Actor,
    EndOutcome,
    NewSession,
    RaiseSession,
    Session,
)
from watchword.base.records import dataclass
from watchword.oauth.device_codes import ClaimDeviceCode, DecideDeviceCode, Decision
from watchword.oauth.families import (
    Facts,
    OpenFamilyInSession,
    Refusal,
    Refused,
    Rotated,
)
from watchword.oauth.feed import BEGINNING, RevocationKind
from watchword.oauth.introspection import RefreshState
from watchword.testing.store_conformance.device_codes import new_device_code, polling
from watchword.testing.store_conformance.emails import confirm
from watchword.testing.store_conformance.expectation import ConformanceFailure, expect, kind
from watchword.testing.store_conformance.races import in_one_loop, in_threads
from watchword.testing.store_conformance.world import (
    CLIENT,
    HASH,
    NOW,
    ORIGIN,
    OTHER_HASH,
    World,
    written,
)

__all__ = ["CHECKS", "RACES"]

ROLES = frozenset({ACTS_AS})
OTHER_COOKIE = b"o" * 32


@dataclass(frozen=True, slots=True)
class Scene:
    """Ada acts as Ben."""

    ada: str
    ben: str
    own: NewSession  # of Ada
    new: NewSession  # in which she acts
    session: Session  # the same, as it was opened

    @property
    def by(self) -> Author:
        """Who acts, and why."""
        return Author(self.ada, "ticket 17", ORIGIN)


async def _own(world: World, user_id: str) -> NewSession:
    own = world.session()
    opened = await world.store.open_session(own, user_id=user_id, password_hash=HASH, now=NOW)
    kind(opened, Session, "whoever acts is signed in")
    return own


def _acting(world: World, ada: str, own: NewSession) -> NewSession:
    return replace(
        world.session(),
        proofs=own.proofs,
        origin=NOWHERE,
        idle_seconds=ACTING_SECONDS,
        expires_at=NOW + ACTING_SECONDS,
        actor=Actor(ada, "ada", own.sid),
    )


async def _begin(world: World, actor: str = "ada", user: str = "ben") -> Scene:
    return await _act(world, await world.user(actor, roles=ROLES), await world.user(user))


async def _act(world: World, ada: str, ben: str) -> Scene:
    own = await _own(world, ada)
    new = _acting(world, ada, own)
    by = Author(ada, "ticket 17", ORIGIN)
    begun = await world.store.begin_acting(new, user_id=ben, by=by, now=NOW)
    return Scene(ada, ben, own, new, kind(begun, Session, "who holds the role acts"))


async def _is_found(world: World, new: NewSession, *, now: int = NOW + 1) -> bool:
    if new.cookie_hash is None:
        raise ConformanceFailure("the session of a check has a cookie")
    return await world.store.find_session(new.cookie_hash, now=now) is not None


async def _token(world: World, scene: Scene) -> Facts:
    family = replace(world.family(), scopes=("notes:read",))
    command = OpenFamilyInSession(scene.new.sid, family, ORIGIN, NOW + 1)
    return kind(await world.store.open_family_in_session(command), Facts, "a client gets tokens")


async def acting_is_told_of(world: World) -> None:
    """The session names both; so do the log, the activity of the user, the lists and a mail."""
    ada, ben = await world.user("ada", roles=ROLES), await world.user("ben")
    await confirm(world, ben)
    scene, store = await _act(world, ada, ben), world.store
    actor = Actor(scene.ada, "ada", scene.own.sid)
    expect((scene.session.user.id, scene.session.actor), (scene.ben, actor), "it names both")
    expect(scene.session.proofs, scene.own.proofs, "and what Ada has proved")
    listed = (await store.list_sessions(scene.ben, now=NOW)).listed
    expect([one.actor for one in listed], [actor], "Ben sees who is in")
    owned = await store.find_owned_session(scene.new.sid, now=NOW)
    expect(owned and owned.session.actor, actor, "and so do administrators")
    begun, *_ = await store.list_events(scene.ben)
    told = (begun.event.kind, begun.event.actor, begun.event.origin)
    expect(told, (EventKind.ACTING_BEGUN, scene.ada, NOWHERE), "it is in the activity of Ben")
    mails = [one.kind for one in await store.list_mails(most=9, now=NOW)]
    expect(mails.count(MailKind.ACTED_AS), 1, "Ben is told by mail")
    (entry,) = written(await store.list_audit(target=scene.ben, limit=1))
    logged = (entry.deed.action, entry.author)
    expect(logged, (AuditAction.ACTING_BEGUN, scene.by), "the log says who and why")
    found = await store.find_session(scene.new.cookie_hash or b"", now=NOW + 60, origin=ORIGIN)
    expect(found, scene.session, "it is used")
    (seen,) = (await store.list_sessions(scene.ben, now=NOW + 60)).listed
    expect((seen.used_at, seen.origin), (NOW + 60, NOWHERE), "from where is not for Ben")
    for outcome in (EndOutcome.ENDED, EndOutcome.ALREADY_ENDED):
        ended = await store.end_session(scene.new.sid, now=NOW + 61, origin=ORIGIN)
        expect(ended, outcome, "it is ended once")
    over, *_ = await store.list_events(scene.ben)
    told = (over.event.kind, over.event.actor, over.event.origin)
    expect(told, (EventKind.ACTING_ENDED, scene.ada, NOWHERE), "which Ben sees too")
    (entry,) = written(await store.list_audit(target=scene.ben, limit=1))
    logged = (entry.deed.action, entry.author)
    expect(logged, (AuditAction.ACTING_ENDED, Author(scene.ada, "", ORIGIN)), "and the log")
    expect(await _is_found(world, scene.new, now=NOW + 62), False, "the cookie finds nothing")
    expect(await _is_found(world, scene.own, now=NOW + 62), True, "her own session goes on")


async def acting_needs_the_role_and_somebody_in_reach(world: World) -> None:
    """Not by who lacks the role; not as oneself, the suspended, or who has rights of the server."""
    store, ada = world.store, await world.user("ada", roles=frozenset({"admin"}))
    own = await _own(world, ada)
    ben = await world.user("ben")

    async def begins(user_id: str, actor: Actor | None = None) -> bool:
        as_ada = _acting(world, ada, own)
        new = as_ada if actor is None else replace(as_ada, actor=actor)
        by = Author(ada if actor is None else actor.user_id)
        return await store.begin_acting(new, user_id=user_id, by=by, now=NOW) is not None

    expect(await begins(ben), False, "an administrator without the role")
    await store.assign_role(ada, ACTS_AS, now=NOW)
    for role in ("admin", "auditor", ACTS_AS):
        user_id = await world.user(f"one-{role}", roles=frozenset({role}))
        expect(await begins(user_id), False, f"as somebody who holds {role}")
    await store.add_role("chief", "", now=NOW)
    await store.add_role("auditor", "", now=NOW)
    await store.add_inheritance("chief", "auditor", now=NOW)
    chief = await world.user("chief", roles=frozenset({"chief"}))
    expect(await begins(chief), False, "nor by inheritance")
    expect(await begins(ada), False, "as oneself")
    cat = await world.user("cat")
    expect(await begins("user_x"), False, "as nobody")
    expect(await begins(cat, Actor(ben, "ben", own.sid)), False, "in another's name")
    expect(await begins(ben, Actor(ada, "ada", "sid_x")), False, "from no session")
    expect(await begins(ben), True, "as a user like others")
    await store.suspend_user(ben, now=NOW)
    expect(await begins(ben), False, "as one who is suspended")
    expect(len(await store.list_events(ada)), 2, "Ada signed in and was given a role; no more")


async def acting_is_not_acted_from(world: World) -> None:
    """Whoever acts as a user acts as nobody else from there; one at a time from a session."""
    scene, store = await _begin(world), world.store
    cat = await world.user("cat")
    chained = _acting(world, scene.ben, scene.new)
    refused = await store.begin_acting(chained, user_id=cat, by=Author(scene.ben), now=NOW)
    expect(refused, None, "from the session of the user")
    next_ = _acting(world, scene.ada, scene.own)
    kind(await store.begin_acting(next_, user_id=cat, by=scene.by, now=NOW + 1), Session, "another")
    expect(await _is_found(world, scene.new, now=NOW + 2), False, "the earlier one has ended")
    expect(await _is_found(world, next_, now=NOW + 2), True, "the later one stands")
    cookie = next_.cookie_hash or b""
    expect(await store.find_own_sid(cookie), scene.own.sid, "it says where it hangs")
    expect(await store.find_own_sid(scene.own.cookie_hash or b""), None, "others hang nowhere")
    expect(await store.find_own_sid(b"x" * 32), None, "nor does what nobody knows")


async def tokens_name_who_acts(world: World) -> None:
    """So do those of a refresh, and what the server says of them; none outlives the session."""
    scene, store = await _begin(world), world.store
    family = world.family()
    command = OpenFamilyInSession(scene.new.sid, family, ORIGIN, NOW + 1)
    facts = kind(await store.open_family_in_session(command), Facts, "a client gets tokens")
    expect((facts.user.id, facts.actor), (scene.ben, scene.ada), "they name both")
    expect(facts.family_expires_at, NOW + ACTING_SECONDS, "and end with the session")
    opened = (await store.list_events(scene.ben))[0].event
    told = (opened.kind, opened.actor, opened.origin)
    expect(told, (EventKind.FAMILY_OPENED, scene.ada, NOWHERE), "Ben sees by whom")
    state = await store.read_refresh_state(family.refresh.token_hash, now=NOW + 2)
    expect(kind(state, RefreshState, "it lives").actor, scene.ada, "the refresh token names her")
    login = await store.find_login(family.refresh.token_hash, CLIENT.client_id, now=NOW + 2)
    expect(login, None, "no login of the user goes on from it")
    rotated, successor = await world.present(family.refresh, now=NOW + 2)
    expect(kind(rotated, Rotated, "it rotates").facts.actor, scene.ada, "and so does its pair")
    late, _ = await world.present(successor, now=NOW + ACTING_SECONDS)
    kind(late, Refused, "it ends with the session")


async def acting_ends_with_what_it_rests_on(world: World) -> None:
    """Her own session, her account, her role, the user being like others: guards learn of each."""
    store = world.store

    async def suspend(scene: Scene) -> None:
        await store.suspend_user(scene.ada, now=NOW + 2)

    async def sign_out(scene: Scene) -> None:
        await store.end_session(scene.own.sid, now=NOW + 2)

    async def sign_out_everywhere(scene: Scene) -> None:
        await store.end_sessions(scene.ada, keep=None, now=NOW + 2)

    async def end_own(scene: Scene) -> None:
        await store.end_own_session(scene.ada, scene.own.sid, now=NOW + 2)

    async def take_role(scene: Scene) -> None:
        await store.remove_role(scene.ada, ACTS_AS, now=NOW + 2)

    async def delete(scene: Scene) -> None:
        await store.delete_account(DeleteAccount(scene.ada, None, NOW + 2))

    async def suspend_user(scene: Scene) -> None:
        await store.suspend_user(scene.ben, now=NOW + 2)

    ends: tuple[Callable[[Scene], Awaitable[None]], ...] = (
        suspend, sign_out, sign_out_everywhere, end_own, take_role, delete, suspend_user,
    )  # fmt: skip
    for number, end in enumerate(ends):
        scene = await _begin(world, f"ada{number}", f"ben{number}")
        facts = await _token(world, scene)
        expect(await world.is_live(facts, now=NOW + 2), True, "it stands")
        await end(scene)
        expect(await _is_found(world, scene.new, now=NOW + 3), False, end.__name__)
        expect(await world.is_live(facts, now=NOW + 3), False, f"{end.__name__}: its tokens")
        feed = (await store.read_feed(BEGINNING, now=NOW + 3)).events
        told = [one.value for one in feed if one.kind is RevocationKind.SESSION]
        expect(scene.new.sid in told, True, f"{end.__name__}: the feed")


async def right_to_act_is_read_at_each_use(world: World) -> None:
    """What changes elsewhere counts at once, though nothing has ended the session."""
    store = world.store
    ada, ben = await world.user("ada", roles=frozenset({"helper"})), await world.user("ben")
    await store.add_role(ACTS_AS, "", now=NOW)
    await store.add_inheritance("helper", ACTS_AS, now=NOW)
    own = await _own(world, ada)
    new = _acting(world, ada, own)
    by = Author(ada)
    kind(await store.begin_acting(new, user_id=ben, by=by, now=NOW), Session, "by inheritance")
    expect(await _is_found(world, new), True, "it stands")
    family = world.family()
    opened = await store.open_family_in_session(OpenFamilyInSession(new.sid, family, ORIGIN, NOW))
    kind(opened, Facts, "a client gets tokens")
    await store.assign_role(ben, "auditor", now=NOW + 1)
    expect(await _is_found(world, new), False, "not as somebody with rights over the server")
    another = OpenFamilyInSession(new.sid, world.family(), ORIGIN, NOW + 1)
    over = Refused(Refusal.SESSION_ENDED)
    expect(await store.open_family_in_session(another), over, "who gets no tokens either")
    answer, _ = await world.present(family.refresh, now=NOW + 1)
    expect(answer, over, "by a refresh neither, which is no reuse")
    await store.remove_role(ben, "auditor", now=NOW + 1)
    expect(await _is_found(world, new), True, "it stands again")
    await store.remove_inheritance("helper", ACTS_AS, now=NOW + 2)
    expect(await _is_found(world, new, now=NOW + 3), False, "without the role it does not")
    feed = (await store.read_feed(BEGINNING, now=NOW + 3)).events
    told = [one.value for one in feed if one.kind is RevocationKind.SESSION]
    expect(told, [new.sid], "and the feed says so")


async def whoever_acts_changes_no_secret(world: World) -> None:
    """No proof is added, no password set, no device let in, and the end does not move."""
    scene, store = await _begin(world), world.store
    code = Proof(Method.TOTP, NOW + 5)
    raising = RaiseSession(
        scene.new.sid, scene.new.cookie_hash, OTHER_COOKIE, (code,), ORIGIN, NOW + 5
    )
    expect(await store.raise_session(raising), None, "the user's proofs are not hers to show")
    change = ChangePassword(
        user_id=scene.ben,
        password_hash=OTHER_HASH,
        others=OtherSessions.KEEP,
        sid=scene.new.sid,
        cookie_hash=OTHER_COOKIE,
        origin=ORIGIN,
        now=NOW + 5,
    )
    refused = await store.change_password(change)
    expect(refused, PasswordChange.SESSION_OVER, "nor is the password hers to choose")
    device = new_device_code()
    await store.add_device_code(device)
    typing = ClaimDeviceCode(device.user_code_hash, scene.ben, scene.new.sid, NOW + 5)
    await store.claim_device_code(typing)
    deciding = DecideDeviceCode(
        device.user_code_hash, scene.ben, scene.new.sid, Decision.ALLOWED, NOW + 5
    )
    await store.decide_device_code(deciding)
    bought = await store.redeem_device_code(polling(world, device, now=NOW + 6))
    kind(bought, Refused, "a device would be let in for good")
    expect(await _is_found(world, scene.new, now=NOW + ACTING_SECONDS - 1), True, "it is used")
    expect(await _is_found(world, scene.new, now=NOW + ACTING_SECONDS), False, "and ends in time")


async def acting_ends_with_a_session_that_ends_meanwhile(world: World) -> None:
    """Whoever begins while the own session ends is refused, or is ended and on the feed."""
    store = world.store
    for number, run in (("1", in_one_loop), ("2", in_threads)):
        ada, ben = await world.user(f"ada{number}", roles=ROLES), await world.user(f"ben{number}")
        own, turns = await _own(world, ada), iter(range(10**6))
        begun: list[NewSession] = []

        async def begin_or_end() -> None:
            if next(turns) % 5 == 4:  # noqa: B023  # run ends before the next round
                await store.end_session(own.sid, now=NOW + 1)  # noqa: B023  # as above
                return
            new = _acting(world, ada, own)  # noqa: B023  # as above
            by = Author(ada)  # noqa: B023  # as above
            if await store.begin_acting(new, user_id=ben, by=by, now=NOW):  # noqa: B023  # as above
                begun.append(new)  # noqa: B023  # as above

        await run(store, begin_or_end)
        feed = (await store.read_feed(BEGINNING, now=NOW + 2)).events
        told = {one.value for one in feed if one.kind is RevocationKind.SESSION}
        expect(told.issuperset(new.sid for new in begun), True, "guards learn of each")
        found = [await _is_found(world, new, now=NOW + 2) for new in begun]
        expect(any(found), False, "and none of them stands")


RACES = (acting_ends_with_a_session_that_ends_meanwhile,)
CHECKS = (
    acting_is_told_of,
    acting_needs_the_role_and_somebody_in_reach,
    acting_is_not_acted_from,
    tokens_name_who_acts,
    acting_ends_with_what_it_rests_on,
    right_to_act_is_read_at_each_use,
    whoever_acts_changes_no_secret,
)
