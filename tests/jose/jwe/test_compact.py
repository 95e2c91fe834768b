"""The compact serialization, end to end through the door."""

import json

import pytest
from tests.jose import forge
from tests.jose.jwe.recipients import (
    DATA,
    ENCS,
    WAYS,
    decrypter,
    encoded,
    joined,
    key,
    parts,
    reheaded,
    sending,
    token,
)

from watchword import jwe, jwt
from watchword.base.limits import INFLATED_BYTES_MAX, JWE_BYTES_MAX, JWE_CIPHERTEXT_BYTES_MAX


@pytest.mark.requirement(
    "tokens:J-32:algorithms", "rfc7518:4.1:algorithms", "rfc8037:3.2:agreement"
)
@pytest.mark.parametrize("enc", ENCS)
@pytest.mark.parametrize(("alg", "crv"), WAYS)
def test_what_is_encrypted_is_decrypted(alg, crv, enc):
    """Tokens.md J-32."""
    text = token(alg, enc, crv)
    opened = decrypter(alg, enc, crv).decrypt(text)
    assert opened.data == DATA
    assert (opened.header.alg, opened.header.enc) == (alg, enc)
    assert opened.header.kid == f"kid-{alg}"
    assert opened.key is key(alg, enc, crv)
    assert opened.aad == b""
    assert decrypter(alg, enc, crv).decrypt(text.encode()) == opened


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 4096])
@pytest.mark.parametrize("enc", ENCS)
def test_a_content_of_any_size_comes_back(enc, size):
    text = token("dir", enc, data=b"x" * size)
    assert decrypter("dir", enc).decrypt(text).data == b"x" * size


def test_each_token_has_its_own_key_and_vector():
    one, other = (parts(token("A128KW")) for _ in range(2))
    assert all(one[part] != other[part] for part in range(1, 5))


@pytest.mark.requirement("tokens:J-29:decrypt-refuses-jws", "security-a:13:decrypt-refuses-jws")
def test_a_signed_token_is_refused_as_such():
    with pytest.raises(jwt.MalformedToken, match="JWS"):
        decrypter("A128KW").decrypt(forge.token())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "....",
        "a.b.c.d",
        "a.b.c.d.e.f",
        "." * 5_000,
        "é.b.c.d.e",
        b"\xff.b.c.d.e",
        '{"ciphertext":""}',
        " {}",
        None,
        7,
        ["a"],
    ],
)
def test_what_is_no_compact_token_is_malformed(text):
    with pytest.raises(jwt.MalformedToken):
        decrypter("A128KW").decrypt(text)


def test_a_document_is_sent_to_the_other_method():
    document = jwe.encrypt_json(DATA, key("A128KW"), enc="A128GCM")
    with pytest.raises(jwt.MalformedToken, match="decrypt_json"):
        decrypter("A128KW").decrypt(document)


@pytest.mark.parametrize("part", range(5))
def test_every_part_is_canonical_base64url(part):
    """Tokens.md J-15: padding, the standard alphabet and unused bits are refused."""
    good = token("A128KW").split(".")
    for spoilt in (good[part] + "=", good[part] + "+", " " + good[part], good[part] + "\n"):
        changed = [*good[:part], spoilt, *good[part + 1 :]]
        with pytest.raises(jwt.MalformedToken):
            decrypter("A128KW").decrypt(".".join(changed))


@pytest.mark.parametrize(
    "header",
    [
        "[]",
        "7",
        '{"alg":"A128KW","alg":"A128KW","enc":"A128GCM"}',
        '{"alg":"A128KW"',
        {"alg": "A128KW"},
        {"enc": "A128GCM"},
        {"alg": 7, "enc": "A128GCM"},
        {"alg": "A128KW", "enc": ["A128GCM"]},
        {"alg": "A128KW", "enc": "A128GCM", "kid": {}},
        {"alg": "A128KW", "enc": "A128GCM", "zip": True},
    ],
)
def test_a_header_of_wrong_form_is_malformed(header):
    rest = token("A128KW").split(".", 1)[1]
    with pytest.raises(jwt.MalformedToken):
        decrypter("A128KW").decrypt(f"{encoded(header)}.{rest}")


