"""Users that are added on the admin pages, the link that they get, and second factors taken away.

users.md U24, U40, U42, U43 and U48; security.md rules 43, 95, 96 and 100; decisions/0310.
"""

import html
import re

import pytest
from tests.accounts.conftest import give_passkey
from tests.pages.account.conftest import Browser, words
from tests.pages.console.test_console import ada_token, id_of
from tests.server.conftest import PASSWORD

from watchword.accounts.factors.recovery_codes import make_codes
from watchword.accounts.factors.together import Changer
from watchword.base import chance

NEW = "/admin/users/new"
WHY = "ticket 7"
LINK = re.compile(r'id="link"[^>]*>([^<]*)<')


def link_in(page):
    """Return the link of a page, once it is clear that it stands nowhere but in its body."""
    assert page.status_code == 200
    (url,) = LINK.findall(page.text)
    secret = html.unescape(url).partition("link=")[2]
    assert secret
    assert page.text.count(secret) == 1
    assert not [value for value in page.headers.values() if secret in value]
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    return html.unescape(url)


def opens(started, url, name):
    """Whether a link leads to the page where this user chooses a password."""
    page = Browser(started).get(url.removeprefix(started.runtime.settings.issuer))
    return page.status_code == 200 and f"<strong>{name}</strong>" in page.text


@pytest.mark.requirement("users:U24:page-links", "security:100:administration")
def test_a_user_is_added_with_roles_and_a_link_that_opens_the_account(started, ada, log):
    started.run(started.runtime.store.add_role("editor", "", now=1))
    assert f'href="{NEW}"' in ada.get("/admin/users").text
    page = ada.get(NEW)
    assert 'name="role.editor"' in page.text
    answer = ada.send(NEW, **{"name": " Dora ", "role.editor": "yes", "reason": WHY})
    url = link_in(answer)
    dora = started.run(started.runtime.store.find_user("dora"))
    assert dora.roles == {"editor"}
    assert f'href="/admin/users/{dora.id}"' in answer.text
    assert opens(started, url, "dora")
    assert log()[:2] == [("link_made", WHY), ("user_added", WHY)]
    secret = url.partition("link=")[2]
    for path in (f"/admin/users/{dora.id}", "/admin/log", "/admin/events"):
        assert secret not in ada.get(path).text


@pytest.mark.requirement("users:U43:reason-and-name")
@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"reason": WHY}, 400, {"name": "A user name has 1 to 128 characters"}),
        ({"name": "d o", "reason": WHY}, 400, {"name": "without spaces"}),
        ({"name": "dora"}, 400, {"reason": "Say why"}),
        ({"name": "x" * 129}, 400, {"name": "A user name has", "reason": "Say why"}),
        ({"name": "Bob", "reason": WHY}, 409, {"name": "Somebody has this name"}),
    ],
    ids=["no-name", "space", "no-reason", "both", "taken"],
)
def test_what_is_wrong_with_an_addition_stands_beside_its_field(
    started, ada, log, fields, status, said
):
    answer = ada.send(NEW, **{"role.admin": "yes", **fields})
    assert answer.status_code == status
    assert "Error:" in answer.text.partition("</title>")[0]
    errors = dict(re.findall(r'<p class="error" id="([^"]*)"[^>]*>(.*?)</p>', answer.text))
    assert len(errors) == len(said)
    for field, text in said.items():
        (input_,) = re.findall(rf'<input [^>]*name="{field}"[^>]*>', answer.text)
        described = re.search(r'aria-describedby="([^" ]+)', input_)[1]
        assert 'aria-invalid="true"' in input_
        assert text in html.unescape(errors[described])
    assert 'name="role.admin" value="yes" checked' in answer.text
    assert log() == []


@pytest.mark.requirement("users:U24:page-links", "security:96:admin-pages")
def test_another_link_ends_the_earlier_one_and_leaves_the_password(started, ada, log):
    at = f"/admin/users/{id_of(started, 'bob')}"
    assert f'href="{at}/link"' in ada.get(at).text
    assert "bob" in words(ada.get(f"{at}/link"))
    refused = ada.send(f"{at}/link")
    assert (refused.status_code, log()) == (400, [])
    first, second = (link_in(ada.send(f"{at}/link", reason=WHY)) for _ in range(2))
    assert not opens(started, first, "bob")
    assert opens(started, second, "bob")
    assert log() == [("link_made", WHY)] * 2
    assert Browser(started).sign_in("bob", PASSWORD).get("/account").status_code == 200


@pytest.mark.requirement("users:U48:reset-on-a-page", "security:100:administration")
def test_second_factors_are_named_and_taken_away_with_a_reason(started, ada, log):
    store, bob = started.runtime.store, id_of(started, "bob")
    at = f"/admin/users/{bob}"
    page = ada.get(at)
    assert "The account has no second factor." in words(page)
    assert "reset-factors" not in page.text
    assert (
        ada.send(f"{at}/reset-factors", reason=WHY).headers["location"].endswith("admin-unchanged")
    )
    browser = Browser(started).sign_in("bob")
    started.add_generator("bob")
    started.run(give_passkey(store, bob, b"k" * 32))
    started.run(make_codes(Changer(bob), store, chance=chance.SYSTEM, now=started.clock.now()))
    page = ada.get(at)
    assert "phone Added just now" in words(page)
    assert re.search(r"Laptop Added .* Not used yet", words(page))
    assert "Recovery codes 10 codes left" in words(page)
    assert "Every passkey, authenticator app" in words(ada.get(f"{at}/reset-factors"))
    assert ada.send(f"{at}/reset-factors").status_code == 400
    done = ada.send(f"{at}/reset-factors", reason=WHY)
    assert done.headers["location"] == f"{at}?notice=admin-done"
    assert started.run(store.list_totps(bob)) == ()
    assert browser.get("/account").status_code == 303
    assert "The account has no second factor." in words(ada.get(at))
    assert log() == [("factors_reset", WHY)]


@pytest.mark.requirement("security:95:admin-pages")
def test_who_only_looks_or_is_not_proven_makes_no_link(started, ada, auditor, log):
    at = f"/admin/users/{id_of(started, 'bob')}"
    page = auditor.get(at)
    assert "The account has no second factor." in words(page)
    assert "/link" not in page.text
    assert NEW not in auditor.get("/admin/users").text
    sent = {"name": "eve", "reason": WHY, "form_token": ada_token(auditor.get("/account").text)}
    for path in (NEW, f"{at}/link", f"{at}/reset-factors"):
        assert auditor.get(path).status_code == 404
        assert auditor.post(path, **sent).status_code == 403
    nobody = {**sent, "form_token": ada_token(ada.get("/account").text)}
    assert ada.get("/admin/users/user_0/link").status_code == 404
    assert ada.post("/admin/users/user_0/link", **nobody).status_code == 404
    started.clock.seconds += 3_600
    for path in (NEW, f"{at}/link", f"{at}/reset-factors"):
        answer = ada.send(path, name="eve", reason=WHY)
        assert answer.headers["location"].startswith("/account/confirm?next=")
    assert log() == []
