"""A token of one kind offered where another is expected.

Source: RFC 8725 sections 3.11 and 3.12; security.md rule 12; tokens.md J-26.
"""

import pytest
from tests.jose import forge
from tests.jose.keys import verifier

from watchword import jwt

KINDS = {
    "access token": "at+jwt",
    "logout token": "logout+jwt",
    "DPoP proof": "dpop+jwt",
    "security event": "secevent+jwt",
    "key binding": "kb+jwt",
    "status list": "statuslist+jwt",
    "client assertion": "client-authentication+jwt",
    "ID token": jwt.PLAIN,
}


@pytest.mark.requirement(
    "rfc8725:3.12:kinds-exclude-each-other", "tokens:J-26:kinds", "security-a:12:kinds"
)
@pytest.mark.parametrize("offered", KINDS)
@pytest.mark.parametrize("expected", KINDS)
def test_only_the_diagonal_passes(offered, expected):
    typ = KINDS[offered]
    text = forge.token(forge.header(typ="JWT" if typ is jwt.PLAIN else typ))
    policy = verifier(typ=KINDS[expected])
    if offered == expected:
        assert policy.verify(text)
        return
    with pytest.raises(jwt.WrongType):
        policy.verify(text)


@pytest.mark.parametrize("expected", [kind for kind in KINDS if kind != "ID token"])
def test_a_token_without_type_is_of_no_explicit_kind(expected):
    with pytest.raises(jwt.WrongType):
        verifier(typ=KINDS[expected]).verify(forge.token(forge.header(typ=None)))
    assert verifier(typ=jwt.PLAIN).verify(forge.token(forge.header(typ=None)))


@pytest.mark.requirement("rfc8725:3.3:jwe-is-no-jws", "tokens:J-29:no-jwe", "security-a:13:no-jwe")
def test_an_encrypted_token_is_refused_as_such():
    """CVE-2023-51774; tokens.md J-29."""
    jwe = ".".join([forge.encode('{"alg":"dir","enc":"A256GCM"}'), "", "AAAA", "AAAA", "AAAA"])
    with pytest.raises(jwt.MalformedToken, match="JWE"):
        verifier().verify(jwe)
    nested = forge.sign_parts(forge.encode(forge.dump(forge.header(cty="JWT"))), forge.encode(jwe))
    with pytest.raises(jwt.MalformedToken):
        verifier().verify(nested)
