"""Several rows changed at once on the admin pages: named first, then each written down by itself.

users.md U40 and U43; security.md rules 43, 96 and 100; decisions/0286.
"""

import pytest
from tests.pages.account.conftest import Browser, words
from tests.pages.console.test_sessions import session_of

from watchword.accounts.users import StatusOutcome
from watchword.oauth.registration.administration import ClientChange
from watchword.server.pages.console import several
from watchword.stores import Store
from watchword.stores.errors import StoreUnavailable

USERS, APPS, SESSIONS = (f"/admin/{one}/several" for one in ("users", "apps", "sessions"))
WHY = "ticket 7"


def id_of(started, name):
    return started.run(started.runtime.store.find_user(name)).id


def is_active(started, name):
    return started.run(started.runtime.store.find_user(name)).is_active


def asking(path, act, *ids, role=""):
    """Return the address that the bar below a list leads to."""
    rows = "".join(f"&row={one}" for one in ids)
    return f"{path}?act={act}{rows}" + (f"&role={role}" if role else "")


@pytest.fixture
def people(started):
    """Return the ids of ada, alice, bob and otto, in this order."""
    started.add_user("otto", "admin")
    return [id_of(started, name) for name in ("ada", "alice", "bob", "otto")]


@pytest.mark.requirement("users:U40:several-at-once")
def test_a_list_has_a_box_for_each_row_and_a_bar_for_those_who_may_change(ada, auditor):
    for path in ("/admin/users", "/admin/apps", "/admin/sessions"):
        shown, seen = ada.get(path).text, auditor.get(path).text
        assert 'type="checkbox"' in shown
        assert f'action="{path}/several"' in shown
        assert 'type="checkbox"' not in seen
        assert "several" not in seen


@pytest.mark.requirement("users:U40:several-at-once", "security:100:administration")
def test_accounts_are_suspended_together_and_each_has_its_entry(started, ada, people, log):
    started.run(started.runtime.store.suspend_user(people[2], now=1))
    at = asking(USERS, "suspend", *people, "user_nobody")
    page = words(ada.get(at))
    assert "Every session ends at once" in page
    assert "2 are changed alice" in page
    left = page.partition("3 are left as they are")[2]
    assert "ada It is your own account." in left
    assert "bob It is so already." in left
    assert "user_nobody It is not there any more." in left
    before = log()
    assert is_active(started, "alice")
    told = ada.send(USERS, at=at, reason=WHY)
    assert told.status_code == 200
    assert "2 are done alice" in words(told)
    for user_id, name in zip(people, ("ada", "alice", "bob", "otto"), strict=True):
        assert f'<a href="/admin/users/{user_id}">{name}</a>' in told.text
    assert 'href="/admin/users/user_nobody"' not in told.text
    assert "3 are left as they are" in words(told)
    assert log() == [("user_suspended", WHY)] * 2 + before
    assert [is_active(started, name) for name in ("ada", "alice", "otto")] == [True, False, False]
    again = ada.get(asking(USERS, "suspend", people[1]))
    assert "There was nothing to change." in words(again)
    assert '<form method="post" action="/admin/users/several"' not in again.text


@pytest.mark.requirement("users:U40:several-at-once")
def test_accounts_are_resumed_and_signed_out_together(started, ada, people, log):
    for one in people[1:3]:
        started.run(started.runtime.store.suspend_user(one, now=1))
    at = asking(USERS, "resume", *people)
    assert "2 are done alice" in words(ada.send(USERS, at=at, reason=WHY))
    bob = Browser(started).sign_in("bob")
    at = asking(USERS, "end-sessions", *people)
    told = words(ada.send(USERS, at=at, reason=WHY))
    assert "1 is done bob" in told
    assert "alice It is so already." in told
    assert bob.get("/account").status_code == 303
    assert log()[:3] == [("sessions_ended", WHY), ("user_resumed", WHY), ("user_resumed", WHY)]


@pytest.mark.requirement("users:U40:several-at-once", "access:P8:admin-pages")
def test_a_role_is_given_to_several_and_taken_from_them(started, ada, people, log):
    asked = ada.get(asking(USERS, "give", *people))
    assert "Go on" in words(asked)
    assert asked.text.count('name="row"') == len(people)
    assert "A role is written" in words(ada.get(asking(USERS, "give", *people, role="No!")))
    at = asking(USERS, "give", *people, role="editor")
    page = words(ada.get(at))
    assert "2 are changed" in page
    assert "alice It is so already." in page
    assert "2 are done" in words(ada.send(USERS, at=at, reason=WHY))
    for name in ("bob", "otto"):
        assert "editor" in started.run(started.runtime.store.find_user(name)).roles
    at = asking(USERS, "take", *people, role="editor")
    assert "3 are done" in words(ada.send(USERS, at=at, reason=WHY))
    assert log() == [("role_taken", WHY)] * 3 + [("role_given", WHY)] * 2


@pytest.mark.requirement("users:U40:several-at-once")
def test_applications_are_switched_off_and_on_together(started, ada, log):
    (client_id,) = (
        one.client.client_id for one in started.run(started.runtime.store.page_clients())
    )
    for act, done in (("off", "client_switched_off"), ("on", "client_switched_on")):
        at = asking(APPS, act, client_id, "nobody")
        answer = ada.send(APPS, at=at, reason=WHY)
        assert f'<a href="/admin/apps?id={client_id}">' in answer.text
        told = words(answer)
        assert "1 is done" in told
        assert "nobody It is not there any more." in told
        assert log()[0] == (done, WHY)
        assert "It is so already." in words(ada.get(at))