@pytest.mark.parametrize(
    "members",
    [
        {"kid": "x" * 257},
        {f"m{number}": number for number in range(64)},
        {"x": "y" * 4096},
        {"x": "y" * 9000},
    ],
)
def test_a_header_beyond_its_limits_is_too_large_or_refused(members):
    with pytest.raises(jwt.MalformedToken):
        decrypter("A128KW").decrypt(reheaded(token("A128KW"), **members))


def test_unknown_members_are_ignored():
    """RFC 7516 section 4; keys in a header are never followed."""
    members = {"jku": "http://127.0.0.1:9/", "x5u": "http://127.0.0.1:9/", "jwk": {}, "x": [1]}
    opened = decrypter("A128KW").decrypt(token("A128KW", header=members))
    assert opened.header.members["x"] == [1]


@pytest.mark.requirement("tokens:J-32:both-on-lists", "rfc7516:5.2:algorithms-listed")
@pytest.mark.parametrize(("alg", "enc"), [("A192KW", "A128GCM"), ("none", "A128GCM"), ("", "x")])
def test_an_alg_of_no_key_is_refused(alg, enc):
    text = reheaded(token("A128KW"), alg=alg, enc=enc)
    with pytest.raises(jwt.AlgorithmRefused) as caught:
        decrypter("A128KW").decrypt(text)
    assert caught.value.claim == "alg"


@pytest.mark.parametrize("enc", ["A256GCM", "A128CBC-HS256", "a128gcm", "XC20P", ""])
def test_an_enc_off_the_list_is_refused(enc):
    with pytest.raises(jwt.AlgorithmRefused) as caught:
        decrypter("A128KW").decrypt(reheaded(token("A128KW"), enc=enc))
    refusal = caught.value
    assert (refusal.claim, refusal.expected, refusal.got) == ("enc", frozenset({"A128GCM"}), enc)
    named = enc if enc in ENCS else "an algorithm that does not exist here"
    assert refusal.hint == f"the token says {named}; accepted is A128GCM"


@pytest.mark.parametrize("kid", [None, "other", "kid-A128K", "kid-A128KW "])
def test_a_token_for_another_kid_finds_no_key(kid):
    one, two = (jwe.Secret.generate("A128KW", kid=name) for name in ("one", "two"))
    opener = jwe.Decrypter([one, two], enc=["A128GCM"])
    with pytest.raises(jwt.UnknownKey):
        opener.decrypt(reheaded(jwe.encrypt(DATA, one, enc="A128GCM"), kid=kid or ...))
    assert opener.decrypt(jwe.encrypt(DATA, two, enc="A128GCM")).key is two


@pytest.mark.requirement("tokens:J-37:zip-is-asked-for", "security-a:17:zip-is-asked-for")
def test_compressed_contents_are_written_and_read_only_where_asked():
    data = b"a" * 10_000
    text = token("A128KW", data=data, unsafe_zip="DEF")
    assert len(text) < 500
    assert decrypter("A128KW", zip=True).decrypt(text).data == data
    assert decrypter("A128KW", zip=True).decrypt(token("A128KW")).data == DATA
    with pytest.raises(jwt.AlgorithmRefused, match="zip=True"):
        decrypter("A128KW").decrypt(text)
    for other in ("def", "GZIP", "zlib", ""):
        with pytest.raises(jwt.AlgorithmRefused) as caught:
            decrypter("A128KW", zip=True).decrypt(reheaded(text, zip=other))
        assert (caught.value.claim, caught.value.expected) == ("zip", frozenset({"DEF"}))
    for other in ("def", True, "GZIP"):
        with pytest.raises(jwt.PolicyRefused):
            token("A128KW", unsafe_zip=other)


