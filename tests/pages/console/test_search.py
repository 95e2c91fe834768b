"""One search for everything that is administered, and for nothing that somebody may not see.

users.md U40; security.md rules 87 and 95; decisions/0284.
"""

import re
from dataclasses import replace
from urllib.parse import quote

import pytest
from tests.pages.account.conftest import Browser, words
from tests.pages.console.test_console import id_of
from tests.pages.console.test_events import DECISION

from watchword.accounts.administration.shares import Share
from watchword.accounts.events import Event, EventKind
from watchword.accounts.mail.addresses import EmailAddress
from watchword.accounts.users import NewUser
from watchword.oauth.clients import Client, Resource
from watchword.server.administration import desk
from watchword.server.pages.console.finders import FOUND_MAX, KINDS, PAGES
from watchword.server.pages.console.frame import AREAS
from watchword.testing.store_conformance.emails import answering, claiming

SHOP = Client("shop-1", "Corner Store", is_first_party=False, is_default=False, scopes=None)
AGENT = replace(SHOP, client_id="https://agent.example/a?b=c&d", name="Agent")


@pytest.fixture
def stored(started):
    """Fill the store with one of everything; return the ids that chance made."""
    store, now = started.runtime.store, started.clock.seconds
    bob = id_of(started, "bob")
    for client in (SHOP, AGENT):
        started.run(store.add_client(client, now=now))
    started.run(store.add_role("reader", "Reads notes", now=now))
    share = Share("note", "7", "editor", "role", "reader")
    started.run(store.add_share(share, expires_at=None, now=now))
    resource = Resource("https://notes.example", (("notes:burn", "Burn notes"),), is_default=False)
    started.run(store.register_resource(resource))
    started.run(store.add_traces((replace(DECISION, at=now),), now=now))
    happened = started.run(store.record_event(Event(EventKind.SIGN_IN_FAILED, now, user_id=bob)))
    nobodys = started.run(store.record_event(Event(EventKind.SIGN_IN_FAILED, now)))
    gone = started.run(store.record_event(Event(EventKind.ACCOUNT_DELETED, now, user_id="user_x")))
    return {"bob": bob, "event": happened, "nobodys": nobodys, "gone": gone}


def found(browser, wanted, **options):
    """Return the titles under each heading of a search."""
    page = browser.get(f"/admin/search?q={quote(wanted)}", **options)
    assert page.status_code == 200
    groups = {}
    for part in page.text.split('<section class="doors"')[1:]:
        heading = re.search(r"<h2[^>]*>([^<]*)</h2>", part)[1]
        groups[heading] = re.findall(r'<h3 class="title">(?:<a [^>]*>)?([^<]*)', part)
    return groups


def led_to(browser, wanted):
    """Open what a search leads to first, and return the words of the page."""
    page = browser.get(f"/admin/search?q={quote(wanted)}").text
    path = re.search(r'<h3 class="title"><a href="([^"]*)"', page)[1].replace("&amp;", "&")
    answer = browser.get(path)
    assert answer.status_code == 200
    return words(answer)


@pytest.mark.requirement("users:U40:search-everywhere")
def test_users_are_found_by_name_address_and_id(started, stored, ada):
    assert found(ada, "BO")["Users"] == ["bob"]
    assert found(ada, "ob").get("Users") is None
    assert found(ada, stored["bob"]) == {"Users": ["bob"]}
    claim = claiming(stored["bob"], EmailAddress("Robert@example.com"))
    started.run(started.runtime.store.claim_address(claim))
    assert found(ada, "Robert@") == {}  # anybody may claim an address
    started.run(started.runtime.store.confirm_address(answering(claim)))
    assert found(ada, "Robert@")["Users"] == ["bob"]
    started.run(started.runtime.store.suspend_user(stored["bob"], now=1))
    page = words(ada.get("/admin/search?q=robert"))
    assert "bob robert@example.com Suspended" in page
    assert "Version of its rights" in led_to(ada, stored["bob"])


@pytest.mark.requirement("users:U40:search-everywhere")
def test_applications_are_found_by_name_and_by_the_beginning_of_their_id(stored, ada):
    for wanted in ("STORE", "shop", "shop-1"):
        assert found(ada, wanted)["Applications"] == ["Corner Store"]
    assert "hop" not in found(ada, "hop-1")
    assert "https://agent.example/a?b=c&amp;d" in led_to(ada, AGENT.client_id)
    assert led_to(ada, AGENT.client_id).startswith("Agent")
    assert stored["bob"]


@pytest.mark.requirement("users:U40:search-everywhere")
def test_roles_rules_resources_and_shares_are_found_by_their_words(stored, ada):
    assert found(ada, "reads notes") == {"Roles": ["reader"]}
    assert "reader" in led_to(ada, "reads notes")
    assert found(ada, "audito")["Roles"] == ["auditor"]  # which the rules alone name
    assert "An auditor may look at everything." in found(ada, "look at everything")["Rules"]
    assert "delete" in found(ada, "delet")["Rules"]
    assert found(ada, "notes:burn") == {"Resources": ["notes:burn"]}
    assert found(ada, "https://notes") == {"Resources": ["https://notes.example"]}
    assert found(ada, "note 7") == {"Shares": ["note 7"]}
    assert found(ada, "note")["Shares"] == ["note 7"]
    assert found(ada, "note 8") == {}
    assert stored


