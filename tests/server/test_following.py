"""A store whose accounts follow a directory. Source: users.md U10; decisions/0289."""

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from watchword.accounts.acting import ACTS_AS, new_acting_session
from watchword.accounts.administration.audit import AuditAction, Author, Deed
from watchword.accounts.directory import Entry, Followed, mark_of
from watchword.accounts.links import LinkPurpose, RedeemLink, new_link
from watchword.accounts.origin import NOWHERE
from watchword.accounts.password_change import ChangePassword, OtherSessions, PasswordChange
from watchword.accounts.person.deletion import DeleteAccount, DeletionOutcome
from watchword.accounts.person.rename import ChangeName, NameChange
from watchword.accounts.users import StatusOutcome
from watchword.base.chance import SYSTEM, new_secret
from watchword.base.clock import SYSTEM as CLOCK
from watchword.base.secrets import Secret, digest
from watchword.oauth.families import Refused
from watchword.server.following import FollowingStore
from watchword.stores import Store, migrate, open_store
from watchword.testing.store_conformance.world import OTHER_HASH, World

HASH = "pbkdf2_sha256$1000$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
ADA = Entry("1", "2026-01-01", "ada", "ada@example.com", False, True, HASH)
BOB = replace(ADA, key="2", name="bob", address="")


@dataclass
class People:
    """A directory in a dictionary, which counts what it is asked."""

    rows: dict[str, Entry] = field(default_factory=dict)
    asked: list[object] = field(default_factory=list)
    is_deaf: bool = False  # whether writes find another row than was read
    issuer = "people"

    def put(self, entry: Entry) -> None:
        self.rows[entry.key] = entry

    async def find(self, names, key):
        self.asked.append((names, key))
        return tuple(row for row in self.rows.values() if row.name in names or row.key == key)

    async def read(self, key):
        self.asked.append(key)
        return self.rows.get(key)

    def _swap(self, before, after):
        if self.is_deaf or self.rows.get(before.key) != before:
            return None
        self.rows[after.key] = after
        return after

    async def set_password(self, entry, password):
        hashed = f"!{password.reveal()}"
        return self._swap(entry, replace(entry, password=hashed))

    async def rename(self, entry, name):
        if any(row.name == name for row in self.rows.values()):
            return None
        return self._swap(entry, replace(entry, name=name))

    async def close(self, entry):
        return self._swap(entry, replace(entry, is_active=False))

    async def put_back(self, before, after):
        self._swap(after, before)


@dataclass
class Here:
    store: FollowingStore
    people: People
    world: World

    async def known(self, key="1"):
        return await self.store.find_identity("people", key)

    async def session(self, user_id):
        new = self.world.session(now=CLOCK.now())
        found = await self.store.find_credential((await self.store.read_user(user_id)).name)
        opened = await self.store.open_session(
            new, user_id=user_id, password_hash=found.password_hash, now=CLOCK.now()
        )
        assert opened is not None
        return new


@pytest.fixture
def run(tmp_path):
    """Run a coroutine function over a directory that has Ada and a store that knows her."""

    def running(work, *rows):
        async def with_store():
            url = f"sqlite:///{tmp_path / 'id.db'}"
            await migrate(url)
            people = People()
            async with await open_store(url) as store:
                following = FollowingStore(store, people, CLOCK, SYSTEM)
                world = World(store)
                await world.furnish()
                for row in rows or (ADA,):
                    people.put(row)
                    assert await following.look_at(row.key) is Followed.ADDED
                people.asked.clear()
                await work(Here(following, people, world))

        asyncio.run(with_store())

    return running


@pytest.mark.requirement("users:U10:django-users-timing")
def test_names_that_exist_and_names_that_do_not_are_asked_about_alike(run):
    async def work(here):
        for typed in ("ada", "nobody", "ADA"):
            await here.store.find_credential(typed.lower(), typed=typed)
        assert here.people.asked == [
            (("ada",), "1"),
            (("nobody",), None),
            (("ADA", "ada"), "1"),
        ]

    run(work)


def test_person_is_brought_over_by_the_first_sign_in_and_not_by_another_spelling(run):
    async def work(here):
        here.people.put(replace(BOB, name="Bob"))
        assert await here.store.find_credential("bob", typed="bob") is None
        found = await here.store.find_credential("bob", typed="Bob")
        assert found.user.name == "bob"
        again = await here.store.find_credential("bob", typed="bob")
        assert again == found

    run(work)


