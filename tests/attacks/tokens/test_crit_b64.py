"""A payload that one reader decodes and another takes as it is.

Source: RFC 7797 sections 6 to 8; RFC 7515 section 4.1.11; tokens.md J-20; PyJWT GHSA-752w-5fwx-jx9f
(b64 alone was understood); fast-jwt GHSA-hm7r-c7qw-ghp6.
"""

import json

import pytest
from tests.jose import forge
from tests.jose.keys import key, public, verifier

from watchword import jws, jwt

VERIFIER = jws.Verifier(public("HS256"))
UNENCODED = {"alg": "HS256", "b64": False, "crit": ["b64"]}

# The twelve cases of tokens.md J-20, as a JWS that is no JWT meets them.
REFUSED = {
    "unknown": {"crit": ["ext"], "ext": 1},
    "empty": {"crit": []},
    "not a list": {"crit": "b64", "b64": False},
    "an object": {"crit": {"b64": 1}, "b64": False},
    "not text": {"crit": [1, "b64"], "b64": False},
    "twice": {"crit": ["b64", "b64"], "b64": False},
    "registered": {"crit": ["alg", "b64"], "b64": False},
    "absent": {"crit": ["b64"]},
    "one of two unknown": {"crit": ["b64", "ext"], "b64": False, "ext": 1},
    "b64 not critical": {"b64": False},
    "b64 no boolean": {"crit": ["b64"], "b64": "false"},
    "null": {"crit": None, "b64": False},
}


@pytest.mark.requirement("tokens:J-20:crit", "rfc7797:6:critical", "security-a:6:crit")
@pytest.mark.parametrize("members", REFUSED.values(), ids=REFUSED)
def test_an_extension_that_is_not_understood_is_refused_in_every_form(members):
    header = forge.encode(forge.dump({"alg": "HS256"} | members))
    signature = forge.sign_parts(header, "eA").rpartition(".")[2]
    entry = {"protected": header, "signature": signature}
    for attempt in (
        lambda: VERIFIER.verify(f"{header}.eA.{signature}"),
        lambda: VERIFIER.verify_detached(f"{header}..{signature}", b"x"),
        lambda: VERIFIER.verify_detached(f"{header}..{signature}", b"eA"),
        lambda: VERIFIER.verify_json(json.dumps({"payload": "eA"} | entry)),
        lambda: VERIFIER.verify_json(json.dumps({"payload": "eA", "signatures": [entry]}), need=1),
        lambda: VERIFIER.verify_json_detached(json.dumps(entry), b"x"),
    ):
        with pytest.raises(jwt.CriticalHeader):
            attempt()


@pytest.mark.requirement("tokens:J-20:crit")
def test_crit_and_b64_outside_the_signature_are_refused():
    good = json.loads(jws.sign_json(b"x", [key("HS256")]))
    for header in ({"crit": ["b64"], "b64": False}, {"b64": False}, {"b64": True}):
        with pytest.raises(jwt.MalformedToken):
            VERIFIER.verify_json(json.dumps(good | {"header": header}))


@pytest.mark.requirement("rfc7797:7:not-in-a-jwt")
@pytest.mark.parametrize("b64", [True, False])
def test_a_jwt_is_never_unencoded(b64):
    """RFC 7797 section 7: also where the claims themselves would do."""
    claims = forge.dump(forge.claims())
    header = forge.encode(forge.dump(UNENCODED | {"kid": "kid-HS256", "typ": "at+jwt", "b64": b64}))
    for payload in (forge.encode(claims), '{"claims":"without a dot"}'):
        text = forge.sign_parts(header, payload)
        with pytest.raises(jwt.CriticalHeader):
            verifier().verify(text)
    with pytest.raises(jwt.PolicyRefused, match="7797"):
        verifier(crit={"b64": lambda _: None})


def test_the_mark_cannot_be_added_or_taken_away():
    """The header is signed: the same octets do not change their meaning."""
    encoded, raw = jws.sign(b"x", key("HS256")), jws.sign(b"eA", key("HS256"), b64=False)
    for one, other in ((encoded, raw), (raw, encoded)):
        header, payload, _ = one.split(".")
        _, _, signature = other.split(".")
        with pytest.raises(jwt.SignatureInvalid):
            VERIFIER.verify(f"{header}.{payload}.{signature}")
