"""The admin pages: who finds them, what they show, and what each form changes and writes down.

users.md U40 to U43; security.md rules 43, 47, 95, 96 and 100.
"""

import html
import re
import sqlite3
from contextlib import closing

import pytest
from tests.pages.account.conftest import PEOPLE, Browser, people_in, words
from tests.server.conftest import PASSWORD, MovedClock, Started

from watchword.accounts.acting import ACTS_AS
from watchword.accounts.administration.audit import AuditAction, Author, Deed
from watchword.oauth.clients import Client
from watchword.server.administration.desk import Desk
from watchword.server.app import AuthServer
from watchword.server.pages.console.frame import REFUSED
from watchword.server.pages.console.log import SENTENCES
from watchword.server.pages.console.user import ACTS
from watchword.server.routes import ROUTES
from watchword.server.settings import Settings

WHY = "ticket 7"
ROWS = [route for route in ROUTES if route.path.startswith("/admin") and route.shows_pages]


def id_of(started, name):
    return started.run(started.runtime.store.find_user(name)).id


def filled(path, user_id, act="suspend"):
    named = path.replace("{user_id}", user_id).replace("{role}", "admin")
    return named.replace("{act}", act).replace("{position}", "1")


@pytest.mark.requirement("users:U40:admin-pages")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.path)
def test_only_who_may_look_finds_the_pages(started, ada, auditor, row):
    assert PEOPLE["ada"] == ("admin",)
    bob_id = id_of(started, "bob")
    path = filled(row.path, bob_id)
    ada.send(f"/admin/users/{bob_id}", role="reader", reason=WHY)  # which the log begins with
    if row.path.endswith("/act-as"):
        ada_id, now = id_of(started, "ada"), started.clock.now()
        started.run(started.runtime.store.assign_role(ada_id, ACTS_AS, now=now))
    assert Browser(started).get(path).headers["location"] == f"/signin?next={path}"
    bob = Browser(started).sign_in("bob")
    assert bob.get(path).status_code == 404
    if "POST" in row.handlers:
        token = {"form_token": Browser.send.__doc__}
        assert bob.post(path, **token).headers["location"].endswith("notice=stale-form")
    assert ada.get(path).status_code in {200, 303}
    looked = auditor.get(path)
    acts = ("{act}", "/undo", "/act-as", "/link", "/new", "/add", "/change", "/secret", "/remove")
    is_act = row.path.endswith(acts)
    assert looked.status_code == (404 if is_act else ada.get(path).status_code)


@pytest.mark.requirement("users:U40:admin-pages")
def test_users_are_found_by_a_part_of_the_name(started, ada):
    page = words(ada.get("/admin/users"))
    assert all(name in page for name in PEOPLE)
    assert "Nobody is called so" in words(ada.get("/admin/users?q=zzz"))
    found = words(ada.get("/admin/users?q=LIC"))
    assert "alice" in found
    assert "bob" not in found


@pytest.mark.requirement("users:U40:admin-pages")
def test_long_lists_of_users_are_turned_over(started, ada, monkeypatch):
    monkeypatch.setattr("watchword.server.pages.console.users.USERS_MAX", 2)
    first = ada.get("/admin/users")
    assert "Next page" in words(first)
    second = words(ada.get("/admin/users?after=alice"))
    assert "bob" in second
    assert "First page" in second


@pytest.mark.requirement("access:P8:admin-pages", "security:100:administration")
def test_roles_are_given_and_taken_with_a_reason(started, ada, log):
    at = f"/admin/users/{id_of(started, 'bob')}"
    done = ada.send(at, role="editor", reason=WHY)
    assert done.headers["location"] == f"{at}?notice=admin-done&undo=1"
    page = words(ada.get(at))
    assert "editor Given just now ticket 7" in page
    started.run(started.runtime.store.add_role("reader", "", now=1))
    started.run(started.runtime.store.add_inheritance("editor", "reader", now=1))
    assert "reader Included in another role" in words(ada.get(at))
    ada.send(f"{at}/take", at=f"{at}/take?role=editor", reason=WHY)
    assert "No role was given" in words(ada.get(at))
    assert log()[-1] == ("role_given", WHY)
    assert log()[0] == ("role_taken", WHY)


