"""The management API: who may call it, and what each operation does and writes down.

access.md P8; security.md rules 82, 83, 87, 90, 95, 96 and 100; users.md U50 and U59.
"""

import json

import pytest
from tests.server.conftest import PASSWORD, RESOURCE
from tests.server.management.conftest import BASE, ISSUER, WHY, Caller, caller

from watchword.accounts.administration.audit import Unreadable
from watchword.accounts.administration.chain import first_broken
from watchword.oauth.clients import Client
from watchword.server.management.api import application

OPERATIONS = [
    (method.upper(), path)
    for path, operations in application().openapi()["paths"].items()
    for method in operations
]


def code(answer):
    return answer.status_code, answer.json()["code"]


@pytest.mark.requirement("security:95:management-api")
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_nobody_gets_in_without_a_token(managed, method, path):
    answer = managed.request(method, BASE + path)
    assert code(answer) == (401, "token_missing")
    assert "error=" not in answer.headers["www-authenticate"].split("resource_metadata")[0]


@pytest.mark.requirement("security:95:management-api")
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_a_plain_user_may_do_nothing_and_an_auditor_may_look(managed, method, path):
    managed.add_user("alice")
    managed.add_user("ada", "auditor")
    where = path.format(user_id="user_1", role="r", included="i", sid="s", client_id="c", kid="k")
    body = (
        {"json": _fitting(path, method)} if method in {"PATCH", "POST", "PUT"} else {"params": WHY}
    )
    if method == "GET":
        body = {"params": ASKED if path == "/explanation" else {}}
    answer = caller(managed, "alice")(method, where, **body)
    assert code(answer) == (403, "not_allowed")
    assert answer.headers["content-type"] == "application/problem+json"
    answer = caller(managed, "ada")(method, where, **body)
    if method == "GET":
        assert answer.status_code in {200, 404}
    else:
        assert code(answer) == (403, "not_allowed")


ASKED = {"who": "boss", "action": "read", "type": "user"}
SHARE = {
    "resource_type": "note", "resource_id": "7", "relation": "editor",
    "holder_kind": "role", "holder": "staff",
}  # fmt: skip


def _fitting(path, method):
    if path.startswith("/shares"):
        return WHY | SHARE
    if (path, method) == ("/users", "POST"):
        return WHY | {"name": "bob"}
    if (path, method) in {("/clients", "POST"), ("/clients/{client_id}", "PATCH")}:
        return WHY | {"name": "Shop"}
    return WHY


@pytest.mark.requirement("security:83:management-audience")
def test_a_token_for_another_api_is_refused(managed, boss):
    other = Caller(managed, managed.log_in("boss", resource=RESOURCE).json()["access_token"])
    assert code(other("GET", "/users")) == (401, "wrong_audience")
    assert boss("GET", "/users").status_code == 200


@pytest.mark.requirement("security:95:management-api")
def test_a_token_reaches_no_further_than_its_scopes(managed):
    reader = caller(managed, "boss", "admin:read")
    assert reader("GET", "/users").status_code == 200
    answer = reader("POST", "/users", json={"name": "x", **WHY})
    assert code(answer) == (403, "insufficient_scope")
    assert 'scope="admin:write"' in answer.headers["www-authenticate"]


@pytest.mark.requirement("access:F4:next-request")
def test_a_role_that_was_taken_is_gone_at_the_next_request(managed, boss):
    managed.add_user("other", "admin")
    other = caller(managed, "other")
    assert other("GET", "/users").status_code == 200
    user_id = next(
        user["id"] for user in boss("GET", "/users").json()["users"] if user["name"] == "other"
    )
    boss("DELETE", f"/users/{user_id}/roles/admin", params=WHY)
    assert other("GET", "/users").status_code in {401, 403}


