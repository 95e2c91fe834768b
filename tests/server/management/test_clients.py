"""Applications in the management API: added, changed and removed as the command does it.

oauth.md C-1, S-2, F-3; security.md rules 61, 87, 95, 96 and 100.
"""

import json

import pytest
from tests.server.management.conftest import BASE, WHY, caller
from tests.server.management.test_api import code
from tests.server.management.test_credentials import in_whole_log, log

from watchword.base.secrets import Secret, digest
from watchword.jose.jwk.key import Key
from watchword.oauth.clients import Client, ClientOrigin
from watchword.oauth.registration.administration import ClientChange
from watchword.server.management.client_bodies import NewClientIn
from watchword.stores import Store

BACK = {"redirect_uris": ["https://shop.example/back"]}
SHOP = {**WHY, "id": "shop", "name": "Shop", **BACK}
DOCUMENT = "agent"  # as an address, it could stand in no part of a path


def kept(server, client_id):
    return server.run(server.runtime.store.find_kept_client(client_id))


def pointers(answer):
    assert code(answer) == (400, "invalid_request"), answer.text
    return [one["pointer"] for one in answer.json()["errors"]]


@pytest.mark.requirement("users:U40:clients-managed")
@pytest.mark.requirement("security:100:administration")
def test_an_application_is_added_and_its_secret_shown_once(managed, boss):
    done = boss("POST", "/clients", json={**SHOP, "is_confidential": True, "scopes": ["openid"]})
    assert (done.status_code, done.headers["cache-control"]) == (201, "no-store")
    made = done.json()
    secret = made.pop("client_secret")
    client = kept(managed, "shop").client
    assert (client.secret_hash, client.origin) == (
        digest(Secret(secret)), ClientOrigin.ADMINISTRATOR,
    )  # fmt: skip
    shown = boss("GET", "/clients/shop")
    assert shown.json() == made
    assert secret not in shown.text
    assert (made["scopes"], made["is_confidential"]) == (["openid"], True)
    assert (made["redirect_uris"], made["is_first_party"]) == (BACK["redirect_uris"], False)
    assert log(managed) == [("client_added", "shop", "ticket 7")]
    assert not in_whole_log(managed, secret)
    assert code(boss("POST", "/clients", json=SHOP)) == (409, "client_id_taken")


@pytest.mark.requirement("users:U40:clients-managed")
def test_a_public_application_gets_an_id_and_no_secret(managed, boss):
    own = boss("POST", "/clients", json={**WHY, "name": "Notes", "is_first_party": True}).json()
    assert own["id"].startswith("client_")
    assert (own["client_secret"], own["require_pkce"], own["is_first_party"]) == (None, True, True)
    jwks = {"keys": [Key.generate("ES256").public().to_jwk()]}
    made = boss(
        "POST", "/clients",
        json={**WHY, "name": "Job", "grant_types": ["client_credentials"], "jwks": jwks},
    ).json()  # fmt: skip
    assert (made["jwks"], made["client_secret"]) == (jwks, None)


@pytest.mark.requirement("security:87:management-bodies")
@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"redirect_uris": []}, "/body/redirect_uris"),
        ({"redirect_uris": ["http://shop.example/back"]}, "/body/redirect_uris"),
        ({"grant_types": ["password"]}, "/body/grant_types"),
        ({"grant_types": ["client_credentials"]}, "/body/grant_types"),
        ({"id": "user_1"}, "/body/id"),
        ({"name": " "}, "/body/name"),
        ({"scopes": ["a b"]}, "/body/scopes"),
        ({"jwks": {}}, "/body/jwks"),
        ({"jwks_uri": ""}, "/body/jwks_uri"),
        ({"logo_uri": "data:image/png,x"}, "/body/logo_uri"),
        ({"auth_methods": ["none"]}, "/body/auth_methods"),
        ({"name": None}, "/body/name"),
    ],
)
def test_a_record_that_is_not_taken_is_refused_at_its_member(managed, boss, said, pointer):
    assert pointers(boss("POST", "/clients", json=SHOP | said)) == [pointer]
    assert log(managed) == []
    boss("POST", "/clients", json=SHOP)
    if {"id", "redirect_uris"} & said.keys():
        return
    refused = boss("PATCH", "/clients/shop", json=WHY | said)
    assert pointers(refused) == [pointer]
    assert [action for action, _, _ in log(managed)] == ["client_added"]


