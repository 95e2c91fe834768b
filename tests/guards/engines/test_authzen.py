"""The engine over a decision point elsewhere: answers, lists, and everything that is no yes.

Source: access.md section 14 (5); AuthZEN Authorization API 1.0; security.md rules 88 and 89.
"""

import json
from datetime import date, datetime
from uuid import UUID, uuid5

import pytest
from fastapi import FastAPI
from sqlalchemy import Uuid, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from starlette.testclient import TestClient
from tests.access.example import Note, notes, three_notes
from tests.net.hostile import hostile, says, sends

from watchword.access import (
    InsufficientScope,
    NotAllowed,
    NotFound,
    NotListable,
    Policy,
    PolicyError,
    Refusal,
    StepUpRequired,
)
from watchword.access.authzen.answers import Endpoint
from watchword.guards.engines import Engine
from watchword.guards.engines import authzen as module
from watchword.guards.engines.authzen import AuthZENEngine
from watchword.guards.errors import DecisionsUnavailable
from watchword.guards.fastapi import Guard
from watchword.net.decisions import RemotePoint
from watchword.net.document import Answer
from watchword.net.errors import Unreachable

POINT = "https://pdp.example.com"
PLACES = {each: f"{POINT}/{each.name}" for each in Endpoint}
MOMENT = datetime(2026, 1, 2, 3)  # noqa: DTZ001 - naive is the kind
NOTE = Note(id=7, owner="bo", text="secret", shared_role=None)


class Base(DeclarativeBase):
    """Tables of this test."""


class Odd(Base):
    """A row with a key and columns that JSON has no values for."""

    __tablename__ = "odd"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    day: Mapped[date]
    moment: Mapped[datetime]
    other: Mapped[UUID | None]


class Net:
    """A decision point without a network: answers of the test's own, by endpoint."""

    def __init__(self, **answers):
        self.answers = answers
        self.asked = []

    def close(self):
        """Hold nothing."""

    def send(self, request):
        endpoint = request.url.rpartition("/")[2]
        question = json.loads(request.body)
        self.asked.append((endpoint, question))
        said = self.answers[endpoint]
        said = said(question) if callable(said) else said
        return Answer(200, (), said if isinstance(said, bytes) else json.dumps(said).encode())


def engine(net, *, places=PLACES, types=None, **options):
    point = RemotePoint(POINT, places=places, fetcher=net)
    return AuthZENEngine(point, types or {"note": Note}, **options)


def deciding(yes):
    """Answer evaluations by a set of actions."""

    def answer(question):
        return {"decision": question["action"]["name"] in yes}

    return answer


def told(asked, me, action, row):
    """Return what a peer is told of a refusal."""
    with pytest.raises(Refusal) as refused:
        asked.require(me, action, row)
    return refused.type, refused.value.text, getattr(refused.value, "scopes", None)


BO = Policy().subject("bo")


@pytest.mark.requirement("access:14.5:authzen-engine")
def test_a_question_names_subject_action_and_row():
    net = Net(EVALUATION={"decision": True})
    asked: Engine = engine(net)
    assert asked.check(BO, "read", NOTE).allowed is True
    assert net.asked == [
        (
            "EVALUATION",
            {
                "subject": {"type": "user", "id": "bo"},
                "action": {"name": "read"},
                "resource": {"type": "note", "id": "7"},
            },
        )
    ]


def test_a_question_tells_what_was_named_and_nothing_else():
    declared = Policy(
        roles={"admin": ["user"]}, subject={"groups": frozenset[str]}, context={"soft": bool}
    )
    tells = {
        "subject": ["roles", "groups", "acr"],
        "action": ["soft"],
        "context": ["soft"],
        "odd": ["day", "moment", "other", "id"],
    }
    net = Net(EVALUATION={"decision": True})
    asked = engine(net, types={"odd": Odd}, tells=tells, declares=declared, subject_type="identity")
    me = declared.subject("ana", roles=["admin"], attributes={"groups": ["b", "a"]})
    key = UUID(int=7)
    row = Odd(id=key, day=date(2026, 1, 2), moment=MOMENT, other=None)
    asked.check(me, "read", row, declared.context(soft=True))
    ((_, question),) = net.asked
    assert question == {
        "subject": {
            "type": "identity",
            "id": "ana",
            "properties": {"roles": ["admin", "user"], "groups": ["a", "b"]},
        },
        "action": {"name": "read", "properties": {"soft": True}},
        "resource": {
            "type": "odd",
            "id": str(key),
            "properties": {"day": "2026-01-02", "moment": "2026-01-02T03:00:00", "id": str(key)},
        },
        "context": {"soft": True},
    }


