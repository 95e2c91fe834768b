"""One text that two readers take for two different tokens.

A library that reads both serializations in one function let the text be verified as JSON and its
claims be read from a compact token inside it. Here no text is read in both forms.

Source: python-jwt CVE-2022-39227, by way of jwcrypto's parser; tokens.md J-16; RFC 7515 section 7.
"""

import json

import pytest
from tests.jose import forge
from tests.jose.keys import key, public, verifier

from watchword import jws, jwt

GOOD = forge.token()
HEADER, PAYLOAD, SIGNATURE = GOOD.split(".")
FORGED = forge.encode(forge.dump(forge.claims(sub="admin")))
FLATTENED = {"protected": HEADER, "payload": PAYLOAD, "signature": SIGNATURE}
VERIFIER = jws.Verifier(public("HS256"))

POLYGLOTS = {
    # The published attack: the good token's parts as members, a forged token around them.
    "published": json.dumps({f"{HEADER}.{FORGED}.": "", **FLATTENED}),
    "published, spaces": '{"  ' + f"{HEADER}.{FORGED}." + '":"",' + json.dumps(FLATTENED)[1:],
    "compact in a member": json.dumps(FLATTENED | {"x": GOOD}),
    "compact in the payload": json.dumps(FLATTENED | {"payload": GOOD}),
    "compact before": GOOD + json.dumps(FLATTENED),
    "compact after": json.dumps(FLATTENED) + GOOD,
    "compact line after": json.dumps(FLATTENED) + "\n" + GOOD,
    "JSON as the header": f"{json.dumps(FLATTENED)}.{PAYLOAD}.{SIGNATURE}",
    "JSON as the payload": f"{HEADER}.{json.dumps(FLATTENED)}.{SIGNATURE}",
    "a list of both": json.dumps([FLATTENED, GOOD]),
    "compact as a JSON text": json.dumps(GOOD),
    "two payloads": json.dumps(FLATTENED)[:-1] + f',"payload":"{FORGED}"}}',
    "two payloads, escaped": json.dumps(FLATTENED)[:-1] + f',"p\\u0061yload":"{FORGED}"}}',
}
# These are JSON documents with a member more than the form has; they say what was signed.
HARMLESS = {"published", "published, spaces", "compact in a member"}


@pytest.mark.requirement("tokens:J-16:json-form-refused")
@pytest.mark.parametrize("name", POLYGLOTS)
def test_no_text_is_two_tokens(name):
    text = POLYGLOTS[name]
    for read in (verifier().verify, VERIFIER.verify):
        with pytest.raises(jwt.TokenError):
            read(text)
    if name in HARMLESS:
        assert VERIFIER.verify_json(text).data == forge.dump(forge.claims()).encode()
        return
    with pytest.raises(jwt.TokenError):
        VERIFIER.verify_json(text)


@pytest.mark.requirement("tokens:J-16:json-form-refused")
def test_each_form_is_refused_where_the_other_is_read():
    document = jws.sign_json(b"x", [key("HS256")])
    detached = jws.sign_json_detached(b"x", [key("HS256")])
    for text in (document, detached):
        with pytest.raises(jwt.MalformedToken):
            VERIFIER.verify(text)
        with pytest.raises(jwt.MalformedToken):
            VERIFIER.verify_detached(text, b"x")
    for text in (jws.sign(b"x", key("HS256")), jws.sign_detached(b"x", key("HS256"))):
        with pytest.raises(jwt.MalformedToken, match="compact"):
            VERIFIER.verify_json(text)
        with pytest.raises(jwt.MalformedToken, match="compact"):
            VERIFIER.verify_json_detached(text, b"x")
