"""Two answers to one request at the same moment: a double click, or two tabs.

Source: oauth.md S-3 and S-9; security.md rule 60.
"""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import httpx2
import pytest
from tests.flows.authorization import (
    NATIVE,
    Browser,
    Pkce,
    answered,
    forms_of,
    request_of,
)
from tests.flows.conftest import PASSWORDS, RunningServer, running_in

from watchword.stores import migrate

ROUNDS = 3
AT_ONCE = 8


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def provider(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningServer]:
    said = {}
    if request.param == "postgresql":
        said["database"] = request.getfixturevalue("postgres_url")
        said["key_file"] = f"{tmp_path}/watchword.key"
        asyncio.run(migrate(said["database"]))
    with running_in(tmp_path, **said) as made:
        made.store("register_client", NATIVE)
        yield made


def press(browser: Browser, page: httpx2.Response) -> list[httpx2.Response]:
    """Press both buttons of a page of consent, several times, at the same moment."""
    form = [form for form in forms_of(page) if "/interaction/" in form.action][-1]
    barrier = Barrier(AT_ONCE)
    cookies = dict(browser.http.cookies)

    def decide(number: int) -> httpx2.Response:
        decision = "allow" if number % 2 else "deny"
        with httpx2.Client(base_url=browser.url, timeout=30, cookies=cookies) as http:
            barrier.wait()
            return http.post(form.action, data={**form.values, "decision": decision})

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(decide, range(AT_ONCE)))


@pytest.mark.requirement("oauth:S-9:one-answer")
def test_of_answers_at_once_one_counts(provider):
    with closing(Browser(provider.url)) as browser:
        browser.sign_in(browser.http.get("/signin"), "alice", PASSWORDS["alice"])
        for _ in range(ROUNDS):
            pkce = Pkce()
            answers = press(browser, browser.authorize(request_of(NATIVE, pkce)))
            won = [each for each in answers if each.status_code == 303]
            assert len(won) == 1
            assert {each.status_code for each in answers if each is not won[0]} == {400}
            said = answered(won[0])
            assert ("code" in said) != (said.get("error") == "access_denied")
