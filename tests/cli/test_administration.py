"""`watchword role`, `share`, `session` and what they write into the audit log.

access.md P8; users.md section 9; security.md rule 100.
"""

import asyncio
import json
from unittest.mock import Mock

import pytest

from watchword.accounts.acting import ACTS_AS, new_acting_session
from watchword.accounts.administration import roles as bounds
from watchword.accounts.administration.audit import AuditAction, Author
from watchword.accounts.administration.chain import first_broken
from watchword.base import chance, clock
from watchword.base.secrets import Secret
from watchword.server.key_file import make_key_file
from watchword.stores import Store, open_store
from watchword.testing.store_conformance import World


@pytest.fixture
def migrated(command):
    assert command("migrate").code == 0
    return command


def stored(tmp_path, read):
    async def run():
        async with await open_store(f"sqlite:///{tmp_path / 'watchword.db'}") as store:
            return await read(store)

    return asyncio.run(run())


@pytest.mark.requirement("access:P8:editable-inheritance")
def test_roles_include_one_another_and_no_circle_is_closed(migrated):
    for role in ("editor", "reader"):
        assert migrated("role", "add", role, "--meaning", f"A {role}").code == 0
    migrated("user", "add", "alice", "--role", "editor")
    done = migrated("role", "inherit", "editor", "reader", "--reason", "ticket 7")
    assert done.out == "editor: includes reader\n"
    assert migrated("role", "inherit", "editor", "reader").out == "editor: nothing to change\n"
    circle = migrated("role", "inherit", "reader", "editor")
    assert (circle.code, circle.err) == (
        1, "editor includes reader already: that would be a circle.\n")  # fmt: skip
    assert migrated("role", "inherit", "reader", "nobody").code == 1
    assert migrated("role", "list").out.splitlines()[0].split() == [
        "editor", "1", "includes", "reader", "A", "editor"]  # fmt: skip
    shown = migrated("user", "show", "alice").out
    assert "role editor               given" in shown
    assert "role reader               inherited" in shown
    assert migrated("user", "show", "alice", "--json").json["roles"] == ["editor", "reader"]
    ended = migrated("role", "inherit", "editor", "reader", "--end")
    assert ended.out == "editor: includes reader no more\n"


def test_a_role_in_use_is_not_struck_out(migrated):
    migrated("user", "add", "alice", "--role", "editor")
    assert "in use" in migrated("role", "remove", "editor").err
    migrated("role", "take", "alice", "editor")
    assert migrated("role", "remove", "editor").out == "editor: struck out\n"
    assert migrated("role", "remove", "editor").out == "editor: nothing to change\n"


def test_words_that_are_too_long_or_too_many_are_refused(migrated, monkeypatch):
    assert migrated("role", "add", "a", "--meaning", "x" * 201).code == 1
    assert migrated("role", "add", "a", "--reason", "x" * 501).code == 1
    monkeypatch.setattr("watchword.stores.verbs.administration.roles.ROLES_MAX", 1)
    assert migrated("role", "add", "a").code == 0
    many = migrated("role", "add", "b")
    assert (many.code, str(bounds.ROLES_MAX) in many.err) == (1, True)


@pytest.mark.requirement("access:P8:last-administrator")
def test_the_last_administrator_stays(migrated):
    migrated("user", "add", "alice", "--role", "admin")
    said = "alice is the last administrator. Give somebody else the role first: "
    for words in (
        ("user", "suspend", "alice"),
        ("role", "take", "alice", "admin"),
        ("user", "delete", "alice", "--yes"),
    ):
        done = migrated(*words)
        assert (done.code, done.err.startswith(said)) == (1, True), words
    migrated("role", "add", "owner")
    migrated("role", "inherit", "owner", "admin")
    migrated("role", "give", "alice", "owner")
    assert migrated("role", "take", "alice", "admin").code == 0
    last = migrated("role", "inherit", "owner", "admin", "--end")
    assert (last.code, last.err.startswith("Nobody would be")) == (1, True)


@pytest.mark.requirement("access:P8:share-rows")
def test_shares_are_added_listed_and_ended(migrated, monkeypatch):
    monkeypatch.setattr(Store, "list_users", None)  # two holders are no reason to read everybody
    migrated("user", "add", "bo")
    migrated("role", "add", "staff")
    assert migrated("share", "add", "note", "7", "editor", "--user", "bo").out == "shared\n"
    again = migrated("share", "add", "note", "7", "editor", "--user", "bo")
    assert again.out == "nothing to change\n"
    migrated("share", "add", "note", "7", "reader", "--role", "staff", "--for", "7d")
    lines = [line.split() for line in migrated("share", "list").out.splitlines()]
    assert lines[0] == ["note/7", "editor", "bo"]
    assert lines[1][:5] == ["note/7", "reader", "role", "staff", "until"]
    only = migrated("share", "list", "note", "7", "--role", "staff", "--json").json
    assert (only["relation"], only["role"], only["created_by"]) == ("reader", "staff", "command")
    assert migrated("share", "list", "--user", "bo", "--json").json["expires_at"] is None
    gone = migrated("share", "remove", "note", "7", "editor", "--user", "bo")
    assert gone.out == "shared no more\n"
    assert migrated("share", "list", "--user", "bo").out == ""


