"""What stands on a page as a line of curl does what it says, on a running server.

users.md U40.
"""

import html
import json
import re
import subprocess
from dataclasses import replace

import httpx2
import pytest
from tests.pages.account.conftest import Browser, people_in, words
from tests.pages.conftest import make_auth, serving
from tests.pages.console.test_app_edit import BACK, CONFIDENTIAL
from tests.pages.console.test_apps import SHOP
from tests.pages.console.test_console import id_of
from tests.server.conftest import MovedClock, Started

from watchword.accounts.administration.audit import Author
from watchword.accounts.administration.shares import Share
from watchword.accounts.origin import NOWHERE
from watchword.oauth.clients import AuthMethod, ClientOrigin
from watchword.server.app import AuthServer
from watchword.server.pages.console.user import ACTS
from watchword.server.settings import Settings

BY = Author("command", "it's \u00fcber\u2014due", NOWHERE)
SUMMARY = "The same by the management API"
AGENT = "https://agent.example/client.json"


def lines_of(page):
    """Return the lines of a page, without its other snippets."""
    (part,) = re.findall(r'<details class="calls">(.*?)</details>', page.text, re.DOTALL)
    return [html.unescape(text) for text in re.findall(r"<pre [^>]*>([^<]*)</pre>", part)]


def arguments_of(line, token):
    """Return what a shell hands to curl."""
    script = "curl() { printf '%s\\0' \"$@\"; }\n" + line
    done = subprocess.run(
        ["sh", "-c", script], env={"TOKEN": token}, capture_output=True, check=True
    )
    assert done.stderr == b""
    return done.stdout.decode().split("\0")[:-1]


def run(line, token):
    """Send what curl would send; `--json` is a body with its two headers."""
    given = arguments_of(line, token)
    assert (given[0], given[3]) == ("-X", "-H")
    name, _, value = given[4].partition(": ")
    headers = {name: value}
    options = {}
    if given[5:]:
        option, body = given[5:]
        assert option == "--json"
        headers |= {"content-type": "application/json", "accept": "application/json"}
        options["content"] = body.encode()
    return httpx2.request(given[1], given[2], headers=headers, **options)


@pytest.fixture(scope="module")
def managed(tmp_path_factory):
    """A server on the loopback address, with its management API."""
    auth, sock = make_auth(
        tmp_path_factory.mktemp("managed"), management_api=True, signing_alg="ES256"
    )
    with serving(auth, auth, sock) as running:
        running.add_user("boss", "admin")
        yield running


class Person:
    """An administrator at the pages of a server that runs, with a token for its API."""

    def __init__(self, server):
        self.http = server.http()
        form = re.search(r'name="form_token" value="([^"]*)"', self.http.get("/signin").text)[1]
        login = {"username": "boss", "password": server.passphrases["boss"]}
        assert self.http.post("/signin", data={**login, "form_token": form}).status_code == 303
        asked = {**login, "scope": "admin:read admin:write"}
        asked["resource"] = f"{server.url}/admin/api/v1"
        self.token = self.http.post("/login", json=asked).json()["access_token"]

    def lines(self, path):
        page = self.http.get(path)
        assert page.status_code == 200
        assert self.token not in page.text
        return lines_of(page)

    def run(self, line):
        answer = run(line, self.token)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None


@pytest.fixture
def boss(managed):
    person = Person(managed)
    yield person
    person.http.close()


@pytest.mark.requirement("users:U40:curl-lines")
def test_the_lines_of_a_user_make_such_a_user(managed, boss):
    store = managed.auth.runtime.store
    managed.add_user("bob")
    bob = managed.user("bob").id
    managed.run(store.assign_role(bob, "editor", by=BY, now=1))
    managed.run(store.suspend_user(bob, by=BY, now=1))
    add, give, suspend = boss.lines(f"/admin/users/{bob}")
    managed.run(store.restore_user(bob, now=2))
    managed.run(store.remove_role(bob, "editor", now=2))
    assert boss.run(give)["given"][0]["reason"] == BY.reason
    told = boss.run(suspend)
    assert (told["status"], told["suspension"]["reason"]) == ("suspended", BY.reason)
    made = boss.run(add.replace('"bob"', '"bob2"'))
    assert managed.user("bob2").id == made["id"]