@pytest.mark.parametrize(
    "tells",
    [{"nots": ["owner"]}, {"note": ["ownr"]}, {"subject": ["id"]}, {"context": ["soft"]}],
)
def test_what_cannot_be_told_is_found_at_import(tells):
    with pytest.raises(PolicyError, match="tells: "):
        engine(Net(), tells=tells)


def test_a_row_of_no_type_and_one_without_a_key_are_not_asked_about():
    asked = engine(Net())
    with pytest.raises(PolicyError, match="none of the resource types"):
        asked.check(BO, "read", Odd())
    with pytest.raises(PolicyError, match="without a key"):
        asked.check(BO, "read", Note(owner="bo"))


@pytest.mark.requirement("access:14.5:authzen-reasons")
def test_the_reasons_of_the_point_stand_in_the_explanation():
    told = {"reason_user": {"403": "Ask its owner."}, "reason_admin": {"403": "note.owner: cy"}}
    net = Net(EVALUATION=lambda q: {"decision": q["action"]["name"] == "read", "context": told})
    asked = engine(net)
    assert asked.explain(BO, "update", NOTE) == "not_allowed: note.owner: cy"
    decision = asked.decide(BO, "update", NOTE)
    assert (decision.policy_version, decision.subject_source) == (POINT, "database")
    with pytest.raises(NotAllowed) as refused:
        asked.require(BO, "update", NOTE)
    assert refused.value.text == "Ask its owner."
    assert refused.value.detail == "note.owner: cy"
    mute = engine(Net(EVALUATION={"decision": True}))
    assert mute.explain(BO, "read", NOTE) == "allowed: the decision point says no more"


@pytest.mark.requirement("access:14.5:authzen-engine")
def test_require_tells_absent_hidden_refused_and_allowed_apart():
    asked = engine(Net(EVALUATION=deciding({"read"})))
    assert asked.require(BO, "read", NOTE) is NOTE
    with pytest.raises(NotAllowed, match="You may not do this"):
        asked.require(BO, "update", NOTE)
    with pytest.raises(NotFound):
        asked.require(BO, "read", None)
    for action in ("read", "update"):
        with pytest.raises(NotFound):
            engine(Net(EVALUATION=deciding(set()))).require(BO, action, NOTE)


@pytest.mark.requirement("access:G1:hidden-looks-absent")
@pytest.mark.parametrize("action", ["read", "update", "delete"])
@pytest.mark.parametrize("scopes", [None, [], ["reading"], ["writing"], ["reading", "writing"]])
def test_an_absent_row_is_answered_as_a_hidden_one_to_every_token(action, scopes):
    declared = Policy(scopes={"reading": ["read"], "writing": ["update"]})
    asked = engine(Net(EVALUATION={"decision": False}), declares=declared)
    me = declared.subject("bo", scopes=scopes)
    assert told(asked, me, action, None) == told(asked, me, action, NOTE)


def silent(_question):
    raise Unreachable("no whole answer within 3 s", detail="10.0.0.7")


def falls_silent(question):
    return silent(question) if question["action"]["name"] == "read" else {"decision": False}


@pytest.mark.requirement("access:14.5:authzen-engine-outage")
@pytest.mark.parametrize("action", ["read", "update"])
@pytest.mark.parametrize("scopes", [None, ["reading"], ["writing"]])
@pytest.mark.parametrize(
    "said", [silent, falls_silent, {"decision": False}, {"decision": "no"}, b"[]"]
)
def test_an_outage_tells_no_absent_row_from_a_hidden_one(action, scopes, said):
    """The answers are alike, and so is the work: the same questions about another id."""
    declared = Policy(scopes={"reading": ["read"], "writing": ["update"]})
    me = declared.subject("bo", scopes=scopes)
    answers, questions = [], []
    for row in (NOTE, None):
        net = Net(EVALUATION=said)
        asked = engine(net, declares=declared)
        with pytest.raises((Refusal, DecisionsUnavailable)) as refused:
            asked.require(me, action, row)
        answers.append((refused.type, str(refused.value)))
        questions.append([(where, each["action"], each["subject"]) for where, each in net.asked])
    assert answers[0] == answers[1]
    assert questions[0] == questions[1]


def test_an_absent_row_is_asked_about_as_one_that_nobody_has():
    net = Net(EVALUATION={"decision": True})
    asked = engine(net, types={"note": Note, "odd": Odd})
    for kind in (None, Odd):
        with pytest.raises(NotFound) as refused:
            asked.require(BO, "update", None, kind=kind)
        assert refused.value.detail == "no such row"
    rows = [question["resource"] for _, question in net.asked]
    assert [row["type"] for row in rows] == ["note", "note", "odd", "odd"]
    assert len({row["id"] for row in rows}) == 4
    with pytest.raises(PolicyError, match="none of the resource types"):
        asked.require(BO, "read", None, kind=Base)


