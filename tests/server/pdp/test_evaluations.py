"""Many questions at once.

Source: AuthZEN Authorization API 1.0 section 7; the certification scenario of 2026-06-25.
"""

import pytest
from tests.server.pdp.conftest import entity, question

READS = question("alice", "read", "record-1")


def decisions(answer) -> list[bool]:
    assert answer.status_code == 200, answer.text
    return [each["decision"] for each in answer.json()["evaluations"]]


@pytest.mark.requirement("access:Z10:defaults")
def test_items_are_completed_from_the_defaults(asked):
    body = {
        "subject": entity("user", "alice"),
        "action": {"name": "read"},
        "evaluations": [
            {"resource": entity("record", "record-1")},
            {"resource": entity("record", "record-2")},
            {"resource": entity("record", "record-2"), "action": {"name": "write"}},
            {
                "resource": entity("record", "record-2"),
                "action": {"name": "write"},
                "subject": entity("user", "bob"),
            },
        ],
    }
    assert decisions(asked.ask("/evaluations", body)) == [True, True, False, True]


@pytest.mark.requirement("access:Z10:joined")
def test_an_incomplete_entity_is_joined_with_the_default(asked):
    body = {
        "subject": entity("user", "alice"),
        "action": {"name": "write"},
        "resource": {"type": "record"},
        "evaluations": [
            {"resource": {"id": "record-1"}},
            {"resource": {"id": "record-1", "properties": {"status": "archived"}}},
        ],
    }
    assert decisions(asked.ask("/evaluations", body)) == [True, False]


@pytest.mark.requirement("access:Z10:replaced")
def test_a_complete_entity_replaces_the_default_with_its_properties(asked):
    body = {
        **question("alice", "write", "record-1", resource={"status": "archived"}),
        "evaluations": [{}, {"resource": entity("record", "record-1")}],
    }
    assert decisions(asked.ask("/evaluations", body)) == [False, True]


@pytest.mark.requirement("access:Z11:incomplete-items")
def test_an_item_that_cannot_be_completed_is_denied_alone(asked):
    body = {
        "subject": entity("user", "alice"),
        "action": {"name": "read"},
        "evaluations": [{}, {"resource": entity("record", "record-1")}, {"resource": "record-1"}],
    }
    answer = asked.ask("/evaluations", body)
    assert decisions(answer) == [False, True, False]
    assert answer.json()["evaluations"][0]["context"]["error"] == {
        "status": 400,
        "message": "resource is missing",
    }


def test_defaults_of_another_kind_deny_the_items_that_need_them(asked):
    body = {**READS, "subject": "alice", "evaluations": [{}, READS]}
    assert decisions(asked.ask("/evaluations", body)) == [False, True]


@pytest.mark.requirement("access:Z12:like-single")
@pytest.mark.parametrize("evaluations", [{}, {"evaluations": []}, {"evaluations": None}])
def test_without_items_it_is_one_evaluation(asked, evaluations):
    answer = asked.ask("/evaluations", READS | evaluations)
    assert answer.json()["decision"] is True
    assert "evaluations" not in answer.json()


@pytest.mark.requirement("access:Z12:no-top-level")
def test_with_items_there_is_no_decision_of_its_own(asked):
    assert set(asked.ask("/evaluations", {"evaluations": [READS]}).json()) == {"evaluations"}


@pytest.mark.requirement("access:Z13:semantics")
@pytest.mark.parametrize(
    ("semantic", "expected"),
    [
        (None, [True, False, True]),
        ("execute_all", [True, False, True]),
        ("deny_on_first_deny", [True, False]),
        ("permit_on_first_permit", [True]),
    ],
)
def test_a_batch_is_cut_behind_the_deciding_item(asked, semantic, expected):
    body = {"evaluations": [READS, question("bob", "write", "record-1"), READS]}
    if semantic is not None:
        body["options"] = {"evaluations_semantic": semantic}
    assert decisions(asked.ask("/evaluations", body)) == expected


@pytest.mark.requirement("access:Z13:semantics")
@pytest.mark.parametrize("semantic", ["first", 7, None])
def test_an_unknown_semantic_is_400(asked, semantic):
    body = {"evaluations": [READS], "options": {"evaluations_semantic": semantic}}
    assert asked.ask("/evaluations", body).status_code == 400


@pytest.mark.requirement("access:Z6:limits")
@pytest.mark.parametrize("evaluations", [[READS] * 1_001, ["read"], {"a": READS}, "all"])
def test_a_malformed_or_too_long_batch_is_400(asked, evaluations):
    assert asked.ask("/evaluations", {"evaluations": evaluations}).status_code == 400


def test_a_header_names_twenty_decisions_at_most(asked):
    answer = asked.ask("/evaluations", {"evaluations": [READS] * 30})
    assert len(answer.headers["watchword-decision"].split()) == 20