def test_share_with_a_slip_of_a_role_says_which_may_be_meant(migrated):
    migrated("role", "add", "staff")
    refused = migrated("share", "add", "note", "7", "editor", "--role", "staf")
    assert refused.code == 1
    assert refused.err == "There is no role staf. Is staff meant? See `watchword role list`.\n"
    # The server's own are named only where they are written down: a share with one is refused too.
    other = migrated("share", "add", "note", "7", "editor", "--role", "auditr")
    assert other.err == "There is no role auditr. See `watchword role list`.\n"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("add", "note", "7", "editor"), 2),
        (("add", "note", "7", "editor", "--user", "bo", "--role", "staff"), 2),
        (("add", "note", "7", "editor", "--role", "nobody"), 1),
        (("add", "note", "7", "editor", "--user", "nobody"), 1),
        (("add", "note", "7", "editor", "--role", "x" * 257), 2),
        (("add", "note", "7", "editor", "--role", "staff", "--for", "soon"), 2),
        (("add", "note", "7", "editor", "--role", "staff", "--for", "999999999w"), 2),
        (("list", "--user", "bo", "--role", "staff"), 2),
    ],
)
def test_a_share_names_one_holder_that_is_there(migrated, words, code):
    assert migrated("share", *words).code == code


def test_sessions_are_listed_and_ended(migrated, tmp_path):
    migrated("user", "add", "alice")

    async def log_in(store):
        world = World(store)
        await world.furnish()
        user = await store.find_user("alice")
        for _ in range(3):
            session = world.session(now=NOW)
            await store.open_session(session, user_id=user.id, password_hash=None, now=NOW)
        return session.sid

    from watchword.base import clock  # noqa: PLC0415  # the moment of the commands

    NOW = clock.SYSTEM.now()  # noqa: N806
    sid = stored(tmp_path, log_in)
    listed = migrated("session", "list", "alice")
    assert sid in listed.out
    assert "A browser" in listed.out
    lines = migrated("session", "list", "alice", "--json").out.splitlines()
    assert {json.loads(line)["device"] for line in lines} == {"A browser"}
    ended = [migrated("session", "end", "alice", sid) for _ in range(2)]
    assert ended[0].out == "alice: 1 session ended\n"
    assert ended[1].code in {0, 1}
    assert migrated("session", "end", "alice", "--all").out == "alice: 2 sessions ended\n"
    assert migrated("session", "list", "alice").out == "alice is signed in nowhere\n"
    assert migrated("session", "list", "alice", "--json").out == ""
    assert migrated("session", "end", "alice", "sid_other").code == 1
    assert migrated("session", "end", "alice").code == 2


@pytest.mark.requirement("users:U42:acting-as-a-user")
def test_session_list_says_who_acts_as_the_user(migrated, tmp_path):
    migrated("user", "add", "alice")
    migrated("user", "add", "root", "--role", ACTS_AS)

    async def act(store):
        now = clock.SYSTEM.now()
        root, alice = await store.find_user("root"), await store.find_user("alice")
        own = World(store).session(now=now)
        opened = await store.open_session(own, user_id=root.id, password_hash=None, now=now)
        new = new_acting_session(Secret("a cookie"), opened, now=now, chance=chance.SYSTEM)
        await store.begin_acting(new, user_id=alice.id, by=Author(root.id), now=now)
        return root.id

    root_id = stored(tmp_path, act)
    assert "(root acts as alice)" in migrated("session", "list", "alice").out
    told = json.loads(migrated("session", "list", "alice", "--json").out)
    assert told["actor"] == root_id


