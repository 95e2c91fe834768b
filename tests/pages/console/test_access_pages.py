"""The pages about access: roles drawn with who holds them, the rules, and a question with its why.

users.md U40 and U45; access.md P8, T4 and section 8.
"""

import re
from html import unescape

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import StaticPool
from tests.pages.account.conftest import FIREFOX, Browser, people_in, words
from tests.pages.console.test_events import user_id
from tests.server.conftest import MovedClock, Started
from tests.server.pdp.conftest import load_policy

from watchword.access.decision import Kind
from watchword.accounts.administration.roles import ROLES_MAX
from watchword.accounts.administration.shares import Share
from watchword.accounts.levels import Method, Proof
from watchword.accounts.origin import Origin
from watchword.accounts.sessions import NewSession
from watchword.accounts.users import NewUser
from watchword.base.secrets import Secret, digest
from watchword.guards.world import PeopleTable, open_tables
from watchword.oauth.clients import Client
from watchword.server.administration.policy import policy as own
from watchword.server.app import AuthServer
from watchword.server.pages.console.ask import VERDICTS
from watchword.server.pdp import PolicyDecisionPoint
from watchword.server.settings import Settings

ACCESS, ASK = "/admin/access", "/admin/access/ask"


def serve(path, decisions=None):
    settings = Settings(database=f"sqlite:///{path}/watchword.db", signing_alg="ES256")
    clock = MovedClock()
    return people_in(Started(AuthServer(settings, decisions=decisions, clock=clock), clock))


@pytest.fixture
def started(tmp_path):
    with serve(tmp_path) as running:
        yield running


@pytest.fixture
def ada(started):
    return Browser(started).sign_in("ada")


@pytest.fixture
def records(tmp_path):
    """The decision point of `examples/authzen_pdp`: its own people, alice among them."""
    example = load_policy()
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    example.Base.metadata.create_all(engine)
    sessions = sessionmaker(engine)
    with sessions() as session:
        session.add(example.Person(id="alice", role="user"))
        session.add(example.Record(id="record-2", status="archived"))
        session.commit()
    people = PeopleTable(example.Person, lambda row: {"roles": [row.role]})
    point = PolicyDecisionPoint(
        example.policy, {"record": example.Record}, open_tables(sessions, people)
    )
    with serve(tmp_path, point) as running:
        yield running, sessions, example
    engine.dispose()


def said(answer):
    return unescape(words(answer))


def ask(browser, **words_):
    return browser.get(ASK, params=words_)


def include(started, role, included):
    for name in (role, included):
        started.run(started.runtime.store.add_role(name, "", now=1))
    started.run(started.runtime.store.add_inheritance(role, included, now=1))


@pytest.mark.requirement("users:U40:roles-drawn")
def test_the_picture_is_text_as_well(started, ada):
    include(started, "chief", "editor")
    page = ada.get("/admin/access")
    assert page.text.count('<svg class="wide"') == page.text.count('<svg class="narrow"') == 1
    assert 'style="' not in page.text
    assert "chief includes editor." in words(page)
    assert "admin includes auditor." in words(page)  # by the rules of the server
    assert '<g class="arrow written">' in page.text


@pytest.mark.requirement("users:U40:roles-drawn")
def test_a_role_says_what_it_may_do_and_who_holds_it(started, ada):
    include(started, "chief", "editor")
    started.add_user("carol", "chief")
    page = words(ada.get("/admin/access/roles/editor"))
    assert "Is included in chief" in page
    assert "alice given" in page
    assert "carol through chief" in page
    assert "bob" not in page
    assert "No rule that this server knows names the role" in page
    assert "by the rules alone is not listed" not in page
    assert "by the rules alone is not listed" in words(ada.get("/admin/access/roles/auditor"))
    admin = words(ada.get("/admin/access/roles/admin"))
    assert "Includes auditor in the rules" in admin
    assert "read yes" in admin
    assert "delete yes, but not append_only" in admin


@pytest.mark.requirement("users:U40:roles-drawn")
def test_those_who_hold_a_role_are_turned_over(started, ada, monkeypatch):
    monkeypatch.setattr("watchword.server.pages.console.roles.USERS_MAX", 1)
    started.add_user("zed", "editor")
    first = ada.get("/admin/access/roles/editor")
    assert "alice" in words(first)
    assert "zed" not in words(first)
    second = words(ada.get("/admin/access/roles/editor?after=alice"))
    assert "zed" in second
    assert "First page" in second


