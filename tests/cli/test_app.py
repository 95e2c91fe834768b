"""`watchword app` on a real database. oauth.md S-2, C-1."""

import asyncio
import json

import pytest

from watchword.base.secrets import Secret, digest
from watchword.jose.jwk.key import Key
from watchword.oauth.clients import Client, ClientOrigin
from watchword.oauth.registration.administration import CLIENTS_MAX, ClientChange
from watchword.stores import Store, open_store
from watchword.stores.handles.documents import DocumentVerbs

CALLBACK = "https://shop.example/cb"
BACK = ("--redirect-uri", CALLBACK)


@pytest.fixture
def migrated(command):
    assert command("migrate").code == 0
    return command


def stored(tmp_path):
    return b"".join(path.read_bytes() for path in tmp_path.glob("watchword.db*"))


@pytest.mark.requirement("oauth:S-2:secrets")
def test_a_secret_is_shown_once_and_kept_as_a_hash(migrated, tmp_path):
    done = migrated(
        *("app", "add", "shop", "--name", "Shop", "--confidential", "--redirect-uri", CALLBACK),
        "--json",
    )
    assert (done.code, done.err) == (0, "")
    secret = done.json["client_secret"]
    assert len(secret) == 43
    assert secret.encode() not in stored(tmp_path)
    assert digest(Secret(secret)) in stored(tmp_path)
    for words in (("app", "show", "shop"), ("app", "show", "shop", "--json"), ("app", "list")):
        shown = migrated(*words)
        assert shown.code == 0
        assert secret not in shown.out + shown.err


def test_another_secret_replaces_the_first(migrated, tmp_path):
    first = migrated("app", "add", "shop", "--name", "Shop", "--confidential", "--json", *BACK)
    done = migrated("app", "secret", "shop")
    assert done.code == 0
    assert "It is shown once" in done.err
    second = done.out.split()[-1]
    assert first.json["client_secret"] != second
    assert digest(Secret(second)) in stored(tmp_path)
    assert migrated("app", "secret", "shop", "--json").json["client_secret"] != second


def test_who_has_no_secret_gets_none(migrated):
    migrated("app", "add", "app", "--name", "App", *BACK)
    done = migrated("app", "secret", "app")
    assert done.code == 1
    assert "has no secret" in done.err
    assert "No client is called nobody" in migrated("app", "secret", "nobody").err


@pytest.mark.requirement("oauth:D-6:flagged-families")
def test_logins_under_former_keys_are_counted(migrated, monkeypatch):
    migrated("app", "add", "shop", "--name", "Shop", "--confidential", "--redirect-uri", CALLBACK)
    assert "logins_under_former_keys" not in migrated("app", "show", "shop", "--json").json

    async def count(_store, client_id):
        return len(client_id)

    monkeypatch.setattr(DocumentVerbs, "count_former_keys", count)
    assert migrated("app", "show", "shop", "--json").json["logins_under_former_keys"] == 4


def test_everything_that_is_said_is_shown(migrated, tmp_path):
    jwks = {"keys": [Key.generate("ES256").public().to_jwk()]}
    (tmp_path / "keys.json").write_text(json.dumps(jwks))
    done = migrated(
        *("app", "add", "shop", "--name", "Shop", "--jwks", "keys.json", "--pkce-optional"),
        *("--redirect-uri", CALLBACK, "--logout-uri", "https://shop.example/"),
        *("--origin", "https://shop.example", "--scope", "notes:read"),
        *("--grant-type", "refresh_token", "--id-token-alg", "ES256", "--first-party"),
    )
    assert (done.code, done.out) == (0, "shop: added\n")
    shown = migrated("app", "show", "shop", "--json").json
    assert shown.pop("created_at")
    assert shown == {
        "client_id": "shop",
        "name": "Shop",
        "state": "active",
        "origin": "administrator",
        "first_party": True,
        "default": False,
        "auth_methods": ["private_key_jwt"],
        "grant_types": ["refresh_token"],
        "scopes": ["notes:read"],
        "redirect_uris": [CALLBACK],
        "post_logout_redirect_uris": ["https://shop.example/"],
        "allowed_origins": ["https://shop.example"],
        "require_pkce": False,
        "id_token_alg": "ES256",
        "jwks": jwks,
    }
    text = migrated("app", "show", "shop")
    assert CALLBACK in text.out
    assert migrated("app", "show", "nobody").code == 1