@pytest.mark.requirement("users:U43:reason-and-name")
@pytest.mark.parametrize(
    "fields", [{"role": "E"}, {"role": "editor"}, {"role": "e", "reason": " "}]
)
def test_a_form_without_a_role_or_a_reason_says_so(started, ada, fields):
    at = f"/admin/users/{id_of(started, 'bob')}"
    answer = ada.send(at, **fields)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text


@pytest.mark.requirement("users:U43:reason-and-name")
@pytest.mark.parametrize("act", sorted(ACTS))
def test_each_act_names_the_user_and_asks_why(started, ada, act, log):
    at = f"/admin/users/{id_of(started, 'bob')}/{act}"
    page = words(ada.get(at))
    assert "bob" in page
    assert "Why" in page
    refused = ada.send(at, name="bob")
    assert refused.status_code == 400
    assert "Say why" in words(refused)
    assert log() == []


@pytest.mark.requirement("access:P8:admin-pages")
def test_an_account_is_suspended_and_resumed(started, ada, log):
    bob = Browser(started).sign_in("bob")
    at = f"/admin/users/{id_of(started, 'bob')}"
    ada.send(f"{at}/suspend", reason=WHY)
    assert bob.get("/account").status_code == 303
    page = words(ada.get(at))
    assert "Suspended just now ticket 7" in page
    assert "Suspended" in words(ada.get("/admin/users"))
    ada.send(f"{at}/resume", reason=WHY)
    assert "Suspended" not in words(ada.get(at))
    assert [action for action, _ in log()] == ["user_resumed", "user_suspended"]


@pytest.mark.requirement("security:45:any-session")
def test_all_sessions_of_a_user_are_ended(started, ada, log):
    bob = Browser(started).sign_in("bob")
    at = f"/admin/users/{id_of(started, 'bob')}"
    assert "Firefox on Linux" in words(ada.get(at))
    ada.send(f"{at}/end-sessions", reason=WHY)
    assert bob.get("/account").status_code == 303
    assert "Nobody is signed in" in words(ada.get(at))
    assert log() == [("sessions_ended", WHY)]


@pytest.mark.requirement("users:U40:admin-pages")
def test_what_happened_to_an_account_is_shown(started, ada):
    started.add_user("carl")
    assert "Nothing has happened yet" in words(ada.get(f"/admin/users/{id_of(started, 'carl')}"))
    Browser(started).sign_in("bob")
    at = f"/admin/users/{id_of(started, 'bob')}"
    ada.send(at, role="editor", reason=WHY)
    page = words(ada.get(at))
    assert "A role was given to the account by an administrator just now" in page
    assert "Signed in" in page or "You signed in" in page


@pytest.mark.requirement("users:U43:reason-and-name")
def test_a_deletion_asks_for_the_name(started, ada, log):
    at = f"/admin/users/{id_of(started, 'bob')}/delete"
    assert ada.send(at, name="alice", reason=WHY).status_code == 400
    done = ada.send(at, name="Bob", reason=WHY)
    assert done.headers["location"] == "/admin/users?notice=admin-user-deleted"
    assert ada.get(at).status_code == 404
    assert log() == [("user_deleted", WHY)]


@pytest.mark.requirement("access:P8:last-administrator")
@pytest.mark.parametrize("act", ["suspend", "delete", "take"])
def test_the_last_administrator_stays(started, ada, act):
    at = f"/admin/users/{id_of(started, 'ada')}/{act}"
    answer = ada.send(at, at=f"{at}?role=admin", name="ada", reason=WHY)
    assert answer.status_code == 409
    assert REFUSED["last_administrator"] in words(answer)


@pytest.mark.requirement("access:P8:admin-pages")
def test_roles_are_written_down_and_include_one_another(started, ada):
    at = "/admin/access"
    for role in ("chief", "staff"):
        done = ada.send(at, action="add-role", role=role, meaning=f"The {role}", reason=WHY)
        assert done.headers["location"] == f"{at}?notice=admin-done"
    ada.send(at, action="inherit", role="chief", included="staff", reason=WHY)
    page = words(ada.get(at))
    assert "chief The chief Given to 0 accounts" in page
    assert "includes staff" in page
    circle = ada.send(at, action="inherit", role="staff", included="chief", reason=WHY)
    assert circle.status_code == 409
    assert REFUSED["role_cycle"] in words(circle)
    used = ada.send(at, action="remove-role", role="staff", reason=WHY)
    assert REFUSED["role_in_use"] in words(used)
    unknown = ada.send(at, action="inherit", role="staff", included="nobody", reason=WHY)
    assert "not written down" in words(unknown)
    ada.send(at, action="end-inheritance", role="chief", included="staff", reason=WHY)
    ada.send(at, action="remove-role", role="staff", reason=WHY)
    assert "staff" not in words(ada.get(at)).split()


