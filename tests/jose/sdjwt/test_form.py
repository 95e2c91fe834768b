"""The two forms, and what is neither."""

import json

import pytest
from tests.jose.sdjwt.credentials import free_verifier, issue

from watchword import jwt, sdjwt
from watchword.base import base64url
from watchword.jose.sdjwt import form


@pytest.mark.requirement("rfc9901:4:compact-form")
def test_the_last_part_tells_the_forms_apart():
    assert form.read("a.b.c~").key_binding == ""
    assert form.read("a.b.c~D~k").key_binding == "k"
    assert form.read(b"a.b.c~D~E~").disclosures == ("D", "E")


@pytest.mark.requirement("rfc9901:4:compact-form", "tokens:J-46:form")
@pytest.mark.parametrize(
    "text", ["", "a.b.c", "~", "~~", "a.b.c~~", "a.b.c~D~~", "~D~", '{"a": "~"}', "é~", 7, None]
)
def test_another_form_is_refused(text):
    with pytest.raises(jwt.MalformedToken):
        form.read(text)


@pytest.mark.requirement("tokens:J-46:limits")
def test_at_most_200_disclosures_are_read():
    assert len(form.read("a.b.c~" + "D~" * 200).disclosures) == 200
    with pytest.raises(jwt.TokenTooLarge, match="200"):
        form.read("a.b.c~" + "D~" * 201)
    with pytest.raises(jwt.TokenTooLarge, match="200"):
        form.read_json(json.dumps(document(header={"disclosures": ["D"] * 201})))


@pytest.mark.requirement("tokens:J-46:limits", "tokens:J-17:sizes-first")
def test_a_text_above_the_limit_is_refused_unread():
    with pytest.raises(jwt.TokenTooLarge):
        form.read("a.b.c~" + "D" * form.SD_JWT_BYTES_MAX)
    with pytest.raises(jwt.MalformedToken, match="larger"):
        form.read_json(" " * (form.SD_JWT_BYTES_MAX + 1))
    with pytest.raises(jwt.MalformedToken, match="larger"):
        form.read_json(json.dumps(document(header={"disclosures": ["D" * form.SD_JWT_BYTES_MAX]})))


HEADER = base64url.encode(b'{"alg": "ES256", "typ": "x+sd-jwt"}')


def document(**changes: object) -> dict[str, object]:
    members = {"payload": "p", "protected": HEADER, "signature": "s", "header": {}} | changes
    return {name: value for name, value in members.items() if value is not ...}


@pytest.mark.requirement("rfc9901:8:json-serialization")
def test_json_may_be_text_or_bytes():
    given = document(header={"disclosures": ["D"], "kb_jwt": "k", "kid": "ignored"}, more=1)
    for each in (json.dumps(given), json.dumps(given).encode()):
        assert form.read_json(each).text == f"{HEADER}.p.s~D~k"
    assert form.read_json(json.dumps(document(header=...))).text == f"{HEADER}.p.s~"


def general(*signatures: object, **changes: object) -> dict[str, object]:
    return {"payload": "p", "signatures": list(signatures)} | changes


SIGNED = {"protected": HEADER, "signature": "s"}


@pytest.mark.requirement(
    "rfc9901:8.3:first-header", "tokens:J-46:form", "tokens:J-16:json-form-refused"
)
@pytest.mark.parametrize(
    "given",
    [
        "a.b.c~",
        "[]",
        '{"payload": "p", "payload": "q"}',
        "\ud800",
        document(payload=...),
        document(signature=...),
        document(protected=7),
        document(payload="p.q"),
        document(payload="p~q"),
        document(payload="é"),
        document(header=[]),
        document(header={"alg": "none"}),
        document(header={"typ": "x+sd-jwt"}),
        document(protected="h"),
        document(header={"crit": []}),
        document(header={"disclosures": "D"}),
        document(header={"disclosures": [7]}),
        document(header={"disclosures": [""]}),
        document(header={"disclosures": ["D~E"]}),
        document(header={"kb_jwt": ""}),
        document(header={"kb_jwt": 7}),
        general(),
        general("x"),
        general(SIGNED, signature="s"),
        general(SIGNED, header={}),
        general(SIGNED, "x"),
        general(SIGNED, SIGNED | {"header": {"disclosures": []}}),
        general(SIGNED, SIGNED | {"header": {"kb_jwt": "k"}}),
        general(SIGNED, SIGNED | {"header": 7}),
        general(SIGNED) | {"signatures": 7},
    ],
)
def test_other_json_is_refused(given):
    with pytest.raises(jwt.MalformedToken):
        form.read_json(given if isinstance(given, str) else json.dumps(given))


