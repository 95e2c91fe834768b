import json

import pytest
from tests.jose.keys import key, public

from watchword import jwt
from watchword.base import base64url
from watchword.jose.jwk.keyset import as_source


@pytest.mark.requirement("tokens:J-7:sets-are-of-one-kind")
def test_a_set_is_all_secrets_or_all_pairs():
    """Tokens.md J-7; Wycheproof json_web_key 1."""
    with pytest.raises(jwt.InvalidKey, match="never both"):
        jwt.KeySet([key("HS256"), key("ES256")])


@pytest.mark.requirement("tokens:J-7:sets-are-of-one-kind")
def test_a_kid_is_used_once():
    with pytest.raises(jwt.InvalidKey, match="same kid"):
        jwt.KeySet([key("ES256"), key("ES256")])


@pytest.mark.parametrize("keys", [[], ["x" * 32], [b"x" * 32], [None], None, 7, key("ES256")])
def test_what_is_no_key_makes_no_set(keys):
    with pytest.raises(jwt.InvalidKey):
        jwt.KeySet(keys)


def test_a_set_holds_at_most_50_keys():
    made = jwt.Key.generate("Ed25519", kid=None)
    assert len(jwt.KeySet([made] * 50)) == 50
    with pytest.raises(jwt.InvalidKey, match="50"):
        jwt.KeySet([made] * 51)


@pytest.mark.requirement("tokens:J-8:exactly-one-key")
def test_a_key_is_found_by_kid_and_algorithm():
    """RFC 8725 section 3.10; tokens.md J-8."""
    keys = jwt.KeySet([public("ES256"), public("RS256"), public("PS256")])
    assert keys.algorithms == {"ES256", "RS256", "PS256"}
    assert keys.find("RS256", "kid-RS256") is public_of(keys, "RS256")
    assert keys.find("RS256", None).alg == "RS256"
    for alg, kid in (("RS256", "kid-PS256"), ("RS256", "unknown"), ("HS256", None), ("RS256", "")):
        with pytest.raises(jwt.UnknownKey):
            keys.find(alg, kid)


def public_of(keys, alg):
    return next(each for each in keys if each.alg == alg)


def test_without_a_kid_exactly_one_key_must_fit():
    keys = jwt.KeySet([jwt.Key.generate("Ed25519"), jwt.Key.generate("Ed25519")])
    with pytest.raises(jwt.UnknownKey, match="not exactly one"):
        keys.find("Ed25519", None)


def test_a_single_key_without_kid_serves_a_token_with_one():
    only = jwt.Key.generate("Ed25519", kid=None)
    assert jwt.KeySet([only]).find("Ed25519", "any") is only
    with pytest.raises(jwt.UnknownKey):
        jwt.KeySet([only]).find("EdDSA", "any")
    with pytest.raises(jwt.UnknownKey):
        jwt.KeySet([only, public("ES256")]).find("Ed25519", "any")


@pytest.mark.parametrize("named", [(None, None), ("auto", None), (None, "auto")])
def test_several_keys_for_an_algorithm_are_published_only_with_kids(named):
    """A verifier of such a set would refuse every token of it, and only later."""
    keys = [jwt.Key.from_pem(jwt.Key.generate("ES256").public().to_pem(), alg="ES256", kid=kid)
            for kid in named]  # fmt: skip
    with pytest.raises(jwt.InvalidKey, match=r'for ES256.* kid="auto"') as caught:
        jwt.KeySet(keys).publish()
    assert caught.value.claim == "kid"


def test_keys_for_different_algorithms_are_published_without_kids():
    """The header's alg chooses."""
    keys = jwt.KeySet([jwt.Key.generate(alg, kid=None) for alg in ("ES256", "Ed25519")])
    assert jwt.KeySet.from_jwks(keys.publish()).publish() == keys.publish()


def test_publishing_shows_public_halves():
    keys = jwt.KeySet([key("ES256"), key("RS256").public()])
    document = keys.publish()
    assert [each["kid"] for each in document["keys"]] == ["kid-ES256", "kid-RS256"]
    assert not any("d" in each for each in document["keys"])
    assert list(jwt.KeySet.from_jwks(json.dumps(document)).publish()["keys"]) == document["keys"]