@pytest.mark.requirement("access:P8:admin-pages")
def test_things_are_shared_and_shared_no_more(started, ada):
    at, thing = "/admin/access", {"resource_type": "note", "resource_id": "7", "relation": "editor"}
    whom = {"holder_kind": "subject", "holder": "bob"}
    ada.send(at, action="share", reason=WHY, **thing, **whom)
    assert "note 7 editor bob" in words(ada.get(at))
    role = {"holder_kind": "role", "holder": "admin"}
    ada.send(at, action="share", reason=WHY, **thing, **role)
    assert "whoever holds admin" in words(ada.get(at))
    nobody = ada.send(at, action="share", reason=WHY, **thing, holder_kind="role", holder="x")
    assert nobody.status_code == 409
    malformed = ada.send(at, action="share", reason=WHY, **thing, holder_kind="x", holder="x")
    assert malformed.status_code == 400
    for held in (whom, role):
        ada.send(at, action="unshare", reason=WHY, **thing, **held)
    assert "Nothing is shared" in words(ada.get(at))


@pytest.mark.requirement("access:P8:admin-pages")
def test_a_share_ends_by_itself_where_the_form_says_when(started, ada):
    thing = {"resource_type": "note", "resource_id": "7", "relation": "editor"}
    sent = {**thing, "action": "share", "holder_kind": "role", "holder": "admin", "reason": WHY}
    for lasting in ("soon", "0h", "9999w"):
        refused = ada.send("/admin/access", **sent, lasting=lasting)
        assert refused.status_code == 400
        assert "such as 12h or 7d" in words(refused)
    assert ada.send("/admin/access", **sent, lasting=" 7d ").status_code == 303
    (share,) = started.run(started.runtime.store.list_shares("note"))
    assert share.expires_at == started.clock.now() + 7 * 86_400


@pytest.mark.parametrize("fields", [{}, {"action": "x"}])
def test_a_button_that_is_not_on_the_page_does_nothing(started, ada, fields):
    for path in ("/admin/access", "/admin/apps"):
        assert ada.send(path, reason=WHY, **fields).status_code == 404


@pytest.mark.requirement("users:U43:reason-and-name")
@pytest.mark.parametrize(
    "fields",
    [{"action": "add-role", "role": "x"}, {"action": "add-role", "role": "X", "reason": "y"}],
)
def test_a_change_of_access_without_a_reason_is_not_made(started, ada, fields):
    assert ada.send("/admin/access", **fields).status_code == 400


@pytest.mark.requirement("security:95:admin-pages")
def test_an_auditor_looks_and_changes_nothing(started, ada, auditor, log):
    at = f"/admin/users/{id_of(started, 'bob')}"
    for path in (at, "/admin/access", "/admin/apps"):
        page = auditor.get(path)
        assert page.status_code == 200
        assert "reason-" not in page.text
        token = ada_token(page.text)
        for fields in ({"role": "x"}, {"action": "add-role", "role": "x"}, {"action": "off"}):
            sent = {"client_id": "first-party", "reason": WHY, "form_token": token}
            assert auditor.post(path, **sent | fields).status_code in {400, 403, 404}
    sent = {"reason": WHY, "form_token": ada_token(auditor.get("/account").text)}
    assert auditor.post(f"{at}/suspend", **sent).status_code == 403
    assert log() == []


def ada_token(text):
    return text.partition('name="form_token" value="')[2].partition('"')[0]


@pytest.mark.requirement("security:43:admin-pages")
def test_a_change_asks_for_a_proof_of_the_last_minutes(started, ada, log):
    at = f"/admin/users/{id_of(started, 'bob')}/suspend"
    started.clock.seconds += 3_600
    answer = ada.send(at, reason=WHY)
    assert answer.headers["location"].startswith("/account/confirm?next=")
    assert log() == []