def test_an_engine_without_types_is_found_at_import():
    with pytest.raises(PolicyError, match="no resource type is named"):
        AuthZENEngine(RemotePoint(POINT, places=PLACES, fetcher=Net()), {})


def test_a_stronger_login_that_would_help_is_asked_for():
    def answer(question):
        is_read = question["action"]["name"] == "read"
        return {"decision": is_read, "context": {"acr_values": "urn:mfa"}}

    asked = engine(Net(EVALUATION=answer))
    with pytest.raises(StepUpRequired) as refused:
        asked.require(BO, "delete", NOTE)
    assert refused.value.acr_values == ("urn:mfa",)
    assert asked.decide(BO, "read", NOTE).kind.value == "allowed"


@pytest.mark.requirement("access:14.5:authzen-engine")
def test_the_scopes_of_a_token_stay_a_ceiling_that_the_point_is_not_asked_about():
    declared = Policy(scopes={"notes:read": ["read"]})
    net = Net(EVALUATION={"decision": True})
    asked = engine(net, declares=declared)
    me = declared.subject("bo", scopes=["notes:read"])
    other = declared.subject("bo", scopes=["other"])
    assert asked.require(me, "read", NOTE) is NOTE
    assert asked.check(declared.subject("bo"), "update", NOTE).allowed
    assert len(net.asked) == 2
    with pytest.raises(InsufficientScope) as refused:
        asked.require(other, "read", NOTE)
    assert refused.value.scopes == ("notes:read",)
    lacks = "no scope reaches 'update': Policy(scopes=...) gives it to none"
    with pytest.raises(NotAllowed, match="You may not do this") as unreached:
        asked.require(me, "update", NOTE)
    assert unreached.value.detail == lacks
    assert asked.explain(me, "update", NOTE) == f"not_allowed: {lacks}"
    assert asked.explain(other, "read", NOTE) == "insufficient_scope: 'notes:read' reaches 'read'"
    assert [each.allowed for each in asked.check_all(other, "read", [NOTE, NOTE])] == [False] * 2
    assert str(asked.filter(other, "read", Note)) == "false"
    assert len(net.asked) == 2


@pytest.mark.requirement("access:14.5:authzen-batch")
def test_several_rows_are_one_question():
    answers = {"evaluations": [{"decision": True}, {"decision": False}]}
    net = Net(EVALUATIONS=answers)
    rows = [NOTE, Note(id=8, owner="cy", text="", shared_role=None)]
    asked = engine(net)
    assert [each.allowed for each in asked.check_all(BO, "read", rows)] == [True, False]
    assert asked.check_all(BO, "read", []) == []
    ((endpoint, question),) = net.asked
    assert endpoint == "EVALUATIONS"
    assert [each["resource"]["id"] for each in question["evaluations"]] == ["7", "8"]
    assert "resource" not in question
    with pytest.raises(ValueError, match="at most 200"):
        asked.check_all(BO, "read", [NOTE] * 201)


def test_a_point_without_batches_is_asked_one_by_one():
    net = Net(EVALUATION={"decision": True})
    asked = engine(net, places={Endpoint.EVALUATION: PLACES[Endpoint.EVALUATION]})
    assert [each.allowed for each in asked.check_all(BO, "read", [NOTE, NOTE])] == [True, True]
    assert len(net.asked) == 2


def entities(*ids, token=None):
    page = {} if token is None else {"page": {"next_token": token}}
    return {**page, "results": [{"type": "note", "id": id_} for id_ in ids]}


@pytest.mark.requirement("access:14.5:authzen-list")
def test_a_list_is_what_the_search_finds_on_all_its_pages():
    pages = {None: entities("1", token="a"), "a": entities("03", "x", "3", token="")}
    net = Net(RESOURCES=lambda question: pages[question.get("page", {}).get("token")])
    database = three_notes()
    with Session(database) as session:
        rows = select(Note.id).where(engine(net).filter(BO, "read", Note)).order_by(Note.id)
        assert session.scalars(rows).all() == [1, 3]
        nothing = engine(Net(RESOURCES=entities())).filter(BO, "read", Note)
        assert session.scalars(select(Note.id).where(nothing)).all() == []
    database.dispose()
    assert net.asked[0][1]["resource"] == {"type": "note"}


