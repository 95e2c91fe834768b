import json

import pytest
from tests.jose import forge
from tests.jose.keys import key, public

from watchword import jws, jwt
from watchword.base import base64url
from watchword.base.limits import (
    JWS_DETACHED_BYTES_MAX,
    JWS_DOCUMENT_BYTES_MAX,
    JWS_SIGNATURES_MAX,
)

PAYLOAD = "signed, whatever it is: Łódź".encode()
KEYS = [key("ES256"), key("Ed25519"), key("RS256")]
SET = jwt.KeySet([public("ES256"), public("Ed25519"), public("RS256")])
VERIFIER = jws.Verifier(SET)


def entry(alg="ES256", protected=None, payload=PAYLOAD, **members):
    """Return a signature that no signer of ours would make."""
    header = forge.header(alg, typ=None) if protected is None else protected
    header_b64u = forge.encode(header if isinstance(header, str) else forge.dump(header))
    stamp = key(alg).stamper(header_b64u.encode())
    signature = stamp(forge.encode(payload).encode()).decode()
    made = {"protected": header_b64u, "signature": signature} | members
    return {name: value for name, value in made.items() if value is not ...}


def document(*entries, payload=PAYLOAD, **members):
    """Return the general form of entries; `...` removes a member."""
    made = {"payload": forge.encode(payload), "signatures": list(entries)} | members
    return json.dumps({name: value for name, value in made.items() if value is not ...})


def flattened(**members):
    made = {"payload": forge.encode(PAYLOAD)} | entry() | members
    return json.dumps({name: value for name, value in made.items() if value is not ...})


@pytest.mark.requirement("tokens:J-38:json-forms", "rfc7515:7.2:json-serialization")
def test_one_key_makes_the_flattened_form():
    """RFC 7515 section 7.2.2."""
    text = jws.sign_json(PAYLOAD, [key("ES256")])
    assert set(json.loads(text)) == {"payload", "protected", "signature"}
    proved = VERIFIER.verify_json(text)
    assert proved.data == PAYLOAD
    assert [key.kid for key in proved.keys] == ["kid-ES256"]


@pytest.mark.requirement("tokens:J-38:json-forms")
def test_several_keys_make_the_general_form_and_all_are_named():
    """RFC 7515 section 7.2.1."""
    text = jws.sign_json(PAYLOAD, KEYS)
    assert set(json.loads(text)) == {"payload", "signatures"}
    proved = VERIFIER.verify_json(text)
    assert [key.alg for key in proved.keys] == ["ES256", "Ed25519", "RS256"]
    assert [signature.header.alg for signature in proved.signatures] == [
        "ES256",
        "Ed25519",
        "RS256",
    ]


def test_each_signature_has_its_own_headers():
    text = jws.sign_json(
        PAYLOAD,
        [
            jws.Signatory(key("ES256"), header={"typ": "a"}, unprotected={"note": [1]}),
            jws.Signatory(key("Ed25519"), header={"typ": "b"}),
        ],
    )
    first, second = VERIFIER.verify_json(text).signatures
    assert (first.header.typ, dict(first.unprotected)) == ("a", {"note": [1]})
    assert (second.header.typ, dict(second.unprotected)) == ("b", {})
    with pytest.raises(TypeError):
        first.unprotected["note"] = 2


def test_the_unprotected_header_may_name_the_key():
    """RFC 7520 section 4.6."""
    own = jwt.Key.generate("ES256", kid=None)
    members = own.to_jwk() | {"kid": "named"}
    keys = jwt.KeySet([jwt.Key.from_jwk(members), public("ES256")])
    text = jws.sign_json(PAYLOAD, [jws.Signatory(own, unprotected={"kid": "named"})])
    assert jws.Verifier(keys).verify_json(text).keys[0].kid == "named"


@pytest.mark.requirement("rfc7797:3:b64")
@pytest.mark.parametrize("payload", [b"", b"$.02", PAYLOAD, b'"\\{}'])
def test_an_unencoded_payload_is_readable(payload):
    """RFC 7797 section 4.2."""
    text = jws.sign_json(payload, KEYS, b64=False)
    assert json.loads(text)["payload"] == payload.decode()
    assert VERIFIER.verify_json(text).data == payload


def test_an_unencoded_payload_in_json_is_utf8():
    with pytest.raises(jwt.PolicyRefused, match="UTF-8"):
        jws.sign_json(b"\xff", KEYS, b64=False)


