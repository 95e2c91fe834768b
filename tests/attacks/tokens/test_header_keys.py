"""Keys and addresses of keys that come in the token's own header.

Source: RFC 8725 section 3.10; Authlib CVE-2026-27962; tokens.md J-19; security.md rule 5.
"""

import json
import socket
import threading

import pytest
from tests.jose import forge
from tests.jose.keys import key, verifier

from watchword import jwt


@pytest.fixture
def listener():
    """Count the connections to a loopback port until the test is over."""
    server = socket.create_server(("127.0.0.1", 0))
    connections = []

    def accept():
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            connections.append(connection)
            connection.close()

    thread = threading.Thread(target=accept)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}/keys", connections
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


def forged(alg: str, **members: object) -> str:
    """Sign with the attacker's own key, and say so in the header."""
    own = jwt.Key.generate(alg, kid=f"kid-{alg}")
    header = forge.header(alg, jwk=own.to_jwk(), **members)
    header_b64u = forge.encode(json.dumps(header)).encode()
    payload_b64u = forge.encode(forge.dump(forge.claims())).encode()
    signature = own.stamper(header_b64u)(payload_b64u)
    return b".".join((header_b64u, payload_b64u, signature)).decode()


@pytest.mark.requirement(
    "rfc8725:3.10:header-keys-not-trusted", "tokens:J-19:header-keys", "security-a:5:header-keys"
)
@pytest.mark.parametrize("alg", ["RS256", "ES256", "Ed25519"])
@pytest.mark.parametrize("with_kid", [True, False])
def test_an_embedded_key_is_not_used(alg, with_kid):
    members = {} if with_kid else {"kid": None}
    with pytest.raises(jwt.SignatureInvalid):
        verifier(alg).verify(forged(alg, **members))


@pytest.mark.requirement(
    "rfc8725:3.10:header-keys-not-trusted", "tokens:J-19:header-keys", "security-a:5:header-keys"
)
def test_no_address_in_a_header_is_visited(listener):
    """T: a loopback listener sees no connection, for forged and for genuine tokens."""
    url, connections = listener
    addresses = {"jku": url, "x5u": url, "x5c": [url], "x5t": url, "iss": url, "kid": None}
    genuine = forge.token(forge.header("ES256", **addresses), alg="ES256")
    with pytest.raises(jwt.SignatureInvalid):
        verifier("ES256").verify(forged("ES256", **addresses))
    assert verifier("ES256").verify(genuine)
    for text in (forged("ES256", **addresses), genuine):
        jwt.explain(text, key("ES256"), now=0)
        jwt.peek(text)
    assert not connections


@pytest.mark.parametrize("value", [None, 1, "x", [], {"kty": "oct", "k": "AA"}, {"d": "x"}])
def test_whatever_stands_there_changes_nothing(value):
    names = ("jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256", "epk", "zip")
    text = forge.token(forge.dump(forge.header() | dict.fromkeys(names, value)))
    assert verifier().verify(text).claims.sub == "alice"
