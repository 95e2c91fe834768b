"""A server with the decision point of `examples/authzen_pdp`, asked over HTTP."""

import importlib.util
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2
import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import StaticPool
from tests.server.conftest import MovedClock, Started

from watchword.base.clock import SYSTEM, Clock
from watchword.base.secrets import Secret
from watchword.guards.world import PeopleTable, open_tables
from watchword.oauth.certificates import thumbprint
from watchword.server.app import AuthServer
from watchword.server.pdp import Certificates, PolicyDecisionPoint
from watchword.server.settings import Settings

EXAMPLE = Path(__file__).parents[3] / "examples" / "authzen_pdp"
SECRET = "the secret of a gateway, of 32 characters at least"
GATEWAY = ("api-gateway", SECRET)
CERTIFICATES = {"api-gateway": b"of the gateway", "other": b"of another", "gone": b"of nobody"}


def load_policy() -> ModuleType:
    """Import the example's policy anew."""
    spec = importlib.util.spec_from_file_location("authzen_pdp_policy", EXAMPLE / "policy.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # mapped classes look their annotations up there
    spec.loader.exec_module(module)
    return module


class Asked(Started):
    """The server, its tables, and a gateway that asks it."""

    def __init__(self, auth: AuthServer, clock: MovedClock, records: Any, policy: Any) -> None:
        super().__init__(auth, clock)
        self.records = records
        self.policy = policy

    def ask(self, path: str, body: Any, **options: Any) -> httpx2.Response:
        sent = {"auth": GATEWAY, "json": body, **options}
        return self.post(f"/access/v1{path}", **sent)

    def decided(self, body: Mapping[str, Any]) -> bool:
        answer = self.ask("/evaluation", body)
        assert answer.status_code == 200, answer.text
        return answer.json()["decision"]


@pytest.fixture(scope="module")
def asked(tmp_path_factory) -> Iterator[Asked]:
    clock = MovedClock()
    with certified_point() as (point, sessions, policy):
        started = serve(
            tmp_path_factory.mktemp("pdp"), point, clock, records=sessions, policy=policy
        )
        yield started
        started.close()


@contextmanager
def certified_point() -> Iterator[tuple[PolicyDecisionPoint, Any, ModuleType]]:
    """Make the example's decision point over the people and records of the certification."""
    example = load_policy()
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    example.Base.metadata.create_all(engine)
    sessions = sessionmaker(engine)
    with sessions() as session:
        session.add_all([example.Person(id="alice", role="user")])
        session.add_all([example.Person(id="bob", role="admin")])
        session.add_all([example.Record(id="record-1", status="active")])
        session.add_all([example.Record(id="record-2", status="archived")])
        session.commit()
    people = PeopleTable(example.Person, lambda row: {"roles": [row.role]})
    point = PolicyDecisionPoint(
        example.policy,
        {"record": example.Record},
        open_tables(sessions, people),
        asserted={"subject": ["role"], "record": ["status"], "action": ["soft"]},
        certificates=Certificates(
            {name: [thumbprint(der)] for name, der in CERTIFICATES.items()}, header="Client-Cert"
        ),
    )
    yield point, sessions, example
    engine.dispose()


def serve(
    path: Path,
    point: PolicyDecisionPoint,
    clock: MovedClock,
    *,
    records: Any = None,
    policy: Any = None,
) -> Asked:
    """Start a server with a decision point, and two clients of which one may ask it."""
    auth = authorization_server(path, point, clock=clock)
    started = Asked(auth, clock, records, policy)
    started.run(auth.startup())
    return started


def authorization_server(
    path: Path, point: PolicyDecisionPoint, *, clock: Clock = SYSTEM, **settings: Any
) -> AuthServer:
    """Make a server with a decision point, and two clients of which one may ask it."""
    auth = AuthServer(
        Settings(
            database=f"sqlite:///{path}/watchword.db",
            signing_alg="ES256",
            proxies=("127.0.0.1",),
            **settings,
        ),
        decisions=point,
        clock=clock,
    )
    auth.resource("http://127.0.0.1:8000/notes", scopes={"notes:read": "Read"})
    scopes = {"pdp": "Ask what others may do", "more": "Something else"}
    auth.resource(f"{auth.issuer}/access/v1", scopes=scopes)
    for name, held in (("api-gateway", ["pdp"]), ("other", ["notes:read", "more"])):
        auth.client(
            name,
            name=name,
            secret=Secret(SECRET),
            grant_types=["client_credentials"],
            scopes=held,
        )
    return auth


def entity(type_: str, id_: str, **properties: object) -> dict[str, object]:
    return {"type": type_, "id": id_} | ({"properties": properties} if properties else {})


def question(
    who: str, action: str, record: str, *, subject=None, does=None, resource=None
) -> dict[str, object]:
    """Write an evaluation; the last three are properties."""
    return {
        "subject": entity("user", who, **(subject or {})),
        "action": {"name": action} | ({"properties": does} if does else {}),
        "resource": entity("record", record, **(resource or {})),
    }