def test_users_are_added_found_and_deleted(managed, boss):
    added = boss("POST", "/users", json={"name": "Bob", "roles": ["editor"], **WHY})
    assert added.status_code == 201
    bob = added.json()
    assert (bob["name"], bob["roles"], bob["given"][0]["reason"]) == ("bob", ["editor"], "ticket 7")
    assert code(boss("POST", "/users", json={"name": "bob", **WHY})) == (409, "name_taken")
    assert code(boss("POST", "/users", json={"name": "a b", **WHY})) == (400, "invalid_request")
    found = boss("GET", "/users", params={"search": "BO", "limit": 1}).json()
    assert ([user["name"] for user in found["users"]], found["next"]) == (["bob"], "bob")
    rest = boss("GET", "/users", params={"search": "bo", "after": "bob"}).json()
    assert ([user["name"] for user in rest["users"]], rest["next"]) == (["boss"], None)
    assert boss("GET", f"/users/{bob['id']}").json() == bob
    assert boss("DELETE", f"/users/{bob['id']}", params=WHY).status_code == 204
    for _ in range(2):
        assert code(boss("DELETE", f"/users/{bob['id']}", params=WHY)) == (404, "not_found")
    assert code(boss("GET", f"/users/{bob['id']}")) == (404, "not_found")


def test_users_are_suspended_and_given_roles(managed, boss):
    user = managed.add_user("bob")
    at = f"/users/{user.id}"
    suspended = boss("POST", f"{at}/suspend", json=WHY).json()
    assert (suspended["status"], suspended["suspension"]["reason"]) == ("suspended", "ticket 7")
    assert managed.log_in("bob").json()["error"] == "invalid_credentials"
    assert boss("POST", f"{at}/resume", json=WHY).json()["suspension"] is None
    given = boss("PUT", f"{at}/roles/editor", json=WHY).json()
    assert given["given"][0]["role"] == "editor"
    assert boss("DELETE", f"{at}/roles/editor", params=WHY).json()["roles"] == []
    for method, path in (("POST", "suspend"), ("POST", "resume"), ("PUT", "roles/editor")):
        assert code(boss(method, f"/users/user_0/{path}", json=WHY)) == (404, "not_found")


@pytest.mark.requirement("access:P8:last-administrator")
def test_the_last_administrator_stays(managed, boss):
    user_id = boss("GET", "/users").json()["users"][0]["id"]
    at = f"/users/{user_id}"
    last = (409, "last_administrator")
    assert code(boss("POST", f"{at}/suspend", json=WHY)) == last
    assert code(boss("DELETE", f"{at}/roles/admin", params=WHY)) == last
    assert code(boss("DELETE", at, params=WHY)) == last
    boss("PUT", "/roles/owner", json=WHY)
    boss("PUT", "/roles/owner/inherits/admin", json=WHY)
    boss("PUT", f"{at}/roles/owner", json=WHY)
    boss("DELETE", f"{at}/roles/admin", params=WHY)
    boss = caller(managed, "boss")
    assert code(boss("DELETE", "/roles/owner/inherits/admin", params=WHY)) == last


def test_roles_include_one_another(managed, boss, monkeypatch):
    for role in ("a", "b"):
        assert boss("PUT", f"/roles/{role}", json={"meaning": f"Role {role}", **WHY}).is_success
    all_of_them = boss("PUT", "/roles/a/inherits/b", json=WHY).json()["roles"]
    assert all_of_them[0] == {"name": "a", "meaning": "Role a", "inherits": ["b"], "users": 0}
    assert code(boss("PUT", "/roles/b/inherits/a", json=WHY)) == (409, "role_cycle")
    assert code(boss("PUT", "/roles/b/inherits/nobody", json=WHY)) == (404, "not_found")
    assert code(boss("DELETE", "/roles/b", params=WHY)) == (409, "role_in_use")
    assert boss("DELETE", "/roles/a/inherits/b", params=WHY).is_success
    assert boss("DELETE", "/roles/a", params=WHY).status_code == 204
    names = [role["name"] for role in boss("GET", "/roles").json()["roles"]]
    assert names == ["admin", "b"]
    monkeypatch.setattr("watchword.stores.verbs.administration.roles.ROLES_MAX", 2)
    assert code(boss("PUT", "/roles/c", json=WHY)) == (409, "too_many_roles")


