"""Acting as a user in the browser: begun, seen, kept from what is the user's alone, stopped.

users.md U42; security.md rules 38, 39, 41, 43 and 47; decisions/0281 and 0282.
"""

import re

import pytest
from tests.pages.account.conftest import COOKIES, Browser, people_in, words
from tests.server.conftest import PASSWORD, MovedClock, Started

from watchword.accounts.acting import ACTING_SECONDS, ACTS_AS
from watchword.accounts.administration.audit import AuditAction
from watchword.server.app import AuthServer
from watchword.server.pages.account.frame import OPEN_TO_ACTORS
from watchword.server.routes import ROUTES
from watchword.server.settings import Settings

BANNER = "ada acts as alice"
SET_ASIDE = "Your own session is set aside"
WHY = "ticket 17"
OWN = [route for route in ROUTES if route.path.startswith("/account")]


@pytest.fixture
def started(tmp_path):
    settings = Settings(database=f"sqlite:///{tmp_path}/watchword.db", signing_alg="ES256")
    clock = MovedClock()
    with people_in(Started(AuthServer(settings, clock=clock), clock)) as running:
        running.run(
            running.runtime.store.assign_role(id_of(running, "ada"), ACTS_AS, now=clock.now())
        )
        yield running


@pytest.fixture
def ada(started):
    return Browser(started).sign_in("ada")


def id_of(started, name):
    return started.run(started.runtime.store.find_user(name)).id


def page_of(started, name="alice"):
    return f"/admin/users/{id_of(started, name)}/act-as"


def begin(browser, name="alice"):
    return browser.send(page_of(browser.started, name), reason=WHY)


def stop(browser, at="/"):
    return browser.send("/acting/stop", at=at)


@pytest.fixture
def acting(ada):
    answer = begin(ada)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    return ada


@pytest.mark.requirement("users:U42:acting-as-a-user")
def test_administrator_sees_what_the_user_sees_and_comes_back(started, ada):
    own = ada.cookie()
    assert "Act as this user" in words(ada.get(f"/admin/users/{id_of(started, 'alice')}"))
    form_cookie = ada.http.cookies.get(COOKIES.form)
    begin(ada)
    assert ada.cookie() != own
    assert ada.http.cookies.get(COOKIES.aside) == own
    assert ada.http.cookies.get(COOKIES.form) != form_cookie
    shown = words(ada.get("/account"))
    assert "alice" in shown
    assert BANNER in shown
    answer = stop(ada, at="/account")
    assert answer.headers["location"] == (
        f"/admin/users/{id_of(started, 'alice')}?notice=admin-done"
    )
    assert ada.cookie() == own
    assert ada.http.cookies.get(COOKIES.aside) is None
    home = words(ada.get("/"))
    assert "ada" in home
    assert "acts as" not in home


@pytest.mark.requirement("users:U42:acting-as-a-user")
def test_every_page_says_who_acts_as_whom(acting):
    """Pages that look sessions up, and pages that do not."""
    for path in ("/", *sorted(OPEN_TO_ACTORS), "/inspect", "/signin", "/device", "/admin"):
        assert BANNER in words(acting.get(path)), path
    for path in ("/errors/not_found", "/interaction/int_x"):
        assert SET_ASIDE in words(acting.get(path)), path


@pytest.mark.requirement("users:U42:acting-as-a-user")
def test_log_and_activity_and_lists_name_who_acts(started, acting):
    store, alice = started.runtime.store, id_of(started, "alice")
    (entry, *_) = started.run(store.list_audit(target=alice))
    assert (entry.deed.action, entry.deed.target) == (AuditAction.ACTING_BEGUN, alice)
    assert (entry.author.actor, entry.author.reason) == (id_of(started, "ada"), WHY)
    stop(acting)
    (entry, *_) = started.run(store.list_audit(target=alice))
    assert (entry.deed.action, entry.author.actor) == (
        AuditAction.ACTING_ENDED,
        id_of(started, "ada"),
    )
    alice = Browser(started).sign_in("alice")
    told = words(alice.get("/account/activity"))
    assert "An administrator began to act as you" in told
    assert "An administrator stopped acting as you" in told


