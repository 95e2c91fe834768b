"""Requests that do not fit a route, answered as problems that repeat nothing of what was sent.

Source: users.md U59; RFC 9457 section 3; RFC 6901; security.md rule 87.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from watchword.guards.answers import Answer, Answers

__all__ = ["invalid_request"]

ERRORS_MAX = 20  # a body with more faults than this is not being corrected by hand
POINTER_CHARACTERS_MAX = 200


def invalid_request(answers: Answers, errors: Iterable[Mapping[str, Any]]) -> Answer:
    """Return the answer to a request that fails its route's types.

    A body that is no JSON is 400; one that is, and does not fit, is 422.

    Args:
        answers: makes the problem.
        errors: as pydantic lists them; `loc` begins with the part of the request.
    """
    listed = list(errors)[:ERRORS_MAX]
    if any(each["type"] == "json_invalid" for each in listed):
        return answers.invalid(400, (), hint="The body is not JSON.")
    return answers.invalid(
        422,
        tuple(_member(each) for each in listed),
        hint="Correct what `errors` lists and send the request again.",
    )


def _member(error: Mapping[str, Any]) -> dict[str, str]:
    """Return where a fault is and what it is; the value itself stays out."""
    place, *path = error["loc"]
    pointer = "".join(f"/{_escaped(step)}" for step in path)[:POINTER_CHARACTERS_MAX]
    return {"in": str(place), "pointer": pointer, "detail": str(error["msg"])}


def _escaped(step: object) -> str:
    return str(step).replace("~", "~0").replace("/", "~1")
