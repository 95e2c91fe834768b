"""The worker: what waits is sent, tried again, or given up; and nothing is lost.

Source: users.md U95.
"""

import asyncio
import logging
import subprocess
import sys
import threading
from itertools import pairwise
from typing import Any

import pytest
from tests.server.mail.conftest import Collecting, Desk
from tests.server.mail.smtp_peer import smtp_peer

from watchword.accounts.mail.messages import Claim, MailKind, SealedMail
from watchword.base.chance import SYSTEM
from watchword.keys.sealing import SealingKey
from watchword.server.mail.smtp import Delayed, Refused
from watchword.server.mail.worker import LEASE_SECONDS, WAITS, MailWorker, next_attempt
from watchword.stores.errors import StoreBusy


def test_what_waits_is_sent_once(desk: Desk) -> None:
    mail_id = desk.queue()
    assert (desk.deliver(), desk.deliver()) == (1, 0)
    ((to, message),) = desk.transport.taken
    assert to == "alice@example.com"
    assert message["Message-ID"] == f"<{mail_id}@example.com>"
    assert message["Date"].datetime.timestamp() == desk.clock.now()
    assert desk.waiting() == 0


@pytest.mark.requirement("users:95:retry")
def test_delayed_mail_is_tried_again_ever_more_rarely(desk: Desk) -> None:
    desk.queue(lifetime_seconds=100_000)
    attempts = [desk.clock.now()]
    desk.transport.failures = [Delayed("RCPT: 451")] * 9
    desk.deliver()
    while desk.waiting():
        desk.clock.seconds += 1
        if desk.run(desk.store.has_due_mail(now=desk.clock.now())):
            attempts.append(desk.clock.now())
            desk.deliver()
    waits = [later - earlier for earlier, later in pairwise(attempts)]
    assert waits == [*WAITS, WAITS[-1], WAITS[-1]]
    assert len(desk.transport.taken) == 1


def test_wait_after_many_failures_is_the_last_one() -> None:
    assert next_attempt(10_000, now=0) == WAITS[-1]