@pytest.mark.requirement("users:U40:curl-lines")
def test_each_act_about_a_user_has_the_line_that_does_it(managed, boss):
    """Suspended, resumed, a role taken, signed out, let in again, and gone."""
    store = managed.auth.runtime.store
    managed.add_user("carl", "editor")
    carl = managed.user("carl").id
    acts = ("suspend", "resume", "take?role=editor", "end-sessions", "reset-factors", "delete")
    assert sorted(act.partition("?")[0] for act in acts) == sorted(ACTS)
    (suspend,), (resume,), (take,), (end,), (reset,), (delete,) = (
        boss.lines(f"/admin/users/{carl}/{act}") for act in acts
    )
    assert boss.run(suspend)["status"] == "suspended"
    assert boss.run(resume)["status"] == "active"
    login = {"username": "carl", "password": managed.passphrases["carl"]}
    assert boss.http.post("/login", json=login).status_code == 200
    assert boss.run(take)["roles"] == []
    assert boss.run(end) is None
    assert boss.run(reset) is None
    (link,) = boss.lines(f"/admin/users/{carl}/link")
    assert boss.run(link)["link"].startswith(f"{managed.url}/setup?link=")
    assert boss.run(delete) is None
    assert managed.user("carl") is None
    deeds = [one.deed.action.value for one in managed.run(store.list_audit(limit=6))]
    assert deeds == [
        "user_deleted", "link_made", "sessions_ended", "role_taken", "user_resumed",
        "user_suspended",
    ]  # fmt: skip


@pytest.mark.requirement("users:U40:curl-lines")
def test_the_line_of_the_page_that_adds_a_user_adds_one(managed, boss):
    (add,) = boss.lines("/admin/users/new")
    made = boss.run(add.replace('"name": "..."', '"name": "dora"'))
    assert managed.user("dora").id == made["id"]


WHY = "ticket 7"


@pytest.mark.requirement("users:U40:curl-lines")
def test_the_lines_say_the_reason_that_was_given_for_what_was_done(managed, boss):
    """Of a user, a role with what it includes, and an application; what is yet to do says none."""
    store, by = managed.auth.runtime.store, Author("command", WHY, NOWHERE)
    (add,) = boss.lines("/admin/users/new")
    told = add.replace('"name": "..."', '"name": "erin"').replace('"..."', f'"{WHY}"')
    erin = boss.run(told)["id"]
    managed.run(store.add_role("painter", "", by=by, now=1))
    managed.run(store.add_role("brush", "", now=1))
    managed.run(store.add_inheritance("painter", "brush", by=by, now=1))
    (new,) = boss.lines("/admin/apps/add")
    filled = new.replace('["..."]', f'["{BACK}"]').replace('"..."', f'"{WHY}"')
    app = boss.run(filled)["id"]
    lines = [
        *boss.lines(f"/admin/users/{erin}"),
        *boss.lines("/admin/access/roles/painter"),
        *boss.lines("/admin/access/roles/brush"),
        *boss.lines(f"/admin/apps?id={app}"),
    ]
    given = [json.loads(arguments_of(line, "x")[-1])["reason"] for line in lines]
    assert given == [WHY, WHY, WHY, "...", WHY, "..."]


@pytest.mark.requirement("users:U40:curl-lines")
def test_the_lines_of_roles_and_shares_make_them_again(managed, boss):
    store = managed.auth.runtime.store
    for role, meaning in (("reader", "Reads \u201cnotes\u201d"), ("author", "")):
        managed.run(store.add_role(role, meaning, now=1))
    managed.run(store.add_inheritance("author", "reader", now=1))
    ends = managed.auth.runtime.clock.now() + 60
    share = Share("note", "it's 7", "editor", "role", "reader")
    for one, until in ((share, ends), (replace(share, relation="reader"), None)):
        managed.run(store.add_share(one, expires_at=until, by=BY, now=1))
    lines = [
        *boss.lines("/admin/access/roles/reader"),
        *boss.lines("/admin/access/roles/author"),
        *boss.lines("/admin/access?type=note&id=it%27s%207"),
    ]
    before = managed.run(store.list_role_records()), managed.run(store.list_shares("note"))
    managed.run(store.remove_inheritance("author", "reader", now=2))
    for role in ("reader", "author"):
        managed.run(store.forget_role(role, now=2))
    for one in before[1]:
        managed.run(store.remove_share(one.share, now=2))
    for line in lines:
        boss.run(line)
    assert managed.run(store.list_role_records()) == before[0]
    again = managed.run(store.list_shares("note"))
    assert [(one.share, one.expires_at, one.reason) for one in again] == [
        (one.share, one.expires_at, one.reason) for one in before[1]
    ]


@pytest.mark.requirement("users:U40:curl-lines")
def test_the_lines_of_applications_and_keys_do_what_the_buttons_do(managed, boss):
    store = managed.auth.runtime.store
    managed.run(store.add_client(SHOP, now=1))
    (off,) = boss.lines("/admin/apps?id=shop")[-1:]
    assert boss.run(off)["is_active"] is False
    (on,) = boss.lines("/admin/apps?id=shop")[-1:]
    assert boss.run(on)["is_active"] is True
    (rotate,) = boss.lines("/admin/keys")
    assert [key["state"] for key in boss.run(rotate)["keys"]] == ["active", "pending"]
    assert SUMMARY not in boss.http.get("/admin/keys").text


