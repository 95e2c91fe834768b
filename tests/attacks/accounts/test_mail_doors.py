"""Sign-up, forgotten password and addresses, by somebody who owns none of them.

Source: security.md rules 29, 36, 37 and 46, C7, C9, C10 and C14; ZITADEL CVE-2025-64101 and
CVE-2025-64102, GHSA-93m4-mfpg-c3xf.
"""

import re

import pytest
from tests.flows.mail_browser import Browser
from tests.server.conftest import PASSWORD, MovedClock, Started

from watchword.accounts.mail.addresses import EmailAddress
from watchword.accounts.mail.limits import MAILS_FROM_NETWORK, MAILS_TO_ADDRESS
from watchword.accounts.throttle import ACCOUNT
from watchword.server.app import AuthServer
from watchword.server.settings import Settings
from watchword.testing.store_conformance.emails import answering, claiming

OWNED, FREE = "alice@example.com", "nobody@example.com"
SECRET = re.compile(r'(?:value="|link=)[A-Za-z0-9_-]{43}')


@pytest.fixture
def site(tmp_path):
    clock = MovedClock()
    settings = Settings(database=f"sqlite:///{tmp_path / 'store.db'}", register=True)
    started = Started(AuthServer(settings, clock=clock), clock)
    started.run(started.auth.startup())
    user = started.add_user("alice")
    store = started.runtime.store
    claim = claiming(user.id, EmailAddress(OWNED), now=clock.now())
    started.run(store.claim_address(claim))
    started.run(store.confirm_address(answering(claim, now=clock.now())))
    clock.seconds += 3_600  # the mail that confirmed her address is past
    yield started
    started.close()


def secret_of(link: str) -> str:
    return link.partition("link=")[2]


def bare(response, address: str) -> tuple:
    """Everything that a stranger sees, without secrets of the browser and the address typed."""
    headers = {k: v for k, v in response.headers.items() if k not in {"set-cookie", "date"}}
    cookies = sorted(c.partition("=")[0] for c in response.headers.get_list("set-cookie"))
    body = SECRET.sub("SECRET", response.text.replace(address, "ADDRESS"))
    length = len(body)
    headers.pop("content-length", None)
    return response.status_code, headers, cookies, body, length


class Recording:
    """A store that notes which verbs are called."""

    def __init__(self, store) -> None:
        self._store = store
        self.calls: list[str] = []

    def __getattr__(self, name: str):
        method = getattr(self._store, name)

        def noted(*args, **named):
            self.calls.append(name)
            return method(*args, **named)

        return noted


@pytest.mark.requirement("security:29:other-doors")
@pytest.mark.parametrize("path", ["/signup", "/forgot"])
def test_answer_is_the_same_whether_an_account_exists(site, path):
    answers = [bare(Browser(site).send(path, {"email": a}), a) for a in (OWNED, FREE)]
    assert answers[0] == answers[1]


@pytest.mark.requirement("security:29:other-doors")
@pytest.mark.parametrize("path", ["/signup", "/forgot"])
def test_work_is_the_same_whether_an_account_exists(site, path, monkeypatch):
    """The same calls of the store, each of which runs the same statements."""
    calls = []
    for address in (OWNED, FREE):
        recording = Recording(site.runtime.store)
        monkeypatch.setattr(type(site.runtime), "store", recording, raising=False)
        Browser(site).send(path, {"email": address})
        monkeypatch.undo()
        calls.append(recording.calls)
    assert calls[0] == calls[1]
    assert calls[0].count("find_recipient") == 1


@pytest.mark.requirement("security:29:other-doors")
def test_refusal_of_a_code_is_the_same_whether_an_account_exists(site):
    answers = []
    for address in (OWNED, FREE):
        browser = Browser(site)
        browser.send("/forgot", {"email": address})
        token = browser.send("/forgot", {"email": address})
        data = {
            "email": address,
            "code": "00000000",
            "form_token": re.search(r'form_token" value="([^"]+)"', token.text)[1],
        }
        answers.append(bare(site.run(browser.http.post("/reset", data=data)), address))
    assert answers[0] == answers[1]
    assert answers[0][0] == 400