def test_refused_mail_is_given_up(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    mail_id = desk.queue()
    desk.transport.failures = [Refused("RCPT: 550 5.1.1")]
    desk.deliver()
    assert (desk.waiting(), desk.transport.taken) == (0, [])
    assert f"{mail_id} (sign_up) is given up: RCPT: 550 5.1.1" in caplog.text


def test_mail_is_not_sent_after_its_link_has_died(desk: Desk) -> None:
    desk.queue(lifetime_seconds=60)
    desk.clock.seconds += 60
    assert desk.deliver() == 1
    assert desk.transport.taken == []
    assert desk.deliver() == 0


def test_mail_that_could_only_be_late_is_given_up(desk: Desk) -> None:
    desk.queue(lifetime_seconds=WAITS[0])
    desk.transport.failures = [Delayed("connection: TimeoutError")]
    desk.deliver()
    assert desk.waiting() == 0


def test_mail_of_another_key_is_given_up(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.queue()
    desk.sealer._key = SealingKey.generate(SYSTEM)
    desk.deliver()
    assert "sealed with another key" in caplog.text
    assert desk.waiting() == 0


def test_notice_to_nobody_is_given_up(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """The account lost its address between the change and the mail."""
    now = desk.clock.now()
    desk.run(
        desk.store.queue_mail(
            SealedMail("mail_1", MailKind.FACTOR_ADDED, None, None, now, now + 60)
        )
    )  # type: ignore[arg-type]  # as a notice's row is
    desk.deliver()
    assert "no verified address" in caplog.text


def test_decoy_is_never_sent(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """It was written so that asking takes as long for an address that nobody has."""
    values = dict.fromkeys(MailKind.DECOY.values, "x")
    desk.queue(desk.mail(kind=MailKind.DECOY, values=values))
    assert desk.deliver() == 1
    assert (desk.transport.taken, desk.waiting(), caplog.text) == ([], 0, "")


@pytest.mark.requirement("users:95:no-recipient-in-texts")
def test_log_names_neither_recipient_nor_link(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for failure in (Delayed("RCPT: 451"), Refused("RCPT: 550"), None):
        desk.queue()
        desk.transport.failures = [failure] if failure else []
        desk.deliver()
    assert caplog.text
    assert "alice" not in caplog.text
    assert "CANARY" not in caplog.text


def test_worker_runs_until_it_is_stopped(desk: Desk) -> None:
    desk.queue()
    arrived = asyncio.Event()

    class Telling(Collecting):
        async def send(self, *_message: Any, **_to: str) -> None:
            arrived.set()

    desk.worker.transport = Telling()

    async def session() -> None:
        desk.worker.start()
        await asyncio.wait_for(arrived.wait(), 30)
        await desk.worker.stop()

    desk.run(session())
    assert desk.worker.transport.is_closed
    assert desk.waiting() == 0


@pytest.mark.requirement("users:95:retry")
def test_stop_waits_for_mails_under_way(desk: Desk) -> None:
    """Else each restart would send some of them twice."""
    desk.queue()
    started, go_on = asyncio.Event(), asyncio.Event()

    class Slow(Collecting):
        async def send(self, *_message: Any, **_to: str) -> None:
            started.set()
            await go_on.wait()

    desk.worker.transport = Slow()

    async def session() -> None:
        desk.worker.start()
        await asyncio.wait_for(started.wait(), 30)
        stopping = asyncio.create_task(desk.worker.stop())
        await asyncio.sleep(0)
        go_on.set()
        await stopping

    desk.run(session())
    assert desk.waiting() == 0


def test_store_that_is_away_stops_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("watchword.server.mail.worker.IDLE_SECONDS", 0)
    arrived = asyncio.Event()

    class Shaky:
        def __init__(self) -> None:
            self.looks = 0

        async def has_due_mail(self, **_now: int) -> bool:
            self.looks += 1
            if self.looks == 1:
                raise StoreBusy("busy", fix="wait")
            arrived.set()
            return False

    worker = MailWorker(
        store=Shaky(),  # type: ignore[arg-type]  # as much of it as is asked
        sealer=desk.sealer,
        transport=desk.transport,
        clock=desk.clock,
        issuer="https://id.example",
        host="id.example",
    )

    async def session() -> None:
        worker.start()
        await asyncio.wait_for(arrived.wait(), 30)
        await worker.stop()

    desk.run(session())
    assert "the outbox cannot be read" in caplog.text


SENDING = """
import asyncio, sys
from watchword.base.chance import SYSTEM
from watchword.base.clock import Clock
from watchword.base.secrets import Secret
from watchword.accounts.mail.messages import MailSealer
from watchword.keys.sealing import SealingKey
from watchword.server.mail.smtp import SMTPTransport
from watchword.server.mail.worker import MailWorker
from watchword.stores import open_store

url, key, port, now = sys.argv[1:]

class Still:
    def now(self): return int(now)
    def monotonic(self): return 0.0

async def main():
    store = await open_store(url)
    way = SMTPTransport("127.0.0.1", int(port), "none", "id@example.com", "id.example")
    sealer = MailSealer(SealingKey.from_text(Secret(key)), SYSTEM)
    worker = MailWorker(store=store, sealer=sealer, transport=way, clock=Still(),
                        issuer="https://id.example", host="id.example")
    await worker.deliver_due()

asyncio.run(main())
"""


@pytest.mark.requirement("users:95:nothing-lost")
@pytest.mark.parametrize(
    ("step", "copies"), [("RCPT", 1), ("END", 1), ("QUIT", 2)], ids=["early", "late", "taken"]
)
def test_mail_of_a_killed_process_is_sent_by_another(
    desk: Desk, outbox_url: str, step: str, copies: int
) -> None:
    """Killed before the mail server had it: once. After that, before the record: once more."""
    desk.queue()
    reached = threading.Event()

    class Telling(dict[str, Any]):
        def get(self, name: str, otherwise: Any = None) -> Any:
            if name == step:
                reached.set()
                return None  # and nothing more is said
            return otherwise

    with smtp_peer(answers=Telling()) as peer:
        words = [outbox_url, desk.key.to_text().reveal(), str(peer.port), str(desk.clock.now())]
        sender = subprocess.Popen([sys.executable, "-c", SENDING, *words])
        try:
            assert reached.wait(60)
        finally:
            sender.kill()
            sender.wait()
        first = len(peer.mails)
    assert desk.deliver() == 0
    desk.clock.seconds += LEASE_SECONDS
    assert desk.deliver() == 1
    assert first + len(desk.transport.taken) == copies
    assert desk.waiting() == 0


def test_slow_report_does_not_settle_anothers_claim(desk: Desk) -> None:
    mail_id = desk.queue()
    desk.run(desk.store.claim_mails(most=1, lease_seconds=1, now=desk.clock.now()))
    desk.clock.seconds += 1
    desk.run(desk.store.claim_mails(most=1, lease_seconds=60, now=desk.clock.now()))
    desk.run(desk.store.mail_sent(Claim(mail_id, 1), now=desk.clock.now()))
    assert desk.waiting() == 1