@pytest.mark.requirement("access:P8:share-rows")
def test_shares_are_listed_page_by_page_and_ended(managed, boss):
    boss("PUT", "/roles/staff", json=WHY)
    for number in range(3):
        share = {**SHARE, "resource_id": str(number), **WHY}
        assert boss("POST", "/shares", json=share).status_code == 204
    after_all_calendars = {**SHARE, **WHY, "expires_at": 253_402_300_800}
    assert boss("POST", "/shares", json=after_all_calendars).status_code == 400
    unknown = boss("POST", "/shares", json={**SHARE, "holder": "nobody", **WHY})
    assert code(unknown) == (409, "unknown_holder")
    found, after = [], {}
    while True:
        page = boss("GET", "/shares", params={"resource_type": "note", "limit": 2, **after}).json()
        found += [share["resource_id"] for share in page["shares"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert found == ["0", "1", "2"]
    ended = boss("POST", "/shares/remove", json={**SHARE, "resource_id": "0", **WHY})
    assert ended.status_code == 204
    assert len(boss("GET", "/shares", params={"holder": "staff"}).json()["shares"]) == 2
    assert code(boss("GET", "/shares", params={"resource_id": "1"})) == (400, "invalid_request")
    for cursor in ("!", "W10", "WzFd", "WzEsMiwzLDQsNV0"):
        answer = boss("GET", "/shares", params={"after": cursor})
        assert code(answer) == (400, "invalid_request")


@pytest.mark.requirement("security:45:any-session")
def test_an_administrator_ends_any_session(managed, boss):
    user = managed.add_user("bob")
    tokens = [managed.log_in("bob").json()["access_token"] for _ in range(3)]
    found = boss("GET", f"/users/{user.id}/sessions").json()
    assert (len(found["sessions"]), found["more"]) == (3, 0)
    at = f"/users/{user.id}/sessions"
    assert boss("DELETE", f"{at}/{found['sessions'][0]['id']}", params=WHY).status_code == 204
    assert code(boss("DELETE", f"{at}/sid_0", params=WHY)) == (404, "not_found")
    assert boss("DELETE", at, params=WHY).status_code == 204
    assert {managed.me(token).status_code for token in tokens} == {401}


def test_applications_are_switched_off_and_on(managed, boss):
    shop = Client("shop", "Shop", is_first_party=False, is_default=False, scopes=None)
    managed.run(managed.runtime.store.add_client(shop, now=managed.clock.now()))
    clients = boss("GET", "/clients").json()["clients"]
    assert [client["id"] for client in clients] == ["first-party", "shop"]
    off = boss("POST", "/clients/shop/disable", json=WHY)
    assert (off.status_code, off.json()["is_active"]) == (200, False)
    assert boss("POST", "/clients/shop/enable", json=WHY).json()["is_active"] is True
    assert boss("GET", "/clients/shop").json()["name"] == "Shop"
    for method, path in (("GET", ""), ("POST", "/disable"), ("POST", "/enable")):
        body = {} if method == "GET" else {"json": WHY}
        assert code(boss(method, f"/clients/nobody{path}", **body)) == (404, "not_found")


def test_applications_come_page_by_page(managed, boss):
    for client_id in ("agent", "shop", "zoo"):
        one = Client(client_id, "One", is_first_party=False, is_default=False, scopes=None)
        managed.run(managed.runtime.store.add_client(one, now=managed.clock.now()))
    pages, after = [], {}
    while True:
        page = boss("GET", "/clients", params={"limit": 3, **after}).json()
        pages.append([client["id"] for client in page["clients"]])
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert pages == [["agent", "first-party", "shop"], ["zoo"]]
    assert boss("GET", "/clients", params={"after": "zoo"}).json() == {"clients": [], "next": None}
    whole = boss("GET", "/clients", params={"limit": 4}).json()
    assert (len(whole["clients"]), whole["next"]) == (4, None)


@pytest.mark.requirement("security:100:administration")
def test_every_change_says_who_from_where_and_why(managed, boss):
    user = managed.add_user("bob")
    boss("PUT", f"/users/{user.id}/roles/editor", json=WHY)
    boss("POST", f"/users/{user.id}/suspend", json=WHY)
    first = boss("GET", "/audit", params={"limit": 1}).json()
    rest = boss("GET", "/audit", params={"before": first["next"]}).json()
    assert rest["next"] is None
    entries = first["entries"] + rest["entries"]
    assert [entry["action"] for entry in entries] == ["user_suspended", "role_given"]
    admin = managed.run(managed.runtime.store.find_user("boss"))
    assert {(e["actor"], e["reason"], e["address"]) for e in entries} == {
        (admin.id, "ticket 7", "127.0.0.1")}  # fmt: skip
    of_other = boss("GET", "/audit", params={"target": "nobody"}).json()
    assert of_other == {"entries": [], "next": None}
    log = managed.run(managed.runtime.store.list_audit())
    assert first_broken(reversed(log)) is None


def test_an_entry_that_cannot_be_read_is_told_by_its_position(boss, managed, monkeypatch):
    user = managed.add_user("bob")
    boss("PUT", f"/users/{user.id}/roles/editor", json=WHY)
    boss("POST", f"/users/{user.id}/suspend", json=WHY)
    read = managed.runtime.store.list_audit

    async def list_audit(self, **asked):
        first, *rest = await read(**asked)
        return (Unreadable(first.position), *rest)

    monkeypatch.setattr(type(managed.runtime.store), "list_audit", list_audit)
    entries = boss("GET", "/audit").json()["entries"]
    assert entries[0] == {"position": 2, "is_unreadable": True}
    assert entries[1]["action"] == "role_given"


@pytest.mark.requirement("security:87:management-bodies")
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reason": ""},
        {"reason": "x" * 501},
        {"reason": 7},
        {**WHY, "is_admin": True},
        [],
        "text",
    ],
)
def test_a_body_of_another_form_is_refused_by_name(managed, boss, body):
    answer = boss("POST", "/users/user_1/suspend", json=body)
    assert code(answer) == (400, "invalid_request")
    assert answer.headers["content-type"] == "application/problem+json"
    assert all(set(one) == {"pointer", "problem"} for one in answer.json()["errors"])
    assert answer.json()["errors"][0]["pointer"].startswith("/body")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b'{"reason": "a", "reason": "b"}',
        b'{"reason": "' + b"x" * 9_000 + b'"}',
    ],
)
def test_a_body_that_is_no_json_is_refused(managed, boss, content):
    headers = {**boss.headers, "content-type": "application/json"}
    answer = managed.post(f"{BASE}/users/user_1/suspend", headers=headers, content=content)
    assert answer.status_code in {400, 413}


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 51}, {"after": "\x00"}, {"limit": "x"}])
@pytest.mark.parametrize("path", ["/users", "/clients"])
def test_a_page_of_another_size_is_refused_and_not_cut(managed, boss, params, path):
    assert code(boss("GET", path, params=params)) == (400, "invalid_request")