@pytest.mark.requirement("users:U40:search-everywhere")
def test_what_has_an_id_is_found_by_it(started, stored, ada):
    page = words(ada.get("/admin/sessions"))
    sid = re.search(r"sid_\S+", page)[0]
    assert found(ada, sid) == {"Sessions": ["ada"]}
    assert sid in led_to(ada, sid)
    assert found(ada, f"sid_{'x' * 22}") == {}
    assert list(found(ada, "decision_1")) == ["Refused requests"]
    assert "decision_1" in led_to(ada, "decision_1")
    odd = replace(DECISION, id="decision_2", code="odd_code", at=started.clock.seconds)
    started.run(started.runtime.store.add_traces((odd,), now=odd.at))
    assert found(ada, "decision_2") == {"Refused requests": ["odd_code"]}
    for name, whose in (("event", "bob"), ("gone", "user_x"), ("nobodys", "")):
        assert list(found(ada, stored[name])) == ["Events"]
        assert f"{whose} " in words(ada.get(f"/admin/search?q={stored[name]}"))
        assert "just now" in led_to(ada, stored[name])
    assert found(ada, "evt_0") == {}
    (key,) = started.run(started.runtime.store.list_signing_keys())
    assert found(ada, key.kid) == {"Keys": [key.kid]}


@pytest.mark.requirement("users:U40:search-everywhere")
def test_pages_and_settings_are_found_by_their_words_in_the_language_of_the_page(ada):
    assert found(ada, "refused req")["Pages"] == ["Refused requests"]
    assert found(ada, "smtp_h")["Settings"] == ["smtp_host", "mail_from"]  # which speaks of it
    assert found(ada, "until an access token")["Settings"] == ["access_lifetime_seconds"]
    german = {"headers": {"accept-language": "de"}}
    assert "Schlüssel" in [one for group in found(ada, "keys", **german).values() for one in group]
    assert "Keys" in found(ada, "keys")["Pages"]
    assert {area.path for area in AREAS} <= {path for path, _, _ in PAGES}
    for path, _, _ in PAGES:
        assert ada.get(path).status_code == 200


@pytest.mark.requirement("users:U40:search-everywhere")
def test_a_search_is_bounded_and_says_so(started, ada):
    for n in range(FOUND_MAX + 1):
        user = NewUser(f"user_{n}", f"zoe{n:02}", None, frozenset(), n)
        started.run(started.runtime.store.add_user(user))
    page = ada.get("/admin/search?q=zoe")
    assert len(found(ada, "zoe")["Users"]) == FOUND_MAX
    assert "There are more of them" in words(page)
    assert f"at most {FOUND_MAX} are shown" in words(page)
    assert "There are more of them" not in words(ada.get("/admin/search?q=zoe0"))


@pytest.mark.requirement("users:U40:search-everywhere", "security:95:admin-pages")
def test_what_somebody_may_not_see_does_not_appear(started, stored, ada, monkeypatch):
    """Each kind asks the same rules as its own page."""
    (key,) = started.run(started.runtime.store.list_signing_keys())
    examples = {
        "Pages": "tools", "Users": "bob", "Applications": "shop", "Roles": "reader",
        "Rules": "delet", "Resources": "notes:burn", "Shares": "note 7",
        "Sessions": re.search(r"sid_\S+", words(ada.get("/admin/sessions")))[0],
        "Refused requests": "decision_1", "Events": stored["event"], "Keys": key.kid,
        "Settings": "smtp_h",
    }  # fmt: skip
    may = desk.Desk.may
    for kind in KINDS:
        wanted = examples[kind.title]
        assert kind.title in found(ada, wanted)
        with monkeypatch.context() as patch:
            patch.setattr(
                desk.Desk,
                "may",
                lambda me, action, thing, hidden=kind.thing: (
                    thing != hidden and may(me, action, thing)
                ),
            )
            if kind.thing == "audit":  # the search stands beside the overview, and both go
                assert ada.get(f"/admin/search?q={wanted}").status_code == 404
            else:
                assert kind.title not in found(ada, wanted)


@pytest.mark.requirement("users:U40:search-everywhere")
def test_every_admin_page_has_the_search_and_no_other_page(ada):
    for path in ("/admin", "/admin/users", "/admin/settings", "/admin/refusals", "/admin/search"):
        page = ada.get(path).text
        assert page.count('action="/admin/search"') == 1
        assert "/seek.js" in page
    assert "/admin/search" not in ada.get("/account").text
    empty = ada.get("/admin/search")
    assert "Nothing was found" not in words(empty)
    nothing = ada.get("/admin/search?q=%00zzzz%22%3E")
    assert "Nothing was found" in words(nothing)
    assert 'value="zzzz&#34;&gt;"' in nothing.text


def test_a_name_that_nobody_can_have_is_nobody(ada):
    assert found(ada, "two words") == {}
    assert Browser(ada.started).get("/admin/search").status_code == 303
