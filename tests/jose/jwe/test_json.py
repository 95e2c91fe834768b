"""The JSON serialization, flattened and general."""

import json

import pytest
from tests.jose.jwe.recipients import (
    DATA,
    ENCS,
    WAYS,
    decrypter,
    document,
    encoded,
    key,
    sending,
    token,
)

from watchword import jwe, jwt
from watchword.base import base64url
from watchword.base.limits import JWE_AAD_BYTES_MAX, JWE_CIPHERTEXT_BYTES_MAX, JWE_JSON_BYTES_MAX

COMPANY = ["RSA-OAEP-256", "ECDH-ES+A256KW", "A256KW", "A128GCMKW", "PBES2-HS256+A128KW"]


def opened(changed, alg="A128KW", **options):
    return decrypter(alg, **options).decrypt_json(json.dumps(changed))


def without(members, *names):
    return {name: value for name, value in members.items() if name not in names}


@pytest.mark.parametrize("enc", ENCS)
@pytest.mark.parametrize(("alg", "crv"), WAYS)
@pytest.mark.parametrize("listed", [False, True])
def test_what_is_encrypted_is_decrypted(alg, crv, enc, listed):
    """RFC 7516 section 7.2."""
    held = sending(alg, enc, crv)
    text = jwe.encrypt_json(DATA, [held] if listed else held, enc=enc, aad=b"beside")
    members = json.loads(text)
    assert "recipients" not in members
    result = decrypter(alg, enc, crv).decrypt_json(text)
    assert (result.data, result.aad) == (DATA, b"beside")
    assert result.header.protected == result.header.members
    assert result.key is key(alg, enc, crv)
    assert decrypter(alg, enc, crv).decrypt_json(text.encode()) == result


@pytest.mark.requirement("tokens:J-38:recipients", "rfc7516:7.2.1:recipients")
def test_each_of_several_recipients_opens_it_with_its_own_key():
    keys = [sending(alg, crv="P-256" if "ECDH" in alg else None) for alg in COMPANY]
    text = jwe.encrypt_json(
        DATA, keys, enc="A128GCM", header={"cty": "text/plain"}, unprotected={"note": "open"}
    )
    for alg in COMPANY:
        result = decrypter(alg, crv="P-256" if "ECDH" in alg else None).decrypt_json(text)
        assert result.data == DATA
        assert result.header.alg == alg
        assert dict(result.header.protected) == {"enc": "A128GCM", "cty": "text/plain"}
        assert result.header.members["note"] == "open"
    with pytest.raises(jwt.UnknownKey) as caught:
        jwe.Decrypter(jwe.Secret.generate("A256KW", kid="x"), enc=["A128GCM"]).decrypt_json(text)
    assert caught.value.claim == "kid"
    with pytest.raises(jwt.AlgorithmRefused):
        decrypter("A192KW").decrypt_json(text)
    with pytest.raises(jwt.AlgorithmRefused):
        decrypter("A256KW", "A256GCM").decrypt_json(text)


def test_recipients_without_kids_are_tried_in_turn():
    """No kid tells which of two recipients is meant: the one that opens is."""
    ours, other = (jwe.Secret.generate("A128KW") for _ in range(2))
    opener = jwe.Decrypter(ours, enc=["A128GCM"])
    for order in ([other, ours], [ours, other]):
        text = jwe.encrypt_json(DATA, order, enc="A128GCM")
        assert opener.decrypt_json(text).data == DATA
    with pytest.raises(jwt.DecryptionFailed):
        opener.decrypt_json(jwe.encrypt_json(DATA, [other, other], enc="A128GCM"))


