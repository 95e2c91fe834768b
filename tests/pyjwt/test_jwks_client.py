"""PyJWKClient on RemoteKeySet. Source: tokens.md P-4, J-41 to J-44."""

import inspect
import json
import logging
import ssl
import sys

import jwt as pyjwt
import pytest
from tests.net.hostile import hostile, says
from tests.pyjwt.issuer import PAIRS, URI, client, document, token

import watchword.pyjwt as door
from watchword import jwt
from watchword.net.errors import Unreachable


@pytest.mark.requirement("tokens:P-4:client-on-remote-keys")
@pytest.mark.parametrize("kid", ["e", "f", "r"])
def test_the_key_of_a_token_verifies_it(kid):
    """The usual two lines: by the PyJWK, and by its `.key` with the algorithms named."""
    keys, library = client(document(*PAIRS))
    for _ in range(3):
        found = keys.get_signing_key_from_jwt(token(kid))
        assert door.decode(token(kid), found) == {"sub": "alice"}
        alg = found.algorithm_name
        assert door.decode(token(kid), found.key, algorithms=[alg]) == {"sub": "alice"}
        assert keys.get_signing_key(kid) is found
    assert library.asked == 1


@pytest.mark.requirement("tokens:P-4:client-on-remote-keys")
def test_keys_without_alg_get_pyjwts():
    keys, _ = client(document("r", "e", named=False))
    assert keys.get_signing_key("r").algorithm_name == "RS256"
    assert keys.get_signing_key("e").algorithm_name == "ES384"
    keys, _ = client(document("r", named=False), algorithms=["PS256"])
    assert keys.get_signing_key("r").algorithm_name == "PS256"


def test_sets_and_lists_of_keys():
    keys, library = client(document("r", "e"))
    assert [key.key_id for key in keys.get_signing_keys()] == ["r", "e"]
    assert keys.get_jwk_set()["e"].key_type == "EC"
    assert [key["kid"] for key in keys.fetch_data()["keys"]] == ["r", "e"]
    assert keys.match_kid(keys.get_signing_keys(), "e").key_id == "e"
    assert keys.match_kid(keys.get_signing_keys(), "x") is None
    assert library.asked == 1
    assert repr(keys) == f"PyJWKClient({URI!r})"


@pytest.mark.requirement("tokens:P-4:client-on-remote-keys")
def test_a_token_that_cannot_be_good_is_not_fetched_for():
    keys, library = client(document("r"), algorithms=["RS256"])
    with pytest.raises(door.InvalidAlgorithmError):
        keys.get_signing_key_from_jwt(door.encode({}, "x" * 32, headers={"kid": "r"}))
    with pytest.raises(door.DecodeError):
        keys.get_signing_key_from_jwt("no token")
    assert library.asked == 0


@pytest.mark.requirement("tokens:P-4:client-on-remote-keys")
@pytest.mark.parametrize(
    "body",
    [
        Unreachable("no connection", detail="refused"),
        b"<html>",
        [],
        {"keys": 5},
        {"keys": []},
        {"keys": [5, {"kty": "oct", "k": "AAAA"}]},
    ],
)
def test_an_issuer_without_keys_is_a_connection_error(body, caplog):
    caplog.set_level(logging.CRITICAL)
    keys, _ = client(body)
    for call in (lambda: keys.get_signing_key("r"), keys.get_jwk_set, keys.fetch_data):
        with pytest.raises(door.PyJWKClientConnectionError) as raised:
            call()
        assert isinstance(raised.value, jwt.KeysUnavailable)
        assert raised.value.retry_after >= 1


def test_a_key_that_is_gone_is_gone():
    keys, library = client(document("r", "e"))
    keys.get_signing_key("e")
    keys._remote._held = jwt.KeySet([PAIRS["r"].public()]), keys._remote._held[1]
    with pytest.raises(door.PyJWKClientError):
        keys.get_signing_key("e")
    keys._handed_out.update({f"old-{number}": (None, None) for number in range(60)})
    assert keys.get_signing_key("r")
    assert set(keys._handed_out) == {"r"}
    assert library.asked == 1


def test_a_set_on_this_machine_is_fetched():
    body = json.dumps(document("r")).encode()
    with hostile(says(body, headers="Cache-Control: no-store\r\n")) as server:
        keys = door.PyJWKClient(
            f"http://127.0.0.1:{server.port}/jwks", ssl_context=ssl.create_default_context()
        )
        assert keys.get_signing_key_from_jwt(token("r")).key_id == "r"


@pytest.mark.parametrize(
    "wrong",
    [
        {"lifespan": 0},
        {"lifespan": float("inf")},
        {"cooldown_duration": -1},
        {"cooldown_duration": float("nan")},
    ],
)
def test_a_number_out_of_range_is_refused(wrong):
    with pytest.raises(door.PyJWKClientError):
        door.PyJWKClient(URI, **wrong)


@pytest.mark.requirement("tokens:P-4:absent-names-its-replacement")
@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("cache_keys", True),
        ("max_cached_keys", 3),
        ("cache_jwk_set", False),
        ("headers", {"X": "y"}),
        ("timeout", 1),
        ("cooldown_duration", 5),
    ],
)
def test_an_argument_without_effect_warns(argument, value):
    with pytest.warns(UserWarning, match=f"^{argument}= has no effect") as caught:
        door.PyJWKClient(URI, **{argument: value})
    assert [each.filename for each in caught] == [__file__]


def test_the_defaults_of_pyjwt_warn_of_nothing():
    """As values they are PyJWT's own, so that code which writes them out stays silent."""
    theirs, ours = (
        {
            name: each.default
            for name, each in inspect.signature(kind).parameters.items()
            if each.kind is each.POSITIONAL_OR_KEYWORD and name != "uri"
        }
        for kind in (pyjwt.PyJWKClient, door.PyJWKClient)
    )
    assert theirs == ours
    assert door.PyJWKClient(URI, **ours)


@pytest.mark.parametrize(("lifespan", "taken"), [(5, 60), (0.5, 60), (90_000, 86_400)])
def test_a_lifespan_that_is_brought_within_bounds_warns(lifespan, taken):
    with pytest.warns(UserWarning, match=r"lifespan= is 60 to 86400 seconds") as caught:
        keys, _ = client(document("r"), lifespan=lifespan)
    assert len(caught) == 1
    keys.get_signing_key("r")
    left = keys._remote._held[1].fresh_until - keys._remote._clock.monotonic()
    assert taken - 10 < left <= taken


@pytest.mark.parametrize("lifespan", [60, 86_400])
def test_a_lifespan_at_its_bounds_is_taken(lifespan):
    assert door.PyJWKClient(URI, lifespan=lifespan)


def test_the_lifespan_is_how_long_keys_are_fresh():
    keys, library = client(document("r"), lifespan=120)
    library.given = "max-age=86400"
    keys.get_signing_key("r")
    left = keys._remote._held[1].fresh_until - keys._remote._clock.monotonic()
    assert 110 < left <= 120


def test_without_the_extra_the_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "watchword.net.fetcher", None)
    with pytest.raises(jwt.PolicyRefused, match=r"watchword\[client\]"):
        door.PyJWKClient(URI)
    assert client(document("r"))[0].get_signing_key("r")
