"""Applications on the admin pages: added, said anew, given another secret, removed.

users.md U36, U40, U42 and U43; oauth.md C-1, S-2 and F-3; issue 6.
"""

import html
import re
from dataclasses import replace

import pytest
from tests.pages.account.conftest import words
from tests.pages.console.test_apps import SHOP

from watchword.base.secrets import Secret, digest
from watchword.oauth.clients import AuthMethod, ClientOrigin
from watchword.oauth.registration.administration import ClientChange
from watchword.server.pages.console.app_form import KINDS
from watchword.stores import Store

AT, WHY = "/admin/apps", "ticket 7"
ADD, CHANGE, SECRET, REMOVE = (f"{AT}/{act}" for act in ("add", "change", "secret", "remove"))
BACK = "https://shop.example/back"
FIELDS = {"name": "Shop", "kind": "web", "redirect_uris": BACK, "reason": WHY}
CONFIDENTIAL = replace(
    SHOP, origin=ClientOrigin.ADMINISTRATOR, redirect_uris=(BACK,),
    auth_methods=frozenset({AuthMethod.CLIENT_SECRET_BASIC}),
    secret_hash=digest(Secret("an earlier one")),
)  # fmt: skip


def kept(started, client_id="shop"):
    return started.run(started.runtime.store.find_kept_client(client_id))


def added(started, name="Shop"):
    every = started.run(started.runtime.store.page_clients())
    (found,) = (one.client for one in every if one.client.name == name)
    return found


def keep(started, client):
    started.run(started.runtime.store.add_client(client, now=started.clock.seconds))


def secret_of(page):
    return html.unescape(re.search(r'<pre [^>]*id="secret"[^>]*>([^<]*)</pre>', page.text)[1])


@pytest.mark.requirement("users:U40:clients-managed")
def test_a_secret_stands_in_the_one_answer_that_makes_it(started, ada, log):
    page = ada.send(ADD, **FIELDS, scopes=" notes:read  openid ", first_party="yes")
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    client = added(started)
    secret = secret_of(page)
    assert f"OIDC_CLIENT_SECRET={secret}" in page.text
    assert client.secret_hash == digest(Secret(secret))
    assert (client.redirect_uris, client.scopes) == ((BACK,), {"notes:read", "openid"})
    assert (client.is_first_party, client.origin) == (True, ClientOrigin.ADMINISTRATOR)
    assert log() == [("client_added", WHY)]
    assert not any(secret in value for value in page.headers.values())
    for path in (f"{AT}?id={client.client_id}", AT, "/admin/log"):
        assert secret not in ada.get(path).text
    assert "OIDC_CLIENT_SECRET=" in ada.get(f"{AT}?id={client.client_id}").text


@pytest.mark.requirement("users:U40:clients-managed")
def test_a_form_that_is_sent_twice_adds_one(started, ada, log):
    form = {"form_token": token(ada), "client_id": "client_AAAAAAAAAAAAAAAAAAAAAA", **FIELDS}
    assert ada.post(ADD, **form).status_code == 200
    again = ada.post(ADD, **form)
    there = f"{AT}?id={form['client_id']}&notice=admin-unchanged"
    assert (again.status_code, again.headers["location"]) == (303, there)
    assert "client_secret" not in re.sub("client_secret_", "", ada.get(there).text)
    assert len(log()) == 1
    assert ada.post(ADD, **{**form, "client_id": "shop"}).status_code == 404


def token(browser):
    return re.search(r'name="form_token" value="([^"]*)"', browser.get(ADD).text)[1]


@pytest.mark.requirement("users:U40:clients-managed")
@pytest.mark.parametrize(
    ("kind", "grant_types"),
    [
        ("public", {"authorization_code", "refresh_token"}),
        ("machine", {"client_credentials"}),
        ("device", {"refresh_token", "urn:ietf:params:oauth:grant-type:device_code"}),
    ],
)
def test_each_kind_has_its_grants_and_a_secret_where_it_keeps_one(started, ada, kind, grant_types):
    answer = ada.send(ADD, **{**FIELDS, "kind": kind})
    client = added(started)
    assert client.grant_types == grant_types
    assert client.is_confidential is KINDS[kind].has_secret
    if not client.is_confidential:
        assert answer.headers["location"] == f"{AT}?id={client.client_id}&notice=admin-done"
        assert "The change is made" in words(ada.get(answer.headers["location"]))