@pytest.mark.requirement("rfc7516:4.1.13:crit")
@pytest.mark.parametrize(
    "members",
    [
        {"crit": []},
        {"crit": "x"},
        {"crit": {}},
        {"crit": [1]},
        {"crit": ["x", "x"], "x": 1},
        {"crit": ["x"]},
        {"crit": ["x"], "x": 1},
        {"crit": ["enc"]},
        {"crit": ["p2c"], "p2c": 1000},
        {"crit": [""]},
    ],
)
def test_a_critical_member_that_is_not_understood_refuses_the_token(members):
    with pytest.raises(jwt.CriticalHeader):
        decrypter("A128KW").decrypt(reheaded(token("A128KW"), **members))


def test_a_handler_sees_its_critical_member():
    seen = []
    text = token("A128KW", header={"crit": ["x"], "x": {"y": 1}})
    assert decrypter("A128KW", crit={"x": seen.append}).decrypt(text).data == DATA
    assert seen == [{"y": 1}]


@pytest.mark.parametrize("error", [ValueError("secret"), jwt.CriticalHeader("no")])
def test_a_handler_refuses_a_value_and_its_words_are_kept_from_logs(error):
    def refuse(_value):
        raise error

    text = token("A128KW", header={"crit": ["x"], "x": 1})
    with pytest.raises(jwt.CriticalHeader) as caught:
        decrypter("A128KW", crit={"x": refuse}).decrypt(text)
    assert "secret" not in f"{caught.value}{caught.value.__context__!r}"


class Derived(str):
    """Text of a class that no encoder knows."""

    __slots__ = ()


@pytest.mark.parametrize(
    ("header", "claim"),
    [
        ({"alg": "dir"}, "alg"),
        ({"enc": "A256GCM"}, "enc"),
        ({"kid": "x"}, "kid"),
        ({"zip": "DEF"}, "zip"),
        ({"p2c": 1}, "p2c"),
        ({"cty": 7}, "cty"),
        ({"crit": ["x"]}, "crit"),
        ({"crit": []}, "crit"),
        ({"x": object()}, "x"),
        ({"x": b"bytes"}, "x"),
        ({"x": {1: 2}}, "x"),
        ({"x": [{"y": {None: 1}}]}, "x"),
        ({1: 2}, None),
        ({"x": 10**4300}, None),
        ({"x": Derived("y")}, None),
        ({"x": "\ud800"}, None),
        ({"x": "y" * 5000}, None),
        ({str(number): 0 for number in range(70)}, None),
    ],
)
def test_a_header_that_no_reader_would_accept_is_refused_at_writing(header, claim):
    """Tokens.md J-28."""
    with pytest.raises(jwt.PolicyRefused) as caught:
        token("A128KW", header=header)
    assert caught.value.claim == claim


@pytest.mark.parametrize("party", ["apu", "apv"])
@pytest.mark.parametrize("value", ["not base64url!", 7, "QQ=="])
def test_a_party_is_named_in_base64url(party, value):
    with pytest.raises(jwt.PolicyRefused) as caught:
        token("ECDH-ES", crv="X25519", header={party: value})
    assert caught.value.claim == party


@pytest.mark.requirement("rfc7518:4.6.1:parties")
@pytest.mark.parametrize("alg", ["ECDH-ES", "ECDH-ES+A128KW"])
def test_the_parties_are_part_of_the_key(alg):
    """RFC 7518 section 4.6.2: other parties, other key; with AES key wrap it shows at once."""
    text = token(alg, crv="X25519", header={"apu": "QWxpY2U", "apv": "Qm9i"})
    assert decrypter(alg, crv="X25519").decrypt(text).header.members["apu"] == "QWxpY2U"
    assert decrypter(alg, crv="X25519").decrypt(
        token(alg, crv="X25519", header={"apu": "", "apv": "Qm9i"})
    )
    with pytest.raises(jwt.DecryptionFailed):
        decrypter(alg, crv="X25519").decrypt(reheaded(text, apu="Qm9i"))
    with pytest.raises(jwt.MalformedToken):
        decrypter(alg, crv="X25519").decrypt(reheaded(text, apu=7))


