"""The applications on the admin pages: turned over page by page, switched off and on.

users.md U40; access.md P8.
"""

import html
import json
import re
from dataclasses import replace

import pytest
from tests.pages.account.conftest import words

from watchword.base.secrets import Secret, digest
from watchword.oauth.clients import AuthMethod, Client

AT, WHY = "/admin/apps", "ticket 7"
SHOP = Client("shop", "Shop", is_first_party=False, is_default=False, scopes=None)


@pytest.mark.requirement("access:P8:admin-pages")
def test_applications_are_switched_off_and_on(started, ada, log):
    started.run(started.runtime.store.add_client(SHOP, now=1))
    shop = {"client_id": "shop"}
    assert ada.send(AT, action="off", **shop).status_code == 400
    ada.send(AT, action="off", reason=WHY, **shop)
    assert "Shop Switched off" in words(ada.get(AT))
    ada.send(AT, action="on", reason=WHY, **shop)
    assert "Switched off" not in words(ada.get(AT))
    assert [action for action, _ in log()] == ["client_switched_on", "client_switched_off"]


@pytest.mark.requirement("access:P8:admin-pages")
def test_an_application_is_switched_off_and_on_on_its_own_page(started, ada, auditor, log):
    """Which is shown again after it, after a mistake and after a proof."""
    started.run(started.runtime.store.add_client(SHOP, now=1))
    at = f"{AT}?id=shop"
    shop = {"client_id": "shop", "own_page": "yes"}
    page = ada.get(at)
    assert "Switch Shop off" in words(page)
    assert all(f'name="{name}" value="{value}"' in page.text for name, value in shop.items())
    assert "Switch Shop off" not in words(auditor.get(at))
    refused = ada.send(AT, at=at, action="off")
    assert (refused.status_code, "<title>Error: Shop" in refused.text) == (400, True)
    done = ada.send(AT, at=at, action="off", reason=WHY)
    assert done.headers["location"] == f"{at}&notice=admin-done&undo=1"
    assert "Shop Switched off" in words(ada.get(done.headers["location"]))
    started.clock.seconds += 15 * 60
    proof = ada.send(AT, at=at, action="on", reason=WHY)
    assert proof.headers["location"] == "/account/confirm?next=/admin/apps%3Fid%3Dshop"
    assert log() == [("client_switched_off", WHY)]


@pytest.mark.requirement("users:U40:admin-pages")
def test_long_lists_of_applications_are_turned_over(started, ada, monkeypatch):
    """A change leads back to the page on which it was made."""
    address = "https://client.example/a?b=c&d"
    for client_id, name in ((address, "Agent"), ("shop", "Shop")):
        kept = replace(SHOP, client_id=client_id, name=name)
        started.run(started.runtime.store.add_client(kept, now=1))
    whole = ada.get(AT).text
    assert 'class="pager"' not in whole
    assert 'name="after"' not in whole
    monkeypatch.setattr("watchword.server.pages.console.apps.CLIENTS_MAX", 2)
    first = ada.get(AT)
    assert "Agent" in words(first)
    assert "Shop" not in words(first)
    assert "First page" not in words(first)
    following = re.search(r'href="([^"]*after=[^"]*)"', first.text)
    second = ada.get(html.unescape(following[1]))
    assert "Shop" in words(second)
    assert "Agent" not in words(second)
    assert "First page" in words(second)
    assert "Next page" not in words(second)
    sent = {"client_id": "shop", "action": "off"}
    refused = ada.send(AT, at=f"{AT}?after=g", **sent)
    assert (refused.status_code, "Shop" in words(refused)) == (400, True)
    done = ada.send(AT, at=f"{AT}?after=g", reason=WHY, **sent)
    assert done.headers["location"] == f"{AT}?after=g&notice=admin-done&undo=1"
    assert "Shop Switched off" in words(ada.get(done.headers["location"]))


@pytest.mark.parametrize("after", ["zzz", "%00", "x" * 300])
def test_nothing_follows_the_last_application(ada, after):
    page = ada.get(f"{AT}?after={after}")
    assert page.status_code == 200
    assert "First page" in words(page) or after == "%00"


@pytest.mark.requirement("users:U40:configuration-snippet")
def test_an_application_shows_what_it_has_to_know_and_no_secret(started, ada):
    store = started.runtime.store
    secret = digest(Secret("a secret of this application"))
    shop = replace(
        SHOP,
        redirect_uris=("https://shop.example/back?a=b&c", "https://shop.example/other"),
        scopes=frozenset({"openid", "notes:read"}),
        auth_methods=frozenset({AuthMethod.CLIENT_SECRET_BASIC}),
        secret_hash=secret,
    )
    started.run(store.add_client(shop, now=started.clock.seconds))
    page = ada.get(f"{AT}?id=shop")
    variables, written = map(html.unescape, re.findall(r"<pre [^>]*>([^<]*)</pre>", page.text))
    assert variables.splitlines() == [
        "OIDC_ISSUER=http://127.0.0.1:8000",
        "OIDC_CLIENT_ID=shop",
        "OIDC_CLIENT_SECRET=",
        "OIDC_REDIRECT_URI='https://shop.example/back?a=b&c'",
    ]
    assert json.loads(written) == {
        "issuer": "http://127.0.0.1:8000",
        "client_id": "shop",
        "redirect_uris": list(shop.redirect_uris),
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "client_secret_basic",
        "scope": "notes:read openid",
    }
    assert secret.hex() not in page.text
    assert "Added just now" in words(page)


@pytest.mark.requirement("users:U40:configuration-snippet")
def test_an_application_that_keeps_no_secret_is_asked_for_none(started, ada):
    started.run(started.runtime.store.add_client(SHOP, now=0))
    started.run(started.runtime.store.disable_client("shop", now=1))
    page = ada.get(f"{AT}?id=shop")
    assert "OIDC_CLIENT_SECRET" not in page.text
    assert "OIDC_REDIRECT_URI" not in page.text
    assert '"scope"' not in html.unescape(page.text)
    assert "Shop Switched off" in words(page)
    assert f'href="{AT}?id=shop"' in ada.get(AT).text
    assert ada.get(f"{AT}?id=nobody").status_code == 404