@pytest.mark.requirement("rfc7515:F:detached-content")
@pytest.mark.parametrize("b64", [True, False])
@pytest.mark.parametrize("keys", [KEYS[:1], KEYS], ids=["flattened", "general"])
def test_a_payload_travels_beside_the_document(b64, keys):
    """RFC 7515 appendix F."""
    text = jws.sign_json_detached(b"\xff\0", keys, b64=b64)
    assert "payload" not in json.loads(text)
    assert VERIFIER.verify_json_detached(text, b"\xff\0").data == b"\xff\0"
    with pytest.raises(jwt.SignatureInvalid):
        VERIFIER.verify_json_detached(text, b"\xff")


def test_with_and_without_payload_are_two_ways():
    within = jws.sign_json(PAYLOAD, KEYS)
    beside = jws.sign_json_detached(PAYLOAD, KEYS)
    with pytest.raises(jwt.MalformedToken, match="payload of its own"):
        VERIFIER.verify_json_detached(within, PAYLOAD)
    with pytest.raises(jwt.MalformedToken, match="holds no payload"):
        VERIFIER.verify_json(beside)


@pytest.mark.parametrize("payload", ["text", None, bytearray(b"x")])
def test_a_payload_beside_is_bytes(payload):
    with pytest.raises(jwt.MalformedToken, match="bytes"):
        VERIFIER.verify_json_detached(jws.sign_json_detached(b"x", KEYS), payload)


@pytest.mark.requirement("tokens:J-38:need")
def test_how_many_must_sign_is_the_callers_choice():
    """Tokens.md J-38."""
    stranger = jwt.Key.generate("ES256", kid="stranger")
    text = jws.sign_json(PAYLOAD, [key("ES256"), stranger, key("RS256")])
    with pytest.raises(jwt.UnknownKey):
        VERIFIER.verify_json(text)
    for need in (1, 2):
        proved = VERIFIER.verify_json(text, need=need)
        assert [key.kid for key in proved.keys] == ["kid-ES256", "kid-RS256"]
    with pytest.raises(jwt.UnknownKey):
        VERIFIER.verify_json(text, need=3)
    for need in (4, 16):
        with pytest.raises(jwt.SignatureInvalid, match=f"fewer than {need}"):
            VERIFIER.verify_json(jws.sign_json(PAYLOAD, KEYS), need=need)


@pytest.mark.requirement("tokens:J-38:need")
def test_a_signature_that_does_not_hold_is_not_counted():
    wrong = entry("RS256") | {"signature": entry("RS256", payload=b"other")["signature"]}
    text = document(entry(), wrong)
    with pytest.raises(jwt.SignatureInvalid):
        VERIFIER.verify_json(text)
    with pytest.raises(jwt.SignatureInvalid):
        VERIFIER.verify_json(text, need=2)
    assert [key.alg for key in VERIFIER.verify_json(text, need=1).keys] == ["ES256"]


@pytest.mark.requirement("tokens:J-38:need")
def test_one_key_that_signs_twice_is_one_witness():
    text = document(entry(), entry(), entry(protected={"alg": "ES256"}))
    assert len(VERIFIER.verify_json(text).signatures) == 3
    with pytest.raises(jwt.SignatureInvalid, match="fewer than 2"):
        VERIFIER.verify_json(text, need=2)


@pytest.mark.requirement("tokens:J-38:need")
def test_one_key_under_two_names_is_one_witness():
    """A name is the issuer's to give; a second one proves nobody else's agreement."""
    pairs = {
        "two kids": [jwt.Key.from_jwk(key("ES256").to_jwk(private=True) | {"kid": "again"})],
        "two algorithms": [
            jwt.Key.from_handle(key("RS256").to_handle(private=True), alg="PS256", kid="again")
        ],
    }
    for name, alg in (("two kids", "ES256"), ("two algorithms", "RS256")):
        signers = [key(alg), *pairs[name]]
        verifier = jws.Verifier(jwt.KeySet([each.public() for each in signers]))
        text = jws.sign_json(PAYLOAD, signers)
        assert len(verifier.verify_json(text).signatures) == 2
        with pytest.raises(jwt.SignatureInvalid, match="fewer than 2"):
            verifier.verify_json(text, need=2)


@pytest.mark.requirement("tokens:J-38:stripped-signature")
def test_a_signature_that_was_taken_out_is_missed_by_a_number_alone():
    """What is not there cannot fail: `all` speaks of the signatures that are left."""
    made = json.loads(jws.sign_json(PAYLOAD, KEYS))
    stripped = json.dumps(made | {"signatures": made["signatures"][:1]})
    assert len(VERIFIER.verify_json(stripped, need="all").signatures) == 1
    with pytest.raises(jwt.SignatureInvalid, match="fewer than 3"):
        VERIFIER.verify_json(stripped, need=3)


