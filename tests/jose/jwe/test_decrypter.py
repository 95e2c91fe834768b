"""A Decrypter is built whole or not at all."""

import pytest
from tests.jose.jwe.recipients import DATA, key, sending

from watchword import jwe, jwt


@pytest.mark.parametrize("enc", [[], (), {}, "A128GCM", ["none"], ["A128KW"], [""]])
def test_the_accepted_content_encryptions_are_named(enc):
    with pytest.raises(jwt.PolicyRefused) as caught:
        jwe.Decrypter(key("A128KW"), enc=enc)
    assert caught.value.claim == "enc"


@pytest.mark.parametrize(
    "keys", ["text", b"bytes", None, [], ["text"], [None], object(), [key("A128KW"), "text"]]
)
def test_keys_are_key_objects(keys):
    with pytest.raises(jwt.PolicyRefused):
        jwe.Decrypter(keys, enc=["A128GCM"])


def test_a_public_half_does_not_decrypt():
    with pytest.raises(jwt.InvalidKey, match="private"):
        jwe.Decrypter(sending("RSA-OAEP"), enc=["A128GCM"])


@pytest.mark.requirement("tokens:J-7:decryption-keys-of-one-kind")
def test_keys_are_of_one_kind_and_each_kid_stands_once():
    with pytest.raises(jwt.PolicyRefused, match="never both"):
        jwe.Decrypter([key("A128KW"), key("RSA-OAEP")], enc=["A128GCM"])
    with pytest.raises(jwt.PolicyRefused, match="same kid") as caught:
        jwe.Decrypter([key("A128KW"), key("A128KW")], enc=["A128GCM"])
    assert caught.value.claim == "kid"


def test_there_are_one_to_fifty_keys():
    many = [jwe.Secret.generate("A128KW", kid=f"{number}") for number in range(51)]
    opener = jwe.Decrypter(many[:50], enc=["A128GCM"])
    assert opener.decrypt(jwe.encrypt(DATA, many[49], enc="A128GCM")).data == DATA
    for keys in ([], many):
        with pytest.raises(jwt.PolicyRefused, match="1 to 50"):
            jwe.Decrypter(keys, enc=["A128GCM"])


def test_several_keys_each_serve_their_algorithm():
    keys = [key("A128KW"), key("A256GCMKW"), key("PBES2-HS256+A128KW")]
    opener = jwe.Decrypter(iter(keys), enc=["A128GCM", "A256GCM"])
    for each in keys:
        opened = opener.decrypt(jwe.encrypt(DATA, each, enc="A256GCM"))
        assert opened.key is each


def test_direct_secrets_are_chosen_by_their_enc():
    keys = [jwe.Secret.generate("dir", enc=enc) for enc in ("A128GCM", "A256GCM")]
    opener = jwe.Decrypter(keys, enc=["A128GCM", "A256GCM"])
    for each in keys:
        assert opener.decrypt(jwe.encrypt(DATA, each, enc=each.enc)).key is each


@pytest.mark.requirement("tokens:J-32:dir-bound-to-enc")
def test_a_direct_secret_is_for_its_enc_alone():
    """Tokens.md J-32."""
    secret = jwe.Secret.generate("dir", enc="A256GCM")
    with pytest.raises(jwt.KeyMismatch) as mismatch:
        jwe.encrypt(DATA, secret, enc="A128CBC-HS256")  # which takes as many bytes
    with pytest.raises(jwt.PolicyRefused) as refused:
        jwe.Decrypter(secret, enc=["A128CBC-HS256"])
    assert (mismatch.value.claim, refused.value.claim) == ("enc", "enc")


def test_two_keys_of_one_algorithm_without_kids_are_ambiguous():
    keys = [jwe.Secret.generate("A128KW") for _ in range(2)]
    with pytest.raises(jwt.UnknownKey) as caught:
        jwe.Decrypter(keys, enc=["A128GCM"]).decrypt(jwe.encrypt(DATA, keys[0], enc="A128GCM"))
    assert caught.value.claim == "kid"


def test_a_single_key_without_a_kid_serves_tokens_with_one():
    named = jwe.Secret.generate("A128KW", kid="named")
    members = named.to_jwk(private=True)
    del members["kid"]
    text = jwe.encrypt(DATA, named, enc="A128GCM")
    assert jwe.Decrypter(jwe.Secret.from_jwk(members), enc=["A128GCM"]).decrypt(text).data == DATA
    other = jwe.Secret.generate("A128GCMKW")
    unnamed = [jwe.Secret.from_jwk(members), other]
    with pytest.raises(jwt.UnknownKey):
        jwe.Decrypter(unnamed, enc=["A128GCM"]).decrypt(text)


@pytest.mark.parametrize("alg", ["A128KW", "RSA-OAEP", "ECDH-ES", "PBES2-HS256+A128KW"])
def test_key_ops_bound_what_a_key_does(alg):
    """Tokens.md J-6."""
    row = jwe.KEY_MANAGEMENT[alg]
    whole = key(alg, crv=next(iter(row.curves), None))
    kind, members = type(whole), whole.to_jwk(private=True)
    for operations, encrypts, decrypts in (
        (sorted(row.public_operations), True, row.public_operations == row.private_operations),
        (sorted(row.private_operations), row.public_operations == row.private_operations, True),
        (sorted(row.public_operations | row.private_operations), True, True),
    ):
        held = kind.from_jwk(members | {"key_ops": operations})
        if encrypts:
            text = jwe.encrypt(DATA, held, enc="A128GCM")
        else:
            with pytest.raises(jwt.KeyMismatch, match=r"allow to encrypt$") as caught:
                jwe.encrypt(DATA, held, enc="A128GCM")
            assert caught.value.claim == "key_ops"
            text = jwe.encrypt(DATA, whole, enc="A128GCM")
        if decrypts:
            assert jwe.Decrypter(held, enc=["A128GCM"]).decrypt(text).data == DATA
        else:
            with pytest.raises(jwt.KeyMismatch, match=r"allow to decrypt$"):
                jwe.Decrypter(held, enc=["A128GCM"])
    with pytest.raises(jwt.KeyMismatch):
        kind.from_jwk(members | {"key_ops": ["sign"]})