@pytest.mark.parametrize(
    ("given", "claim", "hint"),
    [
        (document(header={"disclosures": "D"}), "disclosures", "disclosures is a list of text"),
        (document(header={"kb_jwt": 7}), "kb_jwt", "kb_jwt is text that is not empty"),
        (general(), "signatures", "signatures is a list that is not empty"),
        (general("x"), "signatures", "signatures is a list of objects"),
        (
            document(header={"alg": "none"}),
            None,
            "the unprotected header is an object without alg and crit",
        ),
        (
            document(header={"typ": "x+sd-jwt"}),
            None,
            "a header member is both protected and unprotected",
        ),
        (
            {"ciphertext": "c"},
            None,
            "this is an encrypted document (JWE); decrypt_json reads those",
        ),
    ],
)
def test_the_refusal_names_the_member_that_is_at_fault(given, claim, hint):
    with pytest.raises(jwt.MalformedToken) as refused:
        form.read_json(json.dumps(given))
    assert (refused.value.claim, refused.value.hint) == (claim, hint)


def test_the_refusal_of_a_text_without_tilde_says_what_is_expected():
    with pytest.raises(jwt.MalformedToken) as refused:
        form.read("a.b")
    assert refused.value.hint == "an SD-JWT ends in ~, or in ~ and a key binding"


def test_the_longest_text_is_read_and_a_character_more_is_not():
    longest = "a.b.c~" + "D" * (form.SD_JWT_BYTES_MAX - 7) + "~"
    assert len(form.read(longest).disclosures) == 1
    with pytest.raises(jwt.TokenTooLarge):
        form.read(longest + "k")


def test_the_json_form_is_written_with_the_members_of_section_8():
    """RFC 9901 section 8.1."""
    bound = {"disclosures": ["D"], "kb_jwt": "k"}
    written = {"payload": "b", "protected": "a", "signature": "c", "header": bound}
    assert json.loads(form.read("a.b.c~D~k").to_json()) == written
    written = written | {"header": {"disclosures": []}}
    assert json.loads(form.read("a.b.c~").to_json()) == written


def test_of_several_signatures_the_first_is_meant():
    other = {"protected": base64url.encode(b'{"alg": "RS256"}'), "signature": "t"}
    document = json.dumps(general(SIGNED, other, other))
    assert form.read_json(document).text == f"{HEADER}.p.s~"


def test_members_that_somebody_else_has_read_are_refused():
    """A mapping no longer shows whether a member stood twice."""
    for given in (document(), None, 7):
        with pytest.raises(jwt.MalformedToken, match="text"):
            form.read_json(given)


def test_further_signatures_are_not_read():
    assert (
        form.read_json(json.dumps(general(SIGNED, SIGNED | {"header": {"kid": "x"}}))).text
        == f"{HEADER}.p.s~"
    )


def test_no_text_is_both_forms():
    """tokens.md J-16."""
    text = issue()
    with pytest.raises(jwt.MalformedToken):
        free_verifier().verify_json(text)
    with pytest.raises(jwt.MalformedToken, match="JSON"):
        free_verifier().verify(sdjwt.to_json(text))


def test_a_repr_counts_and_shows_nothing():
    assert repr(form.read("a.b.c~D~k")) == "Parts(disclosures=1, key_binding=True)"