@pytest.mark.requirement("users:U42:acting-as-a-user")
def test_sessions_say_that_an_administrator_is_in(started, acting):
    """The person is not told from where, which is for other administrators."""
    started.clock.seconds += 60
    acting.get("/")
    shown = words(Browser(started).sign_in("alice").get("/account/sessions"))
    assert "by an administrator" in shown
    started.add_user("root", "admin")
    root = Browser(started).sign_in("root")
    assert BANNER in words(root.get("/admin/sessions"))
    token = started.log_in("alice", scope="").json()["access_token"]
    bearer = {"authorization": f"Bearer {token}"}
    told = started.get("/me/sessions", headers=bearer).json()["sessions"]
    (of_ada,) = [one for one in told if "act" in one]
    assert of_ada["act"] == {"sub": id_of(started, "ada")}
    assert of_ada["address"] is None
    assert of_ada["device"] is None


@pytest.mark.requirement("users:U42:acting-as-a-user")
def test_whoever_acts_changes_nothing_of_the_account_and_sees_no_secret(acting):
    """A GET is open where the table says so; nothing that is sent is taken."""
    token = form_token_in(acting.get("/"))
    for row in OWN:
        path = row.path.replace("{family_id}", "fam_x")
        if "GET" in row.handlers:
            expected = 200 if row.path in OPEN_TO_ACTORS else 403
            assert acting.get(path).status_code == expected, path
        if "POST" in row.handlers:
            refused = acting.post(path, form_token=token)
            assert refused.status_code == 403, path
            assert "Not while you act as another person" in words(refused)
            assert BANNER in words(refused)


@pytest.mark.requirement("users:U42:acting-as-a-user")
def test_no_link_of_the_account_leads_whoever_acts_to_a_page_that_is_shut(started, ada):
    first = started.log_in("alice").json()["refresh_token"]
    second = started.post("/refresh", json={"refresh_token": first}).json()
    started.me(second["access_token"])
    assert started.post("/refresh", json={"refresh_token": first}).status_code == 400
    assert started.log_in("alice").status_code == 200
    begin(ada)
    for path in sorted(OPEN_TO_ACTORS):
        shown = ada.get(path)
        assert "Add an address" not in words(shown)
        linked = set(re.findall(r'href="(/account[^"?]*)"', shown.text))
        assert linked == OPEN_TO_ACTORS, path
    alice = Browser(started).sign_in("alice")
    assert "/account/apps/" in alice.get("/account/activity").text
    assert "/account/apps/" in alice.get("/account/apps").text


@pytest.mark.requirement("users:U42:acting-as-a-user")
def test_whoever_acts_administers_nothing_and_lets_no_device_in(acting, started):
    assert acting.get("/admin").status_code == 403
    assert acting.get(page_of(started, "bob")).status_code == 403
    assert acting.get("/device?user_code=BCDF-GHJK").status_code == 403
    assert acting.post("/device", user_code="BCDF-GHJK").status_code == 403


@pytest.mark.requirement("users:U42:acting-as-a-user")
def test_only_with_the_role_a_reason_a_recent_proof_and_a_user_in_reach(started, ada):
    started.add_user("otto", "auditor")
    assert ada.get(page_of(started, "otto")).status_code == 404
    assert ada.get(page_of(started, "ada")).status_code == 404
    path = page_of(started)
    without = ada.send(path)
    assert without.status_code == 400
    assert "Say why" in words(without)
    started.clock.seconds += started.runtime.settings.admin_proof_seconds
    assert "/account/confirm" in ada.send(path, reason=WHY).headers["location"]
    started.add_user("root", "admin")
    root = Browser(started).sign_in("root")
    assert "Act as this user" not in words(root.get(f"/admin/users/{id_of(started, 'alice')}"))
    assert root.get(path).status_code == 404
    token = {"at": f"/admin/users/{id_of(started, 'alice')}/suspend"}
    shown = root.get(token["at"])
    assert root.post(path, form_token=form_token_in(shown), reason=WHY).status_code == 403
    nobody = "/admin/users/user_x/act-as"
    assert root.post(nobody, form_token=form_token_in(shown), reason=WHY).status_code == 404


