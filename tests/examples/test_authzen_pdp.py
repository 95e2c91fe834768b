"""The decision point of the example, run as its README says.

Source: AuthZEN Authorization API 1.0; access.md section 11 (fixture).
"""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import select
from tests.flows.notes_services import bind, example_running
from tests.server.pdp.conftest import load_policy

from watchword.access import NotAllowed, Policy
from watchword.base.secrets import Secret
from watchword.guards.engines.authzen import AuthZENEngine
from watchword.guards.errors import DecisionsUnavailable
from watchword.net.decisions import RemotePoint, basic

EXAMPLE = Path(__file__).parents[2] / "examples" / "authzen_pdp"
SECRET = "the secret of a gateway, of 32 characters at least"
READS = {
    "subject": {"type": "user", "id": "alice"},
    "action": {"name": "read"},
    "resource": {"type": "record", "id": "record-1"},
}


@pytest.fixture(scope="module")
def url(tmp_path_factory) -> Iterator[str]:
    home, (listening, url) = tmp_path_factory.mktemp("authzen"), bind()
    variables = {
        "WATCHWORD_DATABASE": f"sqlite:///{home}/watchword.db",
        "WATCHWORD_PORT": url.rpartition(":")[2],
        "RECORDS": f"sqlite:///{home}/records.db",
        "PDP_SECRET": SECRET,
    }
    with example_running(EXAMPLE, "app:auth", listening, **variables):
        yield url


@pytest.mark.requirement("access:authzen:fixture", "access:Z18:discovery")
def test_the_document_leads_to_a_decision(url):
    said = httpx2.get(f"{url}/.well-known/authzen-configuration").json()
    assert said["policy_decision_point"] == url
    gateway = ("api-gateway", SECRET)
    answer = httpx2.post(said["access_evaluation_endpoint"], json=READS, auth=gateway)
    assert answer.json()["decision"] is True
    who = {**READS, "subject": {"type": "user"}}
    found = httpx2.post(said["search_subject_endpoint"], json=who, auth=gateway).json()
    assert [each["id"] for each in found["results"]] == ["alice", "bob"]


def test_a_token_of_the_gateway_opens_it_too(url):
    form = {"grant_type": "client_credentials", "resource": f"{url}/access/v1", "scope": "pdp"}
    token = httpx2.post(f"{url}/token", data=form, auth=("api-gateway", SECRET)).json()
    headers = {"authorization": f"Bearer {token['access_token']}"}
    answer = httpx2.post(f"{url}/access/v1/evaluation", json=READS, headers=headers)
    assert answer.json()["decision"] is True


@pytest.mark.requirement("access:14.5:authzen-engine", "access:14.5:authzen-one-client")
def test_an_engine_in_another_process_asks_it(url):
    """Check, batch, list and reasons of the point agree, and a wrong secret allows nothing."""
    records = load_policy().Record
    first, second = (records(id=f"record-{number}", status="told by nobody") for number in (1, 2))
    point = RemotePoint(url, authorization=basic("api-gateway", Secret(SECRET)))
    engine = AuthZENEngine(point, {"record": records})
    alice, bob = Policy().subject("alice"), Policy().subject("bob")
    assert engine.require(alice, "write", first) is first
    assert [each.allowed for each in engine.check_all(bob, "write", [first, second])] == [
        False,
        True,
    ]
    with pytest.raises(NotAllowed, match="You may not do this"):
        engine.require(bob, "write", first)
    assert engine.explain(bob, "write", first).startswith("not_allowed: record.writer: ")
    listed = select(records.id).where(engine.filter(bob, "write", records))
    assert list(listed.compile().params.values()) == ["record-2"]
    point.close()
    stranger = RemotePoint(url, authorization=basic("api-gateway", Secret("x" * 40)))
    with pytest.raises(DecisionsUnavailable) as refused:
        AuthZENEngine(stranger, {"record": records}).check(alice, "read", first)
    assert "status 401" in refused.value.detail
    stranger.close()