def test_clients_are_listed_one_a_line(migrated):
    migrated("app", "add", "shop", "--name", "Shop", "--confidential", *BACK)
    migrated("app", "add", "notes", "--name", "Notes", "--first-party")
    lines = migrated("app", "list").out.splitlines()
    assert [line.split() for line in lines] == [
        ["notes", "active", "first-party", "public", "Notes"],
        ["shop", "active", "administrator", "confidential", "Shop"],
    ]
    listed = migrated("app", "list", "--json").out.splitlines()
    assert [json.loads(line)["client_id"] for line in listed] == ["notes", "shop"]


def test_more_clients_than_fit_on_a_page_are_all_listed(migrated, tmp_path):
    clients = [f"app-{number:03}" for number in range(2 * CLIENTS_MAX + 1)]

    async def add():
        async with await open_store(f"sqlite:///{tmp_path / 'watchword.db'}") as store:
            for client_id in clients:
                kept = Client(client_id, "App", is_first_party=False, is_default=False, scopes=None)
                await store.add_client(kept, now=1)

    asyncio.run(add())
    assert [line.split()[0] for line in migrated("app", "list").out.splitlines()] == clients


def test_a_mistake_is_refused_with_the_member_and_the_fix(migrated):
    done = migrated("app", "add", "shop", "--name", "Shop", "--redirect-uri", "http://shop.example")
    assert (done.code, done.out) == (1, "")
    assert "redirect_uris an entry is http off the machine itself" in done.err
    assert "http://shop.example. Write https" in done.err
    migrated("app", "add", "shop", "--name", "Shop", *BACK)
    done = migrated("app", "add", "shop", "--name", "Shop", *BACK)
    assert done.code == 1
    assert "already" in done.err


@pytest.mark.parametrize(
    ("words", "value"),
    [
        (("--grant-type", "authorization-code"), ": authorization-code. Choose"),
        (("--scope", "notes read"), ": notes read. Write"),
        (("--origin", "https://Shop.example"), ": https://Shop.example. Write"),
        (("--id-token-alg", "HS256"), ": HS256. Choose"),
    ],
)
def test_a_mistake_is_refused_with_the_entry_that_is_meant(migrated, words, value):
    done = migrated("app", "add", "shop", "--name", "Shop", *BACK, *words)
    assert (done.code, done.out) == (1, "")
    assert value in done.err


def test_who_sends_browsers_here_says_where_they_return_to(migrated):
    done = migrated("app", "add", "shop", "--name", "Shop")
    assert (done.code, done.out) == (1, "")
    assert "redirect_uris is empty" in done.err
    words = ("--first-party", "--grant-type", "authorization_code")
    assert migrated("app", "add", "notes", "--name", "Notes", *words).code == 1
    assert migrated("app", "add", "notes", "--name", "Notes", "--first-party").code == 0


def test_a_device_is_added_by_the_short_name_of_its_grant(migrated):
    done = migrated("app", "add", "tv", "--name", "TV", "--grant-type", "device_code")
    assert (done.code, done.err) == (0, "")
    shown = migrated("app", "show", "tv", "--json").json
    assert shown["grant_types"] == ["urn:ietf:params:oauth:grant-type:device_code"]


def test_a_scope_that_no_resource_has_is_told(migrated):
    words = ("--scope", "openid", "--scope", "notes:raed")
    done = migrated("app", "add", "shop", "--name", "Shop", *BACK, *words)
    assert (done.code, done.err) == (0, "No resource has the scope notes:raed at the moment.\n")


