"""An issuer in memory: its documents, its keys, and a clock that is moved by hand."""

import json
import threading
from dataclasses import dataclass

from watchword.jose.jwk.key import Key
from watchword.jose.jwk.keyset import KeySet
from watchword.net.document import Document
from watchword.net.errors import BadAnswer
from watchword.net.fetcher import Fetcher
from watchword.net.jwks import RemoteKeySet

ISSUER = "https://id.example.com/tenant"
OPENID = ISSUER + "/.well-known/openid-configuration"
OAUTH = "https://id.example.com/.well-known/oauth-authorization-server/tenant"
OLD, NEW = Key.generate("ES256", kid="old"), Key.generate("ES256", kid="new")


@dataclass
class Clock:
    time: float = 1_000.0

    def now(self) -> int:
        return int(self.time)

    def monotonic(self) -> float:
        return self.time


class Library(Fetcher):
    """A fetcher that answers from memory, and can be held up."""

    def __init__(self, **documents: object) -> None:
        super().__init__()
        self.documents = documents
        self.asked: list[str] = []
        self.gate = threading.Event()
        self.gate.set()

    def fetch(self, url: str, *, bytes_max: int) -> Document:
        self.asked.append(url)
        self.gate.wait(60)
        found = self.documents.get(url, BadAnswer("the answer has status 404, not 200"))
        if isinstance(found, Exception):
            raise found
        return Document(json.dumps(found).encode()[:bytes_max], "max-age=600")


def published(*keys: Key) -> dict:
    return KeySet([key.public() for key in keys]).publish()


def remote(library: Library, clock: Clock | None = None, **given: object) -> RemoteKeySet:
    return RemoteKeySet(
        "https://id.example.com/jwks",
        algorithms=["ES256"],
        fetcher=library,
        clock=clock or Clock(),
        **given,
    )


def settled(keys: RemoteKeySet) -> None:
    """Wait for the fetch in the background."""
    keys._flight.result(60)
