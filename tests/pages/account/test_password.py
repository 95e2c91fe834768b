import hashlib

import pytest
from tests.pages.account.conftest import Browser, people_in, words
from tests.server.conftest import PASSWORD, Started

from watchword.accounts.events import EventKind
from watchword.accounts.links import LinkPurpose, new_link
from watchword.accounts.password_rules import PasswordReason
from watchword.base.chance import SYSTEM, new_secret
from watchword.base.secrets import digest
from watchword.server.app import AuthServer
from watchword.server.breaches import BreachService
from watchword.server.settings import Settings

NEW = "seven quiet herons at dusk"


def change(browser, password=NEW, repeated=None, **fields):
    repeated = password if repeated is None else repeated
    return browser.send("/account/password", password=password, repeated=repeated, **fields)


@pytest.mark.requirement("security:43:password-change")
def test_a_changed_password_works_and_the_old_one_does_not(started, alice):
    answer = change(alice)
    assert answer.headers["location"] == "/account/password?notice=password-changed"
    assert "Your password is changed." in words(alice.get(answer.headers["location"]))
    assert started.log_in("alice").status_code != 200
    assert started.log_in("alice", password=NEW).status_code == 200
    profile = started.run(
        started.runtime.store.read_profile(started.run(started.runtime.store.find_user("alice")).id)
    )
    assert profile.password_set_at == started.clock.now()


@pytest.mark.requirement("security:43:password-change")
def test_a_change_renews_the_cookie_and_ends_other_sessions_if_wanted(started, alice):
    """security.md rules 38 and 43; OWASP ASVS 5.0 V7.4.3."""
    other, pair = Browser(started).sign_in(), started.log_in("alice").json()
    before = alice.cookie()
    change(alice)
    assert alice.cookie() != before
    assert other.get("/account").status_code == 200
    assert started.me(pair["access_token"]).status_code == 200
    change(alice, "nine loud herons at dawn", end_others="yes")
    assert alice.get("/account").status_code == 200
    assert other.get("/account").status_code == 303
    assert started.me(pair["access_token"]).status_code == 401


@pytest.mark.requirement("users:U47:links-die-with-the-password")
def test_a_link_to_set_the_password_dies_with_the_old_one(started, alice):
    """OWASP ASVS 5.0 V6.4.1."""
    user = started.run(started.runtime.store.find_user("alice"))
    secret = new_secret(SYSTEM)
    purpose = LinkPurpose.SET_PASSWORD
    link = new_link(secret, purpose=purpose, user_id=user.id, now=started.clock.now())
    started.run(started.runtime.store.add_link(link))
    change(alice)
    found = started.run(
        started.runtime.store.find_link(digest(secret), purpose, now=started.clock.now())
    )
    assert found is None


@pytest.mark.requirement("security:43:told")
def test_a_change_is_an_event_and_the_activity_page_tells_it(started, alice):
    change(alice, end_others="yes")
    assert "The password was changed" in words(alice.get("/account/activity"))
    user = started.run(started.runtime.store.find_user("alice"))
    events = started.run(started.runtime.store.list_events(user.id))
    assert events[0].event.kind is EventKind.PASSWORD_CHANGED


@pytest.mark.parametrize(
    ("password", "repeated", "sentence"),
    [
        ("short", "short", "Use at least 15 characters."),
        ("alice alice alice alice", None, "This is"),
        (NEW, "seven quiet herons", "The two are not the same."),
        ("", "", "Enter a password."),
    ],
)
def test_a_password_that_breaks_a_rule_is_told_why(started, alice, password, repeated, sentence):
    answer = change(alice, password, repeated)
    assert answer.status_code == 400
    assert sentence in words(answer)
    assert password not in answer.text or not password or password in PASSWORD
    assert started.log_in("alice").status_code == 200


def test_the_page_offers_a_passphrase_that_is_accepted(alice):
    page = alice.get("/account/password").text
    offered = page.partition('role="group">')[2].partition("<")[0]
    assert len(offered) == 29
    assert change(alice, offered).status_code == 303


@pytest.mark.requirement("users:U37:strength")
def test_a_password_that_more_words_would_help_is_told_so(alice):
    """After it is set: nobody is refused by an estimate."""
    answer = change(alice, "quiet garden 44")
    assert answer.headers["location"] == "/account/password?notice=password-changed-fair"
    assert "a few more words make that hopeless" in words(alice.get(answer.headers["location"]))


@pytest.mark.requirement("security:32:stolen-on-the-pages")
def test_a_stolen_password_is_refused_with_the_reason(tmp_path, clock, monkeypatch):
    """The setting reaches the page: whoever it names is asked before anything changes."""
    stolen = hashlib.sha1(NEW.encode(), usedforsecurity=False).hexdigest().upper()
    asked = []

    async def range_of(service, prefix):
        asked.append(prefix)
        return f"{stolen[5:]}:3\r\n".encode()

    monkeypatch.setattr(BreachService, "range", range_of)
    settings = Settings(
        database=f"sqlite:///{tmp_path}/store.db",
        breached_passwords_url="https://breaches.example/range/",
    )
    with people_in(Started(AuthServer(settings, clock=clock), clock)) as started:
        answer = change(Browser(started).sign_in())
        assert answer.status_code == 400
        assert PasswordReason.BREACHED.text in words(answer)
        assert asked == [stolen[:5]]
        assert started.log_in("alice").status_code == 200