@pytest.mark.parametrize("alg", ["dir", "ECDH-ES"])
def test_a_key_that_fixes_the_content_key_stands_alone(alg):
    """RFC 7516 section 5.1 steps 2 to 6."""
    crv = "X25519" if alg == "ECDH-ES" else None
    with pytest.raises(jwt.PolicyRefused, match="second recipient") as caught:
        jwe.encrypt_json(DATA, [sending(alg, crv=crv), sending("A128KW")], enc="A128GCM")
    assert caught.value.claim == "alg"
    alone = json.loads(jwe.encrypt_json(DATA, [sending(alg, crv=crv)], enc="A128GCM"))
    assert "encrypted_key" not in alone
    company = alone | {
        "protected": encoded({"enc": "A128GCM"}),
        "recipients": [{"header": {"alg": alg}}, {"header": {"alg": "A128KW"}}],
    }
    with pytest.raises(jwt.MalformedToken, match="second recipient") as malformed:
        opened(company, alg, crv=crv)
    assert malformed.value.claim == "alg"


@pytest.mark.parametrize("keys", [[], [None], ["text"], "text", b"bytes", object()])
def test_only_keys_for_encryption_encrypt(keys):
    with pytest.raises(jwt.PolicyRefused):
        jwe.encrypt_json(DATA, keys, enc="A128GCM")


def test_limits_at_writing():
    with pytest.raises(jwt.PolicyRefused, match="10"):
        jwe.encrypt_json(DATA, [sending("A128KW")] * 11, enc="A128GCM")
    for aad in (b"x" * (JWE_AAD_BYTES_MAX + 1), "text", None):
        with pytest.raises(jwt.PolicyRefused) as caught:
            document("A128KW", aad=aad)
        assert caught.value.claim == "aad"
    for header, unprotected in (
        ({"x": 1}, {"x": 1}),
        ({}, {"alg": "dir"}),
        ({}, {"crit": ["x"]}),
        ({}, {"x": object()}),
        ({}, {"x": "\ud800"}),
        ({}, {"x": "y" * 5_000}),
    ):
        with pytest.raises(jwt.PolicyRefused):
            document("A128KW", header=header, unprotected=unprotected)


def test_the_largest_document_that_is_written_is_read():
    keys = [jwe.Secret.generate("A256GCMKW", kid=f"{number}" * 256) for number in range(10)]
    largest = {"x": "y" * 3_000}
    text = jwe.encrypt_json(
        b"x" * (JWE_CIPHERTEXT_BYTES_MAX - 1),
        keys,
        enc="A256CBC-HS512",
        header=largest,
        unprotected={"z": "y" * 4_000},
        aad=b"x" * JWE_AAD_BYTES_MAX,
    )
    assert len(text) < JWE_JSON_BYTES_MAX
    opener = jwe.Decrypter(keys[-1], enc=["A256CBC-HS512"])
    assert len(opener.decrypt_json(text).data) == JWE_CIPHERTEXT_BYTES_MAX - 1


def test_an_empty_content_keeps_its_member():
    members = document("A128KW", data=b"")
    assert members["ciphertext"] == ""
    assert opened(members).data == b""


def test_members_that_would_be_empty_are_left_out():
    """RFC 7516 section 7.2.1: each "must be absent" where its value would be empty."""
    assert document("dir").keys() == {"protected", "iv", "ciphertext", "tag"}
    assert document("A128KW").keys() == document("dir").keys() | {"encrypted_key"}


@pytest.mark.requirement("tokens:J-38:disjoint-names", "rfc7516:7.2.1:disjoint-names")
@pytest.mark.parametrize("where", ["unprotected", "header"])
@pytest.mark.parametrize("name", ["alg", "enc", "kid", "extra"])
def test_a_name_stands_in_one_header_only(where, name):
    members = document("A128KW", header={"extra": 1})
    with pytest.raises(jwt.MalformedToken, match="two places"):
        opened(members | {where: {name: "A128KW"}})


def test_a_name_does_not_stand_in_both_unprotected_headers():
    members = document("A128KW", unprotected={"note": 1})
    with pytest.raises(jwt.MalformedToken, match="two places"):
        opened(members | {"header": {"note": 1}})