def test_row_that_changed_behind_every_signal_is_seen_by_whoever_comes_next(run):
    async def work(here):
        known = await here.known()
        new = await here.session(known.user_id)
        now = CLOCK.now()
        assert await here.store.find_session(new.cookie_hash, now=now) is not None
        assert await here.store.find_session(b"x" * 32, now=now) is None
        here.people.put(replace(ADA, is_active=False))
        assert await here.store.find_session(new.cookie_hash, now=now) is None
        assert not (await here.store.find_credential("ada")).user.is_active
        here.people.put(ADA)
        assert (await here.store.find_credential("ada")).user.is_active

    run(work)


def test_login_that_needs_no_name_is_preceded_by_a_look(run):
    """As one by a passkey."""

    async def work(here):
        known, now = await here.known(), CLOCK.now()
        here.people.put(replace(ADA, is_active=False))
        new = here.world.session(now=now)
        opened = await here.store.open_session(
            new, user_id=known.user_id, password_hash=None, now=now
        )
        assert opened is None
        here.people.put(ADA)
        assert await here.store.look_at("1") is Followed.CHANGED
        here.people.put(replace(ADA, is_active=False))
        command = replace(here.world.opening(known.user_id, now=now), password_hash=None)
        assert isinstance(await here.store.open_family(command), Refused)

    run(work)


def test_refresh_of_a_row_that_was_closed_is_refused(run):
    async def work(here):
        known, now = await here.known(), CLOCK.now()
        found = await here.store.find_credential("ada")
        command = replace(
            here.world.opening(known.user_id, now=now), password_hash=found.password_hash
        )
        await here.store.open_family(command)
        unknown = here.world.presenting(replace(command.family.refresh, token_hash=b"?"), now=now)
        assert isinstance(await here.store.rotate_refresh_token(unknown), Refused)
        here.people.put(replace(ADA, is_active=False))
        answer = await here.store.rotate_refresh_token(
            here.world.presenting(command.family.refresh, now=now)
        )
        assert isinstance(answer, Refused)

    run(work)


def test_row_that_is_not_found_suspends_and_one_that_was_deleted_deletes(run):
    async def work(here):
        known = await here.known()
        del here.people.rows["1"]
        assert not (await here.store.find_credential("ada")).user.is_active
        assert await here.store.look_at("1") is Followed.UNCHANGED
        assert await here.store.look_at("9") is Followed.ABSENT
        here.people.put(ADA)
        assert (await here.store.find_credential("ada")).user.id == known.user_id
        del here.people.rows["1"]
        assert await here.store.forget("1") is Followed.CHANGED
        assert await here.store.find_credential("ada") is None

    run(work)


def test_inactive_row_without_an_account_is_told_from_one_that_is_as_it_was(run, monkeypatch):
    """At a sign-in it is no change: nobody is looked for twice, as for a name that no row has."""
    looked = []
    find = Store.find_credential

    async def counted(store, name, **more):
        looked.append(name)
        return await find(store, name, **more)

    async def work(here):
        here.people.put(replace(BOB, is_active=False))
        assert await here.store.look_at("2") is Followed.INACTIVE
        assert await here.known("2") is None
        monkeypatch.setattr(Store, "find_credential", counted)
        assert await here.store.find_credential("bob") is None
        assert await here.store.find_credential("eve") is None
        assert looked == ["bob", "eve"]

    run(work)


def test_sign_in_by_an_inactive_row_that_took_the_key_finds_nobody(run):
    async def work(here):
        here.people.put(replace(ADA, born="2026-02-02", password="another", is_active=False))
        assert await here.store.find_credential("ada") is None
        assert await here.known() is None

    run(work)


def test_name_of_a_row_that_is_gone_or_called_otherwise_is_anothers(run):
    async def work(here):
        first = (await here.known()).user_id
        here.people.put(replace(ADA, name="ida"))
        here.people.put(replace(BOB, name="ada"))
        second = await here.store.find_credential("ada")
        assert second.user.id != first
        assert (await here.store.read_user(first)).name == "ida"
        del here.people.rows["2"]
        here.people.put(replace(BOB, key="3", name="ada"))
        third = await here.store.find_credential("ada")
        assert third.user.id not in {first, second.user.id}

    run(work)


def test_name_that_no_row_gave_up_is_not_taken(run, caplog):
    async def work(here):
        boss = await here.world.user("boss")
        here.people.put(replace(BOB, name="boss"))
        assert (await here.store.find_credential("boss")).user.id == boss
        assert await here.known("2") is None
        here.people.put(replace(BOB, name="Ada"))
        assert await here.store.look_at("2") is Followed.NAME_TAKEN
        assert await here.known("2") is None
        here.people.put(replace(BOB, name="two words"))
        assert await here.store.look_at("2") is Followed.UNCHANGED
        assert await here.store.find_credential("two words") is None

    run(work)
    assert "row 2 of people: another account has its name" in caplog.text
    assert "row 2 of people: no account can have its name" in caplog.text


