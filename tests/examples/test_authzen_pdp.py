"""The decision point of the example, run as its README says.

Source: AuthZEN Authorization API 1.0; access.md section 11 (fixture).
"""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from tests.flows.notes_services import bind, example_running

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