@pytest.mark.requirement("users:U40:clients-managed")
@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("name", "x" * 101, "Write what people call it, in one line of at most 100 characters."),
        ("redirect_uris", "", "People have to come back somewhere: write at least one address."),
        ("redirect_uris", f"{BACK}\nhttp://a.example/<b>", "http://a.example/<b> is not taken."),
        ("redirect_uris", f"{BACK}\r\n{BACK}", "Write each address once, and at most 32 of them."),
        ("post_logout_redirect_uris", "ftp://a.example", "ftp://a.example is not taken."),
        ("scopes", "n\u00f6tes", "Write scopes in Latin letters and signs, with spaces between"),
        ("reason", "", "Say why, in at most 500 characters"),
    ],
)
def test_a_mistake_is_told_beside_its_field_and_the_rest_stays(started, ada, field, text, sentence):
    typed = {**FIELDS, "first_party": "", "kind": "public", field: text}
    page = ada.send(ADD, **typed)
    assert page.status_code == 400
    (error,) = re.findall(
        r'<p class="error" id="(\w+)-error"[^>]*>.*?<span>(.*?)</span>', page.text
    )
    assert error[0] == field
    assert html.unescape(error[1]).startswith(sentence)
    assert "<title>Error: Add an application" in page.text
    assert re.search(rf'id="{field}"[^>]* aria-invalid="true"', page.text)
    for name in {"name", "reason"} - {field}:
        assert f'value="{FIELDS[name]}"' in page.text
    assert re.search(r'value="public" checked', page.text)
    assert len(started.run(started.runtime.store.page_clients())) == 1


@pytest.mark.requirement("users:U40:clients-managed")
def test_only_what_is_typed_anew_changes(started, ada, log):
    keep(started, replace(CONFIDENTIAL, scopes=frozenset(), id_token_alg="ES256"))
    at = f"{CHANGE}?id=shop"
    shown = ada.get(at)
    assert BACK in shown.text
    assert 'name="kind"' not in shown.text
    assert "first_party" not in shown.text
    same = {"name": "Shop", "redirect_uris": f"{BACK}\r\n"}
    done = ada.send(CHANGE, at=at, **same, reason=WHY)
    assert done.headers["location"] == f"{AT}?id=shop&notice=admin-unchanged"
    assert log() == []
    done = ada.send(CHANGE, at=at, **{**same, "name": "Store"}, reason=WHY)
    assert done.headers["location"] == f"{AT}?id=shop&notice=admin-done"
    assert kept(started).client == replace(
        CONFIDENTIAL, name="Store", scopes=frozenset(), id_token_alg="ES256"
    )
    ada.send(CHANGE, at=at, **same, scopes="openid", reason=WHY)
    assert kept(started).client.scopes == {"openid"}
    ada.send(CHANGE, at=at, **same, reason=WHY)
    assert kept(started).client.scopes is None
    assert {action for action, _ in log()} == {"client_changed"}
    refused = ada.send(CHANGE, at=at, name="Shop", redirect_uris="x", reason=WHY)
    assert (refused.status_code, "x is not taken" in words(refused)) == (400, True)
    assert ada.send(CHANGE, at=at, **same).status_code == 400


def test_what_no_field_says_is_told_above_all(started, ada):
    """A record of an earlier version that would be refused today."""
    keep(started, replace(CONFIDENTIAL, id_token_alg="RS1"))
    refused = ada.send(CHANGE, at=f"{CHANGE}?id=shop", name="Store", reason=WHY)
    assert (refused.status_code, "id_token_alg is not signed with here" in words(refused)) == (
        400, True,
    )  # fmt: skip