@pytest.mark.requirement("tokens:J-38:protected-only", "rfc7516:4.1.3:zip-protected")
@pytest.mark.parametrize(
    "member", [{"crit": ["x"]}, {"zip": "DEF"}, {"crit": []}, {"zip": 7}], ids=str
)
@pytest.mark.parametrize("where", ["unprotected", "header"])
def test_what_decides_how_a_token_is_read_is_protected(where, member):
    """RFC 7516 sections 4.1.3 and 4.1.13."""
    with pytest.raises(jwt.MalformedToken):
        opened(document("A128KW") | {where: member}, zip=True)
    named = document("A128KW", header={"crit": ["x"], "x": 1})
    protected = json.loads(base64url.decode(named["protected"]))
    moved = without(named, "protected") | {"protected": encoded(without(protected, "x"))}
    with pytest.raises(jwt.CriticalHeader):
        opened(moved | {where: {"x": 1}}, crit={"x": print})


def test_alg_and_enc_may_stand_unprotected_and_are_checked_all_the_same():
    """RFC 7520 sections 5.11 and 5.12 write them so, and are read; decision 0075."""
    bare = without(document("A128KW"), "protected")
    for header in ({"alg": "A192KW", "enc": "A128GCM"}, {"alg": "A128KW", "enc": "A256GCM"}):
        with pytest.raises(jwt.AlgorithmRefused):
            opened(bare | {"unprotected": header})


def test_all_recipients_have_one_enc():
    members = json.loads(jwe.encrypt_json(DATA, [key("A128KW"), key("A128GCMKW")], enc="A128GCM"))
    one, two = members["recipients"]
    one["header"]["enc"], two["header"]["enc"] = "A128GCM", "A256GCM"
    with pytest.raises(jwt.MalformedToken, match="one enc") as caught:
        opened(without(members, "protected"))
    assert caught.value.claim == "enc"


def test_one_password_at_most_is_derived():
    passwords = [jwe.Password(f"p{n}", iterations=1_000) for n in range(2)]
    text = jwe.encrypt_json(DATA, passwords, enc="A128GCM")
    with pytest.raises(jwt.MalformedToken, match="password") as caught:
        jwe.Decrypter(passwords[0], enc=["A128GCM"]).decrypt_json(text)
    assert caught.value.claim == "p2c"


@pytest.mark.parametrize(
    ("change", "claim"),
    [
        ({"ciphertext": ...}, None),
        ({"payload": ""}, None),
        ({"protected": 7}, "protected"),
        ({"protected": "é"}, None),
        ({"protected": "e30="}, None),
        ({"protected": "W10"}, None),
        ({"unprotected": []}, "unprotected"),
        ({"unprotected": None}, "unprotected"),
        ({"header": "x"}, "header"),
        ({"encrypted_key": 7}, "encrypted_key"),
        ({"encrypted_key": "="}, "encrypted_key"),
        ({"iv": ...}, None),
        ({"tag": ...}, None),
        ({"iv": None}, "iv"),
        ({"tag": ["x"]}, "tag"),
        ({"ciphertext": 7}, "ciphertext"),
        ({"ciphertext": "*"}, "ciphertext"),
        ({"aad": 7}, "aad"),
        ({"aad": "Q"}, "aad"),
    ],
    ids=str,
)
def test_a_document_of_wrong_form_is_malformed_and_its_member_named(change, claim):
    members = document("A128KW") | change
    with pytest.raises(jwt.MalformedToken) as caught:
        opened({name: value for name, value in members.items() if value is not ...})
    assert caught.value.claim == claim


def test_an_empty_protected_header_is_left_out():
    """RFC 7516 section 7.2.1: the member is absent where the header would be empty."""
    members = document("A128KW")
    moved = {"unprotected": json.loads(base64url.decode(members["protected"]))}
    with pytest.raises(jwt.DecryptionFailed):  # its form is right
        opened(without(members, "protected") | moved)
    with pytest.raises(jwt.MalformedToken, match="empty") as caught:
        opened(members | {"protected": ""} | moved)
    assert caught.value.claim == "protected"


