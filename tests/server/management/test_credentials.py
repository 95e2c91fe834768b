"""Secrets, links, factors and keys in the management API: shown once, of this tenant, written down.

users.md U24, U42, U47 and U48; security.md rules 61, 78, 96 and 100; oauth.md K-4 and K-5.
"""

import asyncio
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.server.management.conftest import WHY, caller
from tests.server.management.test_api import code

from watchword.accounts.factors.recovery_codes import make_codes
from watchword.accounts.factors.together import Changer
from watchword.accounts.factors.totp import begin_enrolment
from watchword.accounts.links import LinkPurpose
from watchword.accounts.users import NewUser
from watchword.base import chance
from watchword.base.secrets import Secret, digest
from watchword.oauth.clients import AuthMethod, Client
from watchword.stores import open_store


def log(server):
    entries = server.run(server.runtime.store.list_audit())
    return [(one.deed.action.value, one.deed.target, one.author.reason) for one in entries]


def in_whole_log(server, text):
    entries = server.run(server.runtime.store.list_audit())
    return any(text in f"{one.deed.detail}{one.deed.target}" for one in entries)


@pytest.fixture
def shop(managed):
    client = Client(
        "shop", "Shop", is_first_party=False, is_default=False, scopes=None,
        secret_hash=digest(Secret("an earlier one")),
        auth_methods=frozenset({AuthMethod.CLIENT_SECRET_BASIC}),
    )  # fmt: skip
    managed.run(managed.runtime.store.add_client(client, now=managed.clock.now()))
    return "shop"


@pytest.mark.requirement("security:100:administration")
def test_another_secret_is_shown_once_and_kept_as_a_hash(managed, boss, shop):
    done = boss("POST", f"/clients/{shop}/secret", json=WHY)
    assert (done.status_code, done.headers["cache-control"]) == (201, "no-store")
    secret = done.json()["client_secret"]
    kept = managed.run(managed.runtime.store.find_kept_client(shop)).client
    assert kept.secret_hash == digest(Secret(secret))
    assert log(managed) == [("client_secret_replaced", shop, "ticket 7")]
    assert not in_whole_log(managed, secret)
    assert secret not in boss("GET", f"/clients/{shop}").text
    again = boss("POST", f"/clients/{shop}/secret", json=WHY).json()["client_secret"]
    assert again != secret


def test_who_has_no_secret_gets_none(managed, boss):
    public = Client("phone", "Phone", is_first_party=False, is_default=False, scopes=None)
    managed.run(managed.runtime.store.add_client(public, now=managed.clock.now()))
    refused = boss("POST", "/clients/phone/secret", json=WHY)
    assert code(refused) == (409, "client_without_secret")
    (declared,) = (
        one["id"] for one in boss("GET", "/clients").json()["clients"] if one["is_declared"]
    )
    refused = boss("POST", f"/clients/{declared}/secret", json=WHY)
    assert code(refused) == (409, "client_declared")
    assert code(boss("POST", "/clients/nobody/secret", json=WHY)) == (404, "not_found")
    assert log(managed) == []


@pytest.mark.requirement("security:100:administration")
def test_a_link_sets_a_password_once(managed, boss):
    bob = managed.add_user("bob")
    done = boss("POST", f"/users/{bob.id}/link", json=WHY)
    assert (done.status_code, done.headers["cache-control"]) == (201, "no-store")
    made = done.json()
    assert made["expires_at"] == managed.clock.now() + LinkPurpose.SET_PASSWORD.lifetime_seconds
    parts = urlsplit(made["link"])
    (secret,) = parse_qs(parts.query)["link"]
    assert (parts.path, managed.get(f"{parts.path}?{parts.query}").status_code) == ("/setup", 200)
    assert log(managed) == [("link_made", bob.id, "ticket 7")]
    assert not in_whole_log(managed, secret)
    later = boss("POST", f"/users/{bob.id}/link", json=WHY).json()["link"]
    assert later != made["link"]
    assert managed.get(f"{parts.path}?{parts.query}").status_code == 410, "the earlier one is dead"
    assert managed.log_in("bob").status_code == 200, "the password works until then"