def changing(user_id, sid):
    return ChangePassword(
        user_id=user_id,
        password_hash=OTHER_HASH,
        others=OtherSessions.END,
        sid=sid,
        cookie_hash=b"c" * 32,
        origin=NOWHERE,
        now=CLOCK.now(),
        password=Secret("chosen here"),
    )


@pytest.mark.requirement("users:U10:django-users-password")
def test_password_that_is_changed_here_is_changed_there(run):
    async def work(here):
        known = await here.known()
        new = await here.session(known.user_id)
        changed = await here.store.change_password(changing(known.user_id, new.sid))
        assert changed is PasswordChange.CHANGED
        assert here.people.rows["1"].password == "!chosen here"
        assert (await here.known()).mark == mark_of(here.people.rows["1"])
        assert (await here.store.find_credential("ada")).password_hash == OTHER_HASH
        assert await here.store.find_session(b"c" * 32, now=CLOCK.now()) is not None

    run(work)


@pytest.mark.requirement("users:U10:django-users-password")
def test_password_that_could_not_be_changed_here_is_put_back_there(run):
    async def work(here):
        known = await here.known()
        over = await here.store.change_password(changing(known.user_id, "sid_9"))
        assert (over, here.people.rows["1"]) == (PasswordChange.SESSION_OVER, ADA)
        new = await here.session(known.user_id)
        here.people.is_deaf = True
        over = await here.store.change_password(changing(known.user_id, new.sid))
        assert over is PasswordChange.SESSION_OVER
        here.people.is_deaf = False
        here.people.put(replace(ADA, password="!changed there"))
        over = await here.store.change_password(changing(known.user_id, new.sid))
        assert over is PasswordChange.SESSION_OVER
        assert here.people.rows["1"].password == "!changed there"
        assert (await here.known()).mark == mark_of(here.people.rows["1"])

    run(work)


def test_password_of_an_account_that_follows_nothing_is_changed_here_alone(run):
    async def work(here):
        boss, new = await here.world.user("boss"), here.world.session(now=CLOCK.now())
        stored = (await here.store.find_credential("boss")).password_hash
        now = CLOCK.now()
        await here.store.open_session(new, user_id=boss, password_hash=stored, now=now)
        changed = await here.store.change_password(changing(boss, new.sid))
        assert changed is PasswordChange.CHANGED
        renamed = ChangeName(boss, "chief", new.sid, NOWHERE, now)
        assert await here.store.change_name(renamed) is NameChange.CHANGED
        secret = await linked(here, boss)
        assert (await here.store.redeem_link(redeeming(secret))).id == boss
        deleted = await here.store.delete_account(DeleteAccount(boss, None, now))
        assert (deleted, here.people.rows) == (DeletionOutcome.DELETED, {"1": ADA})

    run(work)


async def linked(here, user_id):
    secret, purpose = new_secret(SYSTEM), LinkPurpose.RESET
    link = new_link(secret, purpose=purpose, user_id=user_id, now=CLOCK.now())
    await here.store.add_link(link)
    return secret


def redeeming(secret, password="by a link"):
    return RedeemLink(
        digest(secret), LinkPurpose.RESET, OTHER_HASH, CLOCK.now(), password=Secret(password)
    )


@pytest.mark.requirement("users:U10:django-users-password")
def test_password_that_is_set_by_a_link_is_set_there(run):
    async def work(here):
        user_id = (await here.known()).user_id
        secret = await linked(here, user_id)
        assert (await here.store.redeem_link(redeeming(secret))).id == user_id
        assert here.people.rows["1"].password == "!by a link"
        assert (await here.known()).mark == mark_of(here.people.rows["1"])
        assert await here.store.redeem_link(redeeming(secret, "again")) is None
        assert here.people.rows["1"].password == "!by a link"

    run(work)


@pytest.mark.requirement("users:U10:django-users-password")
def test_link_that_was_overtaken_sets_nothing(run, monkeypatch):
    async def work(here):
        user_id = (await here.known()).user_id
        secret = await linked(here, user_id)
        here.people.put(replace(ADA, password="!changed there"))
        assert await here.store.redeem_link(redeeming(secret)) is None
        assert here.people.rows["1"].password == "!changed there"

        # Another caller spends the link while the directory is asked, or just before.
        secret = await linked(here, user_id)
        there = here.people.set_password

        async def slow(entry, password):
            after = await there(entry, password)
            assert await here.world.store.redeem_link(redeeming(secret)) is not None
            return after

        monkeypatch.setattr(here.people, "set_password", slow)
        assert await here.store.redeem_link(redeeming(secret)) is None
        assert here.people.rows["1"].password == "!changed there"
        monkeypatch.undo()

        secret = await linked(here, user_id)
        found = here.store.find_identity_of

        async def late(issuer, user_id):
            await here.world.store.redeem_link(redeeming(secret))
            return await found(issuer, user_id)

        monkeypatch.setattr(
            FollowingStore, "_identity_of", lambda _, user_id: late("people", user_id)
        )
        assert await here.store.redeem_link(redeeming(secret)) is None
        assert here.people.rows["1"].password == "!changed there"

    run(work)


