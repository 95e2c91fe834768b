"""The overview of the admin pages: every number is counted, and what is done is not asked for.

users.md U41.
"""

import re

import pytest
from tests.pages.account.conftest import Browser, words

from watchword.accounts.administration.figures import SIGN_INS_MAX, SignIns
from watchword.accounts.events import Event, EventKind
from watchword.oauth.clients import Client
from watchword.server.pages.console.sign_ins import STRETCHES, week_of

HOUR, DAY = 3_600, 86_400
SHOP = Client("shop", "Shop", is_first_party=False, is_default=False, scopes=None)


def record(started, kind, *, ago=0, **facts):
    event = Event(kind, started.clock.seconds - ago, **facts)
    started.run(started.runtime.store.record_event(event))


@pytest.mark.requirement("users:U41:overview")
def test_the_overview_counts_accounts_sessions_sign_ins_and_refusals(started):
    Browser(started).sign_in("bob")
    ada = Browser(started).sign_in("ada")
    started.post("/token", data={"grant_type": "x"})
    started.run(started.runtime.tracer.flush())
    page = words(ada.get("/admin"))
    for said in (
        "3 Accounts",
        "2 Live sessions",
        "2 Sign-ins of the last 24 hours",
        "1 Requests refused in the last 24 hours",
    ):
        assert said in page


@pytest.mark.requirement("users:U41:overview")
def test_the_overview_shows_a_week_of_sign_ins_and_the_applications_in_use(started):
    started.run(started.runtime.store.add_client(SHOP, now=1))
    for ago in (0, 2 * DAY, 6 * DAY, 7 * DAY):
        record(started, EventKind.SIGN_IN_FAILED, ago=ago)
    for client_id in ("shop", "shop", "gone"):
        record(started, EventKind.FAMILY_OPENED, ago=HOUR, client_id=client_id)
    page = Browser(started).sign_in("ada").get("/admin")
    assert "1 granted 3 refused at most 2 in eight hours" in words(page)
    assert "Shop 2 sign-ins in a week gone 1 sign-in in a week" in words(page)
    assert page.text.count('<rect class="granted"') == 1
    assert page.text.count('<rect class="refused"') == 3


@pytest.mark.requirement("users:U41:overview")
def test_the_overview_says_whose_account_the_latest_events_are_about(started):
    bob = started.run(started.runtime.store.find_user("bob"))
    record(started, EventKind.EMAIL_ADDED, user_id=bob.id, actor="command")
    record(started, EventKind.SIGN_IN_FAILED)
    record(started, EventKind.ACCOUNT_DELETED, user_id="user_gone")
    page = words(Browser(started).sign_in("ada").get("/admin"))
    assert "An e-mail address was added by an administrator bob just now" in page
    assert "A sign-in was refused: the password was wrong an unknown name just now" in page
    assert "The account was deleted user_gone just now" in page


@pytest.mark.requirement("users:U41:overview")
def test_a_first_step_that_is_done_is_asked_for_no_more(started):
    ada = Browser(started).sign_in("ada")
    page = words(ada.get("/admin"))
    assert "First steps" in page
    assert "Add an application" in page
    assert "Have a second administrator" in page
    started.run(started.runtime.store.add_client(SHOP, now=1))
    started.add_user("eve", "admin")
    eve = started.run(started.runtime.store.find_user("eve")).id
    started.run(started.runtime.store.suspend_user(eve, now=1))
    assert "Have a second administrator" in words(ada.get("/admin"))
    started.run(started.runtime.store.restore_user(eve, now=2))
    page = words(ada.get("/admin"))
    assert "Add an application" not in page
    assert "Have a second administrator" not in page


@pytest.mark.requirement("users:U41:first-steps-dismissed")
def test_each_administrator_dismisses_the_first_steps_and_has_them_back(started, ada, auditor, log):
    """No fresh proof is asked for, and nothing stands in the log: it is one's own view alone."""
    started.clock.seconds += HOUR
    assert "Show the first steps again" not in words(ada.get("/admin/tools"))
    done = ada.send("/admin", action="dismiss-steps")
    page = words(ada.get(done.headers["location"]))
    assert "They are hidden. The tools show them again." in page
    assert "First steps" not in page
    assert "First steps" in words(auditor.get("/admin"))
    back = ada.send("/admin", at="/admin/tools", action="recall-steps")
    assert "First steps" in words(ada.get(back.headers["location"]))
    assert "Show the first steps again" not in words(ada.get("/admin/tools"))
    assert ada.send("/admin", action="other").status_code == 404
    assert log() == []


@pytest.mark.requirement("users:U41:first-steps-dismissed")
def test_the_list_of_first_steps_is_nothing_to_others(started):
    bob = Browser(started).sign_in("bob")
    token = re.search(r'name="form_token" value="([^"]*)"', bob.get("/account").text)[1]
    assert bob.post("/admin", form_token=token, action="dismiss-steps").status_code == 404


@pytest.mark.requirement("users:U41:overview")
def test_the_overview_of_a_quiet_server_invents_nothing(started):
    ada = Browser(started).sign_in("ada")
    started.clock.seconds += 8 * DAY
    page = ada.get("/admin")
    assert "Nobody has signed in within a week" in words(page)
    assert "No application was given tokens within a week" in words(page)
    assert "<svg class" not in page.text.partition('id="week"')[2].partition("</section>")[0]


def test_a_week_has_bars_for_what_happened_in_each_stretch():
    last = STRETCHES - 1
    counted = (
        SignIns(0, EventKind.SIGNED_IN, None, 100),
        SignIns(last, EventKind.SIGNED_IN, "web", 1),
        SignIns(last, EventKind.SECOND_FACTOR_FAILED, None, 2),
        SignIns(last, EventKind.FAMILY_OPENED, "web", 3),
    )
    week = week_of(counted, since=0)
    assert (week.granted, week.refused, week.most) == (101, 2, 100)
    assert (week.granted_today, week.refused_today) == (1, 2)
    assert week.apps == (("web", 4),)
    assert week.bars[0].granted_pixels > week.bars[last].granted_pixels > 0
    assert week.bars[1].granted_pixels == 0
    assert not week.is_partial
    assert week_of((SignIns(0, EventKind.SIGNED_IN, None, SIGN_INS_MAX),), since=0).is_partial