def test_a_role_that_is_nowhere_has_no_page(ada):
    for role in ("nothing", "%00", "%F0%9F%90%A2", "a" * 300):
        assert ada.get(f"/admin/access/roles/{role}").status_code == 404


@pytest.mark.requirement("users:U40:roles-drawn")
def test_the_rules_are_read_from_the_policy(started, ada):
    page = words(ada.get("/admin/access/rules"))
    assert own.version in page
    for rule in own.rules:
        assert rule.id in page
    assert "AuthServer(decisions=...)" in page
    assert "Rules of the application" not in page


@pytest.mark.requirement("users:U45:rule-tree")
def test_the_servers_own_rules_answer(started, ada):
    page = words(ask(ada, who="ADA", action="read", type="user"))
    assert "Yes, ada may" in page
    assert VERDICTS[Kind.ALLOWED] in page
    assert "administered.admin" in page
    page = words(ask(ada, who="ada", action="update", type="audit"))
    assert "No, ada may not" in page
    assert VERDICTS[Kind.FORBIDDEN] in page
    assert "administered.append_only" in page
    bob = started.run(started.runtime.store.find_user("bob"))
    page = said(ask(ada, who=bob.id, action="read", type="user"))
    assert VERDICTS[Kind.NOT_ALLOWED] in page
    assert "'auditor' in subject.roles (is" in page


@pytest.mark.requirement("users:U45:rule-tree")
def test_a_suspended_account_is_asked_about_as_it_stands(started, ada):
    bob = started.run(started.runtime.store.find_user("bob"))
    started.run(started.runtime.store.suspend_user(bob.id, now=1))
    page = words(ask(ada, who="bob", action="read", type="user"))
    assert "A suspended account may do nothing." in page


@pytest.mark.requirement("users:U45:rule-tree")
def test_the_applications_rules_answer_as_its_own_explanation_does(records):
    running, sessions, example = records
    ada = Browser(running).sign_in("ada")
    asked = {"rules": "application", "who": "alice", "action": "write", "type": "record"}
    answer = ask(ada, id="record-2", **asked)
    assert answer.status_code == 200
    page = said(answer)
    assert "No, alice may not" in page
    assert "resource.status == 'active' (is 'archived')" in page
    assert "circumstances of a request" in page
    own_rules = said(ask(ada, rules="server", who="ada", action="read", type="user"))
    assert "circumstances of a request" not in own_rules
    with sessions() as session:
        me = example.policy.subject("alice", roles=["user"])
        told = example.policy.explain(me, "write", session.get(example.Record, "record-2"))
    assert " ".join(told.split()) in page
    assert "Rules of the application" in words(ada.get("/admin/access/rules"))
    assert "write only writer" in words(ada.get("/admin/access/roles/user"))


@pytest.mark.requirement("users:U45:clear-refusal")
def test_each_word_that_names_nothing_is_told_beside_its_field(records):
    running, _, _ = records
    ada = Browser(running).sign_in("ada")
    answer = ask(ada, rules="application", who="zoe", action="writ", type="record", id="9")
    assert answer.status_code == 400
    page = words(answer)
    assert "There is nobody called zoe." in page
    assert "Did you mean write?" in page
    assert "There is no such thing with the id 9." in page
    assert answer.text.count('aria-invalid="true"') == 3
    bob = ask(ada, rules="application", who="bob", action="write", type="record", id="record-2")
    assert "nobody called bob" not in words(bob)
    assert "does not fit the rules: the application has nobody for this account." in words(bob)
    own_rules = words(ask(ada, rules="server", who="zoe", action="rea", type="usr"))
    assert "Did you mean read?" in own_rules
    assert "Did you mean user?" in own_rules


@pytest.mark.requirement("users:U45:clear-refusal")
def test_facts_that_do_not_fit_are_the_applications_to_mend(records):
    running, sessions, example = records
    with sessions() as session:
        session.add(example.Person(id="odd", role="a\x00b"))
        session.commit()
    ada = Browser(running).sign_in("ada")
    answer = ask(ada, rules="application", who="odd", action="read", type="record", id="record-2")
    assert answer.status_code == 400
    assert "does not fit the rules" in words(answer)


@pytest.mark.requirement("users:U45:clear-refusal")
@pytest.mark.parametrize("word", ["", "zzz", "a\x00b", "\N{TURTLE}", "x" * 400, "<b>"])
def test_no_word_breaks_the_page(started, ada, word):
    answer = ask(ada, who=word, action=word, type=word, id=word, rules="application")
    assert answer.status_code == (200 if not word else 400)
    assert "<b>" not in answer.text
    one = ask(ada, who=word, action="read", type="user", id=word)
    assert one.status_code == 400
    assert ("Say which." in words(one)) is (not word)


