"""Answers of a decision point elsewhere: read strictly, because what is believed here opens doors.

A decision is the JSON value true or false and nothing that looks like it. Reasons are free-form in
the standard, so whatever text is there is taken, cut, and never needed.

Source: AuthZEN Authorization API 1.0 sections 5.5, 6.2, 7.2, 8.3 and 9.1; access.md Z2, Z12, Z15,
Z17, Z18 and Z21.
"""

import re
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final

from watchword.base.records import dataclass

__all__ = [
    "Answered",
    "Endpoint",
    "Found",
    "MalformedAnswer",
    "read_answer",
    "read_answers",
    "read_found",
    "read_places",
]

REASON_CHARACTERS_MAX = 500  # of one text of another server
ACR_VALUES_MAX = 16

Members = Mapping[str, object]

_ACR: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,256}")  # what a challenge can carry


class Endpoint(Enum):
    """What a decision point answers, by the member of its metadata that says where."""

    EVALUATION = "access_evaluation_endpoint"
    EVALUATIONS = "access_evaluations_endpoint"
    SUBJECTS = "search_subject_endpoint"
    RESOURCES = "search_resource_endpoint"
    ACTIONS = "search_action_endpoint"


class MalformedAnswer(ValueError):
    """The body is no answer to the question. Names the member, never its value."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One decision of a point elsewhere.

    Attributes:
        reason_user: for whoever was refused.
        reason_admin: for the operator.
        acr_values: the logins of which one would change the answer.
    """

    allowed: bool
    reason_user: str = ""
    reason_admin: str = ""
    acr_values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A page of the ids of a search; `token` is empty on the last one."""

    ids: tuple[str, ...]
    token: str = ""


def read_answer(body: object) -> Answered:
    """Read the answer to one evaluation.

    Raises:
        MalformedAnswer: it has no decision that is true or false.
    """
    members = _object(body, "the answer")
    allowed = members.get("decision")
    if type(allowed) is not bool:
        raise MalformedAnswer("decision is neither true nor false")
    context = members.get("context")
    told: Members = context if isinstance(context, dict) else {}
    admin = _reason(told.get("reason_admin")) or _reason(told.get("reason"))
    fault = told.get("error")
    if not admin and isinstance(fault, dict):
        admin = _reason(fault.get("message"))
    return Answered(
        allowed, _reason(told.get("reason_user")), admin, _acr_values(told.get("acr_values"))
    )


def read_answers(body: object, count: int) -> tuple[Answered, ...]:
    """Read the answers to a batch, in its order.

    Args:
        body: the JSON value.
        count: how many questions were asked, all of which were to be answered.

    Raises:
        MalformedAnswer: another number of answers, or one of them is none.
    """
    answers = _object(body, "the answer").get("evaluations")
    if not isinstance(answers, list) or len(answers) != count:
        raise MalformedAnswer("evaluations is no array of as many answers as were asked for")
    return tuple(read_answer(each) for each in answers)


def read_found(body: object, type_: str) -> Found:
    """Read a page of a search for resources or subjects.

    Args:
        body: the JSON value.
        type_: which was sought.

    Raises:
        MalformedAnswer: it has no results, or some of another type.
    """
    members = _object(body, "the answer")
    results = members.get("results")
    if not isinstance(results, list):
        raise MalformedAnswer("results is no array")
    page = _object(members.get("page", {}), "page")
    token = page.get("next_token", "")
    if not isinstance(token, str):
        raise MalformedAnswer("page.next_token is no text")
    return Found(tuple(_id(each, type_) for each in results), token)


def read_places(body: object, point: str) -> Mapping[Endpoint, str]:
    """Read a metadata document: where a point answers what it offers.

    Args:
        body: the JSON value.
        point: the identifier that was asked for; the document has to be its own.

    Raises:
        MalformedAnswer: of another point, or without the endpoint that all have.
    """
    members = _object(body, "the metadata")
    if members.get("policy_decision_point") != point:
        raise MalformedAnswer("the metadata is of another policy_decision_point")
    places: dict[Endpoint, str] = {}
    for endpoint in Endpoint:
        where = members.get(endpoint.value)
        if isinstance(where, str) and where:
            places[endpoint] = where
    if Endpoint.EVALUATION not in places:
        raise MalformedAnswer(f"the metadata has no {Endpoint.EVALUATION.value}")
    return places


def _object(value: object, name: str) -> Members:
    if not isinstance(value, dict):
        raise MalformedAnswer(f"{name} is no object")
    return value


def _id(entity: object, type_: str) -> str:
    match entity:
        case {"type": str(found), "id": str(id_)} if found == type_ and id_:
            return id_
        case _:
            raise MalformedAnswer("a result is no entity of the type that was sought")


def _reason(value: object) -> str:
    """Return one text: the reason itself, or that of a refusal among several by status or language.

    Section 5.5 leaves the keys open; its examples and the points in use have `403`, `en` and
    `en-403`.
    """
    if isinstance(value, str):
        return value[:REASON_CHARACTERS_MAX]
    if not isinstance(value, dict):
        return ""
    texts = {key: text for key, text in value.items() if isinstance(text, str) and text}
    preferred: Sequence[str] = [key for key in ("403", "en-403", "en") if key in texts]
    chosen = (*preferred, *sorted(texts))
    return texts[chosen[0]][:REASON_CHARACTERS_MAX] if chosen else ""


def _acr_values(value: object) -> tuple[str, ...]:
    named = value.split() if isinstance(value, str) else value
    if not isinstance(named, list):
        return ()
    texts = (each for each in named[:ACR_VALUES_MAX] if isinstance(each, str))
    return tuple(each for each in texts if _ACR.fullmatch(each))
