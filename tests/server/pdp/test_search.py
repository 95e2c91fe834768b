"""Which subjects, resources or actions make the answer yes?

Source: AuthZEN Authorization API 1.0 section 8; the certification scenario of 2026-06-25.
"""

import pytest
from tests.server.pdp.conftest import entity, question


def names(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [each.get("id") or each["name"] for each in answer.json()["results"]]


def who(action: str, record: str, **more: object) -> dict[str, object]:
    return {**question("alice", action, record), "subject": {"type": "user"}, **more}


def which(user: str, action: str, **more: object) -> dict[str, object]:
    return {**question(user, action, "record-1"), "resource": {"type": "record"}, **more}


def what(user: str, record: str) -> dict[str, object]:
    return {"subject": entity("user", user), "resource": entity("record", record)}


@pytest.mark.requirement("access:authzen:fixture", "access:Z14:kinds")
@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("subject", who("read", "record-1"), ["alice", "bob"]),
        ("resource", which("alice", "read"), ["record-1", "record-2"]),
        ("action", what("alice", "record-1"), ["read", "write"]),
        ("subject", who("write", "record-2"), ["bob"]),
        ("resource", which("bob", "write"), ["record-2"]),
        ("action", what("bob", "record-2"), ["read", "write"]),
    ],
)
def test_the_certification_scenario_is_answered(asked, path, body, expected):
    answer = asked.ask(f"/search/{path}", body)
    assert names(answer) == expected
    kinds = {frozenset(each) for each in answer.json()["results"]}
    assert kinds == {frozenset({"name"} if path == "action" else {"type", "id"})}


@pytest.mark.requirement("access:Z14:stray-ids")
def test_a_stray_id_changes_nothing(asked):
    subject = {"subject": entity("user", "bob", role="admin")}
    assert names(asked.ask("/search/subject", who("read", "record-1") | subject)) == [
        "alice",
        "bob",
    ]
    resource = {"resource": entity("record", "record-2", status="archived")}
    assert names(asked.ask("/search/resource", which("alice", "write") | resource)) == ["record-1"]
    action = {"action": {"name": "write"}}
    assert names(asked.ask("/search/action", what("bob", "record-1") | action)) == ["read"]


@pytest.mark.requirement("access:Z14:needed-ids")
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("subject", {**who("read", "record-1"), "resource": {"type": "record"}}),
        ("subject", {**who("read", "record-1"), "subject": {}}),
        ("resource", {**which("alice", "read"), "subject": {"type": "user"}}),
        ("resource", {**which("alice", "read"), "action": {}}),
        ("action", {**what("alice", "record-1"), "resource": {"type": "record"}}),
    ],
)
def test_the_other_entities_need_their_ids(asked, path, body):
    assert asked.ask(f"/search/{path}", body).status_code == 400


@pytest.mark.requirement("access:Z15:unknown")
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("subject", who("read", "record-9")),
        ("subject", {**who("read", "record-1"), "subject": {"type": "robot"}}),
        ("subject", who("fly", "record-1")),
        ("resource", which("nobody", "read")),
        ("resource", {**which("alice", "read"), "resource": {"type": "planet"}}),
        ("resource", which("alice", "fly")),
        ("action", what("nobody", "record-1")),
        ("action", what("alice", "record-9")),
    ],
)
def test_what_nobody_knows_is_found_nowhere(asked, path, body):
    answer = asked.ask(f"/search/{path}", body)
    assert answer.status_code == 200
    assert answer.json() == {"results": []}


@pytest.mark.requirement("access:Z16:agree")
@pytest.mark.parametrize("user", ["alice", "bob"])
@pytest.mark.parametrize("action", ["read", "write", "create", "update", "delete"])
def test_what_is_found_is_what_is_allowed(asked, user, action):
    found = names(asked.ask("/search/resource", which(user, action)))
    for record in ("record-1", "record-2"):
        allowed = asked.decided(question(user, action, record))
        assert (record in found) is allowed
        assert (user in names(asked.ask("/search/subject", who(action, record)))) is allowed
        assert (action in names(asked.ask("/search/action", what(user, record)))) is allowed


@pytest.mark.requirement("access:Z17:pages")
@pytest.mark.parametrize(
    ("path", "body", "every"),
    [
        ("subject", who("read", "record-1"), ["alice", "bob"]),
        ("resource", which("alice", "read"), ["record-1", "record-2"]),
        ("action", what("alice", "record-1"), ["read", "write"]),
    ],
)
def test_pages_together_are_everything(asked, path, body, every):
    first = asked.ask(f"/search/{path}", {**body, "page": {"limit": 1, "more": 1}})
    assert names(first) == every[:1]
    page = first.json()["page"]
    assert next(iter(first.json())) == "page"
    assert (page["count"], page["total"], page["properties"]) == (1, 2, {})
    second = asked.ask(f"/search/{path}", {**body, "page": {"token": page["next_token"]}})
    assert names(second) == every[1:]
    assert second.json()["page"] == {"next_token": "", "count": 1, "total": 2, "properties": {}}


@pytest.mark.requirement("access:Z8:stable")
def test_equal_searches_have_equal_answers(asked):
    body = {**which("alice", "read"), "page": {"limit": 1}}
    assert len({asked.ask("/search/resource", body).content for _ in range(3)}) == 1


@pytest.mark.requirement("access:Z17:pages")
def test_a_page_that_holds_everything_is_the_last(asked):
    answer = asked.ask("/search/resource", {**which("alice", "read"), "page": {}})
    assert answer.json()["page"]["next_token"] == ""


@pytest.mark.requirement("access:Z17:bound-tokens")
def test_a_token_is_of_its_search_alone(asked):
    body = which("alice", "read")
    first = asked.ask("/search/resource", {**body, "page": {"limit": 1}})
    token = first.json()["page"]["next_token"]
    for changed in (
        {**body, "page": {"token": token, "limit": 2}},
        {**which("bob", "read"), "page": {"token": token}},
        {**which("alice", "write"), "page": {"token": token}},
        {**body, "context": {"a": 1}, "page": {"token": token}},
        {**body, "page": {"token": token[:-1]}},
        {**body, "page": {"token": "A" * 5_000}},
        {**body, "page": {"token": "!"}},
    ):
        assert asked.ask("/search/resource", changed).status_code == 400
    subjects = {**who("read", "record-1"), "page": {"token": token}}
    assert asked.ask("/search/subject", subjects).status_code == 400


@pytest.mark.requirement("access:Z6:limits")
@pytest.mark.parametrize(
    "page", [{"limit": 0}, {"limit": 10_001}, {"limit": "1"}, {"limit": True}, {"token": 7}, []]
)
def test_a_malformed_page_is_400(asked, page):
    assert (
        asked.ask("/search/resource", {**which("alice", "read"), "page": page}).status_code == 400
    )


@pytest.mark.parametrize(
    "body", [which("alice", "read") | {"subject": entity("user", "alice", role=7)}]
)
def test_a_property_of_another_kind_is_400(asked, body):
    assert asked.ask("/search/resource", body).status_code == 400