@pytest.mark.parametrize("need", [0, -1, True, False, None, "one", "ALL", 1.0, 17, [1]])
def test_need_is_all_or_a_number(need):
    with pytest.raises(jwt.PolicyRefused, match="need="):
        VERIFIER.verify_json(jws.sign_json(PAYLOAD, KEYS), need=need)


@pytest.mark.parametrize(
    "text",
    [
        *("", "null", "[]", "1", '"text"', "{", "{}", '{"payload":"eA"}', b"\xff", "\ud800{}"),
        '{"payload":"eA","payload":"eA"}',
        *(None, 1, {}, [], bytearray(b"{}")),
    ],
)
def test_what_is_no_document_is_malformed(text):
    with pytest.raises(jwt.MalformedToken):
        VERIFIER.verify_json(text)
    with pytest.raises(jwt.MalformedToken):
        VERIFIER.verify_json_detached(text, b"x")


MALFORMED = {
    "no signatures": document(),
    "signatures no list": document(signatures={}),
    "signatures null": document(signatures=None),
    "a signature that is no object": document("x"),
    "a signature in a list": document([entry()]),
    "payload not ASCII": document(entry()).replace(forge.encode(PAYLOAD), "é"),
    "payload a number": document(entry()).replace(f'"{forge.encode(PAYLOAD)}"', "1"),
    "payload null": document(entry()).replace(f'"{forge.encode(PAYLOAD)}"', "null"),
    "payload padded": document(entry()).replace(forge.encode(PAYLOAD), forge.encode(PAYLOAD) + "="),
    "payload absent": json.dumps({"signatures": [entry()]}),
    "both forms": flattened(signatures=[entry()]),
    "both forms, header alone": document(entry(), header={}),
    "no protected header": document(entry() | {"protected": ""}),
    "protected absent": document({"header": {"alg": "ES256"}, "signature": "AA"}),
    "protected no text": document(entry() | {"protected": {"alg": "ES256"}}),
    "protected not ASCII": document(entry() | {"protected": "é"}),
    "protected no JSON": document(entry(protected="x")),
    "protected without alg": document(entry(protected={"kid": "kid-ES256"})),
    "signature absent": document(entry(signature=...)),
    "signature empty": document(entry(signature="")),
    "signature no text": document(entry(signature=1)),
    "signature padded": document(entry() | {"signature": entry()["signature"] + "="}),
    "unprotected no object": document(entry(header=[])),
    "unprotected null": document(entry(header=None)),
    "unprotected kid no text": document(entry(protected={"alg": "ES256"}, header={"kid": 1})),
    "unprotected typ no text": document(entry(header={"typ": 1})),
    "unprotected alg": document(entry(header={"alg": "ES256"})),
    "unprotected alg alone": document(entry(protected={"kid": "k"}, header={"alg": "ES256"})),
    "unprotected crit": document(entry(header={"crit": ["x"], "x": 1})),
    "unprotected b64": document(entry(header={"b64": False})),
    "a name in both headers": document(entry(header={"kid": "kid-ES256"})),
    "encrypted": flattened(ciphertext="AA"),
}


@pytest.mark.requirement("tokens:J-38:json-forms")
@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED)
def test_a_document_of_another_shape_is_refused(text):
    """RFC 7515 section 7.2; tokens.md J-38."""
    for need in ("all", 1):
        with pytest.raises(jwt.TokenError) as caught:
            VERIFIER.verify_json(text, need=need)
        assert isinstance(caught.value, jwt.MalformedToken | jwt.SignatureInvalid)


def test_members_that_are_not_understood_are_ignored():
    """RFC 7515 section 7.2.1."""
    assert VERIFIER.verify_json(flattened(more={"x": 1})).data == PAYLOAD
    assert VERIFIER.verify_json(document(entry(more=1))).data == PAYLOAD


@pytest.mark.requirement("rfc7797:3:b64")
@pytest.mark.parametrize(
    "flags", [(True, False), (False, True), (None, False), (1, True), ([], [])], ids=str
)
def test_all_signatures_agree_on_the_encoding(flags):
    """RFC 7797 section 3."""
    entries = [
        entry(protected=forge.header("ES256", typ=None, crit=["b64"]) | {"b64": flag})
        for flag in flags
    ]
    for need in ("all", 1):
        with pytest.raises(jwt.CriticalHeader) as caught:
            VERIFIER.verify_json(document(*entries), need=need)
        assert caught.value.claim == "b64"


