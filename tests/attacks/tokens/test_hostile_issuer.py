"""An issuer's server that misbehaves loses no key that was good, and brings none that is not.

The server is taken over, broken or merely wrong while its keys are held. PyJWT 2.15.1 empties its
cache on an error (CVE-2026-48524) and follows redirects (GHSA-9v7f-9g4p-ffgj).

Source: tokens.md J-41, J-42, J-44; security.md rule 23.
"""

import gzip
import json
import socket
from dataclasses import dataclass

import pytest
from tests.net.hostile import hostile, says, sends

from watchword import jwt
from watchword.net.fetcher import Fetcher

OLD, NEW = jwt.Key.generate("ES256", kid="old"), jwt.Key.generate("ES256", kid="new")
OK = b"HTTP/1.1 200 OK\r\n"
GOOD = jwt.KeySet([OLD.public()]).publish()
TRAP = {"keys": [NEW.public().to_jwk()]}  # what a fault must not bring in


def document(value: object, **given: str):
    return says(json.dumps(value).encode(), **given)


def members(**changes: object) -> dict[str, object]:
    return NEW.public().to_jwk() | changes


def resets(connection: socket.socket) -> None:
    """Close in a way that the other side sees as an error."""
    linger = b"\1\0\0\0\0\0\0\0"
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


