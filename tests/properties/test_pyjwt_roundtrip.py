"""What the PyJWT door writes, PyJWT would have written, and each reads the other's.

Source: tokens.md P-3, P-5, J-51.
"""

import jwt as peer
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.jose.pyjwt.peers import SECRET, both, same
from tests.properties.test_jose_roundtrip import EXTRA, ODD, TEXT

import watchword.pyjwt as door

HEADERS = st.dictionaries(TEXT.filter(lambda name: name not in {"alg", "typ", "b64", "kid"}), TEXT)
REGISTERED = st.sampled_from(["iss", "sub", "aud", "exp", "nbf", "iat", "jti"])


@pytest.mark.requirement("tokens:P-5:differential", "tokens:J-51:round-trip-property")
@settings(deadline=None)
@given(claims=EXTRA, headers=HEADERS, is_sorted=st.booleans())
def test_the_same_text_is_written(claims, headers, is_sorted):
    if {"crit", "cty"} & headers.keys():
        return
    theirs, ours = both(lambda m: m.encode(claims, SECRET, headers=headers, sort_headers=is_sorted))
    assert same(theirs, ours), f"{theirs} there, {ours} here"
    for module in (peer, door):
        read = module.decode_complete(ours.value, SECRET, algorithms=["HS256"])
        assert read["payload"] == claims
        assert read["header"] == headers | {"alg": "HS256", "typ": "JWT"}


@pytest.mark.requirement("tokens:P-3:policy-defaults")
@settings(deadline=None)
@given(claims=st.dictionaries(REGISTERED, ODD), audience=ODD, issuer=ODD, required=REGISTERED)
def test_the_door_never_takes_what_pyjwt_refuses(claims, audience, issuer, required):
    text = peer.PyJWS().encode(peer.PyJWT()._encode_payload(claims), SECRET, "HS256")
    theirs, ours = both(
        lambda m: m.decode(
            text,
            SECRET,
            algorithms=["HS256"],
            audience=audience,
            issuer=issuer,
            options={"require": [required]},
        )
    )
    if ours.error is None:
        assert same(theirs, ours), f"{theirs} there, {ours} here"
