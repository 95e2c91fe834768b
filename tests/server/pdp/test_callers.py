"""Who may ask, about whom, and where everybody reads the addresses.

Source: AuthZEN Authorization API 1.0 sections 9 and 11.3; access.md Z9, Z18 to Z20 and Z23.
"""

import pytest
from tests.server.pdp.conftest import SECRET, question

from watchword import jwt
from watchword.jose.jwt.expected import ANY, PLAIN

READS = question("alice", "read", "record-1")
POINT = "http://127.0.0.1:8000/access/v1"


def bearer(token: str) -> dict[str, object]:
    return {"auth": None, "headers": {"authorization": f"Bearer {token}"}}


def machine_token(asked, client: str, scope: str, resource: str = POINT) -> str:
    form = {"grant_type": "client_credentials", "scope": scope, "resource": resource}
    answer = asked.post("/token", data=form, auth=(client, SECRET))
    assert answer.status_code == 200, answer.text
    return answer.json()["access_token"]


@pytest.mark.requirement("access:Z9:401")
@pytest.mark.parametrize(
    "options",
    [
        {"auth": None},
        {"auth": ("api-gateway", "x" * 40)},
        {"auth": ("nobody", SECRET)},
        bearer("not.a.token"),
        {"auth": None, "headers": {"authorization": "Digest a"}},
    ],
)
def test_without_credentials_it_is_401_with_a_challenge(asked, options):
    for path in ("/evaluation", "/evaluations", "/search/action"):
        answer = asked.ask(path, READS, **options)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"]


@pytest.mark.requirement("access:Z9:bearer", "access:Z23:pdp-scope")
def test_a_client_asks_with_a_token_of_scope_pdp(asked):
    token = machine_token(asked, "api-gateway", "pdp")
    assert asked.ask("/evaluation", READS, **bearer(token)).json()["decision"] is True


@pytest.mark.requirement("access:Z23:pdp-scope")
def test_a_client_without_the_scope_asks_nothing(asked):
    token = machine_token(asked, "other", "more")
    for proof in ({"auth": ("other", SECRET)}, bearer(token)):
        answer = asked.ask("/evaluation", READS, **proof)
        assert answer.status_code == 403
        assert 'scope="pdp"' in answer.headers["www-authenticate"]


@pytest.mark.requirement("access:Z9:bearer")
def test_a_token_for_another_api_is_refused(asked):
    token = machine_token(asked, "other", "notes:read", "http://127.0.0.1:8000/notes")
    assert asked.ask("/evaluation", READS, **bearer(token)).status_code == 401


def test_a_revoked_token_is_refused(asked):
    token = machine_token(asked, "api-gateway", "pdp")
    asked.post("/revoke", data={"token": token}, auth=("api-gateway", SECRET))
    assert asked.ask("/evaluation", READS, **bearer(token)).status_code == 401


@pytest.mark.requirement("access:Z23:pinned")
def test_a_person_asks_about_themselves_alone(asked):
    me = asked.add_user("carol")
    with asked.records() as session:
        session.add(asked.policy.Person(id=me.id, role="user"))
        session.commit()
    for login in ({}, {"resource": POINT, "scope": "pdp"}):
        token = asked.log_in("carol", **login).json()["access_token"]
        mine = asked.ask("/evaluation", question(me.id, "write", "record-1"), **bearer(token))
        assert mine.json() == {"decision": True}
        refused = asked.ask("/evaluation", question(me.id, "write", "record-2"), **bearer(token))
        assert refused.json() == {
            "decision": False,
            "context": {"reason_user": {"403": "You may not do this."}},
        }
        assert asked.ask("/evaluation", READS, **bearer(token)).status_code == 403
        many = {"evaluations": [question(me.id, "read", "record-1"), READS]}
        assert asked.ask("/evaluations", many, **bearer(token)).status_code == 403
        subjects = {**READS, "subject": {"type": "user"}}
        assert asked.ask("/search/subject", subjects, **bearer(token)).status_code == 403
        actions = {"subject": {"type": "user", "id": me.id}, "resource": READS["resource"]}
        found = asked.ask("/search/action", actions, **bearer(token)).json()["results"]
        assert found == [{"name": "read"}, {"name": "write"}]


@pytest.mark.requirement("access:Z18:discovery", "access:Z20:configured")
def test_the_document_says_where_everything_is(asked):
    answer = asked.get("/.well-known/authzen-configuration", headers={"host": "127.0.0.1:9999"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    said = answer.json()
    assert said.pop("signed_metadata")
    assert said == {
        "policy_decision_point": "http://127.0.0.1:8000",
        "access_evaluation_endpoint": f"{POINT}/evaluation",
        "access_evaluations_endpoint": f"{POINT}/evaluations",
        "search_subject_endpoint": f"{POINT}/search/subject",
        "search_resource_endpoint": f"{POINT}/search/resource",
        "search_action_endpoint": f"{POINT}/search/action",
    }


@pytest.mark.requirement("access:Z19:signed")
def test_the_document_is_signed_with_the_servers_keys(asked):
    said = asked.get("/.well-known/authzen-configuration").json()
    signed = said.pop("signed_metadata")
    keys = jwt.KeySet.from_jwks(asked.get("/jwks.json").text)
    point = said["policy_decision_point"]
    verifier = jwt.Verifier(keys, issuer=point, audience=ANY, typ=PLAIN, clock=asked.clock)
    claims = verifier.verify(signed).claims
    now = asked.clock.now()
    assert (claims["iat"], claims["nbf"], claims["exp"]) == (now, now, now + 86_400)
    assert {name: claims[name] for name in said} == said
    assert "signed_metadata" not in claims