@pytest.mark.requirement("rfc7517:5:unknown-skipped")
def test_what_is_not_understood_is_skipped():
    """RFC 7517 section 5; tokens.md J-7."""
    good = public("ES256").to_jwk()
    without_alg = {name: value for name, value in good.items() if name != "alg"}
    document = {
        "keys": [
            good,
            {"kty": "AKP", "alg": "SLH-DSA-SHA2-128s", "pub": "AAAA"},
            {"kty": "EC", "crv": "P-256", "alg": "ECDH-ES", "use": "enc"},
            {"kty": "EC", "crv": "P-256", "alg": "ECDH-ES"},
            {"kty": "EC", "crv": "P-256", "alg": "ES256", "key_ops": ["deriveKey"]},
            {"kty": "LWE", "alg": "ES256", "k": "AAAA"},
            {"kty": ["EC"], "alg": "ES256"},
            {"kty": "EC", "crv": "P-192", "alg": "ES256", "x": "AAAA", "y": "AAAA"},
            {"kty": "OKP", "crv": ["Ed25519"], "alg": "Ed25519"},
            {"kty": "EC", "crv": "P-256", "alg": ["ES256"]},
            {"kty": "OKP", "crv": "X25519", "x": "AAAA"},
            {**without_alg, "kid": "no alg, and none offered"},
            {"kty": "OKP", "crv": "Ed448", "x": "AAAA"},
        ]
    }
    assert [each.kid for each in jwt.KeySet.from_jwks(document)] == ["kid-ES256"]


def test_a_key_without_alg_takes_the_one_offered_name_that_fits():
    members = public("RS256").to_jwk()
    del members["alg"]
    keys = jwt.KeySet.from_jwks({"keys": [members]}, algorithms=["RS256", "ES256", "Ed25519"])
    assert keys.algorithms == {"RS256"}
    with pytest.raises(jwt.InvalidKey):  # two fit, so neither is taken, so nothing is left
        jwt.KeySet.from_jwks({"keys": [members]}, algorithms=["RS256", "PS256"])
    curve = public("ES384").to_jwk()
    del curve["alg"]
    keys = jwt.KeySet.from_jwks({"keys": [curve]}, algorithms=["ES256", "ES384"])
    assert keys.algorithms == {"ES384"}


@pytest.mark.requirement("tokens:J-7:broken-key-refuses-the-set")
def test_a_broken_key_that_is_understood_refuses_the_set():
    """Tokens.md J-7: and says which key it is."""
    weak = {"kty": "RSA", "alg": "RS256", "e": "AQAB", "n": base64url.encode(b"\xff" * 128)}
    good = public("ES256").to_jwk()
    with pytest.raises(jwt.WeakKey, match="key 2 of the set: an RSA key has at least 2048 bits"):
        jwt.KeySet.from_jwks({"keys": [good, weak]})
    with pytest.raises(jwt.WeakKey, match="key 'old' of the set"):
        jwt.KeySet.from_jwks({"keys": [good, {**weak, "kid": "old"}]})
    with pytest.raises(jwt.InvalidKey, match="key 1 of the set") as caught:
        jwt.KeySet.from_jwks({"keys": [{**good, "kid": "k" * 257}]})
    assert caught.value.claim == "kid"
    with pytest.raises(jwt.InvalidKey, match="key 'kid-ES256' of the set") as caught:
        jwt.KeySet.from_jwks({"keys": [{**good, "y": good["x"]}]})
    for wrong in ({**good, "crv": "P-384"}, {**good, "kty": "OKP"}, {**good, "key_ops": "sign"}):
        with pytest.raises(jwt.KeyRefused, match="of the set"):
            jwt.KeySet.from_jwks({"keys": [wrong]})


def test_a_single_jwk_is_sent_to_its_reader():
    with pytest.raises(jwt.InvalidKey, match=r"Key\.from_jwk"):
        jwt.KeySet.from_jwks(public("ES256").to_jwk())


