"""A certificate of a client as its proof at the decision point.

Source: RFC 8705 section 2.2; RFC 9440; AuthZEN Authorization API 1.0 section 11.3; access.md Z9.
"""

from base64 import b64encode

import httpx2
import pytest
from tests.server.pdp.conftest import CERTIFICATES, GATEWAY, question

from watchword.oauth.certificates import thumbprint
from watchword.server.pdp import Certificates

READS = question("alice", "read", "record-1")
PEM = "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n"


def field(*ders: bytes) -> list[tuple[str, str]]:
    return [("client-cert", f":{b64encode(der).decode()}:") for der in ders]


def shown(asked, *ders, **options):
    return asked.ask("/evaluation", READS, auth=None, headers=field(*ders), **options)


@pytest.mark.requirement("access:Z9:mtls")
def test_a_certificate_that_a_proxy_hands_on_opens_the_decision_point(asked):
    answer = shown(asked, CERTIFICATES["api-gateway"])
    assert answer.json()["decision"] is True
    people = {**READS, "subject": {"type": "user"}}
    found = asked.ask("/search/subject", people, auth=None, headers=field(b"of the gateway"))
    assert found.status_code == 200


@pytest.mark.requirement("access:Z9:mtls")
@pytest.mark.parametrize("ders", [[], [b"of a stranger"], [b"of the gateway", b"of the gateway"]])
def test_another_certificate_and_two_of_them_are_none(asked, ders):
    answer = shown(asked, *ders)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"]


@pytest.mark.requirement("access:Z23:pdp-scope")
@pytest.mark.parametrize("client", ["other", "gone"])
def test_a_certificate_of_a_client_without_the_scope_opens_nothing(asked, client):
    """One that is not registered, or no longer, has none either."""
    answer = shown(asked, CERTIFICATES[client])
    assert answer.status_code == 403
    assert 'scope="pdp"' in answer.headers["www-authenticate"]


@pytest.mark.requirement("access:Z9:mtls")
def test_the_field_of_whoever_is_no_listed_proxy_is_not_read(asked):
    def ask(peer):
        async def send():
            transport = httpx2.ASGITransport(app=asked.auth, client=(peer, 1))
            async with httpx2.AsyncClient(
                transport=transport, base_url="http://127.0.0.1:8000"
            ) as http:
                return await http.post(
                    "/access/v1/evaluation", json=READS, headers=field(b"of the gateway")
                )

        return asked.run(send())

    assert ask("127.0.0.1").status_code == 200
    for stranger in ("127.0.0.2", "203.0.113.7", "not an address"):
        assert ask(stranger).status_code == 401


@pytest.mark.requirement("access:Z9:mtls")
def test_the_certificate_of_the_connection_itself_counts(asked):
    """ASGI's TLS extension, from a server that ends the connection."""

    def ask(der, **options):
        async def app(scope, receive, send):
            chain = [PEM.format(b64encode(der).decode())]
            await asked.auth(
                {**scope, "extensions": {"tls": {"client_cert_chain": chain}}}, receive, send
            )

        async def post():
            transport = httpx2.ASGITransport(app=app, client=("203.0.113.7", 1))
            async with httpx2.AsyncClient(
                transport=transport, base_url="http://127.0.0.1:8000"
            ) as http:
                return await http.post("/access/v1/evaluation", json=READS, **options)

        return asked.run(post())

    assert ask(b"of the gateway").json()["decision"] is True
    # The connection's own outweighs what somebody writes into the field.
    assert ask(b"of a stranger", headers=field(b"of the gateway")).status_code == 401


@pytest.mark.requirement("access:Z23:pinned")
def test_what_else_is_shown_is_judged_instead_of_the_certificate(asked):
    """A person's token that comes through a gateway is no question of the gateway."""
    headers = [*field(b"of the gateway"), ("authorization", "Bearer not.a.token")]
    assert asked.ask("/evaluation", READS, auth=None, headers=headers).status_code == 401
    both = asked.ask("/evaluation", READS, auth=GATEWAY, headers=field(b"of a stranger"))
    assert both.status_code == 200


def test_a_certificate_is_one_clients_and_named_by_its_hash():
    first = thumbprint(b"a")
    with pytest.raises(ValueError, match="another client"):
        Certificates({"a": [first], "b": [first]})
    with pytest.raises(ValueError, match="SHA-256"):
        Certificates({"a": ["x"]})
    with pytest.raises(ValueError, match="not one text"):
        Certificates({"a": first})
    assert Certificates({"a": [first, thumbprint(b"b"), first]})
