"""The server's own accounts as the subjects of a decision point.

access.md S6, S8, Z14 and Z16; decisions/0280 and 0297.
"""

import json
from base64 import urlsafe_b64decode

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker
from sqlalchemy.pool import StaticPool
from tests.pages.account.conftest import Browser
from tests.server.conftest import MovedClock
from tests.server.pdp.conftest import question, serve

from watchword.access import Policy
from watchword.accounts.acting import ACTS_AS, new_acting_session
from watchword.accounts.administration.audit import Author
from watchword.accounts.administration.shares import Share
from watchword.accounts.levels import Method, Proof
from watchword.accounts.origin import NOWHERE
from watchword.accounts.sessions import new_browser_session
from watchword.base.chance import new_secret
from watchword.guards.world import open_tables
from watchword.oauth.families import NewFamily, OpenFamilyInSession
from watchword.oauth.issue import draft_pair, issue
from watchword.server import subjects
from watchword.server.declarations import BUILT_IN_CLIENT_ID
from watchword.server.pdp import PolicyDecisionPoint
from watchword.stores import Store


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]
    tenant: Mapped[str] = mapped_column(default="default")


def make_policy(**declared):
    policy = Policy(roles={"lead": ["editor"]}, context={"now": int}, **declared)

    @policy.deny("*")
    def suspended(me):
        "A suspended account may do nothing."
        return me.suspended == True  # noqa: E712

    @policy.allow("*", on=Note, role="editor")
    def editor(me):
        "Editors may do anything."
        return True

    @policy.allow("read", "delete", on=Note)
    def owner(me, note):
        "What is yours is yours."
        return note.owner == me.id

    @policy.allow("read", on=Note)
    def shared(me, note):
        "What is shared may be read."
        return note.shared("viewer", me)

    return policy


def start(path, policy):
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    Base.metadata.create_all(engine)
    sessions = sessionmaker(engine)
    point = PolicyDecisionPoint(policy, {"note": Note}, open_tables(sessions))
    started = serve(path, point, MovedClock(), records=sessions, policy=policy)
    people = {name: started.add_user(name, *roles).id for name, roles in PEOPLE.items()}
    with sessions() as session:
        session.add_all([Note(id=7, owner=people["alice"]), Note(id=8, owner="nobody")])
        session.commit()
    return started, people


PEOPLE = {"alice": (), "bob": (), "ada": ("admin",)}


@pytest.fixture
def running(tmp_path):
    started, people = start(tmp_path, make_policy())
    yield started, people
    started.close()


def may(started, who, action, note=7):
    return started.decided(
        {
            "subject": {"type": "user", "id": who},
            "action": {"name": action},
            "resource": {"type": "note", "id": str(note)},
        }
    )


def who_may(started, action, note=7, **page):
    asked = {
        "subject": {"type": "user"},
        "action": {"name": action},
        "resource": {"type": "note", "id": str(note)},
    }
    answer = started.ask("/search/subject", asked | ({"page": page} if page else {}))
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(answer):
    return [each["id"] for each in answer["results"]]


async def acting_token(runtime, ada, alice):
    """Return a token of ada, who acts as alice, by a client of this server's owner."""
    store, now = runtime.store, runtime.clock.now()
    await store.assign_role(ada, ACTS_AS, now=now)
    await store.remove_role(ada, "admin", now=now)
    proofs = (Proof(Method.PASSWORD, now),)
    limits, chance = runtime.settings.session_limits, runtime.chance
    own = new_browser_session(
        new_secret(chance), proofs=proofs, limits=limits, origin=NOWHERE, now=now, chance=chance
    )
    opened = await store.open_session(own, user_id=ada, password_hash=None, now=now)
    acting = new_acting_session(new_secret(chance), opened, now=now, chance=chance)
    await store.begin_acting(acting, user_id=alice, by=Author(ada), now=now)
    ctx = runtime.login.issue
    draft = draft_pair(ctx)
    resource = next(one.identifier for one in await store.list_resources() if one.is_default)
    opens = (BUILT_IN_CLIENT_ID, resource, (), draft.stored, 600, now + 600)
    family = NewFamily("fam_acting", *opens)
    issued = await issue(OpenFamilyInSession(acting.sid, family, NOWHERE, now), draft, ctx)
    return issued.access_token.reveal()


