"""An outbox on a real store, and a worker between it and whatever takes mails."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from watchword.accounts.mail.addresses import EmailAddress
from watchword.accounts.mail.messages import Mail, MailKind, MailSealer
from watchword.base.chance import SYSTEM
from watchword.keys.sealing import SealingKey
from watchword.server.mail.worker import MailWorker
from watchword.stores import Store, migrate, open_store

NOW = 1_800_000_000
LINK = "https://id.example/signup?link=CANARY"


class Clock:
    def __init__(self) -> None:
        self.seconds = NOW

    def now(self) -> int:
        return self.seconds

    def monotonic(self) -> float:
        return float(self.seconds)


@dataclass
class Collecting:
    """Takes mails, or fails as it is told."""

    sender: str = "id@example.com"
    failures: list[Exception] = field(default_factory=list)
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    is_closed: bool = False

    async def send(self, message: EmailMessage, *, to: str) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.taken.append((to, message))

    def close(self) -> None:
        self.is_closed = True


class Desk:
    """Everything between a mail and its arrival."""

    def __init__(self, store: Store, run: Any) -> None:
        self.store = store
        self.run = run
        self.clock = Clock()
        self.key = SealingKey.generate(SYSTEM)
        self.sealer = MailSealer(self.key, SYSTEM)
        self.transport = Collecting()
        self.worker = MailWorker(
            store=store,
            sealer=self.sealer,
            transport=self.transport,
            clock=self.clock,
            issuer="https://id.example",
            host="id.example",
        )

    def mail(self, **changes: Any) -> Mail:
        parts = {
            "kind": MailKind.SIGN_UP,
            "to": EmailAddress("alice@example.com"),
            "locale": None,
            "values": {"link": LINK, "minutes": "60"},
        }
        return Mail(**{**parts, **changes})

    def queue(self, mail: Mail | None = None, *, lifetime_seconds: int = 3_600) -> str:
        sealed = self.sealer.seal(
            mail or self.mail(),
            user_id=None,
            lifetime_seconds=lifetime_seconds,
            now=self.clock.now(),
        )
        self.run(self.store.queue_mail(sealed))
        return sealed.id

    def deliver(self) -> int:
        taken: int = self.run(self.worker.deliver_due())
        return taken

    def waiting(self) -> int:
        return len(self.run(self.store.list_mails(most=100, now=self.clock.now())))


@pytest.fixture
def outbox_url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    asyncio.run(migrate(url))
    return url


@pytest.fixture
def desk(outbox_url: str) -> Iterator[Desk]:
    with asyncio.Runner() as runner:
        store = runner.run(open_store(outbox_url))
        yield Desk(store, runner.run)
        runner.run(store.close())
