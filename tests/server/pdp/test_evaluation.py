"""One question, one answer.

Source: AuthZEN Authorization API 1.0 sections 5, 6 and 10; its certification scenario.
"""

import json

import pytest
from tests.server.pdp.conftest import entity, question

SCENARIO = [
    (question("alice", "read", "record-1"), True),
    (question("alice", "write", "record-1"), True),
    (question("bob", "read", "record-1"), True),
    (question("bob", "write", "record-1"), False),
    (question("alice", "write", "record-1", resource={"status": "archived"}), False),
    (
        question(
            "alice",
            "write",
            "record-1",
            subject={"role": "admin"},
            resource={"status": "archived"},
        ),
        True,
    ),
    (question("alice", "delete", "record-1", does={"soft": True}), True),
    (question("alice", "delete", "record-1", does={"soft": False}), False),
    (question("alice", "read", "record-2"), True),
]


@pytest.mark.requirement("access:Z2:json-boolean", "access:authzen:fixture")
@pytest.mark.parametrize(("asked_for", "decision"), SCENARIO)
def test_the_certification_scenario_is_answered(asked, asked_for, decision):
    answer = asked.ask("/evaluation", asked_for)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["decision"] is decision


@pytest.mark.requirement("access:Z1:post-only")
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/evaluation", "/evaluations", "/search/subject"])
def test_another_method_is_405_and_says_which_one(asked, method, path):
    answer = asked.request(method, f"/access/v1{path}")
    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]


def without(name: str, member: str | None = None) -> dict[str, object]:
    body = question("alice", "read", "record-1")
    if member is None:
        del body[name]
    else:
        body[name] = {key: value for key, value in body[name].items() if key != member}
    return body


MALFORMED = [
    *(without(name) for name in ("subject", "action", "resource")),
    *(without(name, member) for name in ("subject", "resource") for member in ("type", "id")),
    without("action", "name"),
    {**question("alice", "read", "record-1"), "subject": "alice"},
    {**question("alice", "read", "record-1"), "action": {"name": 7}},
    {**question("alice", "read", "record-1"), "context": []},
    {**question("alice", "read", "record-1"), "subject": entity("user", "")},
    {**question("alice", "read", "record-1"), "subject": entity("user", "a\0b")},
    {**question("alice", "read", "record-1"), "subject": entity("user", "a" * 1_025)},
    {
        **question("alice", "read", "record-1"),
        "resource": {"type": "record", "id": "record-1", "properties": "active"},
    },
    [],
    None,
]


@pytest.mark.requirement("access:Z4:missing-members")
@pytest.mark.parametrize("body", MALFORMED)
def test_a_question_that_lacks_something_is_400_and_names_it(asked, body):
    answer = asked.ask("/evaluation", body)
    assert answer.status_code == 400
    assert answer.json()["error_description"]


RAW = [
    b"",
    b"{",
    b'{"subject":{"type":"user","id":"alice","id":"bob"},'
    b'"action":{"name":"read"},"resource":{"type":"record","id":"record-1"}}',
    b'{"subject":{"type":"user","id":"\xff"}}',
    b'{"subject":{"type":"user","id":"\\ud800"}}',
    b'{"a":' * 200 + b"1" + b"}" * 200,
    b" " * (1024 * 1024 + 1),
]


@pytest.mark.requirement("access:Z3:bodies", "access:Z6:i-json")
@pytest.mark.parametrize("content", RAW)
def test_what_is_not_strict_json_is_400(asked, content):
    headers = {"content-type": "application/json"}
    answer = asked.ask("/evaluation", None, json=None, content=content, headers=headers)
    assert answer.status_code == 400


@pytest.mark.requirement("access:Z3:bodies")
def test_a_charset_is_accepted_and_another_type_is_not(asked):
    content = json.dumps(question("alice", "read", "record-1"))
    for type_, status in (("application/json; charset=utf-8", 200), ("text/plain", 400)):
        headers = {"content-type": type_}
        answer = asked.ask("/evaluation", None, json=None, content=content, headers=headers)
        assert answer.status_code == status


@pytest.mark.requirement("access:Z5:unknown-fields")
def test_unknown_fields_and_the_context_change_nothing(asked):
    body = question("bob", "write", "record-1")
    body["subject"]["role"] = "user"
    body["resource"]["status"] = "archived"
    body |= {"context": {"soft": True, "time": "noon"}, "more": 1}
    assert asked.decided(body) is False
    assert asked.decided({**question("alice", "read", "record-1"), "context": {"a": 1}}) is True


