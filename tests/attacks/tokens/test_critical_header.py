"""Extensions that must be understood, and b64, which a JWT may not have.

Source: RFC 7515 section 4.1.11; RFC 7797 sections 6 and 7; PyJWT CVE-2026-32597 and
GHSA-752w-5fwx-jx9f; Authlib CVE-2025-59420; tokens.md J-20.
"""

import pytest
from tests.jose import forge
from tests.jose.keys import verifier

from watchword import jwt

REFUSED = {
    "unknown": {"crit": ["ext"], "ext": 1},
    "known and unknown": {"crit": ["known", "ext"], "known": 1, "ext": 1},
    "empty": {"crit": []},
    "text": {"crit": "known", "known": 1},
    "object": {"crit": {"known": 1}, "known": 1},
    "null": {"crit": None},
    "number": {"crit": 1},
    "not text": {"crit": [1], "known": 1},
    "nested": {"crit": [["known"]], "known": 1},
    "twice": {"crit": ["known", "known"], "known": 1},
    "absent member": {"crit": ["known"]},
    "empty name": {"crit": [""]},
    "registered alg": {"crit": ["alg"]},
    "registered kid": {"crit": ["kid"]},
    "registered crit": {"crit": ["crit"]},
    "registered jwk": {"crit": ["jwk"], "jwk": {}},
    "registered zip": {"crit": ["zip"], "zip": "DEF"},
    "b64 true": {"b64": True},
    "b64 false": {"b64": False},
    "b64 critical": {"crit": ["b64"], "b64": False},
    "b64 critical and true": {"crit": ["b64"], "b64": True},
    "b64 null": {"b64": None},
    "other case": {"crit": ["KNOWN"], "KNOWN": 1},
}


@pytest.mark.requirement("rfc7797:7:not-in-a-jwt")
@pytest.mark.requirement("rfc7515:4.1.11:crit", "tokens:J-20:crit", "security-a:6:crit")
@pytest.mark.parametrize("members", REFUSED.values(), ids=REFUSED)
def test_a_critical_header_that_is_not_understood_is_refused(members):
    """Security.md rule 6."""
    text = forge.token(forge.dump(forge.header() | members))
    with pytest.raises(jwt.CriticalHeader):
        verifier(crit={"known": lambda _: None}).verify(text)
    with pytest.raises(jwt.CriticalHeader):
        verifier().verify(text)


def test_a_known_extension_is_accepted():
    text = forge.token(forge.header(crit=["known"], known=1))
    assert verifier(crit={"known": lambda _: None}).verify(text)


def test_an_unprotected_crit_cannot_be_carried():
    """The compact form has no unprotected header; a fourth part is no token."""
    with pytest.raises(jwt.MalformedToken):
        verifier().verify(forge.token() + "." + forge.encode('{"crit":[]}'))