@pytest.mark.requirement("security:96:management-api")
def test_factors_are_named_and_counted_and_no_key_is_told(managed, boss):
    bob = managed.add_user("bob")
    none = {"factors": [], "recovery_codes": None}
    assert boss("GET", f"/users/{bob.id}/factors").json() == none
    managed.add_generator("bob")
    runtime = managed.runtime

    async def furnish():
        await make_codes(Changer(bob.id), runtime.store, chance=chance.SYSTEM, now=1)
        await begin_enrolment(bob, "unfinished", runtime.totp)

    managed.run(furnish())
    told = boss("GET", f"/users/{bob.id}/factors").json()
    (app,) = told["factors"]
    assert (app["kind"], app["name"]) == ("totp", "phone")
    assert told["recovery_codes"]["left"] == 10
    assert app.keys() == {"kind", "name", "added_at", "used_at"}


@pytest.mark.requirement("security:100:administration")
def test_factors_are_removed_and_sessions_end(managed, boss):
    bob = managed.add_user("bob")
    token = managed.log_in("bob").json()["access_token"]
    managed.add_generator("bob")
    path = f"/users/{bob.id}/factors"
    for _ in range(2):
        assert boss("DELETE", path, params=WHY).status_code == 204
    assert log(managed) == [("factors_reset", bob.id, "ticket 7")]
    assert boss("GET", path).json()["factors"] == []
    assert managed.me(token).status_code == 401
    assert managed.log_in("bob").status_code == 200


@pytest.mark.requirement("security:100:administration")
def test_keys_are_listed_and_the_next_is_announced_once(managed, boss):
    (active,) = boss("GET", "/keys").json()["keys"]
    assert (active["state"], active["alg"]) == ("active", "ES256")
    done = boss("POST", "/keys/rotate", json=WHY)
    assert done.status_code == 201
    kids = {key["state"]: key["kid"] for key in done.json()["keys"]}
    assert kids.keys() == {"active", "pending"}
    assert code(boss("POST", "/keys/rotate", json=WHY)) == (409, "key_announced")
    assert log(managed) == [("key_announced", kids["pending"], "ticket 7")]
    published = managed.get("/.well-known/jwks.json").json()["keys"]
    assert json.dumps(done.json()).count('"d"') == 0
    assert active["kid"] in {key["kid"] for key in published}


@pytest.mark.requirement("security:100:administration")
def test_a_stolen_key_is_replaced_and_its_tokens_die(managed, boss):
    (stolen,) = boss("GET", "/keys").json()["keys"]
    done = boss("POST", f"/keys/{stolen['kid']}/replace", json=WHY)
    assert done.status_code == 200
    until = managed.clock.now() + managed.runtime.settings.access_lifetime_seconds
    assert done.json()["refused_everywhere_at"] == until
    assert log(managed) == [("key_replaced", stolen["kid"], "ticket 7")]
    managed.run(managed.runtime.caretaker.turn())
    assert boss("GET", "/keys").status_code == 401
    managed.clock.seconds += 1
    again = caller(managed, "boss")
    (fresh,) = again("GET", "/keys").json()["keys"]
    assert fresh["kid"] == done.json()["kid"]
    assert code(again("POST", f"/keys/{stolen['kid']}/replace", json=WHY)) == (404, "not_found")


def test_nobody_of_another_tenant_is_reached(managed, boss, database):
    """security.md rule 90: there is nobody of that id here."""

    async def other():
        async with await open_store(database, tenant="other") as store:
            await store.add_user(NewUser("user_other", "mallory", None, frozenset(), 1))

    asyncio.run(other())
    for method, path, options in (
        ("POST", "link", {"json": WHY}),
        ("GET", "factors", {}),
        ("DELETE", "factors", {"params": WHY}),
    ):
        answer = boss(method, f"/users/user_other/{path}", **options)
        assert code(answer) == (404, "not_found"), path
    assert log(managed) == []