def test_sizes_are_limited():
    """Tokens.md section 4."""
    many = [entry()] * JWS_SIGNATURES_MAX
    assert len(VERIFIER.verify_json(document(*many)).signatures) == JWS_SIGNATURES_MAX
    for text in (
        document(*many, entry()),
        " " * JWS_DOCUMENT_BYTES_MAX + "{}",
        "é" * (JWS_DOCUMENT_BYTES_MAX // 2 + 1),
        document(entry(header={"x": "y" * 4_096})),
        document(entry(header={str(number): 1 for number in range(65)})),
        document(entry(protected={"alg": "ES256"}, header={"kid": "k" * 257})),
    ):
        with pytest.raises(jwt.MalformedToken):
            VERIFIER.verify_json(text)
    with pytest.raises(jwt.TokenTooLarge):
        VERIFIER.verify_json_detached(
            jws.sign_json_detached(b"x", KEYS), bytes(JWS_DETACHED_BYTES_MAX + 1)
        )


REFUSED_AT_SIGNING = {
    "no keys": [],
    "too many keys": [key("ES256")] * 17,
    "text as a key": ["secret"],
    "alg in the header": [jws.Signatory(key("ES256"), header={"alg": "ES256"})],
    "kid in both": [jws.Signatory(key("ES256"), unprotected={"kid": "kid-ES256"})],
    "alg unprotected": [jws.Signatory(key("ES256"), unprotected={"alg": "ES256"})],
    "NaN": [jws.Signatory(key("ES256"), unprotected={"x": float("nan")})],
    "no JSON": [jws.Signatory(key("ES256"), unprotected={"x": object()})],
    "surrogate": [jws.Signatory(key("ES256"), unprotected={"x": "\ud800"})],
    "too large": [jws.Signatory(key("ES256"), unprotected={"x": "y" * 5_000})],
}


@pytest.mark.parametrize("keys", REFUSED_AT_SIGNING.values(), ids=REFUSED_AT_SIGNING)
def test_what_a_verifier_would_refuse_is_not_signed(keys):
    """Tokens.md J-28."""
    with pytest.raises(jwt.PolicyRefused):
        jws.sign_json(PAYLOAD, keys)
    with pytest.raises(jwt.PolicyRefused):
        jws.sign_json_detached(PAYLOAD, keys)


def test_a_payload_has_a_size_to_sign():
    with pytest.raises(jwt.PolicyRefused, match="longer"):
        jws.sign_json(bytes(JWS_DOCUMENT_BYTES_MAX + 1), KEYS)
    with pytest.raises(jwt.PolicyRefused, match="larger"):
        jws.sign_json(bytes(JWS_DOCUMENT_BYTES_MAX), KEYS)
    with pytest.raises(jwt.PolicyRefused, match="longer"):
        jws.sign_json_detached(bytes(JWS_DETACHED_BYTES_MAX + 1), KEYS)


def test_texts_show_no_payload():
    """Tokens.md J-31."""
    by = jws.Signatory(key("ES256"), header={"x": "canary"}, unprotected={"y": "canary"})
    proved = VERIFIER.verify_json(jws.sign_json(b"canary", [by]))
    for thing in (by, proved, proved.signatures[0], proved.signatures, VERIFIER):
        assert "canary" not in repr(thing)
    assert repr(proved) == "Document(6 bytes, 1 signatures)"


def test_an_empty_payload_is_none():
    """As in the compact form, where nothing stands between the dots; jwcrypto writes it so."""
    text = jws.sign_json_detached(PAYLOAD, KEYS)
    empty = json.dumps(json.loads(text) | {"payload": ""})
    assert VERIFIER.verify_json_detached(empty, PAYLOAD).data == PAYLOAD
    with pytest.raises(jwt.SignatureInvalid):
        VERIFIER.verify_json(empty)


@pytest.mark.parametrize("signature", [..., "", 1, None])
def test_a_signature_that_is_not_there_is_no_wrong_signature(signature):
    with pytest.raises(jwt.MalformedToken, match="and a signature"):
        VERIFIER.verify_json(document(entry(signature=signature)))


def test_limits_are_met_to_the_byte():
    keys = [key("ES256")] * JWS_SIGNATURES_MAX
    assert len(VERIFIER.verify_json(jws.sign_json(PAYLOAD, keys)).signatures) == 16
    text = flattened()
    padded = text[:-1].ljust(JWS_DOCUMENT_BYTES_MAX - 1) + "}"
    assert VERIFIER.verify_json(padded).data == PAYLOAD
    with pytest.raises(jwt.TokenTooLarge):
        VERIFIER.verify_json(padded + " ")
    largest = {"x": "y" * (4_096 - len('{"x": ""}'))}
    assert VERIFIER.verify_json(document(entry(header=largest))).data == PAYLOAD
    with pytest.raises(jwt.TokenTooLarge, match="unprotected"):
        VERIFIER.verify_json(document(entry(header={"x": largest["x"] + "y"})))


def test_a_payload_is_encoded_unless_the_signers_say_otherwise():
    for text in (jws.sign_json(PAYLOAD, KEYS), jws.sign_json_detached(PAYLOAD, KEYS)):
        for each in json.loads(text)["signatures"]:
            assert json.loads(base64url.decode(each["protected"])).keys() == {"alg", "kid"}


def test_a_document_is_written_without_spaces_or_escapes():
    by = jws.Signatory(key("ES256"), unprotected={"x": "Łódź", "y": [1, 2]})
    text = jws.sign_json(b"x", [by])
    assert '"header":{"x":"Łódź","y":[1,2]}' in text
    assert text == json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))