def test_name_that_is_changed_here_is_changed_there(run):
    async def work(here):
        user_id, now = (await here.known()).user_id, CLOCK.now()
        wish = ChangeName(user_id, "ida", "sid", NOWHERE, now)
        assert await here.store.change_name(wish) is NameChange.CHANGED
        assert here.people.rows["1"].name == "ida"
        here.people.put(replace(BOB, name="eve"))
        assert await here.store.change_name(replace(wish, name="eve")) is NameChange.TAKEN
        await here.world.user("boss")
        assert await here.store.change_name(replace(wish, name="boss")) is NameChange.TAKEN
        assert here.people.rows["1"].name == "ida"
        here.people.put(replace(BOB, key="3", name="ada"))  # given up here, and free there
        assert (await here.store.find_credential("ada")).user.id != user_id

    run(work)


def test_account_that_is_deleted_here_is_closed_there(run):
    async def work(here):
        user_id, now = (await here.known()).user_id, CLOCK.now()
        await here.store.assign_role(user_id, "admin", now=now)
        command = DeleteAccount(user_id, None, now)
        assert await here.store.delete_account(command) is DeletionOutcome.LAST_ADMINISTRATOR
        assert here.people.rows["1"] == ADA
        await here.world.user("boss", roles=frozenset({"admin"}))
        assert await here.store.delete_account(command) is DeletionOutcome.DELETED
        assert not here.people.rows["1"].is_active
        assert await here.store.find_credential("ada") is None

    run(work)


def test_deed_of_an_administrator_reaches_the_directory_as_well(run):
    async def work(here):
        user_id, now = (await here.known()).user_id, CLOCK.now()
        deed = Deed(AuditAction.SESSIONS_ENDED, "user", user_id)
        with_deed = here.store.with_deed(deed, by=Author("user_boss"), now=now)
        assert isinstance(with_deed, FollowingStore)
        await here.session(user_id)
        await with_deed.end_sessions(user_id, keep=None, now=now)
        assert [one.deed for one in await here.store.list_audit()] == [deed]

    run(work)


def test_handle_that_undoes_an_act_looks_at_the_directory_as_well(run):
    async def work(here):
        user_id, now = (await here.known()).user_id, CLOCK.now()
        await here.store.suspend_user(user_id, by=Author("user_boss"), now=now)
        (suspended,) = await here.store.list_audit(limit=1)
        undoing = here.store.undoing(suspended)
        assert isinstance(undoing, FollowingStore)
        undo = Author("user_boss", "undo of 1")
        assert await undoing.restore_user(user_id, by=undo, now=now) is StatusOutcome.CHANGED
        here.people.put(replace(ADA, is_active=False))
        found = await undoing.find_credential("ada")
        assert found is not None
        assert not found.user.is_active

    run(work)


@pytest.mark.requirement("users:U10:django-users-updates", "users:U41:live")
def test_page_that_asks_by_itself_looks_at_the_row_too(run):
    """A list that stays open would show events to somebody who was let go."""

    async def work(here):
        own = await here.session((await here.known()).user_id)
        assert await here.store.glance_session(own.cookie_hash, now=CLOCK.now())
        here.people.put(replace(ADA, is_active=False))
        assert await here.store.glance_session(own.cookie_hash, now=CLOCK.now()) is None
        assert await here.store.glance_session(b"x" * 32, now=CLOCK.now()) is None

    run(work)


@pytest.mark.requirement("users:U10:django-users-updates", "users:U42:acting-as-a-user")
def test_whoever_acts_stops_where_their_own_row_says_so(run):
    async def work(here):
        ada, bob = [(await here.known(key)).user_id for key in ("1", "2")]
        await here.store.assign_role(ada, ACTS_AS, now=CLOCK.now())
        own = await here.session(ada)
        live = await here.store.find_session(own.cookie_hash, now=CLOCK.now())
        cookie = new_secret(SYSTEM)
        new = new_acting_session(cookie, live, now=CLOCK.now(), chance=SYSTEM)
        by = Author(ada, "ticket 17")
        assert await here.store.begin_acting(new, user_id=bob, by=by, now=CLOCK.now())
        assert await here.store.find_session(digest(cookie), now=CLOCK.now())
        here.people.put(replace(ADA, is_active=False))
        assert await here.store.find_session(digest(cookie), now=CLOCK.now()) is None

    run(work, ADA, BOB)