@pytest.mark.requirement("access:Z23:pinned", "users:U42:acting-in-tokens")
def test_a_question_by_who_acts_as_the_person_is_decided_as_theirs(tmp_path):
    """A rule that asks for the person holds at the decision point as it does in a guard."""
    policy = make_policy()

    @policy.deny("delete", on=Note)
    def in_person(me, note):
        "Nobody deletes for somebody else."
        return me.act != None  # noqa: E711

    started, people = start(tmp_path, policy)
    token = started.run(acting_token(started.runtime, people["ada"], people["alice"]))
    bearer = {"auth": None, "headers": {"authorization": f"Bearer {token}"}}
    said = {}
    for action in ("read", "delete"):
        asked = question(people["alice"], action, "7")
        asked["resource"]["type"] = "note"
        said[action] = started.ask("/evaluation", asked, **bearer).json()["decision"]
    assert said == {"read": True, "delete": False}
    assert may(started, people["alice"], "delete")
    started.close()


@pytest.mark.requirement("access:S8:role-closure", "access:Z16:agree")
def test_a_role_given_by_an_administrator_counts_at_the_next_question(running):
    started, people = running
    store = started.runtime.store
    assert may(started, people["alice"], "delete")
    assert not may(started, people["bob"], "delete")
    # `lead` brings `editor` by the rules, `chief` brings `lead` by the administrator's word.
    for name in ("chief", "lead"):
        started.run(store.add_role(name, "", now=1))
    started.run(store.add_inheritance("chief", "lead", now=1))
    started.run(store.assign_role(people["bob"], "chief", now=1))
    assert may(started, people["bob"], "delete")
    assert ids(who_may(started, "delete")) == sorted([people["alice"], people["bob"]])
    found = started.ask(
        "/search/resource",
        {
            "subject": {"type": "user", "id": people["bob"]},
            "action": {"name": "delete"},
            "resource": {"type": "note"},
        },
    )
    assert ids(found.json()) == ["7", "8"]
    started.run(store.suspend_user(people["bob"], now=2))
    assert not may(started, people["bob"], "delete")
    assert ids(who_may(started, "delete")) == [people["alice"]]


def test_what_is_shared_counts_until_it_ends(running):
    started, people = running
    store, now = started.runtime.store, started.clock.now()
    own = Share("note", "7", "viewer", "subject", people["bob"])
    started.run(store.add_share(own, expires_at=now + 60, now=now))
    assert may(started, people["bob"], "read")
    assert not may(started, people["bob"], "read", 8)
    assert ids(who_may(started, "read")) == sorted([people["alice"], people["bob"]])
    started.clock.seconds += 60
    assert not may(started, people["bob"], "read")
    assert ids(who_may(started, "read")) == [people["alice"]]


def test_whoever_has_no_account_may_nothing(running):
    for word in ("bob", "user_0", "\N{TURTLE}", "x" * 400):
        assert not may(running[0], word, "read")


def test_people_of_a_search_come_page_by_page(running, monkeypatch):
    started, people = running
    monkeypatch.setattr(subjects, "ACCOUNTS_AT_ONCE", 2)
    for number in range(3):
        people[f"editor{number}"] = started.add_user(f"editor{number}", "editor").id
    expected = sorted(id_ for name, id_ in people.items() if name not in {"bob", "ada"})
    first = who_may(started, "delete", limit=3)
    rest = who_may(started, "delete", token=first["page"]["next_token"])
    assert ids(first) + ids(rest) == expected
    assert first["page"]["total"] == 4


