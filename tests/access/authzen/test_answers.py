"""Answers of a decision point elsewhere: what is believed, and what is none.

Source: AuthZEN Authorization API 1.0 sections 5.5, 6.2, 7.2, 8.3 and 9.1.
"""

import pytest

from watchword.access.authzen.answers import (
    Answered,
    Endpoint,
    Found,
    MalformedAnswer,
    read_answer,
    read_answers,
    read_found,
    read_places,
)

POINT = "https://pdp.example.com"
EVALUATION = f"{POINT}/access/v1/evaluation"


def test_a_decision_is_true_or_false():
    assert read_answer({"decision": True}) == Answered(allowed=True)
    assert read_answer({"decision": False, "more": 1}) == Answered(allowed=False)


@pytest.mark.requirement("access:14.5:authzen-fails-closed")
@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "true",
        True,
        {},
        {"Decision": True},
        *({"decision": said} for said in (None, 1, "true", "Permit", [True], {"decision": True})),
    ],
)
def test_what_looks_like_a_yes_is_no_answer(body):
    with pytest.raises(MalformedAnswer):
        read_answer(body)


@pytest.mark.requirement("access:14.5:authzen-reasons")
@pytest.mark.parametrize(
    ("context", "user", "admin"),
    [
        ({"reason_user": {"403": "No."}, "reason_admin": {"403": "r: x"}}, "No.", "r: x"),
        ({"reason_user": {"es-403": "Nada.", "en-403": "No."}}, "No.", ""),
        ({"reason_user": {"de": "Nein.", "cs": "Ne."}}, "Ne.", ""),
        ({"reason_user": {"en": "No.", "xx": ""}, "reason_admin": "told"}, "No.", "told"),
        ({"reason": "policy_denied"}, "", "policy_denied"),
        ({"error": {"status": 400, "message": "no such"}}, "", "no such"),
        ({"error": {"message": 3}}, "", ""),
        ({"error": "odd", "reason_user": 7, "reason_admin": {"403": 7}}, "", ""),
        ({"reason_user": "x" * 501}, "x" * 500, ""),
        ("odd", "", ""),
        (None, "", ""),
    ],
)
def test_reasons_are_taken_in_the_forms_that_are_in_use(context, user, admin):
    answer = read_answer({"decision": False, "context": context})
    assert (answer.reason_user, answer.reason_admin) == (user, admin)


@pytest.mark.parametrize(
    ("said", "values"),
    [
        ("urn:a urn:b", ("urn:a", "urn:b")),
        (["urn:a", 7, 'x"y', "a b", "\r\n", ""], ("urn:a",)),
        ({"urn:a": 1}, ()),
        (None, ()),
    ],
)
def test_stronger_logins_are_named_in_words_that_a_challenge_can_carry(said, values):
    answer = read_answer({"decision": False, "context": {"acr_values": said}})
    assert answer.acr_values == values


def test_a_batch_has_an_answer_to_each_question():
    yes, no = {"decision": True}, {"decision": False}
    answers = read_answers({"evaluations": [yes, no]}, 2)
    assert [each.allowed for each in answers] == [True, False]


@pytest.mark.requirement("access:14.5:authzen-fails-closed")
@pytest.mark.parametrize(
    "body",
    [
        [],
        {"decision": True},
        {"evaluations": {"0": {"decision": True}}},
        {"evaluations": [{"decision": True}]},
        {"evaluations": [{"decision": True}] * 3},
        {"evaluations": [{"decision": True}, {}]},
    ],
)
def test_a_batch_with_another_number_of_answers_is_none(body):
    with pytest.raises(MalformedAnswer):
        read_answers(body, 2)


def test_a_page_of_a_search_has_ids_and_a_token():
    results = [{"type": "note", "id": "1"}, {"type": "note", "id": "2", "more": 1}]
    assert read_found({"results": results}, "note") == Found(("1", "2"))
    paged = {"page": {"next_token": "t"}, "results": []}
    assert read_found(paged, "note") == Found((), "t")


@pytest.mark.requirement("access:14.5:authzen-fails-closed")
@pytest.mark.parametrize(
    "body",
    [
        "",
        {},
        {"results": "1"},
        {"results": ["1"]},
        {"results": [{"type": "folder", "id": "1"}]},
        {"results": [{"type": "note", "id": 1}]},
        {"results": [{"type": "note", "id": ""}]},
        {"results": [], "page": "t"},
        {"results": [], "page": {"next_token": 1}},
    ],
)
def test_a_page_of_anything_else_is_none(body):
    with pytest.raises(MalformedAnswer):
        read_found(body, "note")


def test_metadata_says_what_is_offered():
    document = {
        "policy_decision_point": POINT,
        "access_evaluation_endpoint": EVALUATION,
        "search_subject_endpoint": "",
        "search_resource_endpoint": None,
    }
    assert read_places(document, POINT) == {Endpoint.EVALUATION: EVALUATION}


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"access_evaluation_endpoint": EVALUATION},
        {"policy_decision_point": f"{POINT}/", "access_evaluation_endpoint": EVALUATION},
        {"policy_decision_point": POINT, "access_evaluations_endpoint": EVALUATION},
    ],
)
def test_metadata_of_another_point_is_none(document):
    with pytest.raises(MalformedAnswer):
        read_places(document, POINT)