@pytest.mark.parametrize(("keys", "says"), [([], "1 to 16"), ([key("ES256")] * 17, "1 to 16")])
def test_a_number_of_signers_out_of_range_is_said_to_be_one(keys, says):
    with pytest.raises(jwt.PolicyRefused, match=says):
        jws.sign_json(b"x", keys)


class Derived(str):
    """Text of a class that no encoder knows."""

    __slots__ = ()


@pytest.mark.requirement("tokens:J-28:refused-at-issue")
@pytest.mark.parametrize(
    ("value", "says"),
    [
        (float("nan"), "finite"),
        (float("inf"), "finite"),
        (object(), "a dict of such"),
        ({1: 2}, "names in an object are text"),
        (10**4300, "that JSON cannot carry"),
        (Derived("x"), "that JSON cannot carry"),
        ("\ud800", "that JSON cannot carry"),
    ],
    ids=["nan", "inf", "object", "name", "digits", "class", "surrogate"],
)
@pytest.mark.parametrize("header", ["header", "unprotected"])
def test_a_value_that_json_cannot_carry_is_said_to_be_one(header, value, says):
    with pytest.raises(jwt.PolicyRefused, match=says):
        jws.sign_json(b"x", [jws.Signatory(key("ES256"), **{header: {"x": value}})])


@pytest.mark.requirement("tokens:J-38:json-forms")
@pytest.mark.parametrize("name", ["protected", "header", "signature"])
def test_one_member_of_the_other_form_is_a_mixture(name):
    """RFC 7515 section 7.2.2: the flattened form has no signatures member."""
    with pytest.raises(jwt.MalformedToken, match="mixes"):
        VERIFIER.verify_json(document(entry(), **{name: "x"}))


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        (document(), "signatures"),
        (document("x"), "signatures"),
        (document(entry(header=[])), "header"),
        (document(entry(header={"kid": "kid-ES256"})), "header"),
        (document(entry(protected={"kid": "k"}, header={"alg": "ES256"})), "alg"),
        (document(entry(header={"b64": False})), "b64"),
        (document(entry(header={"crit": ["x"]})), "crit"),
    ],
)
def test_a_refusal_names_the_member(text, claim):
    with pytest.raises(jwt.MalformedToken) as caught:
        VERIFIER.verify_json(text)
    assert caught.value.claim == claim


@pytest.mark.requirement("tokens:J-43:after-every-other-check")
def test_no_key_is_looked_for_where_too_few_signatures_can_hold():
    asked = []

    class Source:
        algorithms = frozenset({"ES256"})

        def find(self, _alg, kid):
            asked.append(kid)
            raise jwt.KeysUnavailable("not now")

    verifier = jws.Verifier(Source())
    text = jws.sign_json(b"x", [key("ES256"), key("RS256")])
    for need in ("all", 2):
        with pytest.raises(jwt.AlgorithmRefused):
            verifier.verify_json(text, need=need)
    with pytest.raises(jwt.AlgorithmRefused):
        verifier.verify_json(jws.sign_json(b"x", [key("RS256")]), need=1)
    assert asked == []
    with pytest.raises(jwt.KeysUnavailable):
        verifier.verify_json(text, need=1)
    assert asked == ["kid-ES256"]