def test_an_account_is_read_once_for_a_question(running, monkeypatch):
    started, people = running
    asked = []
    read, page = Store.read_subject, Store.page_subjects

    async def read_counted(store, user_id, *rest, **options):
        asked.append(user_id)
        return await read(store, user_id, *rest, **options)

    async def page_counted(store, *rest, **options):
        asked.append("page")
        return await page(store, *rest, **options)

    monkeypatch.setattr(Store, "read_subject", read_counted)
    monkeypatch.setattr(Store, "page_subjects", page_counted)
    subject = {"type": "user", "id": people["alice"]}
    answer = started.ask(
        "/search/action", {"subject": subject, "resource": {"type": "note", "id": "7"}}
    )
    assert [each["name"] for each in answer.json()["results"]] == ["delete", "read"]
    assert asked == [people["alice"]]
    asked.clear()
    who_may(started, "read")
    assert asked == ["page", "page"]  # the second has nobody left


@pytest.mark.requirement("users:U45:rule-tree")
def test_the_page_answers_about_things_of_the_application(running):
    started, people = running
    ada = Browser(started).sign_in("ada")
    asked = {"rules": "application", "action": "delete", "type": "note", "id": "7"}
    answer = ada.get("/admin/access/ask", params={"who": "alice", **asked})
    assert answer.status_code == 200
    assert "note.owner" in answer.text
    assert "Yes, alice may" in answer.text
    assert "No, bob may not" in ada.get("/admin/access/ask", params={"who": "bob", **asked}).text
    nobody = ada.get("/admin/access/ask", params={"who": "a\x00b", **asked})
    assert "There is nobody called" in nobody.text
    started.run(started.runtime.store.assign_role(people["bob"], "editor", now=1))
    assert "Yes, bob may" in ada.get("/admin/access/ask", params={"who": "bob", **asked}).text


@pytest.mark.requirement("access:S6:accounts-without-tenant", "access:S6:tenant-isolation")
@pytest.mark.parametrize("tenant", ["default", "another", ""])
def test_an_account_is_of_no_tenant_of_the_application(tmp_path, tenant):
    """A row of "default" is the application's word: the name of the store's partition is no key."""
    started, people = start(tmp_path, make_policy(tenant="tenant"))
    with started.records() as session:
        session.get(Note, 7).tenant = tenant
        session.commit()
    started.run(started.runtime.store.assign_role(people["bob"], "editor", now=1))
    for name in PEOPLE:
        assert not may(started, people[name], "delete")
    assert ids(who_may(started, "delete")) == []
    started.close()


@pytest.mark.requirement("access:S6:accounts-without-tenant")
def test_a_guard_and_the_point_say_the_same_tenant_of_an_account(running):
    """None: nobody here knows one, so neither opens a row that has one."""
    started, _ = running
    payload = started.log_in("alice").json()["access_token"].split(".")[1]
    claims = json.loads(urlsafe_b64decode(payload + "=="))
    assert claims["preferred_username"] == "alice"
    assert "tenant" not in claims


def test_an_application_that_numbers_its_tenants_has_none_of_the_servers(tmp_path):
    started, people = start(tmp_path, make_policy(subject={"tenant": int}))
    assert may(started, people["alice"], "delete")  # which a name for a number would refuse
    started.close()


@pytest.mark.requirement("access:G1:hidden-looks-absent", "access:Z23:pinned")
def test_a_hidden_row_is_answered_as_an_absent_one_to_whoever_asks_about_themselves(running):
    """Bytes and headers; only who may ask about others gets the decision's id."""
    started, people = running
    token = started.log_in("bob").json()["access_token"]
    mine = {"auth": None, "headers": {"authorization": f"Bearer {token}"}}

    def ask(note, **options):
        body = question(people["bob"], "read", "7") | {"resource": {"type": "note", "id": note}}
        single = started.ask("/evaluation", body, **options)
        return single, started.ask("/evaluations", {"evaluations": [body, body]}, **options)

    for hidden, absent in zip(ask("8", **mine), ask("99", **mine), strict=True):
        assert hidden.status_code == absent.status_code == 200
        assert hidden.content == absent.content
        assert set(hidden.headers) == set(absent.headers)
        assert "watchword-decision" not in hidden.headers
    assert all("watchword-decision" in answer.headers for answer in ask("8"))
