"""Undo on the admin pages: offered after a change, written down, refused once things moved on.

users.md U40; security.md rules 43, 95 and 100; decisions/0287.
"""

import pytest
from tests.pages.account.conftest import words

from watchword.accounts.administration.shares import Share
from watchword.accounts.administration.undoing import UNDO_SECONDS
from watchword.accounts.users import StatusOutcome
from watchword.server.pages.console.offer import OFFER_SECONDS
from watchword.stores import Store

pytestmark = pytest.mark.requirement("users:U40:undo")

WHY = "ticket 7"
ACCESS, APPS, LOG = "/admin/access", "/admin/apps", "/admin/log"
SHARE = {
    "resource_type": "note",
    "resource_id": "7",
    "relation": "editor",
    "holder_kind": "role",
    "holder": "editor",
}


@pytest.fixture
def bob(started):
    return started.run(started.runtime.store.find_user("bob"))


def undo_path(answer):
    """Return where the page after a change undoes it; the page has a button for that."""
    where = answer.headers["location"]
    return f"{LOG}/{where.partition('undo=')[2]}/undo" if "undo=" in where else None


def undone(ada, answer):
    """Press the button that the page after a change has."""
    path = undo_path(answer)
    shown = answer.headers["location"]
    assert f'action="{path}"' in ada.get(shown).text
    return ada.send(path, at=shown)


def press(ada, path):
    """Send the form of the button, which the page may have had before."""
    token = ada.get("/account/profile").text.partition('name="form_token" value="')[2]
    return ada.post(path, form_token=token.partition('"')[0])


def test_a_suspension_is_undone_by_the_button_beside_the_notice(started, ada, bob, log):
    at = f"/admin/users/{bob.id}"
    done = ada.send(f"{at}/suspend", reason=WHY)
    answer = undone(ada, done)
    assert answer.headers["location"] == f"{at}?notice=admin-undone"
    assert "It is undone" in words(ada.get(answer.headers["location"]))
    assert started.run(started.runtime.store.read_user(bob.id)).is_active
    assert log() == [("user_resumed", "undo of 1"), ("user_suspended", WHY)]
    done = ada.send(f"{at}/suspend", reason=WHY)
    resumed = ada.send(f"{at}/resume", reason=WHY)
    undone(ada, resumed)
    assert log()[0] == ("user_suspended", "undo of 4")


def test_a_role_is_taken_again_and_given_again(started, ada, bob, log):
    at = f"/admin/users/{bob.id}"
    undone(ada, ada.send(at, role="editor", reason=WHY))
    assert started.run(started.runtime.store.read_user(bob.id)).roles == frozenset()
    ada.send(at, role="editor", reason=WHY)
    taken = ada.send(f"{at}/take", at=f"{at}/take?role=editor", reason=WHY)
    undone(ada, taken)
    assert started.run(started.runtime.store.read_user(bob.id)).roles == {"editor"}
    assert log()[0] == ("role_given", "undo of 4")


@pytest.mark.parametrize("ends", [None, 9_999_999_999])
def test_a_share_and_an_inheritance_are_turned_back(started, ada, log, ends):
    store = started.runtime.store
    inherit = {"action": "inherit", "role": "editor", "included": "admin", "reason": WHY}
    answer = undone(ada, ada.send(ACCESS, **inherit))
    assert answer.headers["location"] == f"{ACCESS}?notice=admin-undone"
    ada.send(ACCESS, **inherit)
    undone(ada, ada.send(ACCESS, **{**inherit, "action": "end-inheritance"}))
    actions = ["role_inherits", "role_inherits_no_more"]
    assert [action for action, _ in log()] == [*actions, *actions, actions[0]]
    undone(ada, ada.send(ACCESS, action="share", reason=WHY, **SHARE))
    assert started.run(store.list_shares()) == ()
    started.run(store.add_share(Share(*SHARE.values()), expires_at=ends, now=1))
    undone(ada, ada.send(ACCESS, action="unshare", reason=WHY, **SHARE))
    (share,) = started.run(store.list_shares())
    assert share.expires_at == ends
    if ends is not None:
        assert "2286-11-20T17:46:39Z" in words(ada.get(LOG))


def test_an_application_is_switched_back(started, ada, log):
    client_id = started.run(started.runtime.store.page_clients())[0].client.client_id
    for act in ("off", "on"):
        undone(ada, ada.send(APPS, client_id=client_id, action=act, reason=WHY))
        if act == "off":
            ada.send(APPS, client_id=client_id, action=act, reason=WHY)
    words_of = [action.removeprefix("client_switched_") for action, _ in log()]
    assert words_of == ["off", "on", "off", "on", "off"]