WEAK = {"kty": "RSA", "alg": "RS256", "kid": "weak", "e": "AQAB", "n": "x" * 170 + "w"}
OCT = {"kty": "oct", "k": "A" * 43, "alg": "HS256", "kid": "oct"}
BODY = json.dumps(TRAP).encode()
BEHAVIOURS = {
    "redirects elsewhere": document(TRAP, status="302 Found", headers="Location: https://e.x/\r\n"),
    "redirects to a file": document(TRAP, status="301 Moved", headers="Location: file:///k\r\n"),
    "has moved for good": document(TRAP, status="308 Moved", headers="Location: /other\r\n"),
    "does not know": document(TRAP, status="404 Not Found"),
    "asks to log in": document(TRAP, status="401 Unauthorized"),
    "limits": document(TRAP, status="429 Too Many Requests", headers="Retry-After: 0\r\n"),
    "fails": document(TRAP, status="500 Internal Server Error"),
    "is being mended": document(TRAP, status="503 Service Unavailable"),
    "answers with a part": document(TRAP, status="206 Partial Content"),
    "answers with nothing": says(b""),
    "answers in HTML": says(b"<html>sign in</html>", headers="Content-Type: text/html\r\n"),
    "answers with a list": document([members()]),
    "answers with keys by name": document({"keys": {"new": members()}}),
    "answers with no keys": document({"keys": []}),
    "answers with too many keys": document({"keys": [members(kid=str(n)) for n in range(51)]}),
    "answers with too many bytes": says(BODY + b" " * 70_000),
    "names a member twice": says(b'{"keys":[],' + BODY[1:]),
    "answers in UTF-16": says(BODY.decode().encode("utf-16")),
    "starts with a mark": says(b"\xef\xbb\xbf" + BODY),
    "nests": says(BODY[:-1] + b',"x":' + b"[" * 200 + b"]" * 200 + b"}"),
    "nests without end": says(b"[" * 60_000),
    "compresses": says(gzip.compress(BODY), headers="Content-Encoding: gzip\r\n"),
    "publishes a shared secret": document({"keys": [members(), OCT]}),
    "publishes private keys only": document({"keys": [NEW.to_jwk(private=True)]}),
    "publishes weak keys only": document({"keys": [WEAK]}),
    "publishes keys for encryption": document({"keys": [members(use="enc")]}),
    "publishes another curve": document({"keys": [members(crv="P-384")]}),
    "publishes a point off the curve": document({"keys": [members(y="A" * 43)]}),
    "publishes another algorithm": document({"keys": [members(alg="ES384")]}),
    "publishes none": document({"keys": [members(alg="none")]}),
    "closes": sends(),
    "resets": resets,
    "speaks something else": sends(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "stops in the middle": sends(OK + b"Content-Length: 900\r\n\r\n" + BODY),
    "says two lengths": sends(OK + b"Content-Length: 2\r\nContent-Length: 900\r\n\r\n" + BODY),
    "chunks wrongly": sends(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + BODY),
    "sends a head without end": sends(OK, *[b"X-Filler: " + b"x" * 1_000 + b"\r\n"] * 200),
    "sends a body without end": sends(OK + b"\r\n" + BODY[:-1], *[b" " * 1_000] * 500),
}
DRIPS = {
    "drips its head": sends(*[bytes([byte]) for byte in OK * 10]),
    "drips its body": sends(
        OK + b"Content-Length: %d\r\n\r\n" % len(BODY), *[bytes([b]) for b in BODY]
    ),
}


@dataclass
class Clock:
    time: float = 1_900_000_000.0
    pace: float = 0.0  # what every look costs

    def now(self) -> int:
        return int(self.time)

    def monotonic(self) -> float:
        self.time += self.pace
        return self.time


def verifier(keys: jwt.RemoteKeySet, clock: Clock) -> jwt.Verifier:
    return jwt.Verifier(keys, issuer="i", audience="a", typ="t+jwt", clock=clock)


def token(key: jwt.Key, clock: Clock) -> str:
    signer = jwt.Signer(key, issuer="i", audience="a", lifetime="2d", typ="t+jwt", clock=clock)
    return signer.sign(sub="alice")


@pytest.mark.requirement("tokens:J-42:hostile-server", "security-a:23:hostile-server")
@pytest.mark.parametrize(
    ("behaviour", "pace"),
    [*((each, 0.0) for each in BEHAVIOURS.values()), *((each, 1.0) for each in DRIPS.values())],
    ids=[*BEHAVIOURS, *DRIPS],
)
def test_server_that_misbehaves_loses_no_key_and_brings_none(behaviour, pace):
    clock, transfer = Clock(), Clock(time=0.0)
    with hostile(document(GOOD)) as server:
        fetcher = Fetcher(networks=["127.0.0.0/8"], clock=transfer)
        url = f"http://127.0.0.1:{server.port}/jwks"
        keys = jwt.RemoteKeySet(url, algorithms=["ES256"], fetcher=fetcher, clock=clock)
        policy = verifier(keys, clock)
        assert policy.verify(token(OLD, clock)).claims.sub == "alice"

        server.behaviour, transfer.pace = behaviour, pace
        clock.time += 601
        with pytest.raises(jwt.KeysUnavailable):  # nobody can say that it does not exist
            policy.verify(token(NEW, clock))
        assert keys.status.failures == 1
        assert policy.verify(token(OLD, clock)).claims.sub == "alice"

        server.behaviour, transfer.pace = document(GOOD), 0.0
        clock.time += 31
        with pytest.raises(jwt.UnknownKey):
            policy.verify(token(NEW, clock))
        assert keys.status.failures == 0
        assert policy.verify(token(OLD, clock)).claims.sub == "alice"


@pytest.mark.requirement("tokens:J-42:one-bad-key")
@pytest.mark.parametrize(
    "bad",
    [
        WEAK,
        members(y="A" * 43),
        members(use="enc"),
        members(alg="none"),
        members(kid=7),
        members(kid="old"),
        members(kty="XX"),
        NEW.to_jwk(private=True),
        {},
        "text",
        None,
    ],
    ids=lambda bad: json.dumps(bad)[:24],
)
def test_one_bad_key_is_dropped_and_the_set_is_used(bad):
    clock = Clock()
    with hostile(document({"keys": [*GOOD["keys"], bad]})) as server:
        url = f"http://127.0.0.1:{server.port}/jwks"
        keys = jwt.RemoteKeySet(url, algorithms=["ES256"], clock=clock)
        assert verifier(keys, clock).verify(token(OLD, clock)).claims.sub == "alice"
        with pytest.raises(jwt.UnknownKey):
            verifier(keys, clock).verify(token(NEW, clock))
        assert len(keys.status.dropped) == 1
