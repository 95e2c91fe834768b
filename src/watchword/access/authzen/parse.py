"""Bodies become questions: what is needed is there and of its kind, the rest is left alone.

Source: AuthZEN Authorization API 1.0 sections 5, 6.1, 7.1, 8.1 and 10.1.1; access.md Z4, Z5 and
Z10 to Z14.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from enum import Enum
from types import MappingProxyType

from watchword.base.records import dataclass

__all__ = [
    "EVALUATIONS_MAX",
    "LIMIT_MAX",
    "Action",
    "Batch",
    "Entity",
    "InvalidQuestion",
    "Page",
    "Question",
    "Search",
    "Semantic",
    "Sought",
    "read_batch",
    "read_question",
    "read_search",
]

EVALUATIONS_MAX = 1_000  # in one batch
LIMIT_MAX = 10_000  # results of one page
TEXT_CHARACTERS_MAX = 1_024  # of a type, an id or a name

Members = Mapping[str, object]


class InvalidQuestion(ValueError):
    """The body asks nothing that could be answered. Names the member, never its value."""


class Semantic(Enum):
    """When a batch ends (section 7.1.2.1)."""

    ALL = "execute_all"
    FIRST_DENY = "deny_on_first_deny"
    FIRST_PERMIT = "permit_on_first_permit"


class Sought(Enum):
    """What a search is for."""

    SUBJECT = "subject"
    RESOURCE = "resource"
    ACTION = "action"


@dataclass(frozen=True, slots=True)
class Entity:
    """A subject or a resource; `id` is empty where it is sought."""

    type: str
    id: str = ""
    properties: Members = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Action:
    """What is to be done; `name` is empty where it is sought."""

    name: str = ""
    properties: Members = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """May this subject do that with this resource?"""

    subject: Entity
    action: Action
    resource: Entity
    context: Members = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """Several questions; one that could not be completed stands there as its fault."""

    items: tuple[Question | InvalidQuestion, ...]
    semantic: Semantic


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of the results is wanted: at most `limit` of them, after those of `token`."""

    limit: int | None = None
    token: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """Which subjects, resources or actions make the answer yes?"""

    sought: Sought
    question: Question
    page: Page | None


def read_question(body: Members) -> Question:
    """Read the body of an evaluation.

    Raises:
        InvalidQuestion: a member is missing or of another kind.
    """
    return Question(
        _entity(body, "subject"), _action(body), _entity(body, "resource"), _object(body, "context")
    )


def read_batch(body: Members) -> Question | Batch:
    """Read the body of evaluations; without any it is one evaluation (Z12).

    Raises:
        InvalidQuestion: the batch itself is malformed, or has more than `EVALUATIONS_MAX` items.
    """
    semantic = _semantic(body)
    items = body.get("evaluations")
    if items is not None and not isinstance(items, list):
        raise InvalidQuestion("evaluations is no array")
    if not items:
        return read_question(body)
    if len(items) > EVALUATIONS_MAX:
        raise InvalidQuestion(f"more than {EVALUATIONS_MAX} evaluations")
    return Batch(tuple(_item(body, item) for item in items), semantic)


def read_search(body: Members, sought: Sought) -> Search:
    """Read the body of a search: the sought entity needs its type alone (Z14).

    Raises:
        InvalidQuestion: a member is missing or of another kind.
    """
    subject = _entity(body, "subject", is_sought=sought is Sought.SUBJECT)
    resource = _entity(body, "resource", is_sought=sought is Sought.RESOURCE)
    action = Action() if sought is Sought.ACTION else _action(body)
    question = Question(subject, action, resource, _object(body, "context"))
    return Search(sought, question, _page(body))


def _item(defaults: Members, item: object) -> Question | InvalidQuestion:
    if not isinstance(item, dict):
        raise InvalidQuestion("an evaluation is no object")
    try:
        named = {name: _completed(defaults, item, name) for name in _NEEDED}
        context = item.get("context", defaults.get("context", {}))
        return read_question(
            {name: said for name, said in named.items() if said} | {"context": context}
        )
    except InvalidQuestion as fault:
        return fault


_NEEDED: Mapping[str, Sequence[str]] = MappingProxyType(
    {"subject": ("type", "id"), "action": ("name",), "resource": ("type", "id")}
)


def _completed(defaults: Members, item: Members, name: str) -> object:
    """Return an item's entity: a complete one as it is, another over the default's (Z10)."""
    default, own = defaults.get(name, {}), item.get(name, {})
    if not isinstance(default, dict) or not isinstance(own, dict):
        return own or default
    return own if all(member in own for member in _NEEDED[name]) else {**default, **own}


def _entity(body: Members, name: str, *, is_sought: bool = False) -> Entity:
    members = _present(body, name)
    type_ = _text(members, "type", of=name)
    if is_sought:  # a stray id, or what it is supposed to be like, changes nothing
        return Entity(type_)
    return Entity(type_, _text(members, "id", of=name), _object(members, "properties", of=name))


def _action(body: Members) -> Action:
    members = _present(body, "action")
    return Action(_text(members, "name", of="action"), _object(members, "properties", of="action"))


def _present(body: Members, name: str) -> Members:
    if name not in body:
        raise InvalidQuestion(f"{name} is missing")
    return _object(body, name)


def _object(body: Members, name: str, *, of: str = "") -> Members:
    value = body.get(name, {})
    if not isinstance(value, dict):
        raise InvalidQuestion(f"{_dotted(of, name)} is no object")
    return value


def _text(members: Members, name: str, *, of: str) -> str:
    value = members.get(name)
    if value is None:
        raise InvalidQuestion(f"{_dotted(of, name)} is missing")
    if not isinstance(value, str) or not value:
        raise InvalidQuestion(f"{_dotted(of, name)} is no text")
    if len(value) > TEXT_CHARACTERS_MAX or "\0" in value:
        raise InvalidQuestion(
            f"{_dotted(of, name)} is longer than {TEXT_CHARACTERS_MAX} characters or holds NUL"
        )
    return value


def _dotted(of: str, name: str) -> str:
    return f"{of}.{name}" if of else name


def _semantic(body: Members) -> Semantic:
    wanted = _object(body, "options").get("evaluations_semantic", Semantic.ALL.value)
    try:
        return Semantic(wanted)
    except ValueError:
        known = ", ".join(each.value for each in Semantic)
        raise InvalidQuestion(f"options.evaluations_semantic is none of {known}") from None


def _page(body: Members) -> Page | None:
    if "page" not in body:
        return None
    page = _object(body, "page")
    limit, token = page.get("limit"), page.get("token", "")
    if limit is not None and (type(limit) is not int or not 1 <= limit <= LIMIT_MAX):
        raise InvalidQuestion(f"page.limit is no whole number from 1 to {LIMIT_MAX}")
    if not isinstance(token, str):
        raise InvalidQuestion("page.token is no text")
    return Page(limit, token)