def test_what_changed_nothing_or_only_ended_something_offers_no_undo(started, ada, bob):
    at = f"/admin/users/{bob.id}"
    ada.send(f"{at}/suspend", reason=WHY)
    again = ada.send(f"{at}/suspend", reason=WHY)
    assert again.headers["location"] == f"{at}?notice=admin-unchanged"
    ended = ada.send(f"{at}/end-sessions", reason=WHY)
    assert "undo" not in ended.headers["location"]
    add = {"action": "add-role", "role": "reader", "reason": WHY}
    assert ada.send(ACCESS, **add).headers["location"] == f"{ACCESS}?notice=admin-done"
    assert ada.send(ACCESS, **add).headers["location"] == f"{ACCESS}?notice=admin-unchanged"
    remove = {**add, "action": "remove-role", "role": "nothing"}
    assert ada.send(ACCESS, **remove).headers["location"] == f"{ACCESS}?notice=admin-unchanged"


def test_a_share_whose_end_is_changed_offers_no_undo(started, ada):
    """What the end was before is not written down."""
    share = Share(*SHARE.values())
    started.run(started.runtime.store.add_share(share, expires_at=9_999_999_999, now=1))
    changed = ada.send(ACCESS, action="share", reason=WHY, **SHARE)
    assert changed.headers["location"] == f"{ACCESS}?notice=admin-done"


def test_an_offer_is_made_for_what_was_just_done(started, ada, bob):
    shown = ada.send(f"/admin/users/{bob.id}", role="editor", reason=WHY).headers["location"]
    started.clock.seconds += OFFER_SECONDS - 1
    assert "/undo" in ada.get(shown).text
    started.clock.seconds += 1
    assert "/undo" not in ada.get(shown).text


def test_what_was_changed_again_since_is_refused(started, ada, bob, log):
    at = f"/admin/users/{bob.id}"
    done = ada.send(f"{at}/suspend", reason=WHY)
    shown, path = done.headers["location"], undo_path(done)
    started.run(started.runtime.store.restore_user(bob.id, now=started.clock.seconds))
    before = log()
    for _ in range(2):
        assert path not in ada.get(shown).text
        for refused in (press(ada, path), ada.get(path)):
            assert refused.status_code == 409
            assert "It was changed again since" in words(refused)
        started.run(started.runtime.store.suspend_user(bob.id, now=started.clock.seconds))
    assert len(log()) == len(before) + 1
    assert f'href="{at}"' in refused.text


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [
        (StatusOutcome.LAST_ADMINISTRATOR, "Nobody could administer the server any more."),
        (StatusOutcome.UNKNOWN_USER, "It was changed again since"),
    ],
)
def test_what_the_store_does_not_allow_is_told(started, ada, bob, monkeypatch, outcome, sentence):
    done = ada.send(f"/admin/users/{bob.id}", role="editor", reason=WHY)

    async def refused(*_, **__):
        return outcome

    monkeypatch.setattr(Store, "remove_role", refused)
    answer = undone(ada, done)
    assert answer.status_code == 409
    assert sentence in words(answer)


def test_the_log_leads_to_the_undoing_of_the_own_changes(started, ada, auditor, bob):
    done = ada.send(f"/admin/users/{bob.id}", role="editor", reason=WHY)
    path = undo_path(done)
    assert f'href="{path}"' in ada.get(LOG).text
    page = words(ada.get(path))
    assert "A role was given bob editor" in page
    assert WHY in page
    ada.send(f"/admin/users/{bob.id}", role="reader", reason=WHY)
    ada.send(path)
    assert f'href="{path}"' not in ada.get(LOG).text
    assert ada.get(LOG).text.count("/undo") == 2  # the other role, and what undid the first
    assert "undo" not in auditor.get(LOG).text.replace("undo of 1", "")
    assert auditor.get(path).status_code == 404
    started.clock.seconds += UNDO_SECONDS
    assert "/undo" not in ada.get(LOG).text
    assert ada.get(path).status_code == 404


@pytest.mark.parametrize("position", ["0", "7", "x", "1" * 16, "-1"])
def test_an_entry_that_is_none_is_not_found(ada, position):
    path = f"{LOG}/{position}/undo"
    assert ada.get(path).status_code == 404
    assert press(ada, path).status_code == 404
