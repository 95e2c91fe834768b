"""Problem bodies."""

import json

import pytest

from watchword.base.problem import PROBLEM_TYPE, Problem

PROBLEM = Problem(
    type="https://id.example/errors/token_expired",
    title="The token has expired",
    status=401,
    code="token_expired",
    id="decision_1",
    hint="Refresh.",
    detail="61 s ago",
)


@pytest.mark.requirement("users:U50:problem-body")
def test_body_has_the_members_in_reading_order():
    """RFC 9457 section 3; users.md U50."""
    assert PROBLEM_TYPE == "application/problem+json"
    assert list(json.loads(PROBLEM.body()).items()) == [
        ("type", "https://id.example/errors/token_expired"),
        ("title", "The token has expired"),
        ("status", 401),
        ("code", "token_expired"),
        ("detail", "61 s ago"),
        ("hint", "Refresh."),
        ("id", "decision_1"),
    ]


def test_members_without_a_value_are_left_out():
    problem = Problem(type="t", title="T", status=403, code="forbidden", id="d")
    assert set(json.loads(problem.body())) == {"type", "title", "status", "code", "id"}


def test_extensions_stand_beside_and_never_replace():
    problem = Problem(
        type="t",
        title="T",
        status=422,
        code="invalid_request",
        id="d",
        extensions=(("errors", [{"pointer": "#/title"}]), ("status", 200)),
    )
    members = json.loads(problem.body())
    assert members["errors"] == [{"pointer": "#/title"}]
    assert members["status"] == 422


def test_body_is_ascii_whatever_the_text():
    problem = Problem(type="t", title="né", status=404, code="not_found", id="d")
    assert problem.body().isascii()
    assert json.loads(problem.body())["title"] == "né"