@pytest.mark.requirement("users:U40:several-at-once", "security:45:any-session")
def test_sessions_are_ended_together_but_for_the_one_in_use(started, ada, log):
    bob, alice = Browser(started).sign_in("bob"), Browser(started).sign_in("alice")
    ids = [session_of(started, name) for name in ("ada", "bob", "alice")]
    at = asking(SESSIONS, "end", *ids)
    assert "ada It is the session that you are using." in words(ada.get(at))
    told = ada.send(SESSIONS, at=at, reason=WHY)
    assert "2 are done" in words(told)
    assert f'<a href="/admin/users/{id_of(started, "bob")}">bob</a>' in told.text
    assert {bob.get("/account").status_code, alice.get("/account").status_code} == {303}
    assert ada.get("/account").status_code == 200
    assert log() == [("session_ended", WHY)] * 2
    gone = words(ada.get(at))
    assert f"{ids[1]} It is not there any more." in gone


@pytest.mark.requirement("users:U40:several-at-once")
def test_what_is_chosen_has_to_be_something_and_not_too_much(ada, auditor, people, monkeypatch):
    assert "Nothing is ticked" in words(ada.get(f"{USERS}?act=suspend"))
    for bad in (asking(USERS, "nothing", *people), USERS + "?row=x"):
        assert ada.get(bad).status_code == 404
    assert auditor.get(asking(USERS, "suspend", *people)).status_code == 404
    monkeypatch.setattr(several, "ROWS_MAX", 3)
    much = ada.get(asking(USERS, "suspend", *people))
    assert much.status_code == 400
    assert "That is too much at once." in words(much)


@pytest.mark.requirement("users:U40:several-at-once", "users:U43:reason-and-name")
def test_without_a_reason_nothing_is_changed(started, ada, people, log):
    at = asking(USERS, "suspend", people[1])
    asked = ada.send(USERS, at=at)
    assert asked.status_code == 400
    assert "Say why" in words(asked)
    assert is_active(started, "alice")
    assert log() == []


@pytest.mark.requirement("users:U40:several-at-once", "security:95:admin-pages")
def test_a_form_of_a_person_who_may_only_look_changes_nothing(started, ada, auditor, people):
    shown = ada.get(asking(USERS, "suspend", people[1]))
    assert shown.status_code == 200
    fields = {"act": "suspend", "rows": people[1], "reason": WHY}
    auditor.get("/account")
    token = auditor.get("/account/profile").text.partition('name="form_token" value="')[2]
    sent = auditor.post(USERS, form_token=token.partition('"')[0], **fields)
    assert sent.status_code == 403
    assert is_active(started, "alice")


@pytest.mark.requirement("users:U40:several-at-once")
@pytest.mark.parametrize(
    "fields",
    [{"act": "nothing"}, {"rows": "\r\n"}, {"act": "give", "role": "No!"}],
    ids=["no act", "no rows", "no role"],
)
def test_a_form_that_no_page_has_shown_is_not_found(started, ada, people, fields):
    at = asking(USERS, "suspend", people[1])
    assert ada.send(USERS, at=at, reason=WHY, **fields).status_code == 404
    assert is_active(started, "alice")


@pytest.mark.requirement("users:U40:several-at-once")
def test_what_cannot_be_done_is_told_and_keeps_no_other_row_from_it(
    started, ada, people, monkeypatch
):
    """One is the last administrator by then, one is deleted, and one is suspended already."""
    suspend = Store.suspend_user
    fates = {
        people[1]: StatusOutcome.LAST_ADMINISTRATOR,
        people[2]: StatusOutcome.UNKNOWN_USER,
        people[3]: StatusOutcome.UNCHANGED,
    }

    async def meanwhile(self, user_id, **options):
        return fates.get(user_id) or await suspend(self, user_id, **options)

    started.add_user("carl")
    at = asking(USERS, "suspend", *people[1:], id_of(started, "carl"))
    monkeypatch.setattr(Store, "suspend_user", meanwhile)
    told = words(ada.send(USERS, at=at, reason=WHY))
    assert "1 is done carl" in told
    assert "alice Nobody could administer the server any more." in told
    assert "bob It is not there any more." in told
    assert "otto It is so already." in told


@pytest.mark.requirement("users:U40:several-at-once")
def test_a_store_that_fails_is_told_and_nothing_more_is_tried(started, ada, people, monkeypatch):
    suspend = Store.suspend_user

    async def failing(self, user_id, **options):
        if user_id == people[2]:
            raise StoreUnavailable("the disk is full", fix="free some of it")
        return await suspend(self, user_id, **options)

    monkeypatch.setattr(Store, "suspend_user", failing)
    at = asking(USERS, "suspend", *people[1:])
    told = words(ada.send(USERS, at=at, reason=WHY))
    assert "1 is done alice" in told
    assert "bob The store did not answer." in told
    assert "otto It was not tried." in told
    assert is_active(started, "otto")


@pytest.mark.requirement("users:U40:several-at-once")
def test_an_application_that_goes_meanwhile_is_told(started, ada, monkeypatch):
    client_id = started.run(started.runtime.store.page_clients())[0].client.client_id

    async def gone(*_, **__):
        return ClientChange.UNKNOWN

    at = asking(APPS, "off", client_id)
    monkeypatch.setattr(Store, "disable_client", gone)
    told = ada.send(APPS, at=at, reason=WHY)
    assert "It is not there any more." in words(told)
    assert f'href="/admin/apps?id={client_id}"' not in told.text
