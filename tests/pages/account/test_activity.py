import re

import pytest
from tests.pages.account.conftest import words

from watchword.accounts.events import SENTENCES, Event, EventKind, EventOutcome
from watchword.accounts.origin import Origin


def happened(started, name, *events):
    user = started.run(started.runtime.store.find_user(name))
    for kind, seconds, more in events:
        event = Event(kind, started.clock.now() - seconds, user_id=user.id, **more)
        started.run(started.runtime.store.record_event(event))
    return user


def older(page):
    return re.search(r'href="(/account/activity\?before=[^"]+)"', page.text)


@pytest.mark.requirement("users:U39:activity")
def test_what_happened_is_told_in_sentences_by_day(started, alice):
    curl = Origin("192.0.2.7", "curl/8.9")
    happened(
        started,
        "alice",
        (EventKind.SIGNED_IN, 60, {"origin": curl}),
        (EventKind.ROLE_ASSIGNED, 26 * 3_600, {"actor": "user_x"}),
        (EventKind.PASSWORD_CHANGED, 400_000, {"outcome": EventOutcome.REFUSED}),
    )
    page = words(alice.get("/account/activity"))
    assert "Today" in page
    assert "Yesterday" in page
    assert "1 minute ago A program: curl 192.0.2.7" in page
    assert f"{SENTENCES[EventKind.ROLE_ASSIGNED]} by an administrator" in page
    assert "5 days ago" in page


@pytest.mark.requirement("users:U39:activity-pages")
def test_older_pages_go_on_where_the_page_before_ended(started, alice):
    kinds = [(EventKind.PROFILE_CHANGED, seconds, {}) for seconds in range(70)]
    happened(started, "alice", *kinds)
    seen, page = 0, alice.get("/account/activity")
    while (more := older(page)) is not None:
        seen += page.text.count("The profile was changed")
        page = alice.get(more[1])
    assert seen + page.text.count("The profile was changed") == 70
    assert "Newest" in words(page)


@pytest.mark.requirement("users:U39:activity-pages")
def test_the_place_in_an_address_is_of_one_person_and_cannot_be_made_up(started, alice, bob):
    for name in ("alice", "bob"):
        happened(started, name, *[(EventKind.PROFILE_CHANGED, n, {}) for n in range(40)])
    address = older(alice.get("/account/activity"))[1]
    assert "Newest" in words(alice.get(address))
    for wrong in (address[:-2], address + "A", "/account/activity?before=~", "/account/activity"):
        assert "Newest" not in words(alice.get(wrong))
    assert "Newest" not in words(bob.get(address))


def test_every_kind_has_a_sentence_and_an_icon(started, alice):
    happened(started, "alice", *[(kind, 5, {}) for kind in EventKind])
    page = alice.get("/account/activity")
    text = words(page)
    while (more := older(page)) is not None:
        page = alice.get(more[1])
        text += words(page)
    for kind in EventKind:
        assert SENTENCES[kind] in text


def test_the_application_that_acted_is_named(started, alice):
    started.log_in("alice")
    user = started.run(started.runtime.store.find_user("alice"))
    client = started.run(started.runtime.store.default_client())
    event = Event(
        EventKind.FAMILY_OPENED,
        started.clock.now(),
        user_id=user.id,
        client_id=client.client_id,
    )
    started.run(started.runtime.store.record_event(event))
    text = words(alice.get("/account/activity"))
    assert f"{SENTENCES[EventKind.FAMILY_OPENED]} just now {client.name}" in text


def test_nobody_reads_what_happened_to_another(started, alice, bob):
    happened(started, "bob", (EventKind.TOTP_ADDED, 5, {}))
    assert SENTENCES[EventKind.TOTP_ADDED] not in words(alice.get("/account/activity"))
    assert SENTENCES[EventKind.TOTP_ADDED] in words(bob.get("/account/activity"))