@pytest.mark.requirement("users:U40:clients-managed")
@pytest.mark.requirement("security:100:administration")
def test_what_is_said_anew_changes_and_the_rest_stays(managed, boss):
    logo = "https://shop.example/logo.png"
    boss("POST", "/clients", json={**SHOP, "scopes": ["openid"], "logo_uri": logo})
    before = boss("GET", "/clients/shop").json()
    assert before["logo_uri"] == logo
    done = boss("PATCH", "/clients/shop", json={**WHY, "name": "Store", "scopes": None})
    assert (done.status_code, done.json()) == (200, {**before, "name": "Store", "scopes": None})
    gone = boss("PATCH", "/clients/shop", json={**WHY, "logo_uri": None, "redirect_uris": []})
    assert (gone.json()["logo_uri"], gone.json()["redirect_uris"]) == (None, [])
    assert [action for action, _, _ in log(managed)] == [
        "client_changed", "client_changed", "client_added",
    ]  # fmt: skip
    assert pointers(boss("PATCH", "/clients/shop", json=WHY)) == ["/body"]
    refused = boss("PATCH", "/clients/nobody", json={**WHY, "name": "Store"})
    assert code(refused) == (404, "not_found")


@pytest.mark.requirement("users:U40:clients-managed")
@pytest.mark.requirement("security:100:administration")
def test_an_application_is_removed_while_nobody_has_signed_in(managed, boss, monkeypatch):
    boss("POST", "/clients", json=SHOP)
    assert boss("DELETE", "/clients/shop", params=WHY).status_code == 204
    assert kept(managed, "shop") is None
    assert code(boss("DELETE", "/clients/shop", params=WHY)) == (404, "not_found")
    assert [action for action, _, _ in log(managed)] == ["client_removed", "client_added"]
    assert boss("POST", "/clients", json=SHOP).status_code == 201

    async def remove_client(_store, _client_id, *, now):
        assert now
        return ClientChange.UNCHANGED

    monkeypatch.setattr(Store, "remove_client", remove_client)
    assert code(boss("DELETE", "/clients/shop", params=WHY)) == (409, "client_in_use")


def test_what_code_or_a_document_says_is_left_to_it(managed, boss):
    changes = {**WHY, "name": "Mine"}
    assert code(boss("PATCH", "/clients/first-party", json=changes)) == (409, "client_declared")
    assert code(boss("DELETE", "/clients/first-party", params=WHY)) == (409, "client_declared")
    client = Client(
        DOCUMENT, "App", is_first_party=False, is_default=False, scopes=None,
        origin=ClientOrigin.DOCUMENT,
    )  # fmt: skip
    managed.run(managed.runtime.store.register_client(client))
    refused = boss("PATCH", f"/clients/{DOCUMENT}", json=changes)
    assert code(refused) == (409, "client_document")
    assert log(managed) == []


@pytest.mark.requirement("security:95:management-api")
def test_a_token_that_only_reads_adds_and_removes_nothing(managed, boss):
    boss("POST", "/clients", json=SHOP)
    reader = caller(managed, "boss", "admin:read")
    for method, path, options in (
        ("POST", "/clients", {"json": SHOP}),
        ("PATCH", "/clients/shop", {"json": {**WHY, "name": "Store"}}),
        ("DELETE", "/clients/shop", {"params": WHY}),
    ):
        assert code(reader(method, path, **options)) == (403, "insufficient_scope")


HOSTILE = [
    "\x00", "\ud800", "a\x00b", "\u202e", "x" * 3_000, " ", "https://[", "https://a.example:x/", 7,
    1e9, True, None, [], {}, ["\x00"], ["\ud800"], [None], [[]], {"keys": []},
    {"keys": [{"kty": "\x00"}]}, {"keys": [{"kty": "EC", "crv": "P-256", "x": "A", "y": "A"}]},
]  # fmt: skip


def test_whatever_a_member_holds_no_answer_is_a_failure(managed, boss):
    """Each is taken, or refused with a pointer."""
    boss("POST", "/clients", json=SHOP)
    headers = {**boss.headers, "content-type": "application/json"}
    seen = set()
    for member in NewClientIn.model_fields:
        for value in HOSTILE:
            for method, path, said in (
                ("POST", "/clients", SHOP), ("PATCH", "/clients/shop", WHY)
            ):  # fmt: skip
                body = json.dumps({**said, member: value}).encode()
                answer = managed.request(method, f"{BASE}{path}", headers=headers, content=body)
                assert answer.status_code in {200, 201, 400, 409}, (method, member, value)
                seen.add(answer.status_code)
    assert seen == {200, 201, 400, 409}