@pytest.mark.requirement("users:U40:clients-managed")
def test_another_secret_is_shown_once(started, ada, log):
    keep(started, CONFIDENTIAL)
    at = f"{SECRET}?id=shop"
    assert f'href="{at}"' in ada.get(f"{AT}?id=shop").text
    assert ada.send(SECRET, at=at).status_code == 400
    page = ada.send(SECRET, at=at, reason=WHY)
    secret = secret_of(page)
    assert kept(started).client.secret_hash == digest(Secret(secret))
    assert secret not in ada.get(f"{AT}?id=shop").text
    assert log() == [("client_secret_replaced", WHY)]


@pytest.mark.requirement("users:U40:clients-managed")
def test_an_application_is_removed_after_its_name_is_typed(started, ada, log, monkeypatch):
    keep(started, CONFIDENTIAL)
    at = f"{REMOVE}?id=shop"
    wrong = ada.send(REMOVE, at=at, name="shop", reason=WHY)
    assert (wrong.status_code, "not the name of the application" in words(wrong)) == (400, True)

    async def remove_client(_store, _client_id, *, now):
        assert now
        return ClientChange.UNCHANGED

    with monkeypatch.context() as patched:
        patched.setattr(Store, "remove_client", remove_client)
        refused = ada.send(REMOVE, at=at, name="Shop", reason=WHY)
    assert (refused.status_code, "Records of sign-ins name" in words(refused)) == (409, True)
    done = ada.send(REMOVE, at=at, name="Shop", reason=WHY)
    assert done.headers["location"] == f"{AT}?notice=admin-done"
    assert kept(started) is None
    assert log()[0] == ("client_removed", WHY)


@pytest.mark.requirement("users:U40:clients-managed")
def test_what_code_or_a_document_says_has_no_form(started, ada):
    keep(started, replace(SHOP, origin=ClientOrigin.DOCUMENT))
    declared = started.run(started.runtime.store.default_client()).client_id
    for path in (
        *(f"{act}?id={declared}" for act in (CHANGE, SECRET, REMOVE)),
        f"{CHANGE}?id=shop", f"{SECRET}?id=shop", f"{CHANGE}?id=nobody",
    ):  # fmt: skip
        assert ada.get(path).status_code == 404, path
    form = {"form_token": token(ada), "client_id": declared, "name": "Mine", "reason": WHY}
    for path in (CHANGE, SECRET, REMOVE):
        assert ada.post(path, **form).status_code == 404
        assert ada.get(path).headers["location"] == AT
    offered = ada.get(f"{AT}?id={declared}").text
    assert not any(act in offered for act in (CHANGE, SECRET, REMOVE))
    assert 'class="acts"' not in offered
    assert "What may be done Switch" in words(ada.get(f"{AT}?id={declared}"))


@pytest.mark.requirement("access:P8:admin-pages")
def test_an_auditor_looks_and_is_offered_nothing(started, auditor):
    keep(started, CONFIDENTIAL)
    shown = auditor.get(f"{AT}?id=shop").text + auditor.get(AT).text
    assert not any(act in shown for act in (ADD, CHANGE, SECRET, REMOVE))
    for act in (ADD, CHANGE, SECRET, REMOVE):
        assert auditor.get(f"{act}?id=shop").status_code == 404


@pytest.mark.requirement("security:43:administrators")
def test_the_proof_leads_back_to_the_application(started, ada):
    """A form on which much is typed asks for it before anything is."""
    keep(started, CONFIDENTIAL)
    form_token = token(ada)
    started.clock.seconds += 15 * 60
    back = "/account/confirm?next=/admin/apps/"
    assert ada.get(ADD).headers["location"] == f"{back}add"
    assert ada.get(f"{CHANGE}?id=shop").headers["location"] == f"{back}change%3Fid%3Dshop"
    sent = ada.post(SECRET, form_token=form_token, client_id="shop", reason=WHY)
    assert sent.headers["location"] == f"{back}secret%3Fid%3Dshop"
    assert ada.post(SECRET, form_token=form_token).headers["location"] == f"{back}secret"