@pytest.mark.parametrize("document", [{}, {"keys": {}}, {"keys": [1]}, {"keys": []}, "[]", "{"])
def test_what_is_no_key_set_is_refused(document):
    with pytest.raises(jwt.InvalidKey):
        jwt.KeySet.from_jwks(document)


def test_a_jwks_has_at_most_50_keys():
    with pytest.raises(jwt.InvalidKey, match="50"):
        jwt.KeySet.from_jwks({"keys": [public("ES256").to_jwk()] * 51})


def test_shared_secrets_make_a_set_too():
    members = [key(alg).to_jwk(private=True) for alg in ("HS256", "HS384")]
    keys = jwt.KeySet.from_jwks({"keys": members})
    assert [type(each) for each in keys] == [jwt.Secret, jwt.Secret]


def test_a_set_of_no_keys_is_refused_even_where_none_was_understood():
    """RFC 7517 section 5: what is skipped leaves a set that verifies nothing."""
    for empty in ((), iter(())):
        with pytest.raises(jwt.InvalidKey, match="1 to 50"):
            jwt.KeySet(empty)


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ({"kty": "EC", "keys": []}, "one JWK and no set"),
        ({}, "at most 50"),
        ({"keys": {}}, "at most 50"),
        ({"keys": [{}] * 51}, "at most 50"),
        ({"keys": ["x"]}, "is a JSON object"),
    ],
)
def test_the_refusal_of_a_document_names_its_keys(document, fault):
    """RFC 7517 section 5."""
    with pytest.raises(jwt.InvalidKey, match=fault) as caught:
        jwt.KeySet.from_jwks(document)
    assert caught.value.claim == "keys"


def test_a_document_of_fifty_keys_is_read():
    """Tokens.md section 4."""
    members = public("ES256").to_jwk()
    listed = [members | {"kid": f"kid {number}"} for number in range(50)]
    assert len(jwt.KeySet.from_jwks({"keys": listed})) == 50


def test_the_refusal_names_the_kid():
    """RFC 7515 section 4.1.4; RFC 7517 section 4.5."""
    pair = [jwt.Key.generate("ES256", kid=kid) for kid in ("one", "two")]
    with pytest.raises(jwt.InvalidKey, match="same kid") as twice:
        jwt.KeySet([pair[0], jwt.Key.generate("ES384", kid="one")])
    assert twice.value.claim == "kid"
    with pytest.raises(jwt.UnknownKey, match="names no key") as unnamed:
        jwt.KeySet(pair).find("ES256", None)
    assert (unnamed.value.claim, unnamed.value.got) == ("kid", None)
    with pytest.raises(jwt.UnknownKey, match="no key of the set") as unknown:
        jwt.KeySet(pair).find("ES256", "three")
    assert (unknown.value.claim, unknown.value.got) == ("kid", "three")


@pytest.mark.parametrize("use", ["enc", "other", None, 1])
def test_a_key_for_another_use_is_not_understood(use):
    """RFC 7517 section 4.2: another key of the document is read all the same."""
    other = public("ES384").to_jwk() | {"use": use}
    found = jwt.KeySet.from_jwks({"keys": [other, public("ES256").to_jwk()]})
    assert [key.alg for key in found] == ["ES256"]


@pytest.mark.parametrize("size", [256, 257])
def test_a_broken_key_is_named_by_a_kid_of_a_kids_size(size):
    """A longer one is no kid, so the key is named by its place."""
    kid = "k" * size
    broken = public("ES256").to_jwk() | {"kid": kid, "x": "AA"}
    with pytest.raises(jwt.InvalidKey) as caught:
        jwt.KeySet.from_jwks({"keys": [broken]})
    assert (f"key {kid!r} of the set" if size == 256 else "key 1 of the set") in caught.value.hint


def test_a_single_key_stands_for_a_set_of_one():
    single = public("ES256")
    source = as_source(single)
    assert [*source] == [single]
    assert repr(source) == f"KeySet([{single!r}])"
    assert as_source(source) is source


def test_a_set_begins_with_nothing_prepared():
    assert jwt.KeySet([jwt.Secret.generate("HS256")]).prepared == {}