@pytest.mark.requirement("users:U40:curl-lines")
@pytest.mark.parametrize(
    "client",
    [
        CONFIDENTIAL,
        replace(CONFIDENTIAL, post_logout_redirect_uris=(BACK,), scopes=frozenset({"openid"})),
        replace(SHOP, is_first_party=True, origin=ClientOrigin.ADMINISTRATOR),
        replace(
            CONFIDENTIAL,
            secret_hash=None,
            jwks_uri=f"{BACK}.json",
            auth_methods=frozenset({AuthMethod.PRIVATE_KEY_JWT}),
        ),
    ],
)
def test_the_lines_of_an_application_make_remove_and_change_it(managed, boss, client):
    store, client = managed.auth.runtime.store, replace(client, client_id="again")
    managed.run(store.add_client(client, now=1))
    add, _ = boss.lines("/admin/apps?id=again")
    (change,), (remove,) = (boss.lines(f"/admin/apps/{act}?id=again") for act in CHANGES)
    told = boss.run(change)
    secrets = [boss.run(line) for line in secret_lines(boss, client)]
    assert boss.run(remove) is None
    made = boss.run(add)
    assert (made.pop("client_secret") is None) is (not secrets)
    assert {**made, "created_at": 1} == told
    assert boss.run(remove) is None


CHANGES = ("change", "remove")


def secret_lines(boss, client):
    return boss.lines("/admin/apps/secret?id=again") if client.secret_hash else []


@pytest.mark.requirement("users:U40:curl-lines")
def test_the_line_of_an_empty_form_is_filled_in(boss):
    (add,) = boss.lines("/admin/apps/add")
    filled = add.replace('["..."]', f'["{BACK}"]').replace('"name": "..."', '"name": "Filled"')
    assert boss.run(filled)["client_secret"]


@pytest.fixture
def started(tmp_path):
    settings = Settings(
        database=f"sqlite:///{tmp_path}/watchword.db", signing_alg="ES256", management_api=True
    )
    clock = MovedClock()
    with people_in(Started(AuthServer(settings, clock=clock), clock)) as running:
        yield running


@pytest.mark.requirement("users:U40:curl-lines")
def test_only_what_the_api_takes_from_who_may_is_shown(started, ada, auditor):
    store = started.runtime.store
    user = f"/admin/users/{id_of(started, 'bob')}"
    started.run(store.add_client(replace(SHOP, client_id=AGENT), now=1))
    started.run(store.add_role("reader", "", now=1))
    assert SUMMARY in words(ada.get(user))
    for path in (f"/admin/apps?id={AGENT}", "/admin/access"):
        assert SUMMARY not in words(ada.get(path))
    for path in (user, "/admin/apps?id=first-party", "/admin/access/roles/reader", "/admin/keys"):
        assert SUMMARY in words(ada.get(path))
        assert SUMMARY not in words(auditor.get(path))


@pytest.mark.requirement("users:U40:curl-lines")
def test_the_shares_of_one_thing_are_shown_apart(started, ada):
    started.run(started.runtime.store.add_role("reader", "", now=1))
    for thing_id in ("7", "8"):
        share = Share("note", thing_id, "editor", "role", "reader")
        started.run(started.runtime.store.add_share(share, expires_at=None, by=BY, now=1))
    assert SUMMARY not in words(ada.get("/admin/access/roles/auditor"))  # in the rules alone
    every = ada.get("/admin/access")
    assert 'href="/admin/access?type=note&amp;id=8"' in every.text
    (line,) = lines_of(ada.get("/admin/access?type=note&id=8"))
    assert '"resource_id": "8"' in line
    assert "note 7" not in words(ada.get("/admin/access?type=note&id=8"))
    assert "note 7" in words(ada.get("/admin/access?type=note&id=%00"))
    assert json.loads(arguments_of(line, "x")[-1])["reason"] == BY.reason


@pytest.mark.requirement("users:U40:curl-lines")
def test_a_server_without_the_api_shows_no_line_of_it(tmp_path):
    settings = Settings(database=f"sqlite:///{tmp_path}/watchword.db", signing_alg="ES256")
    clock = MovedClock()
    with people_in(Started(AuthServer(settings, clock=clock), clock)) as running:
        ada = Browser(running).sign_in("ada")
        assert SUMMARY not in words(ada.get(f"/admin/users/{id_of(running, 'bob')}"))