@pytest.mark.requirement("security:29:other-doors")
@pytest.mark.requirement("security:36:mails-throttled")
def test_throttle_of_mails_is_the_same_whether_an_account_exists(site):
    answers = []
    for address in (OWNED, FREE):
        browser = Browser(site)
        for _ in range(MAILS_TO_ADDRESS.burst):
            assert browser.send("/forgot", {"email": address}).status_code == 200
        answers.append(bare(browser.send("/forgot", {"email": address}), address))
    assert answers[0] == answers[1]
    assert answers[0][0] == 429
    assert int(answers[0][1]["retry-after"]) > 0


@pytest.mark.requirement("security:36:mails-throttled")
def test_doors_share_one_count_for_an_address(site):
    """Every spelling, and every page that sends."""
    browser = Browser(site)
    spellings = [OWNED, OWNED.upper(), f"  {OWNED} ", "Alice@Example.com"]
    sent = [
        browser.send(path, {"email": spelling}).status_code
        for spelling in spellings
        for path in ("/forgot", "/signup")
    ]
    assert sent.count(200) == MAILS_TO_ADDRESS.burst
    site.clock.seconds += MAILS_TO_ADDRESS.interval_seconds
    assert browser.send("/forgot", {"email": OWNED}).status_code == 200


@pytest.mark.requirement("security:36:mails-throttled")
def test_network_cannot_write_to_the_whole_world(site):
    browser = Browser(site)
    sent = [
        browser.send("/forgot", {"email": f"n{number}@example.com"}).status_code
        for number in range(MAILS_FROM_NETWORK.burst + 5)
    ]
    assert sent.count(200) == MAILS_FROM_NETWORK.burst


@pytest.mark.requirement("security:46:host-from-configuration")
@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-host": "evil.example"},
        {"x-forwarded-host": "evil.example", "x-forwarded-proto": "https"},
        {"forwarded": "host=evil.example;proto=https"},
        {"x-forwarded-server": "evil.example"},
        {"x-original-host": "evil.example"},
        {"x-host": "evil.example"},
        {"x-original-url": "https://evil.example/forgot"},
        {"x-rewrite-url": "https://evil.example/forgot"},
        {"host": "localhost:8000"},
        {"host": "127.0.0.1:8000@evil.example"},
        {"host": "127.0.0.1:8000\tevil.example"},
        {"host": "evil.example"},
        {"referer": "https://evil.example/"},
    ],
    ids=str,
)
def test_link_leads_to_the_configured_host(site, headers):
    browser = Browser(site)
    browser.send("/forgot", {"email": OWNED}, headers=headers)
    for mail in browser.mails():
        assert "evil.example" not in mail
        assert set(re.findall(r"https?://[^/\s\"<]+", mail)) <= {"http://127.0.0.1:8000"}


@pytest.mark.requirement("security:46:looking-spends-nothing")
def test_scanner_of_mails_changes_nothing(site):
    """It opens every link with every method that has no body of a form."""
    browser = Browser(site)
    browser.send("/forgot", {"email": OWNED})
    link = browser.link()
    for method in ("GET", "HEAD", "OPTIONS"):
        site.run(browser.http.request(method, link))
    site.run(browser.http.post("/reset", params={"link": secret_of(link)}))
    values = {"link": secret_of(link), "password": "nine violet kites over the pond"}
    done = browser.send(link, {**values, "repeated": values["password"]})
    assert done.status_code == 303


@pytest.mark.requirement("security:46:bound-to-state")
def test_link_is_good_for_its_purpose_alone(site):
    browser = Browser(site)
    browser.send("/forgot", {"email": OWNED})
    reset = secret_of(browser.link())
    site.clock.seconds += 5
    browser.send("/signup", {"email": FREE})
    signup = secret_of(browser.link())
    links = {"/reset": reset, "/signup": signup}
    for path in ("/reset", "/signup", "/verify", "/setup"):
        for secret in links.values():
            wanted = 200 if links.get(path) == secret else 410
            assert browser.get(f"{path}?link={secret}").status_code == wanted


