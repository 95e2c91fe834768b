"""A kid is a dictionary key and nothing else: no path, no query, no number.

Source: RFC 8725 section 3.10; tokens.md J-8; security.md rule 5.
"""

import pytest
from tests.jose import forge
from tests.jose.keys import public, verifier

from watchword import jwt

TEXTS = [
    *("../../dev/null", "/etc/passwd", "C:\\key", "file:///dev/null", "http://127.0.0.1/key"),
    *("' OR '1'='1", "x' UNION SELECT 'secret'--", "kid-HS256\0", "kid-HS256 ", "KID-HS256"),
    *("kid-HS25\uff16", "", " ", "%6bid-HS256", "k" * 256, "${jndi:ldap://x}", "{{7*7}}"),
]


@pytest.mark.requirement("tokens:J-8:exactly-one-key")
@pytest.mark.parametrize("kid", TEXTS)
def test_a_strange_kid_names_no_key(kid):
    with pytest.raises(jwt.UnknownKey) as caught:
        verifier().verify(forge.token(forge.header(kid=kid)))
    assert not kid.strip() or kid not in str(caught.value)


@pytest.mark.parametrize("kid", [None, 0, 1, True, [], ["kid-HS256"], {}, {"a": 1}])
def test_a_kid_that_is_no_text_is_malformed(kid):
    with pytest.raises(jwt.MalformedToken):
        verifier().verify(forge.token(forge.dump(forge.header() | {"kid": kid})))


def test_a_kid_of_300_characters_is_too_large():
    with pytest.raises(jwt.TokenTooLarge):
        verifier().verify(forge.token(forge.header(kid="k" * 300)))


def test_a_kid_cannot_lead_to_a_key_of_another_algorithm():
    keys = jwt.KeySet([public("RS256"), public("ES256")])
    policy = jwt.Verifier(keys, issuer="https://id.example", audience="a", typ="t")
    text = forge.token(forge.header("ES256", kid="kid-RS256"), alg="ES256")
    with pytest.raises(jwt.WrongType):
        policy.verify(text)
    right_type = forge.token(forge.header("ES256", kid="kid-RS256", typ="t"), alg="ES256")
    with pytest.raises(jwt.UnknownKey):
        policy.verify(right_type)
