"""The mailbox of development: what it shows, and to whom it does not exist.

Source: users.md U95; security.md rule 97.
"""

import asyncio

import httpx2
import pytest

from watchword.accounts.mail.addresses import EmailAddress
from watchword.accounts.mail.messages import Mail, MailKind, MailSealer
from watchword.base.chance import SYSTEM
from watchword.keys.sealing import SealingKey
from watchword.server.app import AuthServer
from watchword.server.settings import Settings

LINK = "http://127.0.0.1:8000/reset?link=CANARY"
URL = "http://127.0.0.1:8000"


@pytest.fixture
def visited(tmp_path):
    """Ask a server of these settings for its mailbox, after a mail was queued."""

    def ask(*, peer="127.0.0.1", headers=None, sealer=None, **settings):
        async def run():
            auth = AuthServer(Settings(database=f"sqlite:///{tmp_path / 'store.db'}", **settings))
            await auth.startup()
            try:
                runtime = auth.runtime
                mail = Mail(
                    MailKind.SIGN_UP,
                    EmailAddress("alice@example.com"),
                    None,
                    {"link": LINK, "minutes": "60"},
                )
                now = runtime.clock.now()
                sealed = (sealer or runtime.mail).seal(
                    mail, user_id=None, lifetime_seconds=60, now=now
                )
                await runtime.store.queue_mail(sealed)
                transport = httpx2.ASGITransport(app=auth, client=(peer, 50_000))
                async with httpx2.AsyncClient(transport=transport, base_url=URL) as http:
                    return await http.get("/mailbox", headers=headers or {})
            finally:
                await auth.shutdown()

        return asyncio.run(run())

    return ask


@pytest.mark.requirement("users:95:mailbox-in-development-only")
def test_mail_is_shown_with_its_link(visited):
    answer = visited()
    assert answer.status_code == 200
    assert f'href="{LINK}"' in answer.text
    assert "alice@example.com" in answer.text
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.requirement("users:95:mailbox-in-development-only")
@pytest.mark.parametrize(
    "settings",
    [
        {"url": "https://id.example"},
        {"smtp_host": "127.0.0.1", "smtp_port": 1, "smtp_tls": "none", "mail_from": "a@b.example"},
    ],
    ids=["production", "with a mail server"],
)
def test_mailbox_is_absent_elsewhere(visited, settings):
    answer = visited(**settings)
    assert answer.status_code == 404
    assert "CANARY" not in answer.text


@pytest.mark.requirement("users:95:mailbox-in-development-only")
@pytest.mark.parametrize(
    "request_",
    [
        {"peer": "192.0.2.1"},
        {"headers": {"host": "rebound.example"}, "settings": {"url": URL}},
        {"headers": {"x-forwarded-for": "192.0.2.1"}},
        {"headers": {"forwarded": "for=192.0.2.1"}},
        {"headers": {"via": "1.1 proxy"}},
    ],
    ids=["another machine", "rebound name", "x-forwarded-for", "forwarded", "via"],
)
def test_mailbox_answers_this_machine_alone(visited, request_):
    """A page whose name was made to point here, and a proxy that was left in front."""
    answer = visited(**request_.pop("settings", {}), **request_)
    assert answer.status_code == 404
    assert "CANARY" not in answer.text


def test_mail_of_another_key_is_left_out(visited):
    answer = visited(sealer=MailSealer(SealingKey.generate(SYSTEM), SYSTEM))
    assert answer.status_code == 200
    assert "Nothing has been written yet" in answer.text