@pytest.mark.parametrize("path", ["/", "/nothing", "/users/", "/users/a/b/c/d"])
def test_nothing_is_at_other_addresses(managed, boss, path):
    assert code(boss("GET", path)) == (404, "not_found")


@pytest.mark.requirement("security:96:management-api")
def test_no_answer_holds_a_password_or_a_token(managed, boss):
    user = managed.add_user("bob")
    own = f"/users/{user.id}"
    for path in ("/users", own, f"{own}/sessions", f"{own}/factors", "/clients", "/audit", "/keys"):
        text = boss("GET", path).text
        assert PASSWORD not in text
        assert "argon2" not in text
        assert "secret" not in text.lower()


def test_the_document_and_its_page_come_from_this_server_alone(managed):
    document = managed.get(f"{BASE}/openapi.json")
    assert document.json()["info"]["title"] == "watchword management API"
    assert document.headers["cache-control"] == "no-store"
    page = managed.get(f"{BASE}/docs").text
    assert "/users/{user_id}/suspend" in page
    assert "<script" not in page
    assert "http" not in page.replace("HTTP", "")
    assert json.dumps(document.json()).count("HTTPBearer") > 1


def test_a_server_without_the_setting_has_no_such_address(unmanaged):
    assert unmanaged.get(f"{BASE}/users").status_code == 404
    refused = unmanaged.log_in(resource=f"{ISSUER}{BASE}")
    assert refused.json()["error"] == "invalid_target"