def test_where_answers_go_and_pkce_are_said_anew(migrated):
    migrated("app", "add", "shop", "--name", "Shop", "--confidential", "--pkce-optional", *BACK)
    assert migrated("app", "set", "shop", "--require-pkce").out == "shop: changed\n"
    shown = migrated("app", "show", "shop", "--json").json
    assert (shown["require_pkce"], shown["redirect_uris"]) == (True, [CALLBACK])
    moved = "https://shop.example/other"
    assert migrated("app", "set", "shop", "--redirect-uri", moved).code == 0
    shown = migrated("app", "show", "shop", "--json").json
    assert (shown["require_pkce"], shown["redirect_uris"]) == (True, [moved])
    done = migrated("app", "set", "shop", "--redirect-uri", "http://shop.example")
    assert (done.code, "http://shop.example. Write" in done.err) == (1, True)
    assert migrated("app", "set", "shop").code == 2
    assert migrated("app", "set", "nobody", "--require-pkce").code == 1


def test_everything_that_may_change_is_said_anew_and_taken_away(migrated, tmp_path):
    jwks = {"keys": [Key.generate("ES256").public().to_jwk()]}
    (tmp_path / "keys.json").write_text(json.dumps(jwks))
    uri = ("--jwks-uri", "https://shop.example/jwks.json")
    migrated("app", "add", "shop", "--name", "Shop", *uri, *BACK)
    before = migrated("app", "show", "shop", "--json").json
    words = (
        *("--name", "Store", "--logout-uri", "https://shop.example/out"),
        *("--origin", "https://shop.example", "--scope", "notes:raed", "--id-token-alg", "ES256"),
        *("--grant-type", "authorization_code", "--grant-type", "device_code"),
        *("--jwks", "keys.json"),
    )
    done = migrated("app", "set", "shop", *words)
    assert (done.code, done.out) == (0, "shop: changed\n")
    assert done.err == "No resource has the scope notes:raed at the moment.\n"
    shown = migrated("app", "show", "shop", "--json").json
    assert shown == {
        **{name: value for name, value in before.items() if name != "jwks_uri"},
        "name": "Store",
        "post_logout_redirect_uris": ["https://shop.example/out"],
        "allowed_origins": ["https://shop.example"],
        "scopes": ["notes:raed"],
        "id_token_alg": "ES256",
        "grant_types": ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"],
        "jwks": jwks,
    }
    gone = ("--logout-uri", "", "--origin", "", "--scope", "", "--id-token-alg", "")
    assert migrated("app", "set", "shop", *gone, *uri).code == 0
    kept = {"name": "Store", "grant_types": shown["grant_types"]}
    assert migrated("app", "show", "shop", "--json").json == {**before, **kept}


def test_what_a_client_may_not_become_is_refused(migrated):
    migrated("app", "add", "shop", "--name", "Shop", "--confidential", *BACK)
    done = migrated("app", "set", "shop", "--jwks-uri", "https://shop.example/jwks.json")
    assert (done.code, "Add another client that has keys" in done.err) == (1, True)
    assert migrated("app", "set", "shop", "--name", "").code == 1
    assert migrated("app", "set", "shop", "--grant-type", "password").code == 1


def test_logo_is_said_anew_and_taken_away(migrated):
    logo = "https://shop.example/logo.png"
    migrated("app", "add", "shop", "--name", "Shop", "--logo", logo, *BACK)
    assert migrated("app", "show", "shop", "--json").json["logo_uri"] == logo
    other = "https://shop.example/other.png"
    assert migrated("app", "set", "shop", "--logo", other).out == "shop: changed\n"
    shown = migrated("app", "show", "shop", "--json").json
    assert (shown["logo_uri"], shown["redirect_uris"]) == (other, [CALLBACK])
    assert migrated("app", "set", "shop", "--logo", "data:image/png,x").code == 1
    assert migrated("app", "set", "shop", "--logo", "").code == 0
    assert "logo_uri" not in migrated("app", "show", "shop", "--json").json


