"""A policy decision point: AuthZEN questions about records, answered at /access/v1.

PDP_SECRET=... uvicorn app:auth --port 8000
"""

import os
from collections.abc import Mapping

from policy import Base, Person, Record, policy
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from watchword.access.subject import Facts
from watchword.base.secrets import Secret
from watchword.guards.world import PeopleTable, open_tables
from watchword.server.app import AuthServer
from watchword.server.pdp import PolicyDecisionPoint
from watchword.server.settings_sources import load_settings

# SQLite keeps the application's tables in a file of their own, beside the server's.
engine = create_engine(os.environ.get("RECORDS", "sqlite:///records.sqlite"))
sessions = sessionmaker(engine)


def facts(person: Person) -> Facts:
    """Say what the table knows of a subject."""
    return {"roles": [person.role]}


def fill(people: Mapping[str, str], records: Mapping[str, str]) -> None:
    """Write the people with their roles, and the records with their status."""
    Base.metadata.create_all(engine)
    with sessions() as session:
        for id_, role in people.items():
            session.merge(Person(id=id_, role=role))
        for id_, status in records.items():
            session.merge(Record(id=id_, status=status))
        session.commit()


fill({"alice": "user", "bob": "admin"}, {"record-1": "active", "record-2": "archived"})

point = PolicyDecisionPoint(
    policy,
    {"record": Record},
    open_tables(sessions, PeopleTable(Person, facts)),
    # What a question may say of these is believed; everything else comes from the tables.
    asserted={"subject": ["role"], "record": ["status"], "action": ["soft"]},
)
auth = AuthServer(load_settings().settings, decisions=point)
auth.resource(f"{auth.issuer}/access/v1", scopes={"pdp": "Ask what others may do"})
auth.client(
    "api-gateway",
    name="API gateway",
    secret=Secret(os.environ["PDP_SECRET"]),
    grant_types=["client_credentials"],
    scopes=["pdp"],
)
