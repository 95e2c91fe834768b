"""An issuer in memory, for the client of the door."""

import json

from tests.jose.pyjwt.peers import handle

import watchword.pyjwt as door
from watchword import jwt
from watchword.net.document import Document

URI = "https://id.example.com/jwks"


class Library:
    """A fetcher that answers from memory."""

    def __init__(self, body: object) -> None:
        self.body = body
        self.asked = 0
        self.given = ""

    def fetch(self, url: str, *, bytes_max: int) -> Document:  # noqa: ARG002 - from memory
        self.asked += 1
        if isinstance(self.body, Exception):
            raise self.body
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        return Document(body, self.given)


PAIRS = {kid: jwt.Key.generate(alg, kid=kid) for kid, alg in (("e", "ES384"), ("f", "Ed25519"))}
PAIRS["r"] = jwt.Key.from_handle(handle("RSA"), alg="RS256", kid="r")


def document(*kids: str, named: bool = True) -> dict[str, object]:
    """Return a JWKS; unnamed, its keys say nothing of their algorithm, as Azure's."""
    keys = [PAIRS[kid].to_jwk() for kid in kids]
    return {"keys": keys if named else [without_alg(key) for key in keys]}


def without_alg(jwk: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in jwk.items() if name != "alg"}


def client(body: object, **more: object) -> tuple[door.PyJWKClient, Library]:
    library = Library(body)
    return door.PyJWKClient(URI, fetcher=library, **more), library


def token(kid: str) -> str:
    return door.encode({"sub": "alice"}, PAIRS[kid], headers={"kid": kid})
