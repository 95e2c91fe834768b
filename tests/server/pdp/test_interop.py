"""The decisions that AuthZEN's interoperability events publish, asked of this server.

The vectors are values of two scenarios: a list of todos (evaluation and evaluations), and records
of departments (the three searches). The policies here are ours, written from the rules that the
scenarios state in words.

Two forms of the files predate the final text and are asked as that has it: a batch keyed by
numbers is an array, and the ids of records are texts.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker
from sqlalchemy.pool import StaticPool
from tests.server.conftest import MovedClock
from tests.server.pdp.conftest import Asked, serve

from watchword.access import Policy
from watchword.guards.world import PeopleTable, open_tables
from watchword.server.pdp import PolicyDecisionPoint

VECTORS = Path(__file__).parents[2] / "vectors" / "authzen-interop"
TASKS = json.loads((VECTORS / "todo.json").read_text())
SEARCH = json.loads((VECTORS / "search.json").read_text())


class Base(DeclarativeBase):
    """The tables of both scenarios."""


class Person(Base):
    """A user of the todos; `email` is what owners are named by."""

    __tablename__ = "person"

    pid: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str]
    roles: Mapped[str]


class Account(Base):
    """What `can_read_user` is about."""

    __tablename__ = "account"

    email: Mapped[str] = mapped_column(primary_key=True)


class Todo(Base):
    """A todo, whose owner a question may assert."""

    __tablename__ = "todo"

    id: Mapped[str] = mapped_column(primary_key=True)
    ownerID: Mapped[str]  # noqa: N815 - the scenario's word


class Employee(Base):
    """A user of the records."""

    __tablename__ = "employee"

    id: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    department: Mapped[str]


class Record(Base):
    """A record of a department."""

    __tablename__ = "record"

    id: Mapped[int] = mapped_column(primary_key=True)
    department: Mapped[str]
    owner: Mapped[str]


def todos() -> Policy:
    policy = Policy(
        roles={"editor": ["viewer"], "admin": ["editor"], "evil_genius": ["editor"]},
        actions=[f"can_{verb}" for verb in ("read_user", "read_todos", "create_todo")]
        + ["can_update_todo", "can_delete_todo"],
        subject={"email": str},
    )

    @policy.allow("can_read_user", on=Account, role="viewer")
    def pictured(_me, _account):
        """Users see one another."""
        return True

    @policy.allow("can_read_todos", on=Todo, role="viewer")
    def listed(_me, _todo):
        """Users see all todos."""
        return True

    @policy.allow("can_create_todo", on=Todo, role="editor")
    def made(_me, _todo):
        """Editors make todos."""
        return True

    @policy.allow("can_update_todo", "can_delete_todo", on=Todo, role="editor")
    def own(me, todo):
        """Editors change and delete what is theirs."""
        return todo.ownerID == me.email

    @policy.allow("can_update_todo", on=Todo, role="evil_genius")
    def genius(_me, _todo):
        """Evil geniuses change anything."""
        return True

    @policy.allow("can_delete_todo", on=Todo, role="admin")
    def administered(_me, _todo):
        """Admins delete anything."""
        return True

    return policy


def records() -> Policy:
    policy = Policy(
        roles={"manager": ["employee"], "contractor": []},
        actions=["view", "edit"],
        subject={"department": str},
    )

    @policy.allow("view", "edit", "delete", on=Record)
    def owner(me, record):
        """What is owned may be viewed, edited and deleted."""
        return record.owner == me.id

    @policy.allow("view", on=Record)
    def colleague(me, record):
        """A department sees its records."""
        return record.department == me.department

    @policy.allow("view", on=Record, role="manager")
    def overseer(_me, _record):
        """Managers see everything."""
        return True

    @policy.allow("edit", on=Record, role="manager")
    def head(me, record):
        """Managers edit the records of their department."""
        return record.department == me.department

    return policy


def todo_facts(person: Person) -> Any:
    return {"roles": person.roles.split(), "attributes": {"email": person.email}}


def employee_facts(employee: Employee) -> Any:
    return {"roles": [employee.role], "attributes": {"department": employee.department}}


@pytest.fixture(scope="module")
def sessions() -> Iterator[Any]:
    database = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    Base.metadata.create_all(database)
    made = sessionmaker(database)
    with made() as session:
        for pid, email, roles in TASKS["users"]:
            session.add(Person(pid=pid, email=email, roles=" ".join(roles)))
            session.add(Account(email=email))
        for id_ in sorted({asked[3] for asked in TASKS["evaluation"] if asked[2] == "todo"}):
            session.add(Todo(id=id_, ownerID="nobody"))
        for id_, role, department in SEARCH["users"]:
            session.add(Employee(id=id_, role=role, department=department))
        for number, department, owner in SEARCH["records"]:
            session.add(Record(id=number, department=department, owner=owner))
        session.commit()
    yield made
    database.dispose()


@pytest.fixture(scope="module")
def of_todos(tmp_path_factory, sessions) -> Iterator[Asked]:
    point = PolicyDecisionPoint(
        todos(),
        {"user": Account, "todo": Todo},
        open_tables(sessions, PeopleTable(Person, todo_facts)),
        asserted={"todo": ["ownerID"]},
    )
    started = serve(tmp_path_factory.mktemp("todos"), point, MovedClock())
    yield started
    started.close()


@pytest.fixture(scope="module")
def of_records(tmp_path_factory, sessions) -> Iterator[Asked]:
    people = PeopleTable(Employee, employee_facts)
    point = PolicyDecisionPoint(records(), {"record": Record}, open_tables(sessions, people))
    started = serve(tmp_path_factory.mktemp("records"), point, MovedClock())
    yield started
    started.close()


def resource(type_: str, id_: str, owner: str | None) -> dict[str, Any]:
    found = {"type": type_, "id": id_}
    return found | ({"properties": {"ownerID": owner}} if owner else {})


@pytest.mark.requirement("access:authzen:interop")
def test_every_evaluation_of_the_todos_is_decided_as_published(of_todos):
    assert len(TASKS["evaluation"]) == 40
    for who, action, type_, id_, owner, expected in TASKS["evaluation"]:
        question = {
            "subject": {"type": "user", "id": who},
            "action": {"name": action},
            "resource": resource(type_, id_, owner),
        }
        assert of_todos.decided(question) is expected, question


@pytest.mark.requirement("access:authzen:interop")
def test_every_batch_of_the_todos_is_decided_as_published(of_todos):
    assert len(TASKS["evaluations"]) == 3
    for who, action, items in TASKS["evaluations"]:
        batch = {
            "subject": {"type": "user", "id": who},
            "action": {"name": action},
            "evaluations": [{"resource": resource("todo", *item[:2])} for item in items],
        }
        answer = of_todos.ask("/evaluations", batch).json()["evaluations"]
        assert [each["decision"] for each in answer] == [item[2] for item in items]


def found(asked: Asked, kind: str, question: dict[str, Any]) -> list[str]:
    answer = asked.ask(f"/search/{kind}", question)
    assert answer.status_code == 200, answer.text
    return [each.get("id", each.get("name")) for each in answer.json()["results"]]


@pytest.mark.requirement("access:authzen:interop")
def test_every_subject_search_finds_what_is_published(of_records):
    assert len(SEARCH["subject"]) == 60
    for id_, action, expected in SEARCH["subject"]:
        question = {
            "subject": {"type": "user"},
            "action": {"name": action},
            "resource": {"type": "record", "id": id_},
        }
        assert found(of_records, "subject", question) == expected, question


@pytest.mark.requirement("access:authzen:interop")
def test_every_resource_search_finds_what_is_published(of_records):
    assert len(SEARCH["resource"]) == 18
    for who, action, expected in SEARCH["resource"]:
        question = {
            "subject": {"type": "user", "id": who},
            "action": {"name": action},
            "resource": {"type": "record"},
        }
        assert found(of_records, "resource", question) == expected, question


@pytest.mark.requirement("access:authzen:interop")
def test_every_action_search_finds_what_is_published(of_records):
    """For each user and record; the published order is none that the standard asks for.

    A pair that the file of this search leaves out is in no subject search either: nothing is found.
    """
    assert len(SEARCH["action"]) == 74
    published = {(who, id_): expected for who, id_, expected in SEARCH["action"]}
    for who, _, _ in SEARCH["users"]:
        for number, _, _ in SEARCH["records"]:
            question = {
                "subject": {"type": "user", "id": who},
                "resource": {"type": "record", "id": str(number)},
            }
            actions = found(of_records, "action", question)
            expected = published.get((who, str(number)), [])
            assert sorted(actions) == sorted(expected), question
            assert sorted(actions) == sorted(
                action
                for id_, action, people in SEARCH["subject"]
                if id_ == str(number) and who in people
            )