def test_a_name_alone_only_fills_the_form_in(started, ada):
    page = ada.get(f"{ASK}?who=bob")
    assert page.status_code == 200
    assert 'value="bob"' in page.text


def test_asking_writes_nothing_down(started, ada):
    ask(ada, who="bob", action="read", type="user")
    assert started.run(started.runtime.store.list_audit()) == ()


@pytest.mark.requirement("users:U40:admin-pages")
def test_long_lists_of_roles_are_turned_over_and_shares_cut(started, ada, monkeypatch):
    """Shares of one thing stand on a page of their own, where each is ended."""
    store = started.runtime.store
    for name in ("author", "editor", "reader"):
        started.run(store.add_role(name, "", now=1))
    for relation in ("editor", "owner"):
        share = Share("note", "7", relation, "role", "reader")
        started.run(store.add_share(share, expires_at=None, now=1))
    for limit in ("ROLES_SHOWN", "SHARES_SHOWN", "SHARES_OF_ONE_SHOWN"):
        monkeypatch.setattr(f"watchword.server.pages.console.access.{limit}", 1)
    seen = []
    path = ACCESS
    while path:
        page = ada.get(path).text
        seen += re.findall(r'<h3><a href="/admin/access/roles/([^"]*)"', page)
        found = re.search(r'href="(/admin/access\?after=[^"]*)#roles"', page)
        path = found[1] if found else None
    assert seen == ["admin", "author", "editor", "reader"]
    assert "First page" in words(ada.get(f"{ACCESS}?after=author"))
    beyond = words(ada.get(f"{ACCESS}?after=zzz"))
    assert "Next page" in beyond
    assert "First page" not in beyond
    assert "There are more than these" in beyond
    one = ada.get(f"{ACCESS}?type=note&id=7")
    assert "note 7 Shares editor whoever holds reader End this share" in words(one)
    assert "There are more than these" in words(one)
    shown = {"resource_type": "note", "resource_id": "7", "relation": "editor"}
    shown |= {"holder_kind": "role", "holder": "reader", "reason": "ticket 7"}
    at = f"{ACCESS}?type=note&id=7"
    assert ada.send(ACCESS, at=at, action="unshare", **shown).status_code == 303
    assert "owner" in words(ada.get(at))
    assert "Nothing is shared" in words(ada.get(f"{ACCESS}?type=note&id=8"))


@pytest.mark.requirement("users:U93:admin-weight")
def test_no_admin_page_weighs_more_than_it_may(started, ada):
    """With its style and script, however much there is of everything."""
    store = started.runtime.store
    long = "A sentence that says what this is for, at some length"
    for n in range(ROLES_MAX - 1):
        started.run(store.add_role(f"role-with-a-long-name-{n}", long, now=1))
    for n in range(60):
        share = Share("note", "7" if n % 2 else str(n), f"relation-{n}", "role", "admin")
        started.run(store.add_share(share, expires_at=9_999_999_999, now=1))
        client = Client(f"shop-{n}", long, is_first_party=False, is_default=False, scopes=None)
        started.run(store.add_client(client, now=1))
    origin = Origin("2001:db8:1111:2222:3333:4444:5555:6666", FIREFOX)
    bob, now = user_id(started, "bob"), started.clock.seconds
    for n in range(51):
        proofs = (Proof(Method.PASSWORD, now),)
        sid = f"sid_{n:022}"
        session = NewSession(sid, digest(Secret(sid)), proofs, 9_999, now + 9_999, origin)
        opening = store.open_session(session, user_id=bob, password_hash=None, now=now)
        started.run(opening)
        user = NewUser(f"user_{n}", f"somebody-with-a-long-name-{n}", None, frozenset({"admin"}), n)
        started.run(store.add_user(user))
    for path in (
        "/admin/users", "/admin/users/new", "/admin/sessions", "/admin/sessions?q=bob", ACCESS,
        f"{ACCESS}?after=role",
        f"{ACCESS}?type=note&id=7", f"{ACCESS}/rules", f"{ACCESS}/roles/admin", "/admin/apps",
        "/admin/log", "/admin/search?q=s", "/admin/settings",
    ):  # fmt: skip
        page = ada.get(path)
        parts = {*re.findall(r'(?:href|src)="(/static/[^"]*)"', page.text)}
        weight = len(page.content) + sum(len(ada.get(part).content) for part in parts)
        assert weight <= 150_000, path