@pytest.mark.parametrize(
    ("forms", "claim"),
    [
        ([], "recipients"),
        ({}, "recipients"),
        ("", "recipients"),
        ("x", "recipients"),
        ([1], "recipients"),
        ([{}, "x"], "recipients"),
        ([{"header": 7}], "header"),
    ],
)
def test_recipients_are_a_list_of_objects(forms, claim):
    members = without(document("A128KW"), "encrypted_key") | {"recipients": forms}
    with pytest.raises(jwt.MalformedToken) as caught:
        opened(members)
    assert caught.value.claim == claim


@pytest.mark.parametrize("beside", [{"header": {}}, {"encrypted_key": ""}], ids=str)
def test_a_document_is_flattened_or_general_and_not_both(beside):
    """RFC 7516 section 7.2.2."""
    text = jwe.encrypt_json(DATA, [key("A128KW"), key("A128GCMKW")], enc="A128GCM")
    assert opened(json.loads(text)).data == DATA
    with pytest.raises(jwt.MalformedToken, match="not both"):
        opened(json.loads(text) | beside)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "7",
        "null",
        "{}",
        '{"ciphertext":"","ciphertext":""}',
        '{"ciphertext":"\\ud800"}',
        '{"ciphertext":"\ud800"}',
        "\ufeff{}",
        b"\xff",
        b'{"ciphertext":' + b"[" * 100_000,
        None,
        7,
        {"ciphertext": ""},
    ],
    ids=repr,
)
def test_what_is_no_document_is_malformed(text):
    with pytest.raises(jwt.MalformedToken):
        decrypter("A128KW").decrypt_json(text)


def test_a_document_beyond_its_limits_is_too_large():
    members = document("A128KW")
    for text, claim in (
        ("x" * (JWE_JSON_BYTES_MAX + 1), None),
        ("é" * (JWE_JSON_BYTES_MAX // 2 + 1), None),
        (json.dumps(members | {"aad": base64url.encode(b"x" * (JWE_AAD_BYTES_MAX + 1))}), "aad"),
        (json.dumps(members | {"ciphertext": "A" * 349_600}), None),
        (json.dumps(without(members, "encrypted_key") | {"recipients": [{}] * 11}), None),
    ):
        with pytest.raises(jwt.TokenTooLarge) as caught:
            decrypter("A128KW").decrypt_json(text)
        assert caught.value.claim == claim


@pytest.mark.requirement("tokens:J-16:jwe-forms-exclude-each-other")
def test_no_text_is_valid_in_both_forms():
    compact, text = token("A128KW"), json.dumps(document("A128KW"))
    opener = decrypter("A128KW")
    assert opener.decrypt(compact).data == opener.decrypt_json(text).data
    for read, given in ((opener.decrypt, text), (opener.decrypt_json, compact)):
        with pytest.raises(jwt.MalformedToken):
            read(given)


def test_unknown_members_of_a_document_are_ignored():
    """RFC 7516 section 7.2."""
    assert opened(document("A128KW") | {"x": 1}).data == DATA
    assert opened(document("A128KW") | {"header": {}, "unprotected": {}}).data == DATA


@pytest.mark.parametrize("name", ["iv", "ciphertext", "tag", "encrypted_key", "aad", "protected"])
def test_a_change_of_any_member_is_noticed(name):
    members = document("A128KW", aad=b"beside")
    decoded = bytearray(base64url.decode(members[name]))
    for position in range(len(decoded)):
        changed = bytearray(decoded)
        changed[position] ^= 1
        with pytest.raises(jwt.TokenError):
            opened(members | {name: base64url.encode(bytes(changed))})
    with pytest.raises(jwt.TokenError):
        opened(without(members, name))


def test_a_compressed_content_is_read_where_asked():
    """The JSON form is never written so; a compact token says the same in other brackets."""
    names = ("protected", "encrypted_key", "iv", "ciphertext", "tag")
    text = token("A128KW", unsafe_zip="DEF")
    members = dict(zip(names, text.split("."), strict=True))
    assert opened(members, zip=True).data == DATA
    with pytest.raises(jwt.AlgorithmRefused):
        opened(members)
    with pytest.raises(jwt.PolicyRefused):
        document("A128KW", header={"zip": "DEF"})