def form_token_in(page):
    return page.text.split('name="form_token" value="')[1].split('"')[0]


@pytest.mark.requirement("users:U42:acting-as-a-user")
def test_account_that_went_out_of_reach_meanwhile_is_refused(started, ada):
    """Between the page and the form, and under the store's own statement."""
    path = page_of(started)
    shown = ada.get(path)
    now = started.clock.now()
    started.run(started.runtime.store.assign_role(id_of(started, "alice"), "auditor", now=now))
    refused = ada.post(path, form_token=form_token_in(shown), reason=WHY)
    assert refused.status_code == 409
    assert "Nobody may act as this account" in words(refused)
    assert ada.http.cookies.get(COOKIES.aside) is None


@pytest.mark.requirement("users:U42:acting-as-a-user")
def test_acting_ends_by_itself_and_the_own_session_is_put_back(started, acting):
    """Until it is, the browser is nobody: what was meant as the user is not done as oneself."""
    own = acting.http.cookies.get(COOKIES.aside)
    form = form_token_in(acting.get("/"))
    started.clock.seconds += ACTING_SECONDS
    home = words(acting.get("/"))
    assert SET_ASIDE in home
    assert "Signed in as" not in home
    assert acting.get("/account").headers["location"] == "/signin?next=/account"
    stale = acting.post("/account/sessions", form_token=form, others="yes")
    assert stale.headers["location"].startswith("/signin")
    assert stop(acting).headers["location"] == "/admin/users"
    assert acting.cookie() == own
    assert acting.get("/admin").status_code == 200


@pytest.mark.requirement("users:U42:acting-as-a-user")
def test_sign_out_stops_acting_and_a_later_one_signs_out(started, acting):
    own = acting.http.cookies.get(COOKIES.aside)
    acting.send("/signout", at="/")
    assert acting.cookie() == own
    acting.send("/signout", at="/")
    assert acting.cookie() is None


@pytest.mark.requirement("users:U42:acting-as-a-user")
def test_somebody_who_signs_in_meanwhile_leaves_nobodys_session_behind(started, acting):
    """Otherwise a press on "Stop acting" would hand them the administrator's."""
    own = acting.http.cookies.get(COOKIES.aside)
    acting.send("/signin", username="bob", password=PASSWORD)
    assert acting.http.cookies.get(COOKIES.aside) is None
    assert "bob" in words(acting.get("/"))
    thief = Browser(started)
    thief.http.cookies.set(COOKIES.session, own)
    assert "Signed in as" not in words(thief.get("/"))


@pytest.mark.requirement("users:U42:acting-as-a-user")
def test_session_that_somebody_planted_is_not_put_back(started, acting):
    """Only the one that the acting session hangs on is."""
    planted = Browser(started).sign_in("bob").cookie()
    acting.http.cookies.delete(COOKIES.aside)
    acting.http.cookies.set(COOKIES.aside, planted, domain="127.0.0.1", path="/")
    assert stop(acting).headers["location"] == "/signin"
    assert acting.cookie() is None
    bob = Browser(started).sign_in("bob")
    bob.http.cookies.set(COOKIES.aside, planted, domain="127.0.0.1", path="/")
    before = bob.cookie()
    assert "acts as" not in words(bob.get("/"))
    token = form_token_in(bob.get("/"))
    assert bob.post("/acting/stop", form_token=token).headers["location"] == "/"
    assert bob.cookie() == before


@pytest.mark.requirement("users:U42:acting-as-a-user")
def test_stop_is_a_form_of_this_browser(acting):
    cookie = acting.cookie()
    assert acting.post("/acting/stop", form_token="x").headers["location"] == "/"
    assert acting.cookie() == cookie
    assert BANNER in words(acting.get("/"))


@pytest.mark.requirement("users:U42:acting-as-a-user")
def test_acting_ends_with_the_administrators_role(started, acting):
    now = started.clock.now()
    started.run(started.runtime.store.remove_role(id_of(started, "ada"), ACTS_AS, now=now))
    assert "Signed in as" not in words(acting.get("/"))
    assert stop(acting).headers["location"] == "/admin/users"
    assert "Signed in as" in words(acting.get("/"))
