"""What a notes API must do, asked over HTTP: the same for the demo's, the example's and any other.

A test module inherits from `NotesContract` and gives it a `service` fixture.
Source: issue 2 (5) and (8); access.md 4.1, G1 to G5; security.md rules 80 to 93; users.md 8.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx2
import pytest

OTHER_METHODS = ("HEAD", "OPTIONS", "PATCH", "TRACE", "PROPFIND", "FROBNICATE")


@dataclass(frozen=True, slots=True)
class Service:
    """A running API and the server whose tokens it takes.

    `people` has at least alice and bob with the role user, and admin with the role admin.
    """

    http: httpx2.Client
    api: str
    issuer: str
    people: dict[str, str]
    suspend: Callable[[str], None]
    restore: Callable[[str], None]
    reads_the_store: bool  # a suspension holds at the next request, not when the token expires


class Caller:
    """One person with a token."""

    def __init__(self, service: Service, name: str, **wishes: str) -> None:
        self.service = service
        document = {"username": name, "password": service.people[name], **wishes}
        answer = service.http.post(f"{service.issuer}/login", json=document)
        assert answer.status_code == 200, answer.text
        self.pair = answer.json()

    @property
    def header(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.pair['access_token']}"}

    def call(self, method: str, path: str, **given: object) -> httpx2.Response:
        return self.service.http.request(
            method, self.service.api + path, headers=self.header, **given
        )

    def write(self, title: str = "A note", **members: str) -> dict:
        body = {"title": title, "body": f"{title}: its body", **members}
        answer = self.call("POST", "/notes", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def visible(self) -> dict[int, dict]:
        answer = self.call("GET", "/notes")
        assert answer.status_code == 200, answer.text
        return {note["id"]: note for note in answer.json()}


def problem(answer: httpx2.Response) -> dict:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["type"].endswith(f"/errors/{body['code']}")
    assert answer.headers["cache-control"] == "no-store"
    return body


class NotesContract:
    @pytest.fixture
    def alice(self, service: Service) -> Caller:
        return Caller(service, "alice")

    @pytest.fixture
    def bob(self, service: Service) -> Caller:
        return Caller(service, "bob")

    @pytest.fixture
    def admin(self, service: Service) -> Caller:
        return Caller(service, "admin")

    @pytest.fixture(autouse=True)
    def _swept(self, service: Service) -> Iterator[None]:
        before = set(Caller(service, "admin").visible())
        yield
        admin = Caller(service, "admin")  # a test may have moved the clock
        for number in set(admin.visible()) - before:
            assert admin.call("DELETE", f"/notes/{number}").status_code == 204

    def test_owner_creates_reads_changes_and_deletes(self, alice):
        note = alice.write("Milk")
        path = f"/notes/{note['id']}"
        assert alice.call("GET", path).json() == note
        changed = alice.call("PUT", path, json={"title": "Bread", "body": "One loaf."})
        assert changed.status_code == 200
        assert changed.json() == {**note, "title": "Bread", "body": "One loaf."}
        assert alice.call("DELETE", path).status_code == 204
        assert alice.call("GET", path).status_code == 404

    @pytest.mark.requirement("security:86:owner-only")
    def test_stranger_finds_nothing(self, alice, bob):
        path = f"/notes/{alice.write()['id']}"
        change = {"title": "Mine", "body": "now"}
        for method, body in (("GET", None), ("PUT", change), ("DELETE", None)):
            answer = bob.call(method, path, json=body)
            assert answer.status_code == 404, method
            assert problem(answer)["code"] == "not_found"
        assert alice.call("GET", path).json()["title"] == "A note"

    @pytest.mark.requirement("users:U56:absent-equals-hidden")
    def test_absent_and_hidden_are_the_same_bytes(self, alice, bob):
        hidden = alice.write()["id"]
        absent = alice.write()["id"]
        alice.call("DELETE", f"/notes/{absent}")
        answers = [bob.call("GET", f"/notes/{number}") for number in (hidden, absent, "word", -1)]
        assert len({answer.content for answer in answers}) == 1
        names = [[k for k in answer.headers if k != "date"] for answer in answers]
        assert names[0] == names[1] == names[2] == names[3]

    def test_admin_may_do_anything(self, alice, admin):
        note = alice.write()
        path = f"/notes/{note['id']}"
        assert admin.call("GET", path).json() == note
        change = {"title": "By the admin", "body": ""}
        assert admin.call("PUT", path, json=change).json()["title"] == "By the admin"
        assert alice.call("GET", path).json()["owner"] == note["owner"]
        assert admin.call("DELETE", path).status_code == 204

    def test_shared_note_is_read_and_not_changed(self, alice, bob):
        note = alice.write("For all", shared_role="user")
        path = f"/notes/{note['id']}"
        assert bob.call("GET", path).json() == note
        for method, body in (("PUT", {"title": "x", "body": ""}), ("DELETE", None)):
            answer = bob.call(method, path, json=body)
            assert answer.status_code == 403
            refused = problem(answer)
            assert refused["code"] == "not_allowed"
            assert refused["id"]
            assert answer.headers["www-authenticate"].startswith("Bearer realm=")
        alice.call("PUT", path, json={"title": "Mine again", "body": ""})
        assert bob.call("GET", path).status_code == 404

    @pytest.mark.requirement("access:G5:list-equals-reads")
    def test_list_is_exactly_what_can_be_read(self, alice, bob, admin):
        for caller, shared in itertools.product((alice, bob, admin), ({}, {"shared_role": "user"})):
            caller.write("One", **shared)
            caller.write("For admins", shared_role="admin")
        every = admin.visible()
        for caller in (alice, bob, admin):
            listed = caller.visible()
            read = {}
            for number in every:
                answer = caller.call("GET", f"/notes/{number}")
                assert answer.status_code in {200, 404}
                if answer.status_code == 200:
                    read[number] = answer.json()
            assert listed == read
        assert set(alice.visible()) < set(every)

    @pytest.mark.requirement("security:87:mass-assignment")
    def test_owner_cannot_be_assigned(self, alice, bob, admin):
        stranger = bob.write()["owner"]
        body = {"title": "For bob", "body": "", "owner": stranger}
        assert alice.call("POST", "/notes", json=body).status_code == 403
        note = alice.write()
        answer = alice.call("PUT", f"/notes/{note['id']}", json=body)
        assert answer.status_code == 422
        assert problem(answer)["errors"] == [
            {"in": "body", "pointer": "/owner", "detail": "Extra inputs are not permitted"}
        ]
        assert admin.call("POST", "/notes", json=body).json()["owner"] == stranger

    @pytest.mark.requirement("access:S5:scope-ceiling")
    def test_scope_is_a_ceiling_even_for_the_owner_and_the_admin(self, service):
        for name in ("alice", "admin"):
            note = Caller(service, name).write()
            reader = Caller(service, name, scope="notes:read")
            path = f"/notes/{note['id']}"
            assert reader.call("GET", path).status_code == 200
            answer = reader.call("DELETE", path)
            assert answer.status_code == 403
            assert problem(answer)["code"] == "insufficient_scope"
            challenge = answer.headers["www-authenticate"]
            assert 'error="insufficient_scope"' in challenge
            assert 'scope="notes:write"' in challenge

    @pytest.mark.requirement("security:84:challenges")
    def test_without_a_token_the_challenge_names_no_error(self, service, alice):
        path = f"/notes/{alice.write()['id']}"
        for method, where in (("GET", "/notes"), ("POST", "/notes"), ("GET", path), ("PUT", path)):
            answer = service.http.request(method, service.api + where, json={})
            assert answer.status_code == 401
            assert problem(answer)["code"] == "token_missing"
            assert answer.headers["www-authenticate"].startswith("Bearer realm=")
            assert "error" not in answer.headers["www-authenticate"]

    @pytest.mark.requirement("security:82:one-token-in-the-header")
    def test_token_counts_in_one_header_only(self, service, alice):
        token = alice.pair["access_token"]
        url = f"{service.api}/notes"
        twice = [("Authorization", f"Bearer {token}")] * 2
        for answer in (
            service.http.get(url, headers=twice),
            service.http.get(f"{url}?access_token={token}"),
            service.http.get(f"{url}?access%5Ftoken={token}", headers=alice.header),
        ):
            assert answer.status_code == 400
            assert problem(answer)["code"] == "token_repeated"
            assert 'error="invalid_request"' in answer.headers["www-authenticate"]
        in_body = service.http.post(url, data={"access_token": token})
        assert in_body.status_code == 401
        in_cookie = service.http.get(url, headers={"Cookie": f"access_token={token}"})
        assert in_cookie.status_code == 401

    @pytest.mark.requirement("security:83:every-request")
    def test_tampered_unsigned_and_foreign_tokens_are_refused(self, service, alice):
        head, payload, signature = alice.pair["access_token"].split(".")
        flipped = ("A" if signature[5] != "A" else "B").join((signature[:5], signature[6:]))
        unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0"
        foreign = alice.pair["refresh_token"]
        for token in (
            f"{head}.{payload}.{flipped}",
            f"{unsigned}.{payload}.",
            f"{unsigned}.{payload}.{signature}",
            f"{head}.{payload}",
            foreign,
            "x" * 20_000,
        ):
            answer = service.http.get(
                f"{service.api}/notes", headers={"Authorization": f"Bearer {token}"}
            )
            assert answer.status_code == 401, answer.text
            assert 'error="invalid_token"' in answer.headers["www-authenticate"]
            assert token[:40] not in answer.text

    @pytest.mark.requirement("security:93:every-method")
    def test_other_methods_reach_nothing(self, service, alice):
        number = alice.write()["id"]
        for method, path in itertools.product(OTHER_METHODS, ("/notes", f"/notes/{number}")):
            for headers in ({}, alice.header):
                answer = service.http.request(method, service.api + path, headers=headers)
                # Some frameworks answer these themselves: no body, or what may be asked.
                own = {200} if headers and method in {"HEAD", "OPTIONS"} else set()
                assert answer.status_code in {400, 401, 405, 501} | own, (method, path)
                assert "its body" not in answer.text

    @pytest.mark.parametrize(
        "body",
        [
            b"{",
            b"",
            b"[]",
            b'"text"',
            b'{"title": 1, "body": ""}',
            b'{"title": "", "body": ""}',
            b'{"title": "canary-4711", "body": null}',
            b'{"title": "canary-4711", "body": "", "colour": "canary-4711"}',
            b'{"title": "canary-4711", "body": "", "shared_role": ["canary-4711"]}',
            b'{"body": "canary-4711"}',
            b"\xff\xfe canary-4711",
        ],
    )
    @pytest.mark.requirement("users:U59:problem-without-input")
    def test_bad_body_is_a_problem_that_repeats_nothing(self, alice, body):
        headers = {**alice.header, "Content-Type": "application/json"}
        http = alice.service.http
        answer = http.post(f"{alice.service.api}/notes", content=body, headers=headers)
        assert answer.status_code in {400, 422}
        assert problem(answer)["code"] == "invalid_request"
        assert "canary" not in answer.text

    def test_oversize_body_is_refused(self, alice):
        title = {"title": "big", "body": "x" * 200_000}
        assert alice.call("POST", "/notes", json=title).status_code == 413

    def test_stranger_learns_nothing_about_a_malformed_body(self, service):
        headers = {"Content-Type": "application/json"}
        answer = service.http.post(f"{service.api}/notes", content=b"{", headers=headers)
        assert answer.status_code == 401

    @pytest.mark.requirement("security:90:suspension-holds")
    def test_suspended_user_may_do_nothing(self, service, bob):
        note = bob.write(shared_role="user")
        service.suspend("bob")
        try:
            refused = service.http.post(
                f"{service.issuer}/refresh", json={"refresh_token": bob.pair["refresh_token"]}
            )
            assert refused.status_code == 400
            if service.reads_the_store:
                for method, path in (
                    ("GET", "/notes"),
                    ("GET", f"/notes/{note['id']}"),
                    ("GET", "/notes/0"),
                    ("POST", "/notes"),
                    ("DELETE", f"/notes/{note['id']}"),
                ):
                    answer = bob.call(method, path)
                    assert answer.status_code == 403, (method, path)
                    assert problem(answer)["code"] == "suspended"
        finally:
            service.restore("bob")

    def test_refreshed_token_works_and_the_login_ends_at_logout(self, service, alice):
        answer = service.http.post(
            f"{service.issuer}/refresh", json={"refresh_token": alice.pair["refresh_token"]}
        )
        assert answer.status_code == 200, answer.text
        alice.pair = answer.json()
        assert alice.call("GET", "/notes").status_code == 200
        ended = service.http.post(
            f"{service.issuer}/logout", json={"refresh_token": alice.pair["refresh_token"]}
        )
        assert ended.status_code == 204
        if service.reads_the_store:
            answer = alice.call("GET", "/notes")
            assert answer.status_code == 401
            assert problem(answer)["code"] == "session_ended"