@pytest.mark.requirement("security:37:mail-code")
@pytest.mark.requirement("security:36:every-typed-code")
def test_codes_cannot_be_tried_out(site):
    """Whoever asks for the mail guesses in the account's lane: a few, then slowly, then none."""
    browser = Browser(site)
    browser.send("/forgot", {"email": OWNED})
    page = browser.get("/forgot")
    token = re.search(r'form_token" value="([^"]+)"', page.text)[1]

    def guess(text: str) -> int:
        data = {"email": OWNED, "code": text, "form_token": token}
        return site.run(browser.http.post("/reset", data=data)).status_code

    statuses = [guess(f"{number:08d}") for number in range(40)]
    assert statuses.count(400) == ACCOUNT.burst
    assert set(statuses[ACCOUNT.burst :]) == {429}
    assert guess(browser.code()) == 429  # and the right one waits as well


@pytest.mark.requirement("security:29:names-cannot-be-tried-out")
def test_link_of_a_sign_up_does_not_tell_of_any_number_of_names(site):
    """One mail of one's own would list the accounts, and cost a hash for each."""
    browser = Browser(site)
    browser.send("/signup", {"email": FREE})
    link = browser.link()
    page = browser.get(link)
    token = re.search(r'form_token" value="([^"]+)"', page.text)[1]

    def ask(name: str):
        values = {"username": name, "password": PASSWORD, "repeated": PASSWORD}
        data = {"form_token": token, "link": secret_of(link), **values}
        return site.run(browser.http.post("/signup", data=data))

    answers = [ask("alice") for _ in range(25)]
    statuses = [answer.status_code for answer in answers]
    assert statuses == [400] * 20 + [429] * 5
    assert int(answers[-1].headers["retry-after"]) <= 60
    assert "Wait a while" in answers[-1].text
    site.clock.seconds += 60
    assert ask("walter").status_code == 303


@pytest.mark.requirement("security:37:mail-code")
def test_code_of_another_account_opens_nothing(site):
    bob = site.add_user("bob")
    claim = claiming(bob.id, EmailAddress("bob@example.com"), now=site.clock.now())
    site.run(site.runtime.store.claim_address(claim))
    site.run(site.runtime.store.confirm_address(answering(claim, now=site.clock.now())))
    browser = Browser(site)
    page = browser.send("/forgot", {"email": OWNED})
    token = re.search(r'form_token" value="([^"]+)"', page.text)[1]
    data = {"email": "bob@example.com", "code": browser.code(), "form_token": token}
    assert site.run(browser.http.post("/reset", data=data)).status_code == 400


def test_claimed_address_neither_signs_in_nor_recovers(site):
    """Somebody claims the victim's address for an account of their own, and waits."""
    mallory = site.add_user("mallory")
    claim = claiming(mallory.id, EmailAddress("victim@example.com"), now=site.clock.now())
    site.run(site.runtime.store.claim_address(claim))
    assert site.log_in("victim@example.com").status_code == 401
    browser = Browser(site)
    browser.send("/signup", {"email": "victim@example.com"})
    link = browser.link()
    values = {"username": "victim", "password": PASSWORD, "repeated": PASSWORD}
    assert browser.send(link, {"link": secret_of(link), **values}).status_code == 303
    confirmed = site.run(site.runtime.store.confirm_address(answering(claim, now=site.clock.now())))
    assert confirmed.outcome.value == "taken"
    assert site.log_in("victim@example.com").status_code == 200


@pytest.mark.parametrize("path", ["/signup", "/forgot", "/reset", "/verify"])
def test_form_of_another_site_sends_nothing(site, path):
    browser = Browser(site)
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        answer = browser.send(path, {"email": OWNED}, headers=headers)
        assert answer.status_code == 403
    assert site.run(browser.http.post(path, data={"email": OWNED})).status_code in {403, 410}
    assert browser.mails() == []


@pytest.mark.parametrize(
    "address",
    [
        "alice@example.com\r\nBcc: evil@example.com",
        "alice@example.com,evil@example.com",
        "alice@example.com evil@example.com",
        "<alice@example.com>",
        "alice@example.com\0@evil.example",
        "al\u0131ce@example.com",
        "alice@example.com>\r\nRCPT TO:<evil@example.com",
    ],
)
@pytest.mark.parametrize("path", ["/signup", "/forgot"])
def test_second_recipient_cannot_be_smuggled_in(site, path, address):
    browser = Browser(site)
    assert browser.send(path, {"email": address}).status_code == 400
    assert browser.mails() == []