@pytest.mark.requirement("oauth:F-3:client-ended")
def test_a_client_is_removed(migrated):
    migrated("app", "add", "shop", "--name", "Shop", *BACK)
    assert "removed" in migrated("app", "remove", "shop").out
    assert migrated("app", "list").out == ""
    assert migrated("app", "add", "shop", "--name", "Shop", *BACK).code == 0
    assert migrated("app", "remove", "nobody").code == 1


def test_a_client_that_people_signed_in_to_is_switched_off_instead(migrated, monkeypatch):
    async def remove_client(_store, _client_id, *, now):
        assert now
        return ClientChange.UNCHANGED

    monkeypatch.setattr(Store, "remove_client", remove_client)
    migrated("app", "add", "shop", "--name", "Shop", *BACK)
    done = migrated("app", "remove", "shop")
    assert (done.code, done.out) == (1, "")
    assert "Type: watchword app disable shop" in done.err


@pytest.mark.requirement("oauth:F-3:client-ended")
def test_a_client_is_switched_off_and_on(migrated):
    migrated("app", "add", "shop", "--name", "Shop", *BACK)
    assert "switched off" in migrated("app", "disable", "shop").out
    assert migrated("app", "show", "shop", "--json").json["state"] == "disabled"
    assert "disabled" in migrated("app", "list").out
    assert migrated("app", "disable", "shop").out == "shop: nothing to change\n"
    assert migrated("app", "enable", "shop").out == "shop: active\n"
    assert migrated("app", "disable", "nobody").code == 1


def test_what_code_declares_is_left_to_code(migrated, tmp_path):
    """A start would undo it, so the command says so."""
    from watchword.server.app import AuthServer  # noqa: PLC0415  # one start
    from watchword.server.settings import Settings  # noqa: PLC0415  # as above

    auth = AuthServer(Settings(database=f"sqlite:///{tmp_path}/watchword.db", signing_alg="ES256"))
    auth.client("shop", name="Shop", secret=Secret("s" * 43))

    async def start_once():
        await auth.startup()
        await auth.shutdown()

    asyncio.run(start_once())
    done = migrated("app", "secret", "shop")
    assert done.code == 1
    assert "Code declares this client" in done.err
    for words in (("set", "shop", "--require-pkce"), ("remove", "shop")):
        done = migrated("app", *words)
        assert (done.code, "Code declares this client" in done.err) == (1, True)
    done = migrated("app", "disable", "shop")
    assert "next start" in done.err


def test_what_a_document_says_is_left_to_it(migrated, tmp_path):
    at, origin = "https://app.example/client.json", ClientOrigin.DOCUMENT

    async def keep():
        client = Client(
            at, "App", is_first_party=False, is_default=False, scopes=None, origin=origin
        )
        async with await open_store(f"sqlite:///{tmp_path}/watchword.db") as store:
            await store.register_client(client)

    asyncio.run(keep())
    done = migrated("app", "set", at, "--require-pkce")
    assert (done.code, "its own document" in done.err) == (1, True)


@pytest.mark.requirement("oauth:C-6:initial-token")
def test_an_invitation_is_shown_once_and_kept_as_a_hash(migrated, tmp_path, monkeypatch):
    done = migrated("app", "invite", "--uses", "3", "--days", "2")
    token = done.out.strip()
    assert token.encode() not in stored(tmp_path)
    assert digest(Secret(token)) in stored(tmp_path)
    assert "It registers 3 at http://127.0.0.1:8000/register within 2 days." in done.err
    assert "set it to token" in done.err
    monkeypatch.setenv("WATCHWORD_CLIENT_REGISTRATION", "token")
    done = migrated("app", "invite", "--json")
    assert (done.json["uses"], done.json["days"], done.err) == (1, 7, "")