@pytest.mark.requirement("oauth:S-10:epoch-by-command")
def test_everyone_is_signed_out_after_a_restore(migrated, tmp_path):
    """oauth.md S-10; security.md section 3.6."""
    for name in ("alice", "bob"):
        migrated("user", "add", name)

    async def sign_in(store):
        world = World(store)
        for user in await store.list_users():
            login = world.session(now=clock.SYSTEM.now())
            await store.open_session(login, user_id=user.id, password_hash=None, now=login_time)

    login_time = clock.SYSTEM.now()
    stored(tmp_path, sign_in)
    asked = migrated("session", "end", "--everyone")
    assert (asked.code, "Everyone signs in again" in asked.err) == (1, True)
    assert "Nothing was changed. Say --yes" in asked.err
    declined = migrated("session", "end", "--everyone", stdin="n\n")
    assert (declined.code, "Nothing was changed." in declined.err) == (1, True)
    with pytest.MonkeyPatch.context() as closed:
        closed.setattr("click.termui.visible_prompt_func", Mock(side_effect=RuntimeError))
        unanswered = migrated("user", "delete", "alice")
    assert (unanswered.code, "Nothing was changed." in unanswered.err) == (1, True)
    assert "alice is signed in nowhere" not in migrated("session", "list", "alice").out
    ended = migrated("session", "end", "--everyone", "--yes", "--reason", "restored a backup")
    said = "everyone: all sessions, tokens, codes and links ended; epoch 2 began\n"
    assert (ended.code, ended.out) == (0, said)
    for name in ("alice", "bob"):
        assert migrated("session", "list", name).out == f"{name} is signed in nowhere\n"
    entry = stored(tmp_path, lambda store: store.list_audit(before=None, limit=1))[0]
    told = (entry.deed.action, entry.deed.target, entry.author.actor, entry.author.reason)
    assert told == (AuditAction.EPOCH_BEGUN, "everyone", "command", "restored a backup")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--all"],
        ["alice", "--everyone"],
        ["alice", "sid_1", "--all"],
        ["--everyone", "--all"],
    ],
)
def test_it_is_never_a_guess_whose_sessions_are_meant(migrated, words):
    refused = migrated("session", "end", *words, "--yes")
    assert refused.code == 2
    assert "or say --everyone" in refused.err


def test_deletion_asks_for_the_name(migrated):
    migrated("user", "add", "alice")
    assert migrated("user", "delete", "alice", stdin="bob\n").code == 1
    assert migrated("user", "list").out.startswith("alice")
    assert migrated("user", "delete", "alice", stdin="alice\n").out == "alice: deleted\n"
    assert migrated("user", "list").out == ""


@pytest.mark.requirement("security:100:administration")
def test_each_change_says_who_and_why(migrated, tmp_path):
    why = ("--reason", "ticket 7")
    migrated("user", "add", "alice", *why)
    migrated("user", "link", "alice", *why)
    migrated("role", "give", "alice", "editor", "--new", *why)
    migrated("user", "suspend", "alice", *why)
    assert "by command: ticket 7" in migrated("user", "show", "alice").out
    assert migrated("user", "show", "alice", "--json").json["suspension"]["reason"] == "ticket 7"
    migrated("user", "resume", "alice", *why)
    migrated("user", "resume", "alice", *why)
    migrated("app", "add", "notes", "--name", "Notes", "--first-party", *why)
    migrated("app", "disable", "notes", *why)
    migrated("app", "enable", "notes", *why)
    migrated("app", "remove", "notes", *why)
    migrated("app", "add", "shop", "--name", "Shop", "--confidential", "--grant-type",
             "client_credentials", *why)  # fmt: skip
    migrated("app", "secret", "shop", *why)
    migrated("app", "invite", "--uses", "3", *why)
    make_key_file(tmp_path / "watchword.key", chance=chance.SYSTEM)
    migrated("key", "rotate", *why)
    migrated("key", "rotate", *why)
    kid = migrated("key", "list", "--json").json["keys"][0]["kid"]
    migrated("key", "rotate", "--compromised", kid, "--yes", *why)
    migrated("key", "rotate", "--compromised", "nobody's", "--yes", *why)
    (tmp_path / "users.csv").write_text("name,email,password_hash,roles\nada,,,\nben,,,\n")
    for _ in range(2):
        migrated("user", "import", "--from", "csv", "users.csv", *why)
    migrated("user", "reset-factors", "alice", *why)
    migrated("session", "end", "alice", "--all", *why)

    async def read(store):
        return await store.list_audit()

    entries = stored(tmp_path, read)
    assert [entry.deed.action.value for entry in reversed(entries)] == [
        "user_added", "link_made", "link_made", "role_given", "user_suspended", "user_resumed",
        "client_added", "client_switched_off", "client_switched_on", "client_removed",
        "client_added", "client_secret_replaced", "invitation_made", "key_announced",
        "key_replaced", "users_imported",
    ]  # fmt: skip
    details = {entry.deed.action.value: entry.deed.detail for entry in entries}
    assert details["invitation_made"] == {"uses": "3", "days": "7"}
    assert details["users_imported"] == {"added": "2"}
    assert details["key_replaced"].keys() == {"by"}
    said = {(entry.author.actor, entry.author.reason) for entry in entries}
    assert said == {("command", "ticket 7")}
    assert first_broken(reversed(entries)) is None