@pytest.mark.parametrize("data", ["text", None, bytearray(b"x"), 7])
def test_a_content_is_bytes(data):
    with pytest.raises(jwt.PolicyRefused):
        token("A128KW", data=data)


@pytest.mark.parametrize("given", ["text", b"bytes", None, object(), forge.key("HS256")])
def test_only_a_key_for_encryption_encrypts(given):
    with pytest.raises(jwt.PolicyRefused, match=r"jwe\.Key"):
        jwe.encrypt(DATA, given, enc="A128GCM")


@pytest.mark.parametrize("enc", ["A128KW", "a128gcm", "", "none"])
def test_an_unknown_enc_is_refused_at_writing(enc):
    with pytest.raises(jwt.PolicyRefused, match="A128GCM"):
        jwe.encrypt(DATA, sending("A128KW"), enc=enc)


@pytest.mark.requirement("tokens:J-17:jwe-sizes-first")
def test_sizes_are_checked_at_both_ends():
    """Tokens.md section 4: a ciphertext of at most 256 KiB."""
    largest = b"x" * (JWE_CIPHERTEXT_BYTES_MAX - 1)
    for enc in ("A128GCM", "A128CBC-HS256"):
        text = token("A128KW", enc, data=largest)
        assert len(text) <= JWE_BYTES_MAX
        assert decrypter("A128KW", enc).decrypt(text).data == largest
    with pytest.raises(jwt.PolicyRefused):
        token("A128KW", data=largest + b"x")
    with pytest.raises(jwt.PolicyRefused):
        token("A128KW", data=b"x" * (INFLATED_BYTES_MAX + 1), unsafe_zip="DEF")
    header, encrypted_key, iv, _, tag = parts(token("A128KW"))
    grown = joined([header, encrypted_key, iv, b"x" * (JWE_CIPHERTEXT_BYTES_MAX + 3), tag])
    for long in (grown, "a" * (JWE_BYTES_MAX + 1), b"." * 10_000_000):
        with pytest.raises(jwt.TokenTooLarge):
            decrypter("A128KW").decrypt(long)


def test_chance_is_an_argument():
    class Counted:
        asked: list[int] = []  # noqa: RUF012 - of this test alone

        def token_bytes(self, count):
            self.asked.append(count)
            return b"\7" * count

    made = [token("A128GCMKW", "A192CBC-HS384", chance=Counted()) for _ in range(2)]
    assert made[0] == made[1]
    assert Counted.asked[:3] == [48, 12, 16]


def test_what_was_decrypted_shows_nothing():
    opened = decrypter("A128KW").decrypt(token("A128KW", header={"x": "hidden"}))
    assert repr(opened) == "Decrypted(alg='A128KW', enc='A128GCM', ...)"
    assert repr(decrypter("A128KW")) == "Decrypter(algorithms=['A128KW'], enc=['A128GCM'])"
    with pytest.raises(AttributeError):
        opened.data = b""
    assert not isinstance(opened, jwt.Verified)
    assert json.loads(json.dumps(dict(opened.header.protected))) == dict(opened.header.members)


def test_the_longest_text_is_looked_at_and_a_character_more_is_not():
    """Tokens.md J-36."""
    for text in ("a" * JWE_BYTES_MAX, b"a" * JWE_BYTES_MAX):
        with pytest.raises(jwt.MalformedToken, match="five parts"):
            decrypter("A128KW").decrypt(text)
        with pytest.raises(jwt.TokenTooLarge, match=str(JWE_BYTES_MAX)):
            decrypter("A128KW").decrypt(text + text[:1])


@pytest.mark.parametrize("text", ['{"ciphertext":""}', ' \n{"ciphertext":""} '])
def test_a_document_is_named_as_such(text):
    with pytest.raises(jwt.MalformedToken, match="decrypt_json"):
        decrypter("A128KW").decrypt(text)


def test_another_compression_is_refused_by_name():
    with pytest.raises(jwt.PolicyRefused, match="unsafe_zip") as caught:
        token("A128KW", unsafe_zip="GZIP")
    assert caught.value.claim == "zip"
