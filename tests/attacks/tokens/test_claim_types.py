"""Every JSON value in every registered claim, written by hand and signed well.

A library that takes `exp: true`, `aud: {}` or `sub: 7` hands them to code that expects others.
Source: Keats CVE-2026-25537; joserfc 1.7.6; golang-jwt CVE-2020-26160; tokens.md J-23, J-24.
"""

import json

import pytest
from tests.jose import forge
from tests.jose.keys import AUDIENCE, ISSUER, NOW, verifier

from watchword import jwt

LATER = NOW + 100
TEXTS = ['""', '"x"', '"\\u00e9"', '"\\u0000"', f'"{ISSUER}"', f'"{AUDIENCE}"', f'"{NOW}"']
LISTS = [
    *("[]", '[""]', '["x"]', "[null]", "[1]", '["x",1]', f'["{AUDIENCE}"]', f'["x","{AUDIENCE}"]'),
    *(f'[["{AUDIENCE}"]]', f'["{AUDIENCE}",{{}}]'),
]
OBJECTS = ["{}", f'{{"{AUDIENCE}":1}}', '{"$ne":null}']
WORDS = ["null", "true", "false"]
NUMBERS = [
    *("0", "-0", "0.0", "1", "-1", "1.5", "1e3", f"{NOW}", f"{NOW}.5", f"{LATER}", f"{LATER}.0"),
    *("253402300799", "253402300800", "1e300", "-1e300", "5e-324", "9" * 400),
]
VALUES = TEXTS + LISTS + OBJECTS + WORDS + NUMBERS
CLAIMS = ("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "scope", "client_id")

FUTURE = {"exp": {f"{NOW}.5", f"{LATER}", f"{LATER}.0", "253402300799"}}
PAST = {"1", "1.5", "1e3", f"{NOW}", f"{NOW}.5", "5e-324"}
ACCEPTED = FUTURE | {
    "iss": {f'"{ISSUER}"'},
    "aud": {f'"{AUDIENCE}"', f'["{AUDIENCE}"]', f'["x","{AUDIENCE}"]'},
    "nbf": PAST,
    "iat": PAST,
    "sub": set(TEXTS),
    "jti": set(TEXTS),
    "scope": set(TEXTS),
    "client_id": set(TEXTS),
}


def token(name: str, value: str) -> str:
    """Sign claims of which one is written as JSON text, where the good claims have it."""
    good = forge.claims(scope="read", client_id="web")
    members = [f'"{key}":{json.dumps(good[key])}' for key in good if key != name]
    place = list(good).index(name) if name in good else len(members)
    members.insert(place, f'"{name}":{value}')
    return forge.token(payload="{" + ",".join(members) + "}")


@pytest.fixture(params=["plain", "learned", "cached", "narrow"])
def policy(request):
    """Return a verifier at the start of each way that claims may take."""
    options = {"cached": {"cache": 9}, "narrow": {"max_age": 2 * NOW}}.get(request.param, {})
    made = verifier(**options)
    for _ in range(0 if request.param == "plain" else 3):
        made.verify(token("sub", '"alice"'))
    return made


@pytest.mark.requirement("tokens:J-23:claims-typed", "security-a:9:claims-typed")
@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_takes_the_values_of_its_type_and_no_other(policy, name):
    assert len(VALUES) >= 30
    for value in VALUES:
        text = token(name, value)
        for _ in range(2):
            if value in ACCEPTED[name]:
                assert policy.verify(text).claims[name] == json.loads(value), value
                continue
            with pytest.raises(jwt.TokenError):
                policy.verify(text)


@pytest.mark.requirement("tokens:J-24:times", "security-a:10:exp-zero")
@pytest.mark.parametrize("value", ["0", "-0", "0.0"])
def test_an_end_at_zero_is_an_end(policy, value):
    with pytest.raises(jwt.Expired):
        policy.verify(token("exp", value))