@pytest.mark.requirement("users:U40:admin-pages")
def test_the_log_says_who_did_what_and_why(started, ada, monkeypatch):
    assert "Nothing was changed yet" in words(ada.get("/admin/log"))
    for role in ("a", "b", "c"):
        ada.send("/admin/access", action="add-role", role=role, reason=WHY)
    monkeypatch.setattr("watchword.server.pages.console.log.AUDIT_ENTRIES_MAX", 2)
    page = ada.get("/admin/log")
    assert "A role was written down c ticket 7 ada just now" in words(page)
    assert "Older" in words(page)
    older = words(ada.get("/admin/log?before=2"))
    assert "A role was written down a ticket 7" in older
    assert "Newest" in older
    assert ada.get("/admin/log?before=x").status_code == 200


@pytest.mark.requirement("users:U40:admin-pages")
def test_the_log_leads_to_whom_and_what_it_names(started, ada, monkeypatch):
    bob, me = id_of(started, "bob"), id_of(started, "ada")
    ada.send(f"/admin/users/{bob}/suspend", reason=WHY)
    for client_id, said in (("shop+1", "shop+1"), ("other", "gone")):
        client = Client(client_id, "Shop & Co", is_first_party=False, is_default=False, scopes=None)
        deed = Deed(AuditAction.CLIENT_ADDED, "client", said)
        handle = started.runtime.store.with_deed(deed, by=Author(me, WHY), now=1)
        started.run(handle.add_client(client, now=1))
    page = ada.get("/admin/log")
    assert f'<a href="/admin/users/{bob}">bob</a>' in page.text
    assert page.text.count(f'<a href="/admin/users/{me}">ada</a>') == 3
    assert '<a href="/admin/apps?id=shop%2B1">Shop &amp; Co</a>' in page.text
    assert '<p class="breaks">gone</p>' in page.text
    monkeypatch.setattr(Desk, "may", lambda _, action, thing: (action, thing) == ("read", "audit"))
    page = ada.get("/admin/log")
    assert "/admin/users/user_" not in page.text
    assert "/admin/apps?id=" not in page.text
    assert {"bob", "Shop & Co"} <= set(re.findall(r'breaks">([^<]*)<', html.unescape(page.text)))


def test_an_entry_that_cannot_be_read_stands_in_the_log_as_such(started, ada, tmp_path):
    """It may have been written by a later version that runs beside this one."""
    ada.send("/admin/access", action="add-role", role="a", reason=WHY)
    with closing(sqlite3.connect(tmp_path / "watchword.db", isolation_level=None)) as database:
        database.execute("UPDATE audit SET action = 'of a later version'")
    page = words(ada.get("/admin/log"))
    assert "An entry that cannot be read" in page
    assert "watchword audit verify" in page


def test_every_action_has_its_sentence():
    from watchword.accounts.administration.audit import AuditAction  # noqa: PLC0415

    assert set(SENTENCES) == set(AuditAction)


@pytest.mark.requirement("security:96:admin-pages")
def test_no_page_holds_a_password_or_a_hash(started, ada):
    for path in ("/admin/users", f"/admin/users/{id_of(started, 'bob')}", "/admin/apps"):
        text = ada.get(path).text
        assert PASSWORD not in text
        assert "argon2" not in text


def test_the_corner_of_a_page_leads_administrators_to_theirs(started, ada, auditor):
    for browser in (ada, auditor):
        assert 'href="/admin"' in browser.get("/account").text
    assert "/admin" not in Browser(started).sign_in("bob").get("/account").text


def test_absent_users_are_not_found(ada):
    for path in ("/admin/users/user_0", "/admin/users/user_0/suspend"):
        assert ada.get(path).status_code == 404
        sent = {"reason": WHY, "role": "x", "form_token": ada_token(ada.get("/account").text)}
        assert ada.post(path, **sent).status_code == 404


def test_a_server_without_the_pages_has_nothing_at_their_addresses(tmp_path):
    database = f"sqlite:///{tmp_path}/watchword.db"
    settings = Settings(database=database, signing_alg="ES256", admin_pages=False)
    clock = MovedClock()
    with people_in(Started(AuthServer(settings, clock=clock), clock)) as running:
        ada = Browser(running).sign_in("ada")
        assert ada.get("/admin/users").status_code == 404
        assert "Administration" not in words(ada.get("/account"))