def test_a_long_list_of_uuids_is_a_list_too():
    keys = [uuid5(UUID(int=0), str(number)) for number in range(600)]
    results = [{"type": "odd", "id": str(key)} for key in keys]
    asked = engine(Net(RESOURCES={"results": results}), types={"odd": Odd})
    database = create_engine("sqlite://")
    Base.metadata.create_all(database)
    with Session(database) as session:
        for key in (keys[-1], UUID(int=1)):
            session.add(Odd(id=key, day=date(2026, 1, 1), moment=MOMENT))
        session.flush()
        listed = session.scalars(select(Odd.id).where(asked.filter(BO, "read", Odd))).all()
        assert listed == [keys[-1]]
    database.dispose()


@pytest.mark.requirement("access:14.5:authzen-list")
def test_a_list_that_cannot_be_whole_is_refused(monkeypatch):
    monkeypatch.setattr(module, "IDS_MAX", 2)
    monkeypatch.setattr(module, "PAGES_MAX", 3)
    too_long = entities("1", "2", "3")
    endless = entities(token="more")
    for said in (too_long, endless):
        with pytest.raises(NotListable, match="more than 2"):
            engine(Net(RESOURCES=said)).filter(BO, "read", Note)
    places = {Endpoint.EVALUATION: PLACES[Endpoint.EVALUATION]}
    with pytest.raises(NotListable, match="no search"):
        engine(Net(), places=places).filter(BO, "read", Note)
    with pytest.raises(PolicyError, match="none of the resource types"):
        engine(Net()).filter(BO, "read", Odd)


NONSENSE = [b"", b"[]", b"true", b"{", b'{"decision": "true"}', b'{"decision": 1}', b"\xff"]


@pytest.mark.requirement("access:14.5:authzen-fails-closed")
@pytest.mark.parametrize("said", NONSENSE)
def test_nonsense_never_allows(said):
    asked = engine(Net(EVALUATION=said, EVALUATIONS=said, RESOURCES=said))
    for work in (asked.check, asked.decide, asked.explain, asked.require):
        with pytest.raises(DecisionsUnavailable) as refused:
            work(BO, "read", NOTE)
        assert POINT in refused.value.detail
        assert POINT not in str(refused.value)
    with pytest.raises(DecisionsUnavailable):
        asked.check_all(BO, "read", [NOTE])
    with pytest.raises(DecisionsUnavailable):
        asked.filter(BO, "read", Note)


@pytest.mark.requirement("access:14.5:authzen-fails-closed")
@pytest.mark.parametrize(
    "behaviour",
    [
        says(b'{"decision": true}', status="500 Oops"),
        says(b'{"decision": true}', status="302 Found", headers="Location: /\r\n"),
        says(b'{"decision": true}', status="401 No"),
        says(b'{"decision": true}', headers="Content-Encoding: gzip\r\n"),
        sends(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n", b'{"decision": true}'),
        sends(b"SSH-2.0-OpenSSH_9.2\r\n"),
        sends(b"HTTP/1.1 200 OK\r\n", *[b"X: " + b"x" * 4_000 + b"\r\n"] * 50),
        sends(b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n", b" " * 3_000_000),
        sends(),
    ],
)
def test_a_hostile_server_never_allows(behaviour):
    with hostile(behaviour) as server:
        url = f"http://127.0.0.1:{server.port}"
        point = RemotePoint(url, places={Endpoint.EVALUATION: f"{url}/evaluation"})
        with pytest.raises(DecisionsUnavailable):
            AuthZENEngine(point, {"note": Note}).check(BO, "read", NOTE)
        point.close()


@pytest.mark.requirement("access:14.5:authzen-guards")
def test_a_guard_answers_what_the_point_says():
    """403 with the point's sentence, 404 for what may not be read, 503 for an outage."""
    net = Net(EVALUATION=deciding({"read"}))
    asked = engine(net)
    app = FastAPI()
    guard = Guard("https://id.example.com", audience="notes", policy=asked.policy)

    @app.get("/{action}", dependencies=[guard.public])
    def act(action: str) -> str:
        return asked.require(BO, action, NOTE).owner

    client = TestClient(guard.install(app) and app)
    assert client.get("/read").json() == "bo"
    refused = client.get("/update")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    net.answers["EVALUATION"] = deciding(set())
    assert client.get("/update").status_code == 404

    net.answers["EVALUATION"] = silent
    out = client.get("/read")
    assert (out.status_code, out.json()["code"]) == (503, "decisions_unavailable")
    assert out.headers["retry-after"]
    assert "10.0.0.7" not in out.text


@pytest.mark.requirement("access:14.5:authzen-engine")
def test_declarations_alone_allow_nothing_by_themselves():
    found = notes()
    asked = engine(Net(EVALUATION={"decision": False}), declares=found.policy)
    assert not asked.check(found.ana, "read", NOTE).allowed  # its rules would allow it