@pytest.mark.requirement("access:Z22:asserted")
def test_a_property_that_was_not_declared_is_not_believed(asked):
    admin = question("alice", "write", "record-2", subject={"roles": ["admin"]})
    assert asked.decided(admin) is False
    assert asked.decided(question("alice", "write", "record-2", subject={"role": "admin"})) is True


@pytest.mark.requirement("access:Z22:asserted")
def test_what_was_asserted_once_is_forgotten(asked):
    asserted = question("alice", "write", "record-1", resource={"status": "archived"})
    body = {"evaluations": [asserted, question("alice", "write", "record-1"), asserted]}
    answer = asked.ask("/evaluations", body).json()["evaluations"]
    assert [each["decision"] for each in answer] == [False, True, False]
    with asked.records() as session:
        assert session.get(asked.policy.Record, "record-1").status == "active"


@pytest.mark.parametrize(
    "body",
    [
        question("alice", "write", "record-1", resource={"status": 7}),
        question("alice", "read", "record-1", subject={"role": 7}),
        question("alice", "read", "record-1", subject={"role": "nothing-declared\ud7ff\0"}),
        question("alice", "delete", "record-1", does={"soft": "yes"}),
    ],
)
def test_a_property_of_another_kind_denies_and_says_so(asked, body):
    answer = asked.ask("/evaluation", body)
    assert answer.status_code == 200
    assert answer.json()["decision"] is False
    assert answer.json()["context"]["error"]["status"] == 400


@pytest.mark.parametrize(
    "body",
    [
        question("nobody", "read", "record-1"),
        question("alice", "read", "record-9"),
        question("alice", "fly", "record-1"),
        {**question("alice", "read", "record-1"), "resource": entity("planet", "record-1")},
        {**question("alice", "read", "record-1"), "subject": entity("robot", "alice")},
    ],
)
def test_what_nobody_knows_is_denied(asked, body):
    answer = asked.ask("/evaluation", body)
    assert answer.status_code == 200
    assert answer.json() == {
        "decision": False,
        "context": {"reason_user": {"403": "You may not do this."}},
    }
    assert "watchword-decision" not in answer.headers  # nothing was decided about


@pytest.mark.requirement("access:Z7:request-id")
@pytest.mark.parametrize("id_", ["bfe9eb29-ab87", "any text, with spaces", "a" * 1_024])
def test_the_request_id_comes_back_with_a_refusal_as_well(asked, id_):
    body, headers = question("alice", "read", "record-1"), {"x-request-id": id_}
    refusals = [
        asked.ask("/evaluation", {}, headers=headers),
        asked.ask("/evaluation", body, headers=headers, auth=None),
        asked.request("GET", "/access/v1/search/subject", headers=headers),
    ]
    assert [each.status_code for each in refusals] == [400, 401, 405]
    for answer in (asked.ask("/evaluations", body, headers=headers), *refusals):
        assert answer.headers["x-request-id"] == id_


def test_no_request_id_comes_back_where_none_came_or_one_too_long(asked):
    body = question("alice", "read", "record-1")
    assert "x-request-id" not in asked.ask("/evaluation", body).headers
    strange = asked.ask("/evaluation", body, headers={"x-request-id": "a" * 1_025})
    assert "x-request-id" not in strange.headers


@pytest.mark.requirement("access:Z8:stable")
@pytest.mark.parametrize("action", ["read", "write"])
def test_equal_questions_have_equal_answers_and_ids_of_their_own(asked, action):
    answers = [asked.ask("/evaluation", question("bob", action, "record-1")) for _ in range(3)]
    assert len({answer.content for answer in answers}) == 1
    assert len({answer.headers["watchword-decision"] for answer in answers}) == 3


@pytest.mark.requirement("access:Z21:reasons")
def test_a_gateway_is_told_why(asked):
    denied = asked.ask("/evaluation", question("bob", "write", "record-1")).json()["context"]
    assert denied["reason_user"] == {"403": "You may not do this."}
    assert "record.writer: would be allowed if" in denied["reason_admin"]["403"]
    allowed = asked.ask("/evaluation", question("alice", "read", "record-1")).json()["context"]
    assert "record.reader" in allowed["reason_admin"]["200"]
