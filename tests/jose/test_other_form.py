"""A good token that is given to another reader: refused, and the hint names its own reader.

Source: tokens.md J-16 and J-29.
"""

import pytest
from tests.jose import forge
from tests.jose.jwe import recipients
from tests.jose.keys import key, public, verifier
from tests.jose.sdjwt import credentials

from watchword import jwe, jws, jwt, sdjwt
from watchword.jose.other_form import hint

ENCRYPTION = recipients.key("A128KW")
SD_JWT = credentials.issue()
TOKENS = {
    "jwt": forge.token(),
    "jws json": jws.sign_json(b"x", [key("HS256")]),
    "jwe": jwe.encrypt(b"x", ENCRYPTION, enc="A128GCM"),
    "jwe json": jwe.encrypt_json(b"x", [ENCRYPTION], enc="A128GCM"),
    "sd-jwt": SD_JWT,
    "sd-jwt+kb": sdjwt.present(
        SD_JWT, holder=key("ES256"), audience=credentials.RECEIVER, nonce="n", show=[]
    ),
    "sd-jwt json": sdjwt.to_json(SD_JWT),
}
DECRYPTER = jwe.Decrypter(ENCRYPTION, enc=["A128GCM"])
CREDENTIALS = sdjwt.Verifier(credentials.token_verifier(), key_binding=sdjwt.not_required)
READERS = {
    "jwt": verifier("HS256").verify,
    "jws": jws.Verifier(public("HS256")).verify,
    "jws json": jws.Verifier(public("HS256")).verify_json,
    "jwe": DECRYPTER.decrypt,
    "jwe json": DECRYPTER.decrypt_json,
    "sd-jwt": CREDENTIALS.verify,
    "sd-jwt json": CREDENTIALS.verify_json,
}
NAMED = [
    ("jwt", "jws json", "verify_json"),
    ("jwt", "jwe", "jwe.Decrypter"),
    ("jwt", "jwe json", "decrypt_json"),
    ("jwt", "sd-jwt", "sdjwt.Verifier"),
    ("jwt", "sd-jwt+kb", "sdjwt.Verifier"),
    ("jwt", "sd-jwt json", "verify_json"),
    ("jws", "jws json", "verify_json"),
    ("jws", "jwe", "jwe.Decrypter"),
    ("jws", "sd-jwt", "sdjwt.Verifier"),
    ("jws json", "jwt", "verify of a Verifier"),
    ("jws json", "jwe", "jwe.Decrypter.decrypt "),
    ("jws json", "jwe json", "decrypt_json"),
    ("jws json", "sd-jwt+kb", "sdjwt.Verifier.verify "),
    ("jwe", "jwt", "verify of a Verifier"),
    ("jwe", "jws json", "verify_json"),
    ("jwe", "jwe json", "decrypt_json"),
    ("jwe", "sd-jwt", "sdjwt.Verifier"),
    ("jwe", "sd-jwt+kb", "sdjwt.Verifier"),
    ("jwe json", "jwt", "verify of a Verifier"),
    ("jwe json", "jws json", "verify_json"),
    ("jwe json", "jwe", "jwe.Decrypter.decrypt "),
    ("sd-jwt", "jwt", "verify of a Verifier"),
    ("sd-jwt", "jwe", "jwe.Decrypter"),
    ("sd-jwt", "sd-jwt json", "verify_json"),
    ("sd-jwt json", "sd-jwt", "sdjwt.Verifier.verify "),
    ("sd-jwt json", "jwe json", "decrypt_json"),
]


@pytest.mark.requirement("tokens:J-16:json-form-refused", "tokens:J-29:no-jwe")
@pytest.mark.requirement("tokens:J-29:decrypt-refuses-jws")
@pytest.mark.parametrize(("reader", "given", "named"), NAMED)
def test_the_hint_names_the_reader_of_what_was_given(reader, given, named):
    with pytest.raises(jwt.MalformedToken) as refused:
        READERS[reader](TOKENS[given])
    assert named in refused.value.hint


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (
            b' {"ciphertext": ""}',
            "this is an encrypted token in JSON form; jwe.Decrypter.decrypt_json reads it",
        ),
        (b"{}", "this is JSON; the verify_json of jws.Verifier or sdjwt.Verifier reads it"),
        (b"a.b.c~", "this has the tildes of an SD-JWT; sdjwt.Verifier.verify reads it"),
        (
            b"a.b.c",
            "this has the three parts of a signed token (compact JWS); "
            "verify of a Verifier reads it",
        ),
        (
            b"a.b.c.d.e",
            "this has the five parts of an encrypted token (JWE); jwe.Decrypter.decrypt reads it",
        ),
        (b"a.b", "what the reader expects"),
        (b"", "what the reader expects"),
    ],
)
def test_a_text_is_named_by_its_form(data, told):
    assert hint(data, "what the reader expects") == told


def test_what_has_no_form_is_told_what_a_jwe_is():
    with pytest.raises(jwt.MalformedToken) as refused:
        DECRYPTER.decrypt("a.b")
    assert refused.value.hint == "an encrypted token is five parts of ASCII, joined by dots"
